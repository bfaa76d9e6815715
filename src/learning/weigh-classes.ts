// The weight of each class, in WebAssembly: it is asked for first in a fit, when JavaScript is still interpreted.
import type { ClassTarget } from './estimator.ts'
import { assembleModule, type Routine } from './wasm/assemble-module.ts'
import { advance, constantI32, f64, get, I32, i32, load, store, tee, whileBelow } from './wasm/instructions.ts'
import { compile, instantiate, newMemory, PAGE_BYTES } from './wasm/web-assembly.ts'

const CHUNK_ROWS = 8192

/** Sum of the weights of the rows of each class; rows where absent. O(rows); memory 8 bytes a class, and 96 kB. */
export function weighClasses({ codes, classNames }: ClassTarget, sampleWeight?: Float64Array): Float64Array {
  const classCount = classNames.length
  const rowCount = Math.min(CHUNK_ROWS, codes.length)
  const memory = newMemory(Math.ceil((8 * classCount + 12 * rowCount) / PAGE_BYTES))
  const { addWeights } = instantiate(MODULE, { memory }) as Routines
  const sums = new Float64Array(memory.buffer, 0, classCount)
  const weights = new Float64Array(memory.buffer, sums.byteLength, rowCount).fill(1)
  const chunk = new Int32Array(memory.buffer, sums.byteLength + weights.byteLength, rowCount)
  for (let start = 0; start < codes.length; start += rowCount) {
    const end = Math.min(start + rowCount, codes.length)
    chunk.set(codes.subarray(start, end))
    if (sampleWeight !== undefined) weights.set(sampleWeight.subarray(start, end))
    addWeights(chunk.byteOffset, chunk.byteOffset + 4 * (end - start), weights.byteOffset, 0)
  }
  return sums.slice()
}

interface Routines {
  /** Adds the weight (float64) of each row to the float64 of its class (int32) in `sums`. */
  addWeights(codes: number, end: number, weights: number, sums: number): void
}

const ADD_WEIGHTS = ((): Routine => {
  const [CODES, CODES_END, WEIGHTS, SUMS, PLACE] = [0, 1, 2, 3, 4]
  return {
    name: 'addWeights',
    parameters: [I32, I32, I32, I32],
    results: [],
    locals: [[1, I32]],
    code: whileBelow(
      CODES,
      CODES_END,
      [...get(CODES), ...load.i32(), ...constantI32(3), i32.shiftLeft, ...get(SUMS), i32.add, ...tee(PLACE)],
      [...get(PLACE), ...load.f64(), ...get(WEIGHTS), ...load.f64(), f64.add, ...store.f64()],
      ...[advance(CODES, 4), advance(WEIGHTS, 8)],
    ),
  }
})()

const MODULE = compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [ADD_WEIGHTS] }))

// Gradients of the log loss of two classes in WebAssembly, two rows at a time.
import { assembleModule } from '../wasm/assemble-module.ts'
import { both, expOfNegatives } from '../wasm/exp-code.ts'
import {
  advance,
  type Code,
  f64x2,
  get,
  I32,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile, instantiate, type WasmMemory } from '../wasm/web-assembly.ts'
import { binaryGradients } from './classification-losses.ts'
import type { LossSpace } from './loss-space.ts'

/** Rows whose factors 1 + e^−|x| ≤ 2 are multiplied before a logarithm is taken: two products of at most 2^512. */
const BLOCK_ROWS = 1024
/** Bytes of a pass's answers: two sums each of losses' linear parts, gradients and hessians, and two products. */
export const LOGISTIC_ANSWER_BYTES = 64
type Pass = (raw: number, rawEnd: number, target: number, gradients: number, hessians: number, answer: number) => void

/** Does what binaryGradients does for rows without weights, all arrays in one memory. */
export class LogisticGradients {
  private readonly pass: Pass
  private readonly answer: Float64Array

  /** answer: LOGISTIC_ANSWER_BYTES of the memory that are this thread's own. */
  constructor(memory: WasmMemory<SharedArrayBuffer>, answer: number) {
    const routine = {
      name: 'pass',
      parameters: [I32, I32, I32, I32, I32, I32],
      results: [],
      locals: [[VECTORS, V128] as const],
      code: pass(),
    }
    const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines: [routine] }))
    this.pass = (instantiate(module, { memory }) as { pass: Pass }).pass
    this.answer = new Float64Array(memory.buffer, answer, LOGISTIC_ANSWER_BYTES / 8)
  }

  /**
   * Fills gradients and hessians of rows [start, end), `start` even, and writes three sums to sums[at …]: of losses,
   * gradients and hessians as they are in float32. e^x is within 1e-14 of itself; sums are those of even rows plus
   * those of odd rows. O(rows), a third of the time that TypeScript takes.
   */
  compute(space: LossSpace, start: number, end: number, sums: Float64Array, at: number): void {
    const { raw, target, gradients } = space
    const { answer } = this
    const hessians = space.hessians as Float32Array
    let loss = 0
    let gradientSum = 0
    let hessianSum = 0
    const evenEnd = end - ((end - start) & 1)
    for (let from = start; from < evenEnd; from += BLOCK_ROWS) {
      const to = Math.min(from + BLOCK_ROWS, evenEnd)
      const [rawAt, targetAt] = [raw.byteOffset + 8 * from, target.byteOffset + 8 * from]
      const [gradientsAt, hessiansAt] = [gradients.byteOffset + 4 * from, hessians.byteOffset + 4 * from]
      this.pass(rawAt, raw.byteOffset + 8 * to, targetAt, gradientsAt, hessiansAt, answer.byteOffset)
      const [a, b, g, g2, h, h2, product, product2] = answer as unknown as [
        ...[number, number, number, number, number, number, number, number],
      ]
      loss += a + b + Math.log(product) + Math.log(product2)
      gradientSum += g + g2
      hessianSum += h + h2
    }
    if (evenEnd < end) {
      loss += binaryGradients(space, evenEnd, end)
      gradientSum += gradients[evenEnd] as number
      hessianSum += hessians[evenEnd] as number
    }
    sums[at] = loss
    sums[at + 1] = gradientSum
    sums[at + 2] = hessianSum
  }
}

const [RAW, RAW_END, TARGET, GRADIENTS, HESSIANS, ANSWER] = [0, 1, 2, 3, 4, 5]
const [X, Y, K, R, E, LIKELIER, OTHER, LINEAR, GRADIENT_SUM, HESSIAN_SUM, PRODUCT] = [...Array(11).keys()].map(
  (i) => 6 + i,
) as [number, number, number, number, number, number, number, number, number, number, number]
const VECTORS = 11

function pass(): Code {
  const addTo = (sum: number, code: Code): Code => [...get(sum), ...code, ...f64x2.add, ...set(sum)]
  /** Stores the pair on the stack as float32, and adds it, so rounded, to a sum. */
  const storeFloats = (address: number, sum: number, pair: Code): Code => [
    ...[...get(address), ...pair, ...f64x2.demote, ...tee(R), ...store.half()],
    ...[...addTo(sum, [...get(R), ...f64x2.promote]), ...advance(address, 8)],
  ]
  return [
    ...[...both(1), ...set(PRODUCT)],
    ...whileBelow(
      RAW,
      RAW_END,
      [...get(RAW), ...load.v128(), ...set(X), ...get(TARGET), ...load.v128(), ...set(Y)],
      [...get(X), ...f64x2.abs, ...f64x2.negate, ...expOfNegatives(K, R), ...set(E)],
      [...both(1), ...both(1), ...get(E), ...f64x2.add, ...tee(R), ...f64x2.div, ...tee(LIKELIER)],
      [...get(E), ...f64x2.mul, ...set(OTHER)],
      [...get(PRODUCT), ...get(R), ...f64x2.mul, ...set(PRODUCT)],
      addTo(LINEAR, [...get(X), ...both(0), ...f64x2.max, ...get(Y), ...get(X), ...f64x2.mul, ...f64x2.sub]),
      storeFloats(GRADIENTS, GRADIENT_SUM, [
        ...[...get(LIKELIER), ...get(OTHER), ...get(X), ...both(0), ...f64x2.greater, ...v128.select],
        ...[...get(Y), ...f64x2.sub],
      ]),
      storeFloats(HESSIANS, HESSIAN_SUM, [...get(LIKELIER), ...get(OTHER), ...f64x2.mul]),
      [...advance(RAW, 16), ...advance(TARGET, 16)],
    ),
    ...[LINEAR, GRADIENT_SUM, HESSIAN_SUM, PRODUCT].flatMap((sum, i) => [
      ...[...get(ANSWER), ...get(sum), ...store.v128(16 * i)],
    ]),
  ]
}

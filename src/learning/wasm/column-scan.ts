// One look at a column of numbers: its sum, its range, and whether values are missing. In WebAssembly, because it comes
// first in a fit, when JavaScript is still interpreted.
import { assembleModule, type Routine } from './assemble-module.ts'
import { advance, type Code, f64x2, get, I32, load, set, store, V128, v128, whileBelow } from './instructions.ts'
import { compile, instantiate, newMemory } from './web-assembly.ts'

/** Values that are copied and looked at together; also summed together, which keeps the error of long sums small. */
const SEGMENT = 4096
const SEGMENT_BYTES = 8 * SEGMENT

export interface ColumnScan {
  /** NaN when any value is missing, or when sums overflow. */
  readonly sum: number
  /** Of the values that are there; Infinity and −Infinity when there are none. */
  readonly min: number
  readonly max: number
  readonly hasMissing: boolean
}

/** O(values). With `untilMissing` it reads little behind the first missing value. */
export function scanColumn(column: Float64Array, untilMissing = false): ColumnScan {
  found.set([0, 0, Infinity, Infinity, -Infinity, -Infinity])
  missing.fill(0n)
  let sum = 0
  let hasMissing = false
  for (let start = 0; start < column.length && !(untilMissing && hasMissing); start += SEGMENT) {
    const count = Math.min(SEGMENT, column.length - start)
    values.set(column.subarray(start, start + count))
    const even = 8 * (count & ~1)
    found[0] = 0
    found[1] = 0
    routines.scan(0, even, SEGMENT_BYTES)
    if (count % 2 === 1) routines.scanOne(even, SEGMENT_BYTES)
    sum += (found[0] as number) + (found[1] as number)
    hasMissing = missing[0] !== 0n || missing[1] !== 0n
  }
  const [, , min, otherMin, max, otherMax] = found as unknown as [number, number, number, number, number, number]
  return { sum, min: Math.min(min, otherMin), max: Math.max(max, otherMax), hasMissing }
}

/** Sum, minimum, maximum and mask of what is missing, two of each; they are taken up where they stand at `out`. */
const [SUM, MIN, MAX, MISSING, VALUE] = [3, 4, 5, 6, 7]
const FOUND = [SUM, MIN, MAX, MISSING]
const loadFound = (out: number): Code => FOUND.flatMap((local, k) => [...get(out), ...load.v128(16 * k), ...set(local)])
const storeFound = (out: number): Code =>
  FOUND.flatMap((local, k) => [...get(out), ...get(local), ...store.v128(16 * k)])
const addValue: Code = [...get(SUM), ...get(VALUE), ...f64x2.add, ...set(SUM)]
const lookAtValue: Code = [
  ...[...get(MIN), ...get(VALUE), ...f64x2.lesserOf, ...set(MIN)],
  ...[...get(MAX), ...get(VALUE), ...f64x2.greaterOf, ...set(MAX)],
  ...[...get(VALUE), ...get(VALUE), ...f64x2.differ, ...get(MISSING), ...v128.or, ...set(MISSING)],
]

/** scan(from, end, out): a multiple of 16 bytes. */
const SCAN = ((): Routine => {
  const [FROM, END, OUT] = [0, 1, 2]
  return {
    name: 'scan',
    parameters: [I32, I32, I32],
    results: [],
    locals: [[5, V128]],
    code: [
      ...loadFound(OUT),
      ...whileBelow(FROM, END, [...get(FROM), ...load.v128(), ...set(VALUE)], addValue, lookAtValue, advance(FROM, 16)),
      ...storeFound(OUT),
    ],
  }
})()

/** scanOne(from, out): a single value. */
const SCAN_ONE = ((): Routine => {
  const [FROM, OUT] = [0, 1]
  return {
    name: 'scanOne',
    parameters: [I32, I32],
    results: [],
    // One more, so that the others stand where they do in the other routine.
    locals: [
      [1, I32],
      [5, V128],
    ],
    code: [
      ...[...loadFound(OUT), ...get(FROM), ...load.half(), ...set(VALUE), ...addValue],
      ...[...get(FROM), ...load.splatF64(), ...set(VALUE), ...lookAtValue, ...storeFound(OUT)],
    ],
  }
})()

const memory = newMemory(1)
const values = new Float64Array(memory.buffer, 0, SEGMENT)
const found = new Float64Array(memory.buffer, SEGMENT_BYTES, 6)
const missing = new BigInt64Array(memory.buffer, SEGMENT_BYTES + 48, 2)
const bytes = assembleModule({ memory: { name: 'memory', isShared: false }, routines: [SCAN, SCAN_ONE] })
const routines = instantiate(compile(bytes), { memory }) as {
  scan(from: number, end: number, out: number): void
  scanOne(from: number, out: number): void
}

// One look at a column of numbers: its sum, its range, and whether values are missing. In WebAssembly, because it comes
// first in a fit, when JavaScript is still interpreted.
import { assembleModule, type Routine } from './assemble-module.ts'
import { advance, F64, f64x2, get, I32, load, set, store, tee, V128, v128, whileBelow } from './instructions.ts'
import { compile, instantiate, newMemory } from './web-assembly.ts'

/** Values that are copied and looked at together; also summed together, which keeps the error of long sums small. */
const SEGMENT = 4096
const SEGMENT_BYTES = 8 * SEGMENT

export interface ColumnScan {
  /** NaN when any value is missing, not finite when sums overflow; so are mean and variance. */
  readonly sum: number
  readonly mean: number
  /** With the number of values as divisor: Σ (value − mean)² ÷ count. */
  readonly variance: number
  /** Of the values that are there; Infinity and −Infinity when there are none. */
  readonly min: number
  readonly max: number
  readonly hasMissing: boolean
}

/**
 * O(values). With `untilMissing` it reads little behind the first missing value. Sums are about the first value (Chan,
 * Golub and LeVeque 1983): the variance is off by its n · 2⁻⁵² part, at most.
 */
export function scanColumn(column: Float64Array, untilMissing = false): ColumnScan {
  const origin = column[0] ?? 0
  found.set([0, 0, 0, 0, Infinity, Infinity, -Infinity, -Infinity])
  missing.fill(0n)
  let offs = 0
  let squares = 0
  let hasMissing = false
  for (let start = 0; start < column.length && !(untilMissing && hasMissing); start += SEGMENT) {
    const count = Math.min(SEGMENT, column.length - start)
    values.set(column.subarray(start, start + count))
    // Two at a time: what fills up the last pair adds nothing.
    if (count % 2 === 1) values[count] = origin
    found.fill(0, 0, 4)
    scan(0, 8 * (count + (count % 2)), SEGMENT_BYTES, origin)
    offs += (found[0] as number) + (found[1] as number)
    squares += (found[2] as number) + (found[3] as number)
    hasMissing = missing[0] !== 0n || missing[1] !== 0n
  }
  const off = column.length === 0 ? 0 : offs / column.length
  return {
    sum: origin * column.length + offs,
    mean: origin + off,
    variance: column.length === 0 ? 0 : Math.max(0, squares / column.length - off * off),
    min: Math.min(found[4] as number, found[5] as number),
    max: Math.max(found[6] as number, found[7] as number),
    hasMissing,
  }
}

/** Two of each: Σ (value − origin), Σ (value − origin)², minimum, maximum and mask of what is missing. */
const [SUM, SQUARES, MIN, MAX, MISSING, VALUE, OFF] = [4, 5, 6, 7, 8, 9, 10]
const FOUND = [SUM, SQUARES, MIN, MAX, MISSING]

/** scan(from, end, out, origin), a multiple of 16 bytes, goes on from what it finds at `out`. */
const SCAN = ((): Routine => {
  const [FROM, END, OUT, ORIGIN] = [0, 1, 2, 3]
  return {
    name: 'scan',
    parameters: [I32, I32, I32, F64],
    results: [],
    locals: [[7, V128]],
    code: [
      ...FOUND.flatMap((local, k) => [...get(OUT), ...load.v128(16 * k), ...set(local)]),
      ...whileBelow(
        FROM,
        END,
        [...get(FROM), ...load.v128(), ...tee(VALUE), ...get(ORIGIN), ...f64x2.splat, ...f64x2.sub, ...set(OFF)],
        [...get(SUM), ...get(OFF), ...f64x2.add, ...set(SUM)],
        [...get(SQUARES), ...get(OFF), ...get(OFF), ...f64x2.mul, ...f64x2.add, ...set(SQUARES)],
        [...get(MIN), ...get(VALUE), ...f64x2.lesserOf, ...set(MIN)],
        [...get(MAX), ...get(VALUE), ...f64x2.greaterOf, ...set(MAX)],
        [...get(VALUE), ...get(VALUE), ...f64x2.differ, ...get(MISSING), ...v128.or, ...set(MISSING)],
        advance(FROM, 16),
      ),
      ...FOUND.flatMap((local, k) => [...get(OUT), ...get(local), ...store.v128(16 * k)]),
    ],
  }
})()

const memory = newMemory(1)
const values = new Float64Array(memory.buffer, 0, SEGMENT)
const found = new Float64Array(memory.buffer, SEGMENT_BYTES, 8)
const missing = new BigInt64Array(memory.buffer, SEGMENT_BYTES + 64, 2)
const { scan } = instantiate(
  compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [SCAN] })),
  { memory },
) as { scan(from: number, end: number, out: number, origin: number): void }

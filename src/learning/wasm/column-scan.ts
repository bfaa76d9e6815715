// One look at a column of numbers: its sum, its range, and whether values are missing. In WebAssembly, because it comes
// first in a fit, when JavaScript is still interpreted; warm, that takes three times as long.
import { assembleModule } from './assemble-module.ts'
import { f64, i64, layout } from './layout.ts'
import { MemoryPlan } from './memory-plan.ts'
import { routine } from './routine.ts'
import { F64, I32 } from './values.ts'
import { F64x2, I64x2 } from './vectors.ts'
import { compile, instantiate } from './web-assembly.ts'

/** Values that are copied and looked at together; also summed together, which keeps the error of long sums small. */
const SEGMENT = 4096

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
    const from = values.byteOffset
    scan(from, from + 8 * (count + (count % 2)), found.byteOffset, missing.byteOffset, origin)
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

/**
 * Goes over the pairs from `from` to `end`, and on from what stands in `found` and `missing`, two of each: the sum of
 * value − origin and of its square, the least and the greatest value, and a mask of what is missing.
 */
const SCAN = routine(
  'scan',
  { from: I32, end: I32, found: I32, missing: I32, origin: F64 },
  (w, { from, end, found, missing, origin }) => {
    const sum = w.keep(F64x2.load(found))
    const squares = w.keep(F64x2.load(found, 16))
    const min = w.keep(F64x2.load(found, 32))
    const max = w.keep(F64x2.load(found, 48))
    const missingMask = w.keep(I64x2.load(missing))
    w.each(from, end, 16, () => {
      const value = w.keep(F64x2.load(from))
      const off = w.keep(value.minus(F64x2.splat(origin)))
      w.add(sum, off)
      w.add(squares, off.times(off))
      w.set(min, min.lower(value))
      w.set(max, max.higher(value))
      w.set(missingMask, value.differs(value).or(missingMask))
    })
    ;[sum, squares, min, max].forEach((pair, k) => {
      w.store(found, pair, 16 * k)
    })
    w.store(missing, missingMask)
  },
)

const plan = new MemoryPlan()
const arrays = layout({ values: f64(SEGMENT), found: f64(8), missing: i64(2) }, plan)
const memory = plan.allocateOwn('a column is scanned')
const { values, found, missing } = arrays.views(memory.buffer)
const { scan } = instantiate(
  compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [SCAN] })),
  { memory },
) as { scan(from: number, end: number, found: number, missing: number, origin: number): void }

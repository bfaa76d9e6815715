// A few rows in place of many.
import { Random } from './random.ts'

/**
 * The indices of at most `max` rows, ascending: one drawn by the seed from each of `max` equal stretches, all of them
 * where they are no more. Rows in any order, sorted ones too, are met evenly. O(max).
 */
export function spreadRows(rowCount: number, max: number, seed: number): Int32Array {
  if (rowCount <= max) return Int32Array.from({ length: rowCount }, (_, i) => i)
  const random = new Random(seed)
  return Int32Array.from({ length: max }, (_, k) => {
    const start = Math.floor((k * rowCount) / max)
    const end = Math.floor(((k + 1) * rowCount) / max)
    return start + random.integer(end - start)
  })
}

// The bins of a categorical column that has no more categories than bins.
import type { CategoryBins } from './column-bins.ts'

/**
 * One bin for each category that is seen, in the order of codes: at most 255. All others count as missing afterwards.
 *
 * column  codes 0 … categoryCount − 1, or NaN; what is neither counts as missing
 * rows    the rows to look at
 * O(rows + categories).
 */
export function findCategories(column: Float64Array, rows: Int32Array, categoryCount: number): CategoryBins {
  const isSeen = new Uint8Array(categoryCount)
  for (const row of rows) {
    const code = column[row] as number
    if (code >= 0 && code < categoryCount && Number.isInteger(code)) isSeen[code] = 1
  }
  const binCount = isSeen.reduce((sum, seen) => sum + seen, 0)
  let bin = 0
  return { binOfCategory: isSeen.map((seen) => (seen === 1 ? bin++ : binCount)), binCount }
}

// Which categories of a column get a bin of their own.
import type { CategoryBins } from './column-bins.ts'

/**
 * One bin for each category that is seen, in the order of codes; the most frequent `maxBins` when there are more (of
 * equally frequent ones those with lower codes). All other categories count as missing, in training and afterwards.
 *
 * column  codes 0 … categoryCount − 1, or NaN; what is neither counts as missing
 * rows    the rows to count
 * O(rows + categories · log categories).
 */
export function findCategories(
  column: Float64Array,
  rows: Int32Array,
  categoryCount: number,
  maxBins: number,
): CategoryBins {
  const counts = new Int32Array(categoryCount)
  for (const row of rows) {
    const code = column[row] as number
    if (code >= 0 && code < categoryCount && Number.isInteger(code)) counts[code] = (counts[code] as number) + 1
  }
  const seen = [...counts.keys()].filter((code) => (counts[code] as number) > 0)
  const byFrequency = seen.toSorted((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
  const kept = byFrequency.slice(0, maxBins).sort((a, b) => a - b)
  const binOfCategory = new Uint8Array(categoryCount).fill(kept.length)
  kept.forEach((code, bin) => {
    binOfCategory[code] = bin
  })
  return { binOfCategory, binCount: kept.length }
}

// Columns of categories that boosting cannot use, since each level has too few rows.
import type { FitContext } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { SUPPORT_MIN } from './scan-categories.ts'

/** With fewer training rows nothing is expected of any column. */
const ROWS_MIN = 40

/**
 * Warns of each column of which no level, nor the missing values, has the rows that a split asks for: it counts for nothing.
 * O(rows) for each column of many levels.
 */
export function tellRareLevels(
  { columns, categoryCounts }: Pick<Matrix, 'columns' | 'categoryCounts'>,
  training: Int32Array,
  { warn }: Pick<FitContext, 'warn'>,
): void {
  if (training.length < ROWS_MIN) return
  for (const [j, column] of columns.entries()) {
    const levelCount = categoryCounts[j] as number
    // Of fewer levels one has enough rows.
    if (levelCount === 0 || training.length > (SUPPORT_MIN - 1) * (levelCount + 1)) continue
    const rowCounts = new Uint32Array(levelCount + 1)
    for (const row of training) {
      const code = column[row] as number
      rowCounts[code >= 0 && code < levelCount ? code : levelCount]! += 1
    }
    if (rowCounts.some((count) => count >= SUPPORT_MIN)) continue
    const seen = rowCounts.subarray(0, levelCount).reduce((sum, count) => sum + Number(count > 0), 0)
    const message = `each of its ${seen} levels has fewer than ${SUPPORT_MIN} training rows: boosting tells none of them apart, and the column counts for nothing`
    warn({ code: 'LEVELS_POOLED', column: j, message })
  }
}

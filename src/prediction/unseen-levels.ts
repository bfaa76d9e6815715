// Which levels of a request the training never saw, and in how many of its rows.
import { FrequentTexts } from '../cells/frequent-texts.ts'
import { unseenLevelReader } from '../model/conform.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { UnseenCounts } from './rows-watch.ts'
import type { PredictedTable } from './sampled-rows.ts'

/** Levels of a column that are told of one request. */
const LEVELS_MAX = 64
/** What is told of a level: its beginning. */
export const LEVEL_LENGTH_MAX = 100

/** Of columns of categories; of texts that are no times nothing is told. O(rows of columns with such levels). */
export function unseenLevelsOf(
  rows: PredictedTable,
  { unseen }: Pick<Predictions, 'unseen'>,
  schema: readonly ColumnSchema[],
): UnseenCounts[] {
  if ('values' in rows) return []
  return unseen.flatMap(({ column }): UnseenCounts[] => {
    const expected = schema.find(({ name }) => name === column)
    const given = rows.given.columns.find(({ name }) => name === column)
    if (expected?.kind !== 'categorical' || given === undefined || given.kind === 'time') return []
    const levelAt = unseenLevelReader(given, expected)
    const texts = new FrequentTexts(LEVELS_MAX)
    for (let row = 0; row < rows.rowCount; row++) {
      const level = levelAt(row)
      if (level !== undefined) texts.add(cutLevel(String(level)))
    }
    return [{ column, levels: texts.top(LEVELS_MAX) }]
  })
}

export function cutLevel(text: string): string {
  return text.slice(0, LEVEL_LENGTH_MAX).toWellFormed()
}

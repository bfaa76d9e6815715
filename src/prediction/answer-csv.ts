// The answer of a prediction as CSV (RFC 4180).
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { Column } from '../model/table.ts'
import { fieldOf } from '../rows/csv-text.ts'
import { answerBlocks, ID_COLUMN } from './answer-columns.ts'
import type { AnswerStamp } from './answer-stamp.ts'

/** Rows whose text is made at once. */
const ROWS_AT_ONCE = 1024
/** Characters of a text that is long enough, whatever its rows. */
const TEXT_LENGTH = 2 ** 18

/** A header line and a line for each row, in parts. O(cells). */
export function* answerCsv(
  predictions: Predictions,
  withProbabilities: boolean,
  stamp?: AnswerStamp,
): Generator<string> {
  let isFirst = true
  for (const { rowCount, columns, ids } of answerBlocks(predictions, withProbabilities, stamp)) {
    const fields = columns.map(fieldWriter)
    const names = columns.map(({ name }) => fieldOf(name))
    if (ids !== undefined) {
      fields.push((row) => ids[row] as string)
      names.push(ID_COLUMN)
    }
    let text = isFirst ? `${names.join()}\r\n` : ''
    isFirst = false
    for (let row = 0; row < rowCount; row++) {
      for (let j = 0; j < fields.length; j++) text += (j > 0 ? ',' : '') + (fields[j] as (row: number) => string)(row)
      text += '\r\n'
      if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1 || text.length >= TEXT_LENGTH) {
        yield text
        text = ''
      }
    }
    yield text
  }
}

function fieldWriter(column: Column): (row: number) => string {
  if (column.kind !== 'categorical') return (row) => fieldOf(column.values[row] as number)
  const texts = column.levels.map(fieldOf)
  return (row) => texts[column.codes[row] as number] ?? ''
}

// The answer of a prediction as CSV (RFC 4180).
import type { Column } from '../model/table.ts'
import { fieldOf } from '../rows/csv-text.ts'

/** Rows whose text is made at once. */
const ROWS_AT_ONCE = 1024

/** A header line and a line for each row, in parts. O(cells). */
export function* answerCsv(columns: readonly Column[], rowCount: number): Generator<string> {
  const fields = columns.map(fieldWriter)
  let text = `${columns.map(({ name }) => fieldOf(name)).join()}\r\n`
  for (let row = 0; row < rowCount; row++) {
    for (let j = 0; j < fields.length; j++) text += (j > 0 ? ',' : '') + (fields[j] as (row: number) => string)(row)
    text += '\r\n'
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) {
      yield text
      text = ''
    }
  }
  yield text
}

function fieldWriter(column: Column): (row: number) => string {
  if (column.kind === 'numeric') return (row) => fieldOf(column.values[row] as number)
  const texts = column.levels.map(fieldOf)
  return (row) => texts[column.codes[row] as number] ?? ''
}

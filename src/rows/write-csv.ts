// Tables as CSV (RFC 4180), block by block.
import type { Column } from '../model/table.ts'
import { textOfTime } from '../model/times.ts'
import { fieldOf } from './csv-text.ts'
import type { TableBlock } from './write-arrow.ts'

/** Rows whose text is made at once. */
const ROWS_AT_ONCE = 1024
/** Characters of a text that is long enough, whatever its rows. */
const TEXT_LENGTH = 2 ** 18

/** What stands before the lines of the first block. */
export function headerLine({ columns, texts = [] }: TableBlock): string {
  return `${[...columns, ...texts].map(({ name }) => fieldOf(name)).join()}\r\n`
}

/** A line for each row, in parts; before them `head`. O(cells). */
export function* writeLines({ rowCount, columns, texts = [] }: TableBlock, head = ''): Generator<string> {
  const fields = columns.map(fieldWriter)
  for (const { values } of texts) {
    fields.push((row) => {
      const value = values[row] ?? null
      return value === null ? '' : fieldOf(value)
    })
  }
  let text = head
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

function fieldWriter(column: Column): (row: number) => string {
  if (column.kind === 'numeric') return (row) => fieldOf(column.values[row] as number)
  if (column.kind === 'time') return (row) => timeField(column.values[row] as number)
  const texts = column.levels.map(fieldOf)
  return (row) => texts[column.codes[row] as number] ?? ''
}

function timeField(value: number): string {
  return Number.isNaN(value) ? '' : textOfTime(value)
}

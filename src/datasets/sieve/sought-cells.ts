// Which rows of columns, as they were read, hold a value.
import type { ReadColumn, ReadTable } from '../../model/read-column.ts'
import { isSameValue, numberOf, type SoughtValue, timeOf } from '../../model/sought-value.ts'
import type { Level } from '../../model/table.ts'

/** A test of a row; undefined where there is no such column. O(levels), then O(1) for each row. */
export function soughtIn(
  { columns }: ReadTable,
  { column, value }: SoughtValue,
): ((row: number) => boolean) | undefined {
  const found = columns.find(({ name }) => name === column)
  return found && cellTest(found, value)
}

function cellTest(column: ReadColumn, value: Level): (row: number) => boolean {
  const number = numberOf(value)
  if (column.kind === 'numeric') return (row) => column.values[row] === number
  const isSought = column.levels.map((level) => isSameValue(level, value) || isSameTime(level, value))
  const { codes } = column
  if (column.kind === 'categorical') return (row) => isSought[codes[row] as number] === true
  return (row) => column.values[row] === number || isSought[codes[row] as number] === true
}

/** Times are texts before a column of them is known as one. */
function isSameTime(level: Level, value: Level): boolean {
  const time = timeOf(value)
  return time !== undefined && timeOf(level) === time
}

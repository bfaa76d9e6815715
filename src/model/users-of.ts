// The rows of a recommender: its one column holds users, whatever their values look like.
import { DataError } from '../learning/errors.ts'
import { presentOnly } from './present-only.ts'
import { asCategorical, cellsOf, type Table } from './table.ts'

/**
 * The column of users as categories, with those alone that have a row: any other is one whom the training did not have. Throws DataError
 * where there are more columns than one, or a user is missing. O(rows log users).
 */
export function usersOf(features: Table): Table {
  const fault = usersFault(features)
  if (fault !== undefined) throw new DataError(fault)
  const columns = features.columns.map((column) => presentOnly(asCategorical(column)))
  return { rowCount: features.rowCount, columns }
}

/** Why these cannot be the rows of a recommender's training; undefined where they can. O(rows). */
export function usersFault({ columns, rowCount }: Table): string | undefined {
  const [column] = columns
  if (column === undefined || columns.length > 1) {
    const named = columns.slice(0, NAMED_MAX).map(({ name }) => JSON.stringify(name))
    return `expected one column, that of the users, got ${columns.length}: ${named.join(', ')}; the items are the label, and how much a row counts is said by weights`
  }
  const cells = cellsOf(column)
  let missing = 0
  for (let row = 0; row < rowCount; row++) {
    const cell = cells[row] as number
    if (Number.isNaN(cell) || (column.kind === 'categorical' && cell < 0)) missing += 1
  }
  if (missing === 0) return undefined
  return `column ${JSON.stringify(column.name)}: the user is missing in ${missing} of ${rowCount} rows`
}

const NAMED_MAX = 10

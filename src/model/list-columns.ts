// Ranked lists as columns of a table: one a place, for the items and for their scores.
import type { RankedLists } from '../learning/recommend/ranked-lists.ts'
import type { CategoricalColumn, Column, Level, NumericColumn } from './table.ts'

/**
 * The lists of a label: `<label>.1`, `<label>.2`, … are the items and `<label>.score.1`, … their scores, of the lists `<label>`
 * and `<label>.scores`. O(rows × length).
 */
export function listColumns(label: string, levels: readonly Level[], { length, items, scores }: RankedLists): Column[] {
  const rowCount = items.length / length
  const places = Array.from({ length }, (_, place) => place)
  return [
    ...places.map((at): CategoricalColumn => {
      const codes = new Int32Array(rowCount)
      for (let row = 0; row < rowCount; row++) codes[row] = items[row * length + at] as number
      return { kind: 'categorical', name: `${label}.${at + 1}`, codes, levels, list: { name: label, place: at + 1 } }
    }),
    ...places.map((at): NumericColumn => {
      const values = new Float64Array(rowCount)
      for (let row = 0; row < rowCount; row++) values[row] = scores[row * length + at] as number
      const list = { name: `${label}.scores`, place: at + 1 }
      return { kind: 'numeric', name: `${label}.score.${at + 1}`, values, list }
    }),
  ]
}

/** The columns in groups: the places of each list together, any other by itself. */
export function groupLists(columns: readonly Column[]): (readonly Column[])[] {
  // By a loop: this is done for every answer.
  const groups: Column[][] = []
  let current: string | undefined
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c] as Column
    const name = placeOf(column)?.name
    if (name !== undefined && name === current) groups[groups.length - 1]?.push(column)
    else groups.push([column])
    current = name
  }
  return groups
}

/** Undefined of a column that is no place of a list. */
export function placeOf(column: Column) {
  return column.kind === 'time' ? undefined : column.list
}

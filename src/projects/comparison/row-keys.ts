// Which rows of one table are in another one too: for a version that may have learnt the rows that it is judged by.
import { hash, hashLevel, hashNumber, mixed } from '../../datasets/statistics/cell-hashes.ts'
import type { Column, Table } from '../../model/table.ts'

/** Of fewer distinct rows in a table, rows of others are equal to them by chance: of votes or letters' features, say. */
const DISTINCT_SHARE_MIN = 0.2
const LOW_WORD = 2 ** 32
const HIGH_BITS = 21

/** A number for each of the rows, the same for rows with the same names and values. O(rows × columns). */
export function rowKeys(tables: readonly Table[], rows: Int32Array): Float64Array {
  const high = new Int32Array(rows.length)
  const low = new Int32Array(rows.length)
  const columns = tables.flatMap((table) => table.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
  for (const column of columns) addColumn(column, rows, high, low)
  return Float64Array.from(high, (word, i) => (word >>> (32 - HIGH_BITS)) * LOW_WORD + ((low[i] as number) >>> 0))
}

/** How many of the rows are among the others; undefined where that may well be chance. O(rows). */
export function countShared(keys: Float64Array, others: Float64Array): number | undefined {
  const distinct = new Set(others)
  if (distinct.size < DISTINCT_SHARE_MIN * others.length) return undefined
  return keys.reduce((count, key) => count + (distinct.has(key) ? 1 : 0), 0)
}

function addColumn(column: Column, rows: Int32Array, high: Int32Array, low: Int32Array): void {
  hashLevel(column.name)
  const name = { ...hash }
  const add = (i: number): void => {
    high[i] = mixed((high[i] as number) ^ name.high) + hash.high
    low[i] = mixed((low[i] as number) ^ name.low) + hash.low
  }
  if (column.kind !== 'categorical') {
    for (let i = 0; i < rows.length; i++) {
      hashNumber(column.values[rows[i] as number] as number)
      add(i)
    }
    return
  }
  const words = column.levels.map((level) => {
    hashLevel(level)
    return { ...hash }
  })
  hashNumber(Number.NaN)
  const missing = { ...hash }
  for (let i = 0; i < rows.length; i++) {
    Object.assign(hash, words[column.codes[rows[i] as number] as number] ?? missing)
    add(i)
  }
}

// Whether held-out rows are also among those that were trained on: then their metrics say how well a model remembers.
import { spreadRows } from '../../learning/spread-rows.ts'
import type { Warning } from '../../learning/warnings.ts'
import { type Column, cellsOf, type Table } from '../table.ts'
import { percent } from './column-doubt.ts'

interface Rows {
  readonly features: Table
  readonly labels: Table
}

/** A held-out row, and how many there are like it. */
interface EqualRows {
  readonly row: number
  count: number
}

/** Fewer shared rows, or a smaller share of those held out, are no more than chance may bring. */
const SHARED_MIN = 3
const SHARE_MIN = 0.05
/** Held-out rows that are looked for. */
const HELD_MAX = 10_000
/** Columns of many values that rows are told apart by at first; those that are the same in them are compared in whole. */
const HASHED_COLUMNS_MAX = 8
/** Rows in which values are counted, and the share of distinct ones that makes equal rows no chance. */
const SAMPLE_ROWS = 1_000
const DISTINCT_SHARE_MIN = 0.2

/**
 * Undefined where rows of a table may well be equal by chance: of votes or letters' features, say, no column has many
 * values. O(rows × 8 columns), and the shared rows in whole.
 */
export function sharedRowsDoubt(training: Rows, validation: Rows): Warning | undefined {
  const [trained, held] = [columnsOf(training), columnsOf(validation)]
  if (trained.length !== held.length) return undefined
  const hashed = richColumns(trained, training.features.rowCount)
  if (hashed.length === 0) return undefined
  const rows = spreadRows(validation.features.rowCount, HELD_MAX, 0)
  const heldByHash = new Map<number, EqualRows[]>()
  const heldHashes = hashesOf(held, hashed, validation.features.rowCount)
  for (const row of rows) {
    const hash = heldHashes[row] as number
    const same = heldByHash.get(hash) ?? []
    if (same.length === 0) heldByHash.set(hash, same)
    const known = same.find((of) => areEqual(held, row, held, of.row))
    if (known === undefined) same.push({ row, count: 1 })
    else known.count += 1
  }
  let found = 0
  const hashes = hashesOf(trained, hashed, training.features.rowCount)
  for (let row = 0; row < hashes.length; row++) {
    const same = heldByHash.get(hashes[row] as number)
    if (same === undefined) continue
    const at = same.findIndex((of) => areEqual(trained, row, held, of.row))
    // What is found need not be looked for again.
    if (at >= 0) found += (same.splice(at, 1)[0] as EqualRows).count
  }
  if (found < SHARED_MIN || found < SHARE_MIN * rows.length) return undefined
  const message = `${found} of ${rows.length} held-out rows (${percent(found / rows.length)}) equal a training row in every column and label: their metrics are too good`
  return { code: 'ROWS_SHARED', message }
}

function columnsOf({ features, labels }: Rows): Column[] {
  return [...features.columns, ...labels.columns]
}

/** Indices of the first columns that have many values. */
function richColumns(columns: readonly Column[], rowCount: number): number[] {
  const rows = spreadRows(rowCount, SAMPLE_ROWS, 0)
  const rich: number[] = []
  for (const [j, column] of columns.entries()) {
    const values = cellsOf(column)
    const distinct = new Set(Array.from(rows, (row) => values[row]))
    if (distinct.size >= DISTINCT_SHARE_MIN * rows.length) rich.push(j)
    if (rich.length === HASHED_COLUMNS_MAX) break
  }
  return rich
}

/**
 * A number for each row, from the hashed columns. Levels of both parts have the same codes: they are of one table. 0 and
 * −0 have the same number, and so have missing values.
 */
function hashesOf(columns: readonly Column[], hashed: readonly number[], rowCount: number): Int32Array {
  const hashes = new Int32Array(rowCount)
  const word = new Float64Array(1)
  const halves = new Uint32Array(word.buffer)
  for (const j of hashed) {
    const column = columns[j] as Column
    if (column.kind === 'categorical') {
      for (let i = 0; i < rowCount; i++) hashes[i] = mixed(hashes[i] as number, column.codes[i] as number)
      continue
    }
    for (let i = 0; i < rowCount; i++) {
      const value = column.values[i] as number
      word[0] = Number.isNaN(value) ? Number.NaN : value + 0
      hashes[i] = mixed(mixed(hashes[i] as number, halves[0] as number), halves[1] as number)
    }
  }
  return hashes
}

function mixed(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1)
  return product ^ (product >>> 15)
}

function areEqual(columns: readonly Column[], row: number, others: readonly Column[], other: number): boolean {
  return columns.every((column, j) => {
    const against = others[j] as Column
    if (column.kind !== 'categorical' && against.kind !== 'categorical') {
      const [a, b] = [column.values[row] as number, against.values[other] as number]
      return a === b || (Number.isNaN(a) && Number.isNaN(b))
    }
    return column.kind === 'categorical' && against.kind === 'categorical' && column.codes[row] === against.codes[other]
  })
}

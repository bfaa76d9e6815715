// Takes the rows with one value of a column out of the work of a run that waits.
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { flushFolder } from '../data-folder/flushed-files.ts'
import { cipherWith, type SealingKey } from '../encryption/key-ring.ts'
import { isSameValue, numberOf, type SoughtValue, timeOf } from '../model/sought-value.ts'
import { type Column, cellsOf, type Level, type NumericColumn, type Table, takeRows } from '../model/table.ts'
import { type AsideColumns, readSpoolFile, type TrainingWork, writeWork } from './spool-file.ts'

export interface RowsOfValue {
  /** Rows that have the value. */
  readonly found: number
  /** All others. */
  readonly left: number
}

/** Keys of a file and of the one that takes its place, to be used once; absent where they lie in the clear. */
export interface RewriteKeys {
  readonly opens?: SealingKey
  readonly seals?: SealingKey
}

/**
 * Puts a file without these rows in the place of the file, flushed; a crash leaves one or the other. Nobody else may use
 * the file meanwhile. Its digest stays that of the request: the same request again is still the same work. Holds the
 * table twice in memory. Throws SpoolFileError, and what the disk throws; then the file is as it was. O(cells).
 */
export async function eraseRows(path: string, sought: SoughtValue, keys: RewriteKeys = {}): Promise<RowsOfValue> {
  const work = await read(path, keys)
  const kept = rowsWithout(work, sought)
  const rows = rowsOfValue(work, kept)
  if (rows.found === 0) return rows
  const part = `${path}.part`
  try {
    const rest = {
      run: work.run,
      features: ofRows(work.features, kept),
      labels: ofRows(work.labels, kept),
      ...(work.aside === undefined ? {} : { aside: asideOfRows(work.aside, kept) }),
    }
    await writeWork(part, rest, keys.seals)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await flushFolder(dirname(path))
  return rows
}

/** How many rows have the value; changes nothing. */
export async function findRows(path: string, sought: SoughtValue, keys: RewriteKeys = {}): Promise<RowsOfValue> {
  const work = await read(path, keys)
  return rowsOfValue(work, rowsWithout(work, sought))
}

function read(path: string, { opens }: RewriteKeys): Promise<TrainingWork> {
  return readSpoolFile(path, opens && (() => cipherWith(opens)))
}

function rowsOfValue({ features: { rowCount } }: TrainingWork, kept: Int32Array): RowsOfValue {
  return { found: rowCount - kept.length, left: kept.length }
}

/**
 * Indices of the rows without the value in any column of that name: of features, of labels, or what rows are split or folds
 * are made by. The name of a column of weights is not kept.
 */
function rowsWithout({ run, features, labels, aside }: TrainingWork, { column, value }: SoughtValue): Int32Array {
  const isFound = new Uint8Array(features.rowCount)
  for (const searched of [...features.columns, ...labels.columns]) {
    if (searched.name === column) markRows(searched, value, isFound)
  }
  if (aside?.splitBy !== undefined && run.splitBy?.column === column) markRows(aside.splitBy, value, isFound)
  if (aside?.crossValidateBy !== undefined && run.crossValidation?.column === column)
    markRows(aside.crossValidateBy, value, isFound)
  if (aside?.foldBy !== undefined && run.search?.folds.column === column) markRows(aside.foldBy, value, isFound)
  const kept = new Int32Array(features.rowCount)
  let count = 0
  for (let row = 0; row < features.rowCount; row++) if (isFound[row] === 0) kept[count++] = row
  return kept.subarray(0, count)
}

function markRows(column: Column, value: Level, isFound: Uint8Array): void {
  if (column.kind === 'categorical') {
    const isSought = column.levels.map((level) => isSameValue(level, value))
    column.codes.forEach((code, row) => {
      if (isSought[code]) isFound[row] = 1
    })
    return
  }
  const number = column.kind === 'time' ? timeOf(value) : numberOf(value)
  column.values.forEach((cell, row) => {
    if (cell === number) isFound[row] = 1
  })
}

/** A table of labels that has no rows, since its model learns without, stays so. */
function ofRows(table: Table, rows: Int32Array): Table {
  if (table.columns.length === 0) return table
  const taken = takeRows(table, rows)
  return { ...taken, columns: taken.columns.map(withoutUnused) }
}

function asideOfRows({ weights, splitBy, foldBy, crossValidateBy }: AsideColumns, rows: Int32Array): AsideColumns {
  const taken = (column: Column): Column =>
    ofRows({ rowCount: cellsOf(column).length, columns: [column] }, rows).columns[0] as Column
  return {
    ...(weights === undefined ? {} : { weights: taken(weights) as NumericColumn }),
    ...(splitBy === undefined ? {} : { splitBy: taken(splitBy) }),
    ...(crossValidateBy === undefined ? {} : { crossValidateBy: taken(crossValidateBy) }),
    ...(foldBy === undefined ? {} : { foldBy: taken(foldBy) }),
  }
}

/** Levels that only rows had which are gone say what was in them: an address beside a name. */
function withoutUnused(column: Column): Column {
  if (column.kind !== 'categorical') return column
  const isUsed = new Uint8Array(column.levels.length)
  for (const code of column.codes) if (code >= 0) isUsed[code] = 1
  let used = 0
  const newCodes = Int32Array.from(isUsed, (is) => (is === 1 ? used++ : -1))
  const codes = column.codes.map((code) => (code < 0 ? -1 : (newCodes[code] as number)))
  return { ...column, codes, levels: column.levels.filter((_, code) => isUsed[code] === 1) }
}

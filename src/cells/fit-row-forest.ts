// Grows the isolation forest of a version from a sample of its training rows, and scores another sample.

import { drawDifferent } from '../learning/anomaly/draw-rows.ts'
import type { FittedIsolationForest } from '../learning/anomaly/fitted-isolation-forest.ts'
import { IsolationForest } from '../learning/anomaly/isolation-forest.ts'
import type { FitContext } from '../learning/estimator.ts'
import { numericMatrix } from '../learning/matrix.ts'
import { Random } from '../learning/random.ts'
import { conform } from '../model/conform.ts'
import { FaultList } from '../model/faults.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { type Column, cellsOf, type Table, takeRows } from '../model/table.ts'
import { ANOMALY_SHARE_MAX, type ForestColumn, forestBlock, RowForest, type SchemaColumns } from './row-forest.ts'

/** Rows that trees are grown from, and rows that are scored, at the most. */
const ROWS_MAX = 10_000
/** With fewer rows of each kind nothing can be said. */
const ROWS_MIN = 20
/** Trees, and rows of each: a hundred of 64 rows find what those of 256 do, and take a third of the bytes. */
const TREES = 100
const TREE_ROWS = 64
/** A column of more levels is as good as an id: each level is rare. */
const LEVELS_MAX = 1_000
/** Of the random numbers of a training. */
const STREAM = 7_919

/**
 * The same training gives the same forest. Rows are drawn without replacement; half of them are held out. Columns of text, and of more than
 * 1,000 levels, are left out. Undefined of fewer than 40 rows, or without a column. Throws FitStopped, and Error where the rows
 * are not those of the schema.
 *
 * features  all rows of the training
 * O(rows + 20,000 × trees × depth) time; some 130 kB are kept.
 */
export async function fitRowForest(
  features: Table,
  schema: readonly ColumnSchema[],
  context: FitContext,
): Promise<RowForest | undefined> {
  const random = new Random(context.seed, STREAM)
  const rows = drawDifferent(features.rowCount, Math.min(features.rowCount, 2 * ROWS_MAX), random)
  random.shuffle(rows)
  const half = rows.length >>> 1
  if (half < ROWS_MIN) return undefined
  const [grown, heldOut] = [rows.subarray(0, half), rows.subarray(half)]
  const sample = schemaColumns(takeRows(ofSchema(features, schema), grown), schema)
  const columns = schema.flatMap((column, place) => forestColumn(column, place, sample[place]))
  if (columns.length === 0) return undefined
  const fitted = await grow(columns, sample, half, context)
  const scored = schemaColumns(takeRows(ofSchema(features, schema), heldOut), schema)
  const forest = new RowForest(columns, fitted, { count: heldOut.length, highest: new Float64Array(0) })
  const scores = forest.scores(scored, 0, heldOut.length).sort().reverse()
  const kept = Math.floor(ANOMALY_SHARE_MAX * (heldOut.length + 1))
  return new RowForest(columns, fitted, { count: heldOut.length, highest: scores.slice(0, kept) })
}

function ofSchema(features: Table, schema: readonly ColumnSchema[]): Table {
  const names = new Set(schema.map(({ name }) => name))
  return { ...features, columns: features.columns.filter(({ name }) => names.has(name)) }
}

/** As predictions have them. Rows that a version was not trained on may have levels that it never saw. */
function schemaColumns(given: Table, schema: readonly ColumnSchema[]): SchemaColumns {
  const faults = new FaultList()
  const { table, unseen } = conform(given, schema, faults)
  if (!faults.isEmpty) throw new Error('the training rows have other columns than the pipeline')
  return table.columns.map((column) => {
    if (column.kind !== 'categorical' || column.isText) return column.kind === 'categorical' ? undefined : column.values
    const before = given.columns.find(({ name }) => name === column.name)
    const isNew = unseen.some(({ column: name }) => name === column.name)
    return before !== undefined && isNew ? withUnseen(column.codes, before) : column.codes
  })
}

function withUnseen(codes: Int32Array, before: Column): Int32Array {
  const cells = cellsOf(before)
  return codes.map((code, row) => (code < 0 && (cells[row] as number) >= 0 ? -2 : code))
}

/** Nothing of a column that the forest does not see. */
function forestColumn(column: ColumnSchema, place: number, cells: ArrayLike<number> | undefined): ForestColumn[] {
  if (cells === undefined || column.kind === 'text') return []
  if (column.kind !== 'categorical') return [{ place, shares: undefined }]
  if (column.levels.length > LEVELS_MAX) return []
  const shares = new Float64Array(column.levels.length)
  for (let row = 0; row < cells.length; row++) {
    const code = cells[row] as number
    if (code >= 0) shares[code] = (shares[code] as number) + 1 / cells.length
  }
  return [{ place, shares }]
}

async function grow(
  columns: readonly ForestColumn[],
  sample: SchemaColumns,
  rowCount: number,
  context: FitContext,
): Promise<FittedIsolationForest> {
  const values = columns.map((column) => forestBlock([column], sample, 0, rowCount).values)
  const parameters = { n_estimators: TREES, max_samples: Math.min(TREE_ROWS, rowCount) }
  return new IsolationForest(parameters).fit(numericMatrix(values, rowCount), { ...context, report: () => {} })
}

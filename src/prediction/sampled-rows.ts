// The rows of a request that are in the sample, out of all that were predicted.
import { largestProbabilities } from '../cells/largest-probabilities.ts'
import { unseenLevelReader } from '../model/conform.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { ReadRows } from '../model/row-reader.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { type Column, cellsOf, type Table } from '../model/table.ts'
import type { RowKeys } from './row-keys.ts'
import type { SampledRows } from './rows-watch.ts'
import { isSampled } from './sampling.ts'

/** Values of one request at the most: 8 MiB. Rows beyond them are not in the sample. */
const VALUES_MAX = 2 ** 20
/** Characters of the keys of one request at the most: 8 MiB. Rows beyond them are not in the sample. */
const KEY_CHARACTERS_MAX = 2 ** 22

/** Rows in the columns of the schema, and as they were given. */
export interface ConformedTable extends Table {
  readonly given: ReadTable | Table
}

/** Rows as they were predicted. A RowReader reads only those without anything new. */
export type PredictedTable = ReadRows | ConformedTable

interface SampleOptions {
  readonly idPrefix: string
  readonly rate: number
  /** Undefined where none are asked for. */
  readonly keys?: RowKeys | undefined
}

/** Undefined where no row is in the sample. O(rows + values of the sample). */
export function sampledRows(
  from: PredictedTable,
  predictions: Predictions,
  schema: readonly ColumnSchema[],
  { idPrefix, rate, keys }: SampleOptions,
): SampledRows | undefined {
  const rowsMax = Math.max(1, Math.floor(VALUES_MAX / (schema.length + 2)))
  const numbers: number[] = []
  const ofRows: (string | null)[] = []
  let characters = 0
  for (let row = 0; row < from.rowCount && numbers.length < rowsMax && characters < KEY_CHARACTERS_MAX; row++) {
    if (!isSampled(idPrefix, row, rate)) continue
    numbers.push(row)
    if (keys === undefined) continue
    const key = keys.at(row) ?? null
    ofRows.push(key)
    characters += key?.length ?? 0
  }
  if (numbers.length === 0) return undefined
  const rows = Uint32Array.from(numbers)
  const [answer] = predictions.labels.columns
  const confidence = largestProbabilities(predictions)
  return {
    requestRows: from.rowCount,
    rows,
    columns: schema.map((column, j) =>
      'values' in from ? fromBlock(from, rows, j, column) : fromTable(from, j, rows, column, predictions.unseen),
    ),
    answers: answer === undefined ? new Float64Array(rows.length) : take(cellsOf(answer), rows),
    classes: answer?.kind === 'categorical' ? answer.levels : undefined,
    confidence: confidence && take(confidence, rows),
    ...(keys === undefined ? {} : { keys: { column: keys.column, texts: ofRows } }),
  }
}

/** By a loop: Float64Array.from takes several times as long for a few rows. */
function take(values: ArrayLike<number>, rows: Uint32Array): Float64Array {
  const taken = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i] as number] as number
  return taken
}

function fromBlock(
  { values, columnCount }: ReadRows,
  rows: Uint32Array,
  j: number,
  { kind }: ColumnSchema,
): Float64Array {
  const taken = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const value = values[(rows[i] as number) * columnCount + j] as number
    taken[i] = kind === 'categorical' && Number.isNaN(value) ? -1 : value
  }
  return taken
}

const UNSEEN = -2

function fromTable(
  { columns, given }: ConformedTable,
  j: number,
  rows: Uint32Array,
  expected: ColumnSchema,
  unseen: Predictions['unseen'],
): Float64Array | undefined {
  const column = columns[j] as Column
  if (column.kind === 'categorical' && column.isText) return undefined
  const cells = cellsOf(column)
  const values = take(cells, rows)
  const isNew = expected.kind === 'categorical' && unseen.some(({ column: name }) => name === column.name)
  const before = isNew ? given.columns.find(({ name }) => name === column.name) : undefined
  if (expected.kind !== 'categorical' || before === undefined || before.kind === 'time') return values
  const levelAt = unseenLevelReader(before, expected)
  return values.map((code, i) => (code < 0 && levelAt(rows[i] as number) !== undefined ? UNSEEN : code))
}

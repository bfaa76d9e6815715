// One prediction, on whatever thread it runs: from the bytes of a request to the text of its answer.
import { invalidRequest, ServiceError } from '../errors.ts'
import { FitStopped, NotExplainable } from '../learning/errors.ts'
import type { Warning } from '../learning/warnings.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import { conform } from '../model/conform.ts'
import { type ExtraColumns, withoutExtra } from '../model/extra-columns.ts'
import { FaultList, RowsError } from '../model/faults.ts'
import type { FittedPipeline, Predictions, PredictOptions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import { type ColumnSchema, isOfText } from '../model/schema.ts'
import type { Table } from '../model/table.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { RowsForm } from '../rows/forms.ts'
import { tableOf } from '../rows/json-body.ts'
import { readBody } from '../rows/read-body.ts'
import { isFeature, type RowKeys, takeKeys } from './row-keys.ts'

/** How rows that are to be predicted are read. */
export interface FeatureReading {
  /**
   * Of the pipeline: cells in its columns of text are text, whatever they look like. Where the rows are refused, all else that
   * is wrong with their columns and values is told, too.
   */
  readonly schema?: readonly ColumnSchema[]
  /** Whether columns that the pipeline does not take are faults: refused by default. */
  readonly extraColumns?: ExtraColumns
  /** Its cells are text, too, where it is no feature. */
  readonly keyColumn?: string | undefined
  /** Of CSV. */
  readonly dialect?: CsvDialect | undefined
  /** Asked before the table takes memory. */
  readonly memory?: MemoryHold | undefined
  /** Those of the query, which come first. */
  readonly faults?: FaultList
  /** Hears what was decided about the rows as a whole. */
  readonly warn?: (warning: Warning) => void
}

/**
 * The rows of the body of POST /api/predict as a Table, straight from the bytes. Throws ServiceError BODY_MALFORMED, or
 * REQUEST_INVALID with every fault of members, rows and values, after those in `faults`. O(bytes).
 */
export async function readPredictionFeatures(
  bytes: BodyBytes,
  form: RowsForm,
  reading: FeatureReading = {},
): Promise<ReadTable> {
  const { schema = [], keyColumn, dialect, memory, faults = new FaultList(), warn } = reading
  const texts = new Set(schema.filter(isOfText).map(({ name }) => name))
  if (keyColumn !== undefined && !isFeature(schema, keyColumn)) texts.add(keyColumn)
  const isText = (column: string): boolean => texts.has(column)
  const body = await readBody(bytes, { form, members: ['features'], labelNames: [], dialect, isText, memory })
  faults.addAll(body.faults)
  const table = tableOf(body.features, 'features', faults)
  if (table === undefined) throw invalidRequest(faults)
  if (!faults.isEmpty) {
    const areOfCells = faults.listed.every(({ row, column }) => row !== undefined && column !== undefined)
    // Where the header or a row is wrong, the columns are none to be judged. A cell that could not be read counts as missing.
    if (areOfCells) addColumnFaults(table, reading, faults)
    throw invalidRequest(faults)
  }
  if (warn !== undefined && 'warnings' in body.features) body.features.warnings.forEach(warn)
  return table
}

/** Adds what is wrong with the columns and values of rows that are refused anyway; nothing where the schema is not known. */
export function addColumnFaults(
  table: ReadTable,
  { schema, keyColumn, extraColumns }: FeatureReading,
  faults: FaultList,
): void {
  if (schema === undefined) return
  const names = schema.map(({ name }) => name)
  const { table: given } = keyColumn === undefined ? { table } : takeKeys(table, schema, keyColumn)
  conform(extraColumns === 'drop' ? withoutExtra(given, names).table : given, schema, faults)
}

/**
 * Predicts the rows. Throws ServiceError REQUEST_INVALID with every fault of columns and values, PREDICTION_TIMED_OUT when the
 * stop flag is set, within some milliseconds, or EXPLANATION_UNAVAILABLE.
 */
export async function predictTable(
  pipeline: FittedPipeline,
  features: ReadTable | Table,
  options: PredictOptions,
  timeoutMs: number,
  extraColumns: ExtraColumns = 'refuse',
): Promise<Predictions> {
  try {
    if (options.explain !== undefined) requireExplainable(pipeline)
    if (extraColumns === 'refuse') return await pipeline.predict(features, options)
    const names = pipeline.featureSchema.map(({ name }) => name)
    const { table, dropped } = withoutExtra<ReadTable | Table>(features, names)
    return { ...(await pipeline.predict(table, options)), dropped }
  } catch (error) {
    if (error instanceof RowsError) throw invalidRequest(error.faults)
    if (error instanceof NotExplainable) throw notExplainable(error)
    if (!(error instanceof FitStopped)) throw error
    throw predictionTimedOut(timeoutMs)
  }
}

/** A class with a `predict` of its own may pass what it was asked for on, but its answer is not what is explained. */
function requireExplainable({ predictsAsFitted }: FittedPipeline): void {
  if (!predictsAsFitted) throw new NotExplainable('its class predicts in a way of its own')
}

function notExplainable(error: NotExplainable): ServiceError {
  return new ServiceError(
    'EXPLANATION_UNAVAILABLE',
    `${error.message}; trees, forests, boosting, linear methods and naive Bayes can be explained`,
    { cause: error },
  )
}

/** The predictions, and that rows had no key, where one is asked for. */
export function withLackingKeys(predictions: Predictions, keys: RowKeys | undefined): Predictions {
  if (keys === undefined || keys.lackingCount === 0) return predictions
  return { ...predictions, lackingKeys: { column: keys.column, rowCount: keys.lackingCount } }
}

export function predictionTimedOut(timeoutMs: number): ServiceError {
  const limit = `${timeoutMs / 1000} s (PREDICT_TIMEOUT_SECONDS)`
  return new ServiceError('PREDICTION_TIMED_OUT', `the prediction took longer than ${limit}`)
}

/** Values that training never saw. */
export function unseenCountOf({ unseen }: Predictions): number {
  let count = 0
  for (let c = 0; c < unseen.length; c++) count += unseen[c]?.rowCount ?? 0
  return count
}

// The long way of predicting a few rows on the service's own thread: it tells what is wrong with them, or new in them.
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { LocalPipeline } from './local-pipeline.ts'
import { predictTable, withLackingKeys } from './predict.ts'
import type { PredictionRequest } from './prediction-request.ts'
import { type RowKeys, takeKeys } from './row-keys.ts'
import type { PredictedTable } from './sampled-rows.ts'
import { ConformedRows } from './watch-rows.ts'

/** Rows that were predicted here, as far as they are known, and what of them was. */
export interface PredictedHere {
  readonly rows: PredictedTable | undefined
  readonly predictions: Predictions
  /** Undefined where none are asked for. */
  readonly keys?: RowKeys | undefined
}

/** The pipeline learns how long it took. Throws ServiceError: faults of the rows, PREDICTION_TIMED_OUT. */
export async function predictRead(
  local: LocalPipeline,
  read: ReadTable,
  { explain, extraColumns, keyColumn }: PredictionRequest,
  timeoutMs: number,
): Promise<PredictedHere> {
  const { table: features, keys } = takeKeys(read, local.pipeline.featureSchema, keyColumn)
  const startedAt = performance.now()
  const conformed = new ConformedRows(features)
  const options = { explain, onConformed: conformed.hear }
  const predictions = await predictTable(local.pipeline, features, options, timeoutMs, extraColumns)
  const msPerRow = (performance.now() - startedAt) / features.rowCount
  if (explain === undefined) local.learn(msPerRow)
  else local.learnExplained(msPerRow)
  return withKeys({ rows: conformed.rows, predictions }, keys)
}

export function withKeys({ rows, predictions }: PredictedHere, keys: RowKeys | undefined): PredictedHere {
  return { rows, predictions: withLackingKeys(predictions, keys), keys }
}

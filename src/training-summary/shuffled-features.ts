// What predictions lose when the values of one feature change places: importances of methods that have none of their own.
import { Random } from '../learning/random.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import type { FittedPipeline, Predictions, PredictOptions } from '../model/fitted-pipeline.ts'
import { type Column, type Table, takeRows } from '../model/table.ts'
import { LIMITS } from './limits.ts'

/**
 * Rows that are predicted for it: a sixteenth of those that the metrics predicted, within these, or at least what the
 * caller says.
 */
const PREDICTED_MIN = 1_000
export const PREDICTED_MAX = 5_000
/** Fewer say nothing of a feature. */
const ROWS_MIN = 20

/** How good predictions are, row by row or as a whole: the higher the better. rows: those of the table that was given. */
export type Score = (predictions: Predictions, rows: Int32Array, start: number) => number

/**
 * Permutation importance (see learning/permutation-importance.ts) of features rather than of the estimator's columns,
 * once each, in a single prediction: the rows as they are, and again for each feature with its values shuffled.
 * Undefined where the budget does not give every feature 20 rows, or there are more features than a report shows.
 */
export async function shuffledFeatures(
  pipeline: FittedPipeline,
  features: Table,
  score: Score,
  seed: number,
  options: PredictOptions,
  predictedMin = PREDICTED_MIN,
): Promise<{ drops: Float64Array; rows: number } | undefined> {
  const count = features.columns.length
  const budget = Math.min(PREDICTED_MAX, Math.max(predictedMin, Math.floor(features.rowCount / 16)))
  const rowCount = Math.min(features.rowCount, Math.floor(budget / Math.max(1, count)))
  if (count === 0 || count > LIMITS.features || rowCount < Math.min(ROWS_MIN, features.rowCount) || rowCount < 2)
    return undefined
  const rows = spreadRows(features.rowCount, rowCount, seed)
  const drawn = takeRows(features, rows)
  const predictions = await pipeline.predict(repeatShuffled(drawn, seed), options)
  const base = score(predictions, rows, 0)
  const drops = Float64Array.from({ length: count }, (_, j) => base - score(predictions, rows, (j + 1) * rowCount))
  return { drops, rows: rowCount }
}

/** The rows once as they are, and once for each column with its values in another order. */
function repeatShuffled({ rowCount, columns }: Table, seed: number): Table {
  const times = columns.length + 1
  const order = new Int32Array(rowCount)
  const repeated = columns.map((column, j): Column => {
    for (let i = 0; i < rowCount; i++) order[i] = i
    new Random(seed, j).shuffle(order)
    const repeat = <Values extends Float64Array | Int32Array>(values: Values, into: Values): Values => {
      for (let t = 0; t < times; t++) {
        for (let i = 0; i < rowCount; i++) {
          into[t * rowCount + i] = values[t === j + 1 ? (order[i] as number) : i] as number
        }
      }
      return into
    }
    return column.kind === 'categorical'
      ? { ...column, codes: repeat(column.codes, new Int32Array(times * rowCount)) }
      : { ...column, values: repeat(column.values, new Float64Array(times * rowCount)) }
  })
  return { rowCount: rowCount * times, columns: repeated }
}

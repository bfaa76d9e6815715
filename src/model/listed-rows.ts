// Some rows in place of many, where each prediction takes a look at all items.
import { spreadRows } from '../learning/spread-rows.ts'
import type { FittedPipeline } from './fitted-pipeline.ts'
import { type Table, takeRows } from './table.ts'

const LISTED_ROWS_MAX = 10_000

/** All rows, but of many rows of a recommender so many, spread evenly. O(rows × columns). */
export function listedRows(pipeline: FittedPipeline, features: Table): Table {
  if (!givesLists(pipeline) || features.rowCount <= LISTED_ROWS_MAX) return features
  return takeRows(features, spreadRows(features.rowCount, LISTED_ROWS_MAX, 0))
}

/** Whether its predictions are lists of items, one a user. */
export function givesLists({ outputs }: FittedPipeline): boolean {
  return outputs.some(({ fitted }) => fitted.kind === 'recommender')
}

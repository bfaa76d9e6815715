// The fit of both nearest-neighbour estimators: rows and targets are kept, and made ready to be searched.
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { hasMissing, type Matrix, requireDense } from '../matrix.ts'
import { sharedFloat64 } from '../parallel/shared-arrays.ts'
import type { Poll } from './answer-queries.ts'
import { indexRows } from './neighbor-index.ts'
import { checkNeighborCount, leafSizeFor, type NeighborsParameters, orderOfMetric } from './neighbors-parameters.ts'

/**
 * targets: per row the code of its class, or its value when classCount is 0.
 * Rows of weight 0 are left out. O(rows × (columns + log rows)); for memory see indexRows.
 * Throws DataError, ParameterError (fewer rows than neighbours), FitStopped.
 */
export async function fitNeighbors(
  parameters: NeighborsParameters,
  x: Matrix,
  targets: Int32Array | Float64Array,
  classCount: number,
  { stop, report }: FitContext,
  sampleWeight?: Float64Array,
): Promise<Poll> {
  stop.throwIfSet()
  requireDense(x, 'a search of neighbours')
  const columnCount = x.columns.length
  if (columnCount === 0) throw new DataError('nearest neighbours need at least one column')
  if (x.rowCount === 0) throw new DataError('nearest neighbours need at least one row')
  if (hasMissing(x)) throw new DataError('nearest neighbours take no missing values: fill them in before')
  const kept = rowsThatCount(x.rowCount, sampleWeight)
  const rowCount = kept?.length ?? x.rowCount
  checkNeighborCount(parameters, rowCount)
  report(0, 1, 'indexing rows')
  const leafSize = leafSizeFor(parameters, rowCount, columnCount)
  const index = await indexRows(x.columns, kept, orderOfMetric(parameters), leafSize, stop)
  const ballot = {
    targets: keptValues(targets, kept),
    classCount,
    weights: votingWeights(kept, sampleWeight),
    byDistance: parameters.weights === 'distance',
  }
  report(1, 1, 'indexing rows')
  return { index, ballot, neighborCount: parameters.n_neighbors }
}

/** Ascending; null when all of them do. */
function rowsThatCount(rowCount: number, sampleWeight: Float64Array | undefined): Uint32Array | null {
  if (sampleWeight === undefined || sampleWeight.every((weight) => weight > 0)) return null
  return Uint32Array.from({ length: rowCount }, (_, row) => row).filter((row) => (sampleWeight[row] as number) > 0)
}

/** In units of the greatest, so that no sum of them overflows; never 0. Null when all are equal. */
function votingWeights(kept: Uint32Array | null, sampleWeight: Float64Array | undefined): Float64Array | null {
  if (sampleWeight === undefined) return null
  const weights = keptValues(sampleWeight, kept)
  const greatest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  if (weights.every((weight) => weight === greatest)) return null
  for (let i = 0; i < weights.length; i++) {
    weights[i] = Math.max((weights[i] as number) / greatest, Number.MIN_VALUE)
  }
  return weights
}

/** In shared memory. */
function keptValues(values: Float64Array | Int32Array, kept: Uint32Array | null): Float64Array {
  const copy = sharedFloat64(kept?.length ?? values.length)
  if (kept === null) copy.set(values)
  else for (let i = 0; i < copy.length; i++) copy[i] = values[kept[i] as number] as number
  return copy
}

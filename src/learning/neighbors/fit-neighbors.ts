// The fit of both nearest-neighbour estimators: rows and targets are kept, and made ready to be searched.
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { hasMissing, type Matrix } from '../matrix.ts'
import { sharedFloat64 } from '../parallel/shared-arrays.ts'
import type { Poll } from './answer-queries.ts'
import { overallAnswer } from './ballot.ts'
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
  const columnCount = x.columns.length
  if (columnCount === 0) throw new DataError('nearest neighbours need at least one column')
  if (x.rowCount === 0) throw new DataError('nearest neighbours need at least one row')
  if (hasMissing(x)) throw new DataError('nearest neighbours take no missing values: fill them in before')
  const kept = rowsThatCount(x.rowCount, sampleWeight)
  checkNeighborCount(parameters, kept.length)
  report(0, 1, 'indexing rows')
  const leafSize = leafSizeFor(parameters, kept.length, columnCount)
  const index = await indexRows(x.columns, kept, orderOfMetric(parameters), leafSize, stop)
  const votes = {
    targets: sharedCopy(kept, (row) => targets[row] as number),
    classCount,
    weights: votingWeights(kept, sampleWeight),
    byDistance: parameters.weights === 'distance',
  }
  report(1, 1, 'indexing rows')
  return { index, ballot: { ...votes, overall: overallAnswer(votes) }, neighborCount: parameters.n_neighbors }
}

function rowsThatCount(rowCount: number, sampleWeight: Float64Array | undefined): Uint32Array {
  const all = Uint32Array.from({ length: rowCount }, (_, row) => row)
  return sampleWeight === undefined ? all : all.filter((row) => (sampleWeight[row] as number) > 0)
}

/** In units of the greatest, so that no sum of them overflows; never 0. Null when all are equal. */
function votingWeights(kept: Uint32Array, sampleWeight: Float64Array | undefined): Float64Array | null {
  if (sampleWeight === undefined) return null
  let greatest = 0
  for (const row of kept) greatest = Math.max(greatest, sampleWeight[row] as number)
  if (kept.every((row) => sampleWeight[row] === greatest)) return null
  return sharedCopy(kept, (row) => Math.max((sampleWeight[row] as number) / greatest, Number.MIN_VALUE))
}

export function sharedCopy(rows: ArrayLike<number>, read: (row: number) => number): Float64Array {
  const values = sharedFloat64(rows.length)
  for (let i = 0; i < rows.length; i++) values[i] = read(rows[i] as number)
  return values
}

// The parameters of nearest neighbours, and what they come to for given data.
import { ParameterError, type ParameterFault } from '../errors.ts'
import { choice, integer, none, type ParameterValues, parameter, real } from '../parameters.ts'

export const neighborsParameters = {
  n_neighbors: parameter(5, integer({ min: 1 })),
  /** uniform: every neighbour counts alike. distance: in inverse proportion to its distance. */
  weights: parameter('uniform', choice('uniform', 'distance')),
  /** How to search; the answers are the same. auto takes what is faster. */
  algorithm: parameter('auto', choice('auto', 'kd_tree', 'brute')),
  /** Rows at which a kd-tree ends; of no effect on the answers. */
  leaf_size: parameter(30, integer({ min: 1 })),
  /** The order of the minkowski metric: any number above 0. The limit of high orders is the metric chebyshev. */
  p: parameter(2, real({ above: 0 })),
  metric: parameter('minkowski', choice('minkowski', 'euclidean', 'manhattan', 'chebyshev')),
  /** Taken and ignored: the threads are those of the service. */
  n_jobs: parameter(null, none, integer()),
}
export type NeighborsParameters = ParameterValues<typeof neighborsParameters>

/** The order of the Minkowski distance that the parameters mean. */
export function orderOfMetric({ metric, p }: NeighborsParameters): number {
  if (metric === 'euclidean') return 2
  if (metric === 'chebyshev') return Number.POSITIVE_INFINITY
  return metric === 'manhattan' ? 1 : p
}

/** Throws ParameterError when there are fewer rows than neighbours. */
export function checkNeighborCount({ n_neighbors }: NeighborsParameters, rowCount: number): void {
  if (n_neighbors <= rowCount) return
  const message = `expected at most the ${rowCount} rows with a weight above 0, got ${n_neighbors}`
  throw new ParameterError([{ parameter: 'n_neighbors', message } satisfies ParameterFault])
}

/**
 * Rows from which a tree is faster than a filtered look at every row, on normal data, which gives a tree little to
 * prune by. Measured with 5 neighbours, microseconds a query, tree and all rows:
 * 2 columns 10,000 rows 3 and 8; 4 columns 10,000 rows 13 and 10, 100,000 rows 19 and 70; 6 columns 10,000 rows
 * 46 and 13, 100,000 rows 84 and 93; 8 columns 100,000 rows 290 and 116.
 */
function treeRowsMin(columnCount: number): number {
  return 4000 * 3 ** (columnCount - 3)
}

/** The rows at which the tree's leaves end, or null for a search of all rows. */
export function leafSizeFor(parameters: NeighborsParameters, rowCount: number, columnCount: number): number | null {
  const { algorithm, leaf_size, n_neighbors } = parameters
  if (algorithm === 'kd_tree') return leaf_size
  if (algorithm === 'brute') return null
  const pays = rowCount >= treeRowsMin(columnCount) && n_neighbors < rowCount / 100
  return pays ? leaf_size : null
}

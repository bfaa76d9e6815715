// The nearest rows themselves, as scikit-learn's kneighbors gives them.
import { requireColumnCount } from '../column-count.ts'
import type { RowBlock } from '../matrix.ts'
import type { Poll } from './answer-queries.ts'
import type { Nearest } from './ballot.ts'
import { distanceOf } from './minkowski.ts'
import type { NeighborSearcher } from './neighbor-searcher.ts'

/** Row-major, n_neighbors a query, nearest first; of equal distances the lower row first. */
export interface Neighbors {
  readonly distances: Float64Array
  /** Indices among the fitted rows whose weight is above 0. */
  readonly rows: Uint32Array
}

/** The neighbours of a query with a missing value are at distance NaN, row 0. */
export function findNeighbors({ index, neighborCount }: Poll, searcher: NeighborSearcher, x: RowBlock): Neighbors {
  requireColumnCount(index.columnCount, x)
  const distances = new Float64Array(x.rowCount * neighborCount).fill(Number.NaN)
  const rows = new Uint32Array(x.rowCount * neighborCount)
  for (let first = 0; first < x.rowCount; first += searcher.batchSize) {
    const count = Math.min(searcher.batchSize, x.rowCount - first)
    searcher.search(x.values, first, count)
    for (let q = 0; q < count; q++) {
      const nearest = searcher.nearest[q] as Nearest
      for (let i = 0, k = (first + q) * neighborCount; i < nearest.size; i++, k++) {
        distances[k] = distanceOf(nearest.distances[i] as number, index.p) / index.scale
        rows[k] = nearest.rows[i] as number
      }
    }
  }
  return { distances, rows }
}

// Sums of the rows of each cluster, kept up as rows move from one to another.
import { evenly } from '../even-count.ts'
import type { VectorMemory } from './vector-memory.ts'

/**
 * Rows are divided into chunks, and each chunk has sums of its own, so that they can be formed in any thread and added
 * up in one order. For each chunk and cluster chunkSums holds Σ weight · value of each column (and room for one more
 * if their number is odd), then as many numbers that rounding has taken from these, so that rows which come and go leave
 * no trace.
 */
export interface ClusterSums extends VectorMemory {
  readonly chunkCount: number
}

/** The sums of all chunks: of values row-major clusters × columns, of weights, and the number of rows, by cluster. */
export interface ClusterTotals {
  readonly values: Float64Array
  readonly weights: Float64Array
  readonly counts: Int32Array
}

/** O(chunks × clusters × columns). */
export function addChunks(sums: ClusterSums): ClusterTotals {
  const { columnCount, clusterCount, chunkCount, chunkSums, chunkWeights, chunkCounts } = sums
  const width = evenly(columnCount)
  const values = new Float64Array(clusterCount * columnCount)
  const weights = new Float64Array(clusterCount)
  const counts = new Int32Array(clusterCount)
  for (let chunk = 0, at = 0; chunk < chunkCount; chunk++) {
    for (let c = 0; c < clusterCount; c++, at++) {
      for (let j = 0, from = 2 * at * width, to = c * columnCount; j < columnCount; j++, from++, to++) {
        values[to] = (values[to] as number) + ((chunkSums[from] as number) + (chunkSums[from + width] as number))
      }
      const count = chunkCounts[at] as number
      counts[c] = (counts[c] as number) + count
      weights[c] = (weights[c] as number) + ((chunkWeights[2 * at] as number) + (chunkWeights[2 * at + 1] as number))
    }
  }
  return { values, weights, counts }
}

// Sums of the rows of each cluster, kept up as rows move from one to another.
import { type DistanceMeter, evenly, type VectorMemory } from './vector-memory.ts'

/**
 * Rows are divided into chunks, and each chunk has sums of its own, so that they can be formed in any thread and added
 * up in one order. For each chunk and cluster chunkSums holds Σ weight · value of each column (and room for one more
 * if their number is odd), then as many numbers that rounding has taken from these, so that rows which come and go leave
 * no trace.
 */
export interface ClusterSums extends VectorMemory {
  /** One weight per row, or empty when all are 1. */
  readonly weights: Float64Array
  readonly chunkCount: number
  /** chunks × clusters pairs: Σ weight, and what rounding has taken from it. Empty when all weights are 1. */
  readonly chunkWeights: Float64Array
  /** chunks × clusters: the number of rows. */
  readonly chunkCounts: Int32Array
}

/** Adds a row to a cluster of a chunk (sign 1) or takes it away (sign −1). O(columns). */
export function addRow(
  sums: ClusterSums,
  meter: DistanceMeter,
  chunk: number,
  cluster: number,
  i: number,
  sign: 1 | -1,
): void {
  const { weights, chunkWeights, chunkCounts } = sums
  const at = chunk * sums.clusterCount + cluster
  chunkCounts[at] = (chunkCounts[at] as number) + sign
  const weight = weights.length > 0 ? sign * (weights[i] as number) : sign
  meter.addRow(i, at, weight)
  if (weights.length > 0) addTo(chunkWeights, 2 * at, weight)
}

/** Adds to a pair, exactly but for the rounding of the second (Knuth's two-sum). */
function addTo(pairs: Float64Array, at: number, value: number): void {
  const before = pairs[at] as number
  const after = before + value
  const added = after - before
  pairs[at] = after
  pairs[at + 1] = (pairs[at + 1] as number) + (before - (after - added) + (value - added))
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
      const weight =
        chunkWeights.length === 0 ? count : (chunkWeights[2 * at] as number) + (chunkWeights[2 * at + 1] as number)
      weights[c] = (weights[c] as number) + weight
    }
  }
  return { values, weights, counts }
}

// Lays out what the threads of a k-means share.
import type { Matrix } from '../matrix.ts'
import type { LloydState } from './lloyd-shared.ts'
import { CONTROL_LENGTH, NO_LABEL } from './lloyd-task.ts'
import { packRows } from './pack-vectors.ts'
import { newVectorMemory } from './vector-memory.ts'

const BLOCK_ROWS = 256

const CHUNK_ROWS_MIN = 512
/** Enough chunks to keep any team busy; few enough that adding them up costs nothing. */
const CHUNK_COUNT_MAX = 64

/** The state of a run over the rows `present` of the matrix, each value times `scale`. Centres are still to be set. */
export function newLloydState(
  x: Matrix,
  present: Int32Array,
  sampleWeight: Float64Array | undefined,
  scale: number,
  threadCount: number,
  { n_clusters, max_iter, tol }: { readonly n_clusters: number; readonly max_iter: number; readonly tol: number },
): LloydState {
  const rowCount = present.length
  const columnCount = x.columns.length
  // Sums by chunk take about as much memory as the rows, at most.
  const chunkCount = clamp(Math.floor(rowCount / Math.max(CHUNK_ROWS_MIN, 2 * n_clusters)), 1, CHUNK_COUNT_MAX)
  const weights = sharedFloat64(sampleWeight === undefined ? 0 : rowCount)
  if (sampleWeight !== undefined) {
    for (let i = 0; i < rowCount; i++) weights[i] = sampleWeight[present[i] as number] as number
  }
  const vectors = newVectorMemory(rowCount, n_clusters, columnCount, chunkCount, threadCount)
  copyRows(x, present, scale, vectors.rows)
  const variance = meanVariance(vectors.rows, weights, vectors.origin)
  packRows(vectors)
  return {
    rowCount,
    ...vectors,
    weights,
    chunkCount,
    chunkWeights: sharedFloat64(sampleWeight === undefined ? 0 : chunkCount * n_clusters * 2),
    chunkCounts: new Int32Array(new SharedArrayBuffer(4 * chunkCount * n_clusters)),
    chunkInertia: sharedFloat64(chunkCount),
    control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_LENGTH)),
    iterationsMax: max_iter,
    tolerance: tol * variance,
  }
}

/** Makes the state as new, for another run. */
export function restartLloyd(state: LloydState): void {
  state.labels.fill(NO_LABEL)
  state.chunkSums.fill(0)
  state.chunkWeights.fill(0)
  state.chunkCounts.fill(0)
  state.control.fill(0)
}

function copyRows(x: Matrix, present: Int32Array, scale: number, rows: Float64Array): void {
  const columnCount = x.columns.length
  for (let start = 0; start < present.length; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, present.length)
    for (let j = 0; j < columnCount; j++) {
      const column = x.columns[j] as Float64Array
      for (let i = start; i < end; i++) rows[i * columnCount + j] = (column[present[i] as number] as number) * scale
    }
  }
}

/**
 * The mean over the columns of their (weighted) variance, as numpy.var: divided by the weight of all rows. The means of
 * the columns, which come first, are left in `means`.
 */
function meanVariance(rows: Float64Array, weights: Float64Array, means: Float64Array): number {
  const columnCount = means.length
  let total = 0
  for (let i = 0, k = 0; k < rows.length; i++) {
    const weight = weights.length > 0 ? (weights[i] as number) : 1
    total += weight
    for (let j = 0; j < columnCount; j++, k++) means[j] = (means[j] as number) + weight * (rows[k] as number)
  }
  for (let j = 0; j < columnCount; j++) means[j] = (means[j] as number) / total
  let squares = 0
  for (let i = 0, k = 0; k < rows.length; i++) {
    const weight = weights.length > 0 ? (weights[i] as number) : 1
    let square = 0
    for (let j = 0; j < columnCount; j++, k++) square += ((rows[k] as number) - (means[j] as number)) ** 2
    squares += weight * square
  }
  return squares / total / columnCount
}

function sharedFloat64(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

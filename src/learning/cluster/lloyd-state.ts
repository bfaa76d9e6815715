// Lays out what the threads of a k-means share.
import type { Matrix } from '../matrix.ts'
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import type { ColumnScan } from '../wasm/column-scan.ts'
import { RowWriter } from '../wasm/row-writer.ts'
import { DistanceMeter } from './distance-meter.ts'
import type { LloydState } from './lloyd-shared.ts'
import { CONTROL_LENGTH } from './lloyd-task.ts'
import { packRows } from './pack-vectors.ts'
import { NO_LABEL } from './row-routines.ts'
import { newVectorMemory, type VectorMemory } from './vector-memory.ts'

const BLOCK_ROWS = 256

const CHUNK_ROWS_MIN = 2048
/** Enough chunks to keep any team busy; few enough that adding them up costs nothing. */
const CHUNK_COUNT_MAX = 64

/**
 * The state of a run over the rows `present` of the matrix, all when null, each value times `scale`. scans: of the
 * columns.
 * Centres are still to be set. */
export function newLloydState(
  x: Matrix,
  present: Int32Array | null,
  sampleWeight: Float64Array | undefined,
  scale: number,
  scans: readonly ColumnScan[],
  threadCount: number,
  { n_clusters, max_iter, tol }: { readonly n_clusters: number; readonly max_iter: number; readonly tol: number },
): LloydState {
  const rowCount = present?.length ?? x.rowCount
  const columnCount = x.columns.length
  // Sums by chunk take about as much memory as the rows, at most.
  const chunkCount = clamp(Math.floor(rowCount / Math.max(CHUNK_ROWS_MIN, 2 * n_clusters)), 1, CHUNK_COUNT_MAX)
  const isWeighted = sampleWeight !== undefined
  const vectors = newVectorMemory(rowCount, n_clusters, columnCount, chunkCount, threadCount, isWeighted)
  for (let i = 0; sampleWeight !== undefined && i < rowCount; i++) {
    vectors.weights[i] = sampleWeight[present === null ? i : (present[i] as number)] as number
  }
  if (present === null) new RowWriter(vectors.memory).write(x.columns, 0, rowCount, scale, vectors.rows.byteOffset)
  else copyRows(x, present, scale, vectors.rows)
  const variance = meanVariance(scans, vectors, scale)
  packRows(new DistanceMeter(vectors, 0))
  return {
    rowCount,
    ...vectors,
    chunkCount,
    chunkInertia: sharedFloat64(chunkCount),
    control: sharedInt32(CONTROL_LENGTH),
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
 * the columns, which come first, are left in `origin`.
 */
function meanVariance(scans: readonly ColumnScan[], { rows, weights, origin }: VectorMemory, scale: number): number {
  const columnCount = origin.length
  if (weights.length === 0 && scale === 1) {
    scans.forEach(({ mean }, j) => {
      origin[j] = mean
    })
    return scans.reduce((total, { variance }) => total + variance, 0) / columnCount
  }
  let total = 0
  for (let i = 0, k = 0; k < rows.length; i++) {
    const weight = weights.length > 0 ? (weights[i] as number) : 1
    total += weight
    for (let j = 0; j < columnCount; j++, k++) origin[j] = (origin[j] as number) + weight * (rows[k] as number)
  }
  for (let j = 0; j < columnCount; j++) origin[j] = (origin[j] as number) / total
  let squares = 0
  for (let i = 0, k = 0; k < rows.length; i++) {
    const weight = weights.length > 0 ? (weights[i] as number) : 1
    let square = 0
    for (let j = 0; j < columnCount; j++, k++) square += ((rows[k] as number) - (origin[j] as number)) ** 2
    squares += weight * square
  }
  return squares / total / columnCount
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

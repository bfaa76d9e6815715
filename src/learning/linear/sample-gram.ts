// A sample of a design's rows, and Gram matrices of these with weights that change.
import { instantiate } from '../wasm/web-assembly.ts'
import { GramBlock, padded } from './gram.ts'
import type { LogisticDesign } from './logistic-design.ts'
import { SAMPLE_MODULE, type SampleRoutines } from './sample-module.ts'

/** Rows of a run of the sample, and of a block. */
const RUN_ROWS = 128
/** A row whose class is all but certain adds nothing to speak of, and most rows are, of most classes. */
const CURVATURE_MIN = 1e-4

/** Memory: rowCount · (size + classes + 3) doubles, and a GramBlock. */
export class SampleGram extends GramBlock {
  /** Values in a row: those of the design's features as if standardized, and a 1 when there is an intercept. */
  readonly size: number
  readonly rowCount: number
  /** Row-major rowCount × size. */
  readonly rows: Float64Array
  readonly weights: Float64Array
  /** Row-major rowCount × blockCount, at the point of the last moveTo. */
  readonly probabilities: Float64Array
  private readonly sampleRoutines: SampleRoutines
  private readonly blockCount: number
  private readonly point: Float64Array
  private readonly selected: Int32Array
  private readonly roots: Float64Array
  private readonly sum: Float64Array

  /** Rows in runs of 128, evenly spread over the design. O(rowCount · size). */
  constructor(design: LogisticDesign, rowCount: number, blockCount: number) {
    const size = design.featureCount + (design.hasIntercept ? 1 : 0)
    super(padded(size), RUN_ROWS, rowCount * (size + blockCount + 3) + size + 2)
    this.sampleRoutines = instantiate(SAMPLE_MODULE, { memory: this.memory }) as SampleRoutines
    let at = 0
    const take = (length: number): Float64Array => {
      at += length
      return this.extra.subarray(at - length, at)
    }
    this.size = size
    this.rowCount = rowCount
    this.blockCount = blockCount
    // First, at a multiple of 16 bytes, and with room for a pair that is begun.
    this.probabilities = take(rowCount * blockCount + 1).subarray(0, rowCount * blockCount)
    this.point = take(size)
    this.rows = take(rowCount * size)
    this.weights = take(rowCount)
    this.roots = take(rowCount)
    this.sum = take(1)
    const ints = take(rowCount)
    this.selected = new Int32Array(ints.buffer, ints.byteOffset, rowCount)
    const runCount = Math.ceil(rowCount / RUN_ROWS)
    for (let run = 0; run < runCount; run++) {
      const first = Math.floor((run * rowCount) / runCount)
      const count = Math.floor(((run + 1) * rowCount) / runCount) - first
      this.fillRun(design, Math.floor((first * design.rowCount) / rowCount), first, count)
    }
  }

  /** Computes every row's probabilities at a point: blockCount runs of size values. O(rows · point). */
  moveTo(point: Float64Array): void {
    const { rows, probabilities, size, blockCount, rowCount, sampleRoutines } = this
    const at = probabilities.byteOffset
    for (let k = 0; k < blockCount; k++) {
      this.point.set(point.subarray(k * size, (k + 1) * size))
      const rowsEnd = rows.byteOffset + rows.byteLength
      const pointAt = this.point.byteOffset
      sampleRoutines.scoreRows(rows.byteOffset, rowsEnd, 8 * size, pointAt, at + 8 * k, 8 * blockCount)
    }
    if (blockCount === 1) sampleRoutines.toProbabilities(at, at + 8 * (rowCount + (rowCount % 2)))
    else this.shareOut()
  }

  /** Scores to exp(score) / Σ exp(score) of each row. */
  private shareOut(): void {
    const { probabilities, blockCount } = this
    for (let from = 0; from < probabilities.length; from += blockCount) {
      let highest = Number.NEGATIVE_INFINITY
      for (let k = from; k < from + blockCount; k++) highest = Math.max(highest, probabilities[k] as number)
      let total = 0
      for (let k = from; k < from + blockCount; k++) {
        const odds = Math.exp((probabilities[k] as number) - highest)
        probabilities[k] = odds
        total += odds
      }
      for (let k = from; k < from + blockCount; k++) probabilities[k] = (probabilities[k] as number) / total
    }
  }

  /**
   * Makes gram the Σ weight · p (1 − p) · x xᵀ over the rows, p the probability of class k; returns Σ weight · p (1 − p).
   * O(rows · size²), less for rows that are certain.
   */
  sumCurvature(k: number): number {
    const { probabilities, weights, selected, roots, sum, block, rows, sampleRoutines, size, blockCount } = this
    const from = probabilities.byteOffset + 8 * k
    const end = from + 8 * this.rowCount * blockCount
    const count = sampleRoutines.selectRows(
      ...([from, end, 8 * blockCount, weights.byteOffset] as const),
      ...([selected.byteOffset, roots.byteOffset, sum.byteOffset, CURVATURE_MIN] as const),
    )
    this.gram.fill(0)
    for (let start = 0; start < count; start += RUN_ROWS) {
      const stop = Math.min(start + RUN_ROWS, count)
      const at = selected.byteOffset
      const rootsAt = roots.byteOffset + 8 * start
      const strideBytes = 8 * this.stride
      sampleRoutines.gatherRows(
        at + 4 * start,
        at + 4 * stop,
        rootsAt,
        rows.byteOffset,
        size,
        block.byteOffset,
        strideBytes,
      )
      this.add(stop - start)
    }
    return sum[0] as number
  }

  private fillRun(design: LogisticDesign, from: number, to: number, count: number): void {
    const { size, block, stride, rows, weights } = this
    const { featureCount, denseCount, columns, offsets, scales, hasIntercept } = design
    for (let j = 0; j < denseCount; j++) {
      this.fillColumn(j, columns[j] as Float64Array, from, count, offsets[j] as number, scales[j] as number)
    }
    this.fillSparse(design, from, count)
    if (hasIntercept) block.fill(1, featureCount * stride, featureCount * stride + count)
    const at = rows.byteOffset + 8 * to * size
    this.sampleRoutines.scatterRows(block.byteOffset, block.byteOffset + 8 * count, 8 * stride, at, 8 * size)
    if (design.weights === undefined) weights.fill(1, to, to + count)
    else weights.set(design.weights.subarray(from, from + count), to)
  }

  /** The sparse columns of the run: what a 0 is in all rows, then the other values. */
  private fillSparse(
    { denseCount, featureCount, sparse, offsets, scales }: LogisticDesign,
    from: number,
    count: number,
  ) {
    const { block, stride } = this
    for (let j = denseCount; j < featureCount; j++) {
      block.fill(-(offsets[j] as number) * (scales[j] as number), j * stride, j * stride + count)
    }
    const { starts, columns, values } = sparse
    for (let i = 0; i < count; i++) {
      for (let k = starts[from + i] as number; k < (starts[from + i + 1] as number); k++) {
        const j = denseCount + (columns[k] as number)
        block[j * stride + i] = ((values[k] as number) - (offsets[j] as number)) * (scales[j] as number)
      }
    }
  }
}

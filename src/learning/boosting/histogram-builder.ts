// Histograms of one member's columns: the packed bins that they are summed from, and the memory that they lie in.
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { MemoryPlan } from '../wasm/memory-plan.ts'
import type { WasmMemory } from '../wasm/web-assembly.ts'
import { type BoostingKernel, boostingKernel } from './boosting-kernel.ts'
import type { BinnedMatrix } from './column-bins.ts'
import type { Histogram } from './histogram.ts'
import { type BinForm, HEAD_BYTES, recordBytesOf } from './kernel-shape.ts'

/** Rows that are gathered at a time, and the bytes of bins of these: what the kernel adds lies in the nearest cache. */
const STAGED_ROWS_MAX = 128
const STAGED_BYTES_MAX = 16_384
/** What the histograms of open nodes may take, over all members of a team. */
const POOL_BYTES_MAX = 256 * 2 ** 20
const PACKED_ROWS = 1 << 16

/** Addresses in the memory of a builder. */
export interface HistogramSpace {
  readonly stagedBins: number
  readonly stagedPairs: number
  readonly histograms: number
  readonly records: number
  /** Histograms that may be lent before nodes that can wait should give theirs back: the same whatever the team. */
  readonly lentMax: number
  readonly histogramCount: number
  /** Histograms have room for so many bins a column. */
  readonly slotsMax: number
}

/** Room for the histograms of `columnCount` of `allColumns` columns. openMax: nodes that can be open at once. */
export function planHistograms(
  plan: MemoryPlan,
  rowCount: number,
  columnCount: number,
  allColumns: number,
  slotsMax: number,
  openMax: number,
): HistogramSpace {
  const lentMax = Math.max(4, Math.floor(POOL_BYTES_MAX / (allColumns * slotsMax * 20)))
  // A node at work has one more than is lent, its two children are admitted after it, and one is for reading.
  const histogramCount = Math.min(openMax, lentMax) + 5
  return {
    stagedBins: plan.reserve(stagedRowsOf(columnCount) * rowBytesOf(columnCount)),
    stagedPairs: plan.reserve(stagedRowsOf(columnCount) * 16),
    histograms: plan.reserve(histogramCount * histogramBytesOf(columnCount * slotsMax)),
    records: plan.reserve(rowCount * recordBytesOf(columnCount)),
    lentMax,
    histogramCount,
    slotsMax,
  }
}

function rowBytesOf(columnCount: number): number {
  return 4 * ((columnCount + 3) >> 2)
}

function stagedRowsOf(columnCount: number): number {
  return Math.max(16, Math.min(STAGED_ROWS_MAX, Math.floor(STAGED_BYTES_MAX / (rowBytesOf(columnCount) + 1))))
}

/** Vectors of 16 bytes, sums before counts. */
function histogramBytesOf(places: number): number {
  return 16 * (places + Math.ceil(places / 4))
}

/**
 * Rows lie one after the other, each with its gradient, its hessian and its bins, four columns to a word. One load gives
 * four bins, and a row of 24 columns lies in one cache line: column-major bytes took twice as long.
 */
export class HistogramBuilder {
  readonly columnStart: number
  readonly columnCount: number
  readonly slots: number
  readonly kernel: BoostingKernel
  private readonly form: BinForm
  private readonly space: HistogramSpace
  private lent = 0
  private readonly free: Histogram[]
  private readonly expanded: Histogram
  private readonly recordsEnd: number

  /** Packs columns [columnStart, columnEnd), for which `space` was planned. O(rows × columns). */
  constructor(
    memory: WasmMemory<SharedArrayBuffer>,
    space: HistogramSpace,
    form: BinForm,
    binned: BinnedMatrix,
    columnStart: number,
    columnEnd: number,
    stop: StopFlag,
  ) {
    const { binCounts, hasMissing, rowCount } = binned
    this.columnStart = columnStart
    this.columnCount = columnEnd - columnStart
    this.slots = binCounts.reduce((most, bins, j) => Math.max(most, bins + (hasMissing[j] as number)), 1)
    this.form = form
    this.space = space
    this.kernel = boostingKernel(memory, { rowCount, columnCount: this.columnCount, slots: this.slots, form })
    const { buffer } = memory
    const places = this.columnCount * this.slots
    this.free = Array.from({ length: space.histogramCount }, (_, i) => {
      const at = space.histograms + i * histogramBytesOf(places)
      return {
        sums: new Float64Array(buffer, at, 2 * places),
        counts: new Int32Array(buffer, at + 16 * places, 4 * Math.ceil(places / 4)),
      }
    })
    this.expanded = this.free.pop() as Histogram
    const recordBytes = recordBytesOf(this.columnCount)
    this.recordsEnd = space.records + rowCount * recordBytes
    const length = (rowCount * recordBytes) / 4
    if (form === 'pairs') {
      const hessians = new Float32Array(buffer, space.records, length)
      for (let k = 1; k < length; k += recordBytes / 4) hessians[k] = 1
    }
    packBins(binned, columnStart, columnEnd, new Int32Array(buffer, space.records, length), stop)
  }

  /** A histogram with anything in it. */
  take(): Histogram {
    this.lent++
    return this.free.pop() as Histogram
  }

  giveBack(histogram: Histogram | undefined): void {
    if (histogram === undefined) return
    this.lent--
    this.free.push(histogram)
  }

  /** Whether histograms count rows by themselves; where not, hessians are 1 and their sums are the counts. */
  get withHessians(): boolean {
    return this.form !== 'pairs'
  }

  get isOverdrawn(): boolean {
    return this.lent > this.space.lentMax
  }

  /** The gradients that are summed from now on, by row; hessians null where all are 1. O(rows). */
  setGradients(gradients: Float32Array, hessians: Float32Array | null): void {
    const { kernel, recordsEnd } = this
    kernel.setGradients(this.space.records, recordsEnd, gradients.byteOffset, hessians?.byteOffset ?? 0)
  }

  /** Sums the rows at positions [start, end) of `rows`, in their order, into a histogram that is emptied before. */
  build({ sums, counts }: Histogram, rows: Int32Array, start: number, end: number, stop: StopFlag): void {
    const { kernel, columnCount, form } = this
    const { stagedBins, stagedPairs, records } = this.space
    kernel.fill(sums.byteOffset, 0, sums.byteLength)
    if (form === 'counted') kernel.fill(counts.byteOffset, 0, counts.byteLength)
    const step = stagedRowsOf(columnCount)
    for (let from = start; from < end; from += step) {
      if (((from - start) & 0xffff) < step || columnCount > 256) stop.throwIfSet()
      const count = Math.min(step, end - from)
      const at = rows.byteOffset + 4 * from
      kernel.gather(at, at + 4 * count, records, stagedBins, stagedPairs)
      kernel.addRows(stagedPairs, stagedPairs + 16 * count, stagedBins, sums.byteOffset, counts.byteOffset)
    }
  }

  /** parent − child, written into the parent: the histogram of the other child, without a look at its rows. O(bins). */
  subtract({ sums, counts }: Histogram, child: Histogram): void {
    const { kernel } = this
    kernel.subtractSums(sums.byteOffset, sums.byteOffset + sums.byteLength, child.sums.byteOffset)
    if (this.form !== 'counted') return
    kernel.subtractCounts(counts.byteOffset, counts.byteOffset + counts.byteLength, child.counts.byteOffset)
  }

  /** The histogram in float64 and counts: itself, or a copy that is good until the next is read. O(bins). */
  read(histogram: Histogram): Histogram {
    if (this.form !== 'exact') return histogram
    const { sums, counts } = this.expanded
    const from = histogram.sums.byteOffset
    this.kernel.expand(from, from + histogram.sums.byteLength, sums.byteOffset, counts.byteOffset)
    return this.expanded
  }
}

/** The bin of column columnStart + c is byte c % 4 of word c >> 2 behind the head of a row's record. */
function packBins(
  binned: BinnedMatrix,
  columnStart: number,
  columnEnd: number,
  words: Int32Array,
  stop: StopFlag,
): void {
  const { codes, rowCount } = binned
  const stride = recordBytesOf(columnEnd - columnStart) / 4
  const head = HEAD_BYTES / 4
  for (let start = 0; start < rowCount; start += PACKED_ROWS) {
    const end = Math.min(start + PACKED_ROWS, rowCount)
    for (let column = columnStart; column < columnEnd; column++) {
      if ((column & 15) === 0) stop.throwIfSet()
      const c = column - columnStart
      const shift = 8 * (c & 3)
      const from = column * rowCount
      for (let i = start, k = start * stride + head + (c >> 2); i < end; i++, k += stride) {
        const before = shift === 0 ? 0 : (words[k] as number)
        words[k] = before | ((codes[from + i] as number) << shift)
      }
    }
  }
}

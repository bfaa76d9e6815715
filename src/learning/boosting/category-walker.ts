// Walks boosted trees whose splits may be by categories, by raw values.
import type { RowBlock } from '../matrix.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { binCountOf, isCategorical } from './column-bins.ts'
import { BITSET_WORDS, CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'

/** Rows that go through one tree after another: their values stay in the nearest cache. */
const BLOCK_ROWS = 128

/**
 * The layout for predicting: splits of all trees in flat arrays, thresholds instead of bins, children by absolute index
 * (right then left, so that a comparison is the offset), ~leaf where a branch ends.
 */
export class CategoryWalker {
  private readonly columnCount: number
  private readonly outputs: number
  private readonly baseline: Float64Array
  private readonly roots: Int32Array
  private readonly columns: Int32Array
  /** Per split: the place of its value in a row. */
  private readonly sources: Int32Array
  private readonly thresholds: Float64Array
  private readonly flags: Uint8Array
  private readonly children: Int32Array
  private readonly bitsets: Uint32Array
  /** Per split: where its bits begin, for categories. */
  private readonly bitsetAt: Int32Array
  private readonly values: Float64Array
  private readonly binOfCategory: readonly (Uint8Array | undefined)[]
  private readonly missingBins: Int32Array

  constructor({ columnCount, outputs, baseline, bins, sources, trees }: BoostedTrees) {
    this.columnCount = columnCount
    this.outputs = outputs
    this.baseline = baseline
    this.columns = trees.columns
    this.sources = trees.columns.map((column) => sources[column] as number)
    this.flags = trees.flags
    this.bitsets = trees.bitsets
    this.values = trees.values
    this.binOfCategory = bins.map((b) => (isCategorical(b) ? b.binOfCategory : undefined))
    this.missingBins = Int32Array.from(bins, binCountOf)
    this.roots = new Int32Array(trees.splitCounts.length)
    this.children = new Int32Array(trees.children.length)
    this.bitsetAt = new Int32Array(trees.columns.length)
    this.thresholds = Float64Array.from(trees.columns, (column, s) => {
      const b = bins[column]
      // The last bin of values has no threshold: it parts all values from the missing.
      return b === undefined || isCategorical(b) ? 0 : (b.thresholds[trees.bins[s] as number] ?? Infinity)
    })
    let split = 0
    let leaf = 0
    let bitset = 0
    trees.splitCounts.forEach((count, t) => {
      this.roots[t] = count === 0 ? ~leaf : split
      for (let s = split; s < split + count; s++) {
        const left = trees.children[2 * s] as number
        const right = trees.children[2 * s + 1] as number
        this.children[2 * s] = right < 0 ? right - leaf : right + split
        this.children[2 * s + 1] = left < 0 ? left - leaf : left + split
        if (((this.flags[s] as number) & CATEGORICAL) === 0) continue
        this.bitsetAt[s] = bitset
        bitset += BITSET_WORDS
      }
      split += count
      leaf += count + 1
    })
  }

  /** Outputs before any link function, row-major rowCount × outputs. */
  predictRaw({ rowCount, values }: RowBlock): Float64Array {
    const { outputs, baseline, roots } = this
    const raw = new Float64Array(rowCount * outputs)
    for (let k = 0; k < raw.length; k++) raw[k] = baseline[k % outputs] as number
    for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, rowCount)
      for (let t = 0; t < roots.length; t++) this.addTree(roots[t] as number, t % outputs, values, start, end, raw)
    }
    return raw
  }

  private addTree(
    root: number,
    output: number,
    rows: Float64Array,
    start: number,
    end: number,
    raw: Float64Array,
  ): void {
    const { sources, thresholds, flags, children, values, outputs, columnCount } = this
    for (let i = start; i < end; i++) {
      const row = i * columnCount
      let node = root
      while (node >= 0) {
        const x = rows[row + (sources[node] as number)] as number
        const flag = flags[node] as number
        let goesLeft: number
        if (flag >= CATEGORICAL) goesLeft = this.categoryGoesLeft(node, flag, x)
        else if (x <= (thresholds[node] as number)) goesLeft = 1
        else goesLeft = Number.isNaN(x) ? flag : 0
        node = children[2 * node + goesLeft] as number
      }
      const k = i * outputs + output
      raw[k] = (raw[k] as number) + (values[~node] as number)
    }
  }

  /** Categories without a bin, and values that are no category, go where missing ones go. */
  private categoryGoesLeft(node: number, flag: number, x: number): number {
    const column = this.columns[node] as number
    const bin = this.binOfCategory[column]?.[x]
    if (bin === undefined || bin === this.missingBins[column]) return flag & MISSING_LEFT
    return ((this.bitsets[(this.bitsetAt[node] as number) + (bin >> 5)] as number) >>> (bin & 31)) & 1
  }
}

// The best split of a node among the columns of one member.
import type { Random } from '../random.ts'
import type { BinnedMatrix } from './column-bins.ts'
import type { Histogram } from './histogram.ts'
import type { HistogramBuilder } from './histogram-builder.ts'
import { scanCategories } from './scan-categories.ts'
import { scanNumbers } from './scan-numbers.ts'
import type { NodeSums, SplitCandidate, SplitRules } from './split-candidate.ts'

/** Float64 words that the kernel's scan writes. */
export const SCAN_ANSWER_LENGTH = 4

export interface SearchRules extends SplitRules {
  /** The share of columns that are looked at, drawn anew for each node. */
  readonly maxFeatures: number
  /** Per column: see scanNumbers. */
  readonly monotonic: Int8Array
}

export class ColumnSearch {
  private readonly binned: BinnedMatrix
  private readonly rules: SearchRules
  private readonly builder: HistogramBuilder
  private readonly answer: Float64Array
  private readonly answerCount: Int32Array

  /** answer: SCAN_ANSWER_LENGTH words in the builder's memory. */
  constructor(binned: BinnedMatrix, rules: SearchRules, builder: HistogramBuilder, answer: Float64Array) {
    this.binned = binned
    this.rules = rules
    this.builder = builder
    this.answer = answer
    this.answerCount = new Int32Array(answer.buffer, answer.byteOffset + 8, 1)
  }

  /**
   * Puts the best split of the node into node.split. histogram: of the node, as the builder reads it. O(columns ·
   * bins).
   */
  search(node: NodeSums & { readonly split: SplitCandidate }, histogram: Histogram, random: Random | undefined): void {
    const { binned, builder, rules } = this
    const { split } = node
    const { withHessians } = builder
    const looksAt = random && drawColumns(binned.columnCount, rules.maxFeatures, random)
    const isFree = node.lower === Number.NEGATIVE_INFINITY && node.upper === Number.POSITIVE_INFINITY
    split.clear()
    for (let c = 0; c < builder.columnCount; c++) {
      const column = builder.columnStart + c
      if (looksAt && looksAt[column] === 0) continue
      const binCount = binned.binCounts[column] as number
      const hasMissing = binned.hasMissing[column] === 1
      const place = c * builder.slots
      const direction = rules.monotonic[column] as number
      if (binned.categorical[column] === 1) {
        scanCategories(histogram, withHessians, place, column, binCount, hasMissing, node, rules, split)
      } else if (isFree && !hasMissing && direction === 0) {
        this.scanPlain(histogram, place, column, binCount, node, split)
      } else {
        scanNumbers(histogram, withHessians, place, column, binCount, hasMissing, direction, node, rules, split)
      }
    }
  }

  /** Does what scanNumbers does of a column without missing values and constraints. */
  private scanPlain(
    { sums, counts }: Histogram,
    place: number,
    column: number,
    binCount: number,
    { count, gradient, hessian, value }: NodeSums,
    best: SplitCandidate,
  ): void {
    const { answer, builder, rules } = this
    const from = sums.byteOffset + 16 * place
    const bin = builder.kernel.scan(
      from,
      from + 16 * (binCount - 1),
      counts.byteOffset + 4 * place,
      answer.byteOffset,
      count,
      rules.minSamplesLeaf,
      gradient,
      hessian,
      rules.l2,
      gradient * value,
      best.gain,
    )
    if (bin < 0) return
    best.gain = answer[0] as number
    best.column = column
    best.bin = bin
    best.missingLeft = false
    best.isCategorical = false
    best.leftGradient = answer[2] as number
    best.leftHessian = answer[3] as number
    best.leftCount = this.answerCount[0] as number
  }
}

/** Marks ⌈share · columns⌉ columns with 1, every choice equally likely. */
function drawColumns(columnCount: number, share: number, random: Random): Uint8Array {
  const order = Int32Array.from({ length: columnCount }, (_, j) => j)
  random.shuffle(order)
  const drawn = new Uint8Array(columnCount)
  for (const column of order.subarray(0, Math.ceil(share * columnCount))) drawn[column] = 1
  return drawn
}

// Absolute error: the loss around the weighted median of every prefix and suffix of an order, by a Fenwick tree.
import type { StopFlag } from '../../parallel/stop-flag.ts'
import type { CategoryOrder } from '../category-order.ts'
import type { Cut, LeafLimits } from './cut.ts'
import { CodeSorter } from './sort-codes.ts'
import { WeightedMedian } from './weighted-median.ts'

const STOP_STRIDE = 16_384

/**
 * The score of a cut is minus the sum of absolute deviations from the median on its two sides. One pass from the left
 * and one from the right put the rows into a Fenwick tree by the rank of their target: O(n log n) a column.
 * The same way as scikit-learn 1.8 and later.
 */
export class AbsoluteCriterion {
  /** Of the loaded node: the sum of weights, the mean absolute deviation (exactly 0 when pure), and the median. */
  weight = 0
  impurity = 0
  value = 0
  private readonly targets: Float64Array
  private readonly targetCodes: Int32Array
  private readonly rowWeights: Float64Array
  private readonly stop: StopFlag
  private readonly sorter: CodeSorter
  private readonly nodeWeights: Float64Array
  private readonly nodeTargets: Float64Array
  private readonly nodeCodes: Int32Array
  private readonly order: Int32Array
  /** Of each row of the node: the place of its target in ascending order. */
  private readonly ranks: Int32Array
  private readonly leftLosses: Float64Array
  private readonly median: WeightedMedian

  /** targetCodes: the rank of each row's target among all. */
  constructor(
    targets: Float64Array,
    targetCodes: Int32Array,
    rowWeights: Float64Array,
    rowCountMax: number,
    stop: StopFlag,
  ) {
    this.targets = targets
    this.targetCodes = targetCodes
    this.rowWeights = rowWeights
    this.stop = stop
    this.sorter = new CodeSorter(rowCountMax)
    this.nodeWeights = new Float64Array(rowCountMax)
    this.nodeTargets = new Float64Array(rowCountMax)
    this.nodeCodes = new Int32Array(rowCountMax)
    this.order = new Int32Array(rowCountMax)
    this.ranks = new Int32Array(rowCountMax)
    this.leftLosses = new Float64Array(rowCountMax)
    this.median = new WeightedMedian(rowCountMax)
  }

  /** Reads rows[start … start+n) and resets the cut. O(n log n). */
  load(rows: Int32Array, start: number, n: number, cut: Cut): void {
    const { nodeCodes, nodeWeights, nodeTargets, order, ranks, median } = this
    let min = Infinity
    let max = -Infinity
    for (let i = 0; i < n; i++) {
      const row = rows[start + i]!
      const code = this.targetCodes[row]!
      nodeCodes[i] = code
      nodeWeights[i] = this.rowWeights[row]!
      nodeTargets[i] = this.targets[row]!
      if (code < min) min = code
      if (code > max) max = code
    }
    this.sorter.sort(nodeCodes, n, min, max, order)
    median.reset(n)
    for (let p = 0; p < n; p++) {
      const i = order[p]!
      ranks[i] = p
      median.setTarget(p, nodeTargets[i]!)
      median.add(p, nodeWeights[i]!)
    }
    const loss = median.loss()
    this.weight = median.weight
    this.value = median.value
    this.impurity = min === max ? 0 : loss / median.weight
    cut.score = -Infinity
    cut.tolerance = 1e-12 * loss
  }

  /**
   * Looks at every cut between codes along `order`, which sorts the rows by code. Rows order[presentCount …] are those
   * with a missing value: they are tried on the right, then on the left. True when the cut was raised.
   */
  scanOrder(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    presentCount: number,
    limits: LeafLimits,
    cut: Cut,
  ): boolean {
    const raised = this.scanFrom(codes, order, n, n, limits, cut)
    return presentCount === n ? raised : this.scanFrom(codes, order, n, presentCount, limits, cut) || raised
  }

  /** Cuts along order[0 … end), with the rows from order[end] on the left from the start. */
  private scanFrom(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    end: number,
    { rowCountMin, weightMin }: LeafLimits,
    cut: Cut,
  ): boolean {
    const { median, ranks, nodeWeights, leftLosses } = this
    const extra = n - end
    median.clear(n)
    for (let p = end; p < n; p++) median.add(ranks[order[p]!]!, nodeWeights[order[p]!]!)
    for (let p = 0; p < end - 1; p++) {
      if (p % STOP_STRIDE === 0) this.stop.throwIfSet()
      const i = order[p]!
      median.add(ranks[i]!, nodeWeights[i]!)
      if (codes[order[p + 1]!]! !== codes[i]!) leftLosses[p] = median.loss()
    }
    median.clear(n)
    let best = -1
    // Ties go to the lowest cut, so this way round an equal score wins.
    let bound = cut.score + cut.tolerance
    for (let p = end - 2; p >= 0; p--) {
      if (p % STOP_STRIDE === 0) this.stop.throwIfSet()
      const i = order[p + 1]!
      median.add(ranks[i]!, nodeWeights[i]!)
      if (codes[order[p]!]! === codes[i]!) continue
      const count = extra + p + 1
      const right = median.weight
      if (count < rowCountMin || n - count < rowCountMin) continue
      if (right < weightMin || this.weight - right < weightMin) continue
      const score = -leftLosses[p]! - median.loss()
      if (score > bound) {
        if (score > cut.score) cut.score = score
        bound = cut.score - cut.tolerance
        best = p
      }
    }
    if (best < 0) return false
    cut.low = codes[order[best]!]!
    cut.high = codes[order[best + 1]!]!
    cut.missingLeft = extra > 0
    return true
  }

  /** Looks at one cut: codes up to `low`, and `missingCode` where it is not −1, on the left. True when it was raised. */
  scanOne(codes: Int32Array, n: number, low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean {
    const { median, ranks, nodeWeights } = this
    let score = 0
    let count = 0
    let leftWeight = 0
    for (const side of [true, false]) {
      median.clear(n)
      for (let i = 0; i < n; i++) {
        if ((codes[i]! <= low || codes[i]! === missingCode) === side) {
          median.add(ranks[i]!, nodeWeights[i]!)
          if (side) count++
        }
      }
      if (side) leftWeight = median.weight
      score -= median.loss()
    }
    if (count < limits.rowCountMin || n - count < limits.rowCountMin) return false
    if (leftWeight < limits.weightMin || this.weight - leftWeight < limits.weightMin) return false
    if (!(score > cut.score + cut.tolerance)) return false
    cut.score = score
    cut.low = low
    cut.missingLeft = missingCode >= 0
    return true
  }

  /**
   * Adds the rows to their categories, and scores each by its mean target: a heuristic here, where no order is known to
   * hold the best split. Gives the share of what categories tell that is more than chance, by the ranks of the targets:
   * no outlier decides it.
   */
  scoreCategories(codes: Int32Array, n: number, categories: CategoryOrder): number {
    const { nodeWeights, nodeTargets, nodeCodes, weight } = this
    let meanRank = 0
    for (let i = 0; i < n; i++) meanRank += (nodeWeights[i]! / weight) * nodeCodes[i]!
    categories.clear()
    let squares = 0
    const rankSums: number[] = []
    for (let i = 0; i < n; i++) {
      const v = nodeWeights[i]!
      const rank = nodeCodes[i]! - meanRank
      const place = categories.add(codes[i]!, v)
      categories.scores[codes[i]!]! += v * nodeTargets[i]!
      rankSums[place] = (rankSums[place] ?? 0) + v * rank
      squares += v * rank * rank
    }
    categories.takeMeans()
    return categories.share((place) => rankSums[place]! ** 2, weight, 0, squares)
  }

  /** The decrease of impurity, times the weight of the node, that a score stands for. */
  decrease(score: number): number {
    return this.impurity * this.weight + score
  }
}

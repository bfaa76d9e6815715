// Finds the split of a node: draws columns, orders the rows along each, and lets the criterion judge the cuts.
import type { Random } from '../../random.ts'
import { CategoryOrder } from '../category-order.ts'
import type { CodedMatrix } from '../coded-matrix.ts'
import type { AbsoluteCriterion } from './absolute-criterion.ts'
import type { Cut, LeafLimits } from './cut.ts'
import { gatherNarrow, gatherTiny, gatherWide } from './gather-codes.ts'
import { CodeSorter } from './sort-codes.ts'
import { Split } from './split.ts'
import { copyRows, splitByCategory, splitByCode } from './split-rows.ts'
import { midpoint, separating } from './threshold.ts'

export interface SearchRules {
  readonly splitter: 'best' | 'random'
  /** Columns to look at, at least. */
  readonly featureCount: number
  readonly limits: LeafLimits
}

/** A split that removes all but this share of a node's impurity leaves two pure sides: the rest is rounding. */
const PURE = 1 - 1e-12

/**
 * Looks for splits in one node after another, whose rows the criterion has loaded. Columns that are constant in the
 * node count as looked at, but at least one that is not is looked at if there is one, as in scikit-learn.
 * Columns are looked at in random order, even where it is all of them: among equally good ones the first wins.
 * Memory: about 28 bytes a row of the largest node.
 */
export class SplitSearch {
  readonly split: Split
  readonly cut: Cut = { score: 0, tolerance: 0, low: 0, high: 0, missingLeft: false }
  private readonly matrix: CodedMatrix
  private readonly criterion: AbsoluteCriterion
  private readonly rules: SearchRules
  private readonly sorter: CodeSorter
  private readonly codes: Int32Array
  private readonly order: Int32Array
  private readonly features: Int32Array
  private readonly categories: CategoryOrder
  private readonly extremes = new Int32Array(2)
  private limits: LeafLimits
  private visited = 0
  private useful = 0
  private decreaseMax = 0

  constructor(matrix: CodedMatrix, criterion: AbsoluteCriterion, rules: SearchRules, rowCountMax: number) {
    let categoryCountMax = 0
    for (const count of matrix.categoryCounts) categoryCountMax = Math.max(categoryCountMax, count)
    this.matrix = matrix
    this.criterion = criterion
    this.rules = rules
    this.limits = rules.limits
    this.split = new Split(categoryCountMax)
    this.sorter = new CodeSorter(rowCountMax)
    this.codes = new Int32Array(rowCountMax)
    this.order = new Int32Array(rowCountMax)
    this.features = new Int32Array(matrix.columnCount)
    this.categories = new CategoryOrder(categoryCountMax)
    this.restart(rules.limits)
  }

  /** Readies the search for the next tree, which must not depend on those before it: the columns in their first order. */
  restart(limits: LeafLimits): void {
    this.limits = limits
    for (let j = 0; j < this.features.length; j++) this.features[j] = j
  }

  /** Starts on the node that the criterion has just loaded with this search's cut. */
  begin(): void {
    this.visited = 0
    this.useful = 0
    this.split.feature = -1
    this.decreaseMax = PURE * this.criterion.impurity * this.criterion.weight
  }

  /**
   * Looks at one column more. False when the search is over; `split` then holds the best, if there is one. It is over
   * with a split into two pure sides: none can be better, and of equals the first one stays.
   */
  advance(rows: Int32Array, start: number, n: number, random: Random): boolean {
    const { features, visited } = this
    const { featureCount } = this.rules
    if (visited === features.length || (visited >= featureCount && this.useful > 0)) return false
    if (this.split.feature >= 0 && this.split.decrease >= this.decreaseMax) return false
    const drawn = visited + random.integer(features.length - visited)
    const held = features[visited]!
    features[visited] = features[drawn]!
    features[drawn] = held
    this.visited++
    this.lookAt(features[visited]!, rows, start, n, random)
    return true
  }

  /**
   * Splits rows[start … start+n): those on the left first, each side in its old order. Gives the count on the left, and
   * completes the split: missing values that the node has not seen follow most of its rows.
   */
  partition(rows: Int32Array, start: number, n: number, split: Split): number {
    const { matrix, order } = this
    const offset = split.feature * matrix.rowCount
    let end: number
    if (split.isCategorical) end = splitByCategory(matrix.codes, offset, rows, start, n, split.goesLeft, order)
    else {
      const missing = split.hadMissing && split.missingLeft ? matrix.missingCodes[split.feature]! : -1
      end = splitByCode(matrix.codes, offset, rows, start, n, split.low, missing, order)
      if (!split.hadMissing) split.missingLeft = 2 * (end - start) > n
    }
    copyRows(rows, end, order, n - (end - start))
    split.leftRowCount = end - start
    return split.leftRowCount
  }

  private gather(feature: number, rows: Int32Array, start: number, n: number): void {
    const { codes, rowCount } = this.matrix
    if (codes instanceof Uint8Array) {
      gatherTiny(codes, feature * rowCount, rows, start, n, this.codes, this.extremes)
    } else if (codes instanceof Uint16Array) {
      gatherNarrow(codes, feature * rowCount, rows, start, n, this.codes, this.extremes)
    } else {
      gatherWide(codes, feature * rowCount, rows, start, n, this.codes, this.extremes)
    }
  }

  private lookAt(feature: number, rows: Int32Array, start: number, n: number, random: Random): void {
    const { codes, order, criterion, cut, matrix } = this
    const missingCode = matrix.missingCodes[feature]!
    this.gather(feature, rows, start, n)
    const min = this.extremes[0]!
    let max = this.extremes[1]!
    if (min === max) return
    if (this.matrix.categoryCounts[feature]! > 0) {
      this.useful++
      this.lookAtCategories(feature, n, random)
      return
    }
    let presentCount = n
    if (max === missingCode) {
      max = -1
      for (let i = 0; i < n; i++) {
        const code = codes[i]!
        if (code === missingCode) presentCount--
        else if (code > max) max = code
      }
    }
    this.useful++
    if (this.rules.splitter === 'random') {
      this.lookAtRandom(feature, n, min, max, presentCount < n ? missingCode : -1, random)
      return
    }
    this.sorter.sort(codes, n, min, presentCount < n ? missingCode : max, order)
    if (!criterion.scanOrder(codes, order, n, presentCount, this.limits, cut)) return
    const threshold = cut.high === missingCode ? Infinity : this.between(feature, cut)
    this.keep(feature, threshold, presentCount < n)
  }

  /** scikit-learn's random splitter: one threshold, uniform between the extremes; missing values to a random side. */
  private lookAtRandom(
    feature: number,
    n: number,
    min: number,
    max: number,
    missingCode: number,
    random: Random,
  ): void {
    const threshold = this.drawThreshold(feature, min, max, random)
    const missingLeft = missingCode >= 0 && random.integer(2) === 1
    const low = this.lastUpTo(feature, min, max, threshold)
    const side = missingLeft ? missingCode : -1
    if (min === max && missingLeft) return
    if (this.criterion.scanOne(this.codes, n, low, side, this.limits, this.cut)) {
      this.keep(feature, threshold, missingCode >= 0)
    }
  }

  private drawThreshold(feature: number, min: number, max: number, random: Random): number {
    const smallest = this.valueOf(feature, min)
    const largest = this.valueOf(feature, max)
    const u = random.uniform()
    const drawn = smallest * (1 - u) + largest * u
    return separating(smallest, largest, drawn >= smallest && drawn < largest ? drawn : smallest)
  }

  /** The last code from min, whose value is not above the threshold, to max, whose value is. */
  private lastUpTo(feature: number, min: number, max: number, threshold: number): number {
    const { values } = this.matrix
    const start = this.matrix.valueStarts[feature]!
    let low = min
    let high = max
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (values[start + middle]! <= threshold) low = middle
      else high = middle
    }
    return low
  }

  private between(feature: number, { low, high }: Cut): number {
    return midpoint(this.valueOf(feature, low), this.valueOf(feature, high))
  }

  private lookAtCategories(feature: number, n: number, random: Random): void {
    const { codes, order, criterion, cut, categories } = this
    const codeCount = this.matrix.categoryCounts[feature]! + 1
    const share = criterion.scoreCategories(codes, n, categories)
    let raised: boolean
    if (this.rules.splitter === 'random') {
      categories.placeAtRandom(random)
      for (let i = 0; i < n; i++) codes[i] = categories.ranks[codes[i]!]!
      raised = criterion.scanOne(codes, n, 0, -1, this.limits, cut)
    } else {
      categories.placeByScore()
      for (let i = 0; i < n; i++) codes[i] = categories.ranks[codes[i]!]!
      this.sorter.sort(codes, n, 0, categories.count - 1, order)
      raised = this.scanShare(n, share)
    }
    if (!raised) return
    this.keep(feature, 0, false)
    let leftRowCount = 0
    for (let i = 0; i < n; i++) leftRowCount += Number(codes[i]! <= cut.low)
    // Categories that the node has not seen follow most of its rows.
    categories.writeSides(this.split.goesLeft, codeCount, cut.low, Number(2 * leftRowCount > n))
    this.split.missingLeft = this.split.goesLeft[codeCount - 1] === 1
    this.split.isCategorical = true
  }

  /**
   * Looks at every cut of ordered categories, of whose decrease only a share counts: the rest is chance. A column of
   * which nothing is left counts as one that is constant.
   */
  private scanShare(n: number, share: number): boolean {
    const { codes, order, criterion, cut } = this
    const best = { ...cut }
    cut.score = -Infinity
    if (share > 0 && criterion.scanOrder(codes, order, n, n, this.limits, cut)) {
      const counted = cut.score - (1 - share) * criterion.decrease(cut.score)
      if (counted > best.score + cut.tolerance) {
        cut.score = counted
        return true
      }
    }
    if (share === 0) this.useful--
    Object.assign(cut, best)
    return false
  }

  private keep(feature: number, threshold: number, hadMissing: boolean): void {
    const { split, cut } = this
    split.feature = feature
    split.low = cut.low
    split.high = cut.high
    split.hadMissing = hadMissing
    split.missingLeft = hadMissing && cut.missingLeft
    split.threshold = threshold
    split.decrease = this.criterion.decrease(cut.score)
    split.isCategorical = false
  }

  private valueOf(feature: number, code: number): number {
    return this.matrix.values[this.matrix.valueStarts[feature]! + code]!
  }
}

// The part of a search that is TypeScript's: to put the categories of a column into an order that one cut divides.
import type { Random } from '../../random.ts'
import { CategoryOrder } from '../category-order.ts'
import { LevelEvidence } from '../level-evidence.ts'
import { firstPrincipalScores } from '../principal-order.ts'
import { type KernelShape, usesMoments } from './kernel-shape.ts'
import type { ThreadView } from './thread-view.ts'
import type { KernelRoutines } from './tree-kernel.ts'

export class CategorySearch {
  private readonly view: ThreadView
  private readonly routines: KernelRoutines
  private readonly order: CategoryOrder
  private readonly weights: Float64Array
  /** By code, the sum of the squared weights of its rows. */
  private readonly squaredWeights: Float64Array
  private readonly evidence = new LevelEvidence()
  private readonly isRandom: boolean
  private readonly hasPlaces: boolean

  constructor(shape: KernelShape, view: ThreadView, routines: KernelRoutines) {
    this.view = view
    this.routines = routines
    this.order = new CategoryOrder(view.goesLeft.length - 1)
    this.weights = new Float64Array(view.goesLeft.length)
    this.squaredWeights = new Float64Array(view.goesLeft.length)
    this.isRandom = shape.rules.splitter === 'random'
    this.hasPlaces = !usesMoments(shape)
  }

  /**
   * Looks at the column of categories that the search has come to, n rows of which stand in the node's cells, and keeps
   * the split if it is the best. O(n + categories × log categories), and for many classes what firstPrincipalScores
   * takes.
   */
  look(n: number, random: Random): void {
    const { view, order, isRandom } = this
    const column = view.int('category') - 1
    const codeCount = view.categoryCount(column) + 1
    const cells: Float64Array | Int32Array = isRandom ? view.nodeValues : view.nodeRanks
    view.setInt('category', 0)
    const share = this.score(cells, n, codeCount)
    let max = 1
    if (isRandom) order.placeAtRandom(codeCount, random)
    else max = order.placeByScore(codeCount) - 1
    for (let i = 0; i < n; i++) cells[i] = order.ranks[cells[i]!]!
    if (!(isRandom ? this.scan(n, 1) : this.scanShare(n, max, share))) return
    const low = isRandom ? 0 : view.int('low')
    let leftRowCount = 0
    for (let i = 0; i < n; i++) leftRowCount += Number(cells[i]! <= low)
    // Categories that the node has not seen follow most of its rows.
    order.writeSides(view.goesLeft, codeCount, low, Number(2 * leftRowCount > n))
    view.setInt('feature', column)
    view.setInt('isCategorical', 1)
    view.setInt('hadMissing', 0)
    view.setInt('bestMissingLeft', view.goesLeft[codeCount - 1]!)
    view.setFloat('threshold', 0)
  }

  /** True when the best cut is better than the best split so far. */
  private scan(n: number, max: number): boolean {
    const { view, routines } = this
    routines.scan(view.base, n, 0, max)
    if (view.int('raised') === 0) return false
    view.setFloat('decrease', routines.decrease(view.base))
    return true
  }

  /**
   * The same where of a cut's decrease only a share counts: the rest is chance. A column of which nothing is left counts
   * as one that is constant.
   */
  private scanShare(n: number, max: number, share: number): boolean {
    const { view, hasPlaces } = this
    const [bestScore, bestDecrease, bestLow] = [view.float('score'), view.float('decrease'), view.int('low')]
    view.setFloat('score', Number.NEGATIVE_INFINITY)
    if (share > 0 && this.scan(n, max)) {
      const [score, decrease] = [view.float('score'), view.float('decrease')]
      // Moments score the decrease times a constant; classes add what the node scores as it is.
      const counted = hasPlaces ? score - (1 - share) * decrease : share * score
      if (counted > bestScore + view.float('tolerance')) {
        view.setFloat('score', counted)
        view.setFloat('decrease', share * decrease)
        return true
      }
    }
    if (share === 0) view.setInt('useful', view.int('useful') - 1)
    view.setFloat('score', bestScore)
    view.setFloat('decrease', bestDecrease)
    view.setInt('low', bestLow)
    return false
  }

  /**
   * By the mean target of each category, or the share of the second class: the order in which one cut is the best split
   * (Fisher 1958). With more classes a heuristic, see firstPrincipalScores. Gives the share of what the categories tell
   * that is more than chance.
   */
  private score(cells: ArrayLike<number>, n: number, codeCount: number): number {
    const { view, weights, squaredWeights, evidence } = this
    const { nodeWeights, nodeTargets } = view
    const { scores } = this.order
    if (this.hasPlaces) return this.scoreClasses(cells, n, codeCount)
    weights.fill(0, 0, codeCount)
    squaredWeights.fill(0, 0, codeCount)
    scores.fill(0, 0, codeCount)
    let [total, squares] = [0, 0]
    for (let i = 0; i < n; i++) {
      const c = cells[i]!
      const v = nodeWeights[i]!
      weights[c]! += v
      squaredWeights[c]! += v * v
      scores[c]! += nodeTargets[i]!
      total += nodeTargets[i]!
      squares += (nodeTargets[i]! * nodeTargets[i]!) / v
    }
    evidence.clear()
    let whole = 0
    for (let c = 0; c < codeCount; c++) {
      if (weights[c]! > 0) evidence.add(weights[c]!, squaredWeights[c]!, scores[c]! ** 2)
      whole += squaredWeights[c]!
      scores[c] = scores[c]! / weights[c]!
    }
    const weight = view.float('weight')
    return evidence.share(weight, whole, total * total, squares - (total * total) / weight)
  }

  private scoreClasses(cells: ArrayLike<number>, n: number, codeCount: number): number {
    const { view, weights, squaredWeights, evidence } = this
    const { nodeWeights, nodePlaces } = view
    const classCount = view.int('classCount')
    const table = new Float64Array(codeCount * classCount)
    weights.fill(0, 0, codeCount)
    squaredWeights.fill(0, 0, codeCount)
    const totals = new Float64Array(classCount)
    for (let i = 0; i < n; i++) {
      const c = cells[i]!
      const v = nodeWeights[i]!
      // Places are multiples of 8 from 8.
      const k = (nodePlaces[i]! >> 3) - 1
      table[c * classCount + k]! += v
      totals[k]! += v
      weights[c]! += v
      squaredWeights[c]! += v * v
    }
    evidence.clear()
    let whole = 0
    for (let c = 0; c < codeCount; c++) {
      if (weights[c]! === 0) continue
      let squaredSums = 0
      for (let k = 0; k < classCount; k++) squaredSums += table[c * classCount + k]! ** 2
      evidence.add(weights[c]!, squaredWeights[c]!, squaredSums)
      whole += squaredWeights[c]!
    }
    firstPrincipalScores(table, codeCount, classCount, this.order.scores)
    const weight = view.float('weight')
    const squaredSums = totals.reduce((sum, total) => sum + total * total, 0)
    return evidence.share(weight, whole, squaredSums, weight - squaredSums / weight)
  }
}

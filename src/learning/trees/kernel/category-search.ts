// The part of a search that is TypeScript's: to put the categories of a column into an order that one cut divides.
import type { Random } from '../../random.ts'
import { CategoryOrder } from '../category-order.ts'
import { firstPrincipalScores } from '../principal-order.ts'
import { usesMoments } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'
import type { ThreadView } from './thread-view.ts'
import type { KernelRoutines } from './tree-kernel.ts'

export class CategorySearch {
  private readonly view: ThreadView
  private readonly routines: KernelRoutines
  private readonly order: CategoryOrder
  /** Of each row of the node, the place of its category. */
  private readonly rowPlaces: Int32Array
  private readonly isRandom: boolean
  private readonly hasPlaces: boolean

  constructor(shape: KernelShape, view: ThreadView, routines: KernelRoutines) {
    this.view = view
    this.routines = routines
    this.order = new CategoryOrder(view.goesLeft.length - 1)
    this.isRandom = shape.rules.splitter === 'random'
    this.hasPlaces = !usesMoments(shape, shape.rules)
    this.rowPlaces = new Int32Array(this.hasPlaces && view.goesLeft.length > 1 ? shape.rowCount : 0)
  }

  /**
   * Looks at the column of categories that the search has come to, n rows of which stand in the node's cells, and keeps
   * the split if it is the best. O(n + c · log c) for the c categories of the node, and for many classes what firstPrincipalScores
   * takes.
   */
  look(n: number, random: Random): void {
    const { view, order, isRandom } = this
    const column = view.int('category') - 1
    const codeCount = view.categoryCount(column) + 1
    const cells: Float64Array | Int32Array = isRandom ? view.nodeValues : view.nodeRanks
    view.setInt('category', 0)
    const share = this.score(cells, n)
    let max = 1
    if (isRandom) order.placeAtRandom(random)
    else {
      order.placeByScore()
      max = order.count - 1
    }
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
  private score(cells: ArrayLike<number>, n: number): number {
    const { order, view } = this
    const { nodeWeights, nodeTargets } = view
    const { scores } = order
    order.clear()
    if (this.hasPlaces) return this.scoreClasses(cells, n)
    let [total, squares] = [0, 0]
    for (let i = 0; i < n; i++) {
      const c = cells[i]!
      const v = nodeWeights[i]!
      const weighted = nodeTargets[i]!
      order.add(c, v)
      scores[c]! += weighted
      total += weighted
      squares += (weighted * weighted) / v
    }
    const weight = view.float('weight')
    const whole = total * total
    const share = order.share((_, code) => scores[code]! * scores[code]!, weight, whole, squares - whole / weight)
    order.takeMeans()
    return share
  }

  private scoreClasses(cells: ArrayLike<number>, n: number): number {
    const { order, view } = this
    const { nodeWeights, nodeClasses } = view
    const classCount = view.int('classCount')
    for (let i = 0; i < n; i++) this.rowPlaces[i] = order.add(cells[i]!, nodeWeights[i]!)
    const table = new Float64Array(order.count * classCount)
    const totals = new Float64Array(classCount)
    for (let i = 0; i < n; i++) {
      // Places of classes are multiples of 8 from 8.
      const k = (nodeClasses[i]! >> 3) - 1
      table[this.rowPlaces[i]! * classCount + k]! += nodeWeights[i]!
      totals[k]! += nodeWeights[i]!
    }
    const weight = view.float('weight')
    const whole = totals.reduce((sum, total) => sum + total * total, 0)
    const squaredSums = (place: number): number => {
      let sum = 0
      for (let at = place * classCount; at < (place + 1) * classCount; at++) sum += table[at]! * table[at]!
      return sum
    }
    const share = order.share(squaredSums, weight, whole, weight - whole / weight)
    const scores = new Float64Array(order.count)
    firstPrincipalScores(table, order.count, classCount, scores)
    order.takeScores(scores)
    return share
  }
}

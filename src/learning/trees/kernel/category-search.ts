// The part of a search that is TypeScript's: to put the categories of a column into an order that one cut divides.
import type { Random } from '../../random.ts'
import { CategoryOrder } from '../category-order.ts'
import { firstPrincipalScores } from '../principal-order.ts'
import { type KernelShape, usesMoments } from './kernel-shape.ts'
import type { ThreadView } from './thread-view.ts'
import type { KernelRoutines } from './tree-kernel.ts'

export class CategorySearch {
  private readonly view: ThreadView
  private readonly routines: KernelRoutines
  private readonly order: CategoryOrder
  private readonly weights: Float64Array
  private readonly isRandom: boolean
  private readonly hasPlaces: boolean

  constructor(shape: KernelShape, view: ThreadView, routines: KernelRoutines) {
    this.view = view
    this.routines = routines
    this.order = new CategoryOrder(view.goesLeft.length - 1)
    this.weights = new Float64Array(view.goesLeft.length)
    this.isRandom = shape.rules.splitter === 'random'
    this.hasPlaces = !usesMoments(shape)
  }

  /**
   * Looks at the column of categories that the search has come to, n rows of which stand in the node's cells, and keeps
   * the split if it is the best. O(n + categories × log categories), and for many classes what firstPrincipalScores
   * takes.
   */
  look(n: number, random: Random): void {
    const { view, order, routines, isRandom } = this
    const column = view.int('category') - 1
    const codeCount = view.categoryCount(column) + 1
    const cells: Float64Array | Int32Array = isRandom ? view.nodeValues : view.nodeRanks
    view.setInt('category', 0)
    this.score(cells, n, codeCount)
    let max = 1
    if (isRandom) order.placeAtRandom(codeCount, random)
    else max = order.placeByScore(codeCount) - 1
    for (let i = 0; i < n; i++) cells[i] = order.ranks[cells[i]!]!
    routines.scan(view.base, n, 0, max)
    if (view.int('raised') === 0) return
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
    view.setFloat('decrease', routines.decrease(view.base))
  }

  /**
   * By the mean target of each category, or the share of the second class: the order in which one cut is the best split
   * (Fisher 1958). With more classes a heuristic, see firstPrincipalScores.
   */
  private score(cells: ArrayLike<number>, n: number, codeCount: number): void {
    const { nodeWeights, nodeTargets, nodePlaces } = this.view
    const { scores } = this.order
    if (this.hasPlaces) {
      const classCount = this.view.int('classCount')
      const table = new Float64Array(codeCount * classCount)
      // Places are multiples of 8 from 8.
      for (let i = 0; i < n; i++) table[cells[i]! * classCount + (nodePlaces[i]! >> 3) - 1]! += nodeWeights[i]!
      firstPrincipalScores(table, codeCount, classCount, scores)
      return
    }
    const { weights } = this
    weights.fill(0, 0, codeCount)
    scores.fill(0, 0, codeCount)
    for (let i = 0; i < n; i++) {
      weights[cells[i]!]! += nodeWeights[i]!
      scores[cells[i]!]! += nodeTargets[i]!
    }
    for (let c = 0; c < codeCount; c++) scores[c] = scores[c]! / weights[c]!
  }
}

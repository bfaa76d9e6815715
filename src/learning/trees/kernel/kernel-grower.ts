// Grows one tree after another with a kernel: depth first in one go, or the best leaf first.
import type { Random } from '../../random.ts'
import { type FoundSplit, growBestFirst, type NodeWork } from '../grow-best-first.ts'
import { GrownTree } from '../grown-tree.ts'
import { EPSILON, type TreeRules } from '../tree-rules.ts'
import { CategorySearch } from './category-search.ts'
import { Answer, Phase } from './kernel-shape.ts'
import { planKernel } from './plan-kernel.ts'
import { ThreadView } from './thread-view.ts'
import { type KernelRoutines, startKernel, type TreeKernel } from './tree-kernel.ts'

/** Rows × columns between two yields: a few milliseconds of work. */
const BUDGET = 1_000_000

/** The fields of the best split, kept until its turn comes. */
interface KeptSplit {
  readonly feature: number
  readonly threshold: number
  readonly bestLow: number
  readonly hadMissing: number
  readonly bestMissingLeft: number
  readonly isCategorical: number
  readonly goesLeft: Uint8Array
}

/** Memory: views of the kernel's, for the thread of this index; beside it 44 bytes a category and, with these, 4 a row. */
export class KernelGrower implements NodeWork<KeptSplit> {
  readonly tree: GrownTree
  /** Of each row of the matrix in the tree at hand; rows with 0 are not in it. Set before `grow`. */
  readonly rowWeights: Float64Array
  private readonly rules: TreeRules
  private readonly isClassification: boolean
  private readonly routines: KernelRoutines
  private readonly view: ThreadView
  private readonly categories: CategorySearch
  private random: Random | null = null

  constructor(kernel: TreeKernel, threadIndex: number) {
    const plan = planKernel(kernel.problem)
    const { shape } = plan
    this.rules = shape.rules
    this.isClassification = shape.classCount > 0
    this.routines = startKernel(kernel)
    this.view = new ThreadView(kernel, plan, threadIndex)
    this.rowWeights = this.view.rowWeights
    this.tree = new GrownTree(this.view.tree)
    this.categories = new CategorySearch(shape, this.view, this.routines)
  }

  /** Fills `tree`. Yields every few milliseconds, so that the caller can look around, and leave. */
  *grow(random: Random): Generator<void, void> {
    const { rules, view, tree, rowWeights } = this
    const { rows, features } = view
    let n = 0
    let weight = 0
    for (let row = 0; row < rowWeights.length; row++) {
      const w = rowWeights[row]!
      if (w > 0) {
        rows[n++] = row
        weight += w
      }
    }
    for (let j = 0; j < features.length; j++) features[j] = j
    for (const seed of ['seedA', 'seedB', 'seedC'] as const) view.setInt(seed, random.uint32())
    // Not all of them 0.
    view.setInt('seedD', random.uint32() | 1)
    view.setFloat('totalWeight', weight)
    view.setFloat('weightMin', rules.leafWeightFractionMin * weight)
    view.setFloat('splitWeightMin', 2 * rules.leafWeightFractionMin * weight)
    for (const field of ['nodeCount', 'leafEnd', 'category', 'isCategorical'] as const) view.setInt(field, 0)
    this.random = random
    tree.clear()
    if (rules.leafCountMax === Infinity) yield* this.growDepthFirst(n)
    else yield* growBestFirst(this, n, rules.leafCountMax)
    tree.leafEnd = view.int('leafEnd')
  }

  private *growDepthFirst(n: number): Generator<void, void> {
    const { view, tree, routines } = this
    view.setInt('phase', Phase.nextNode)
    view.setInt('stackSize', 1)
    view.stack.set([0, n, 0, -1])
    for (;;) {
      const answer = routines.grow(view.base, BUDGET)
      if (answer === Answer.finished) break
      if (answer === Answer.keepSet) view.setInt('setStart', this.keepSet())
      else if (view.int('category') > 0) this.categories.look(view.int('rowCount'), this.random!)
      else yield
    }
    tree.nodeCount = view.int('nodeCount')
  }

  addNode(start: number, rowCount: number, parent: number, isLeft: boolean): number {
    const { view } = this
    this.routines.load(view.base, start, rowCount)
    const [weight, impurity, value] = [view.float('weight'), view.float('impurity'), view.float('value')]
    return this.tree.addNode(parent, isLeft, rowCount, weight, impurity, value)
  }

  maySplit(rowCount: number, depth: number): boolean {
    const { rules, view } = this
    return (
      depth < rules.depthMax &&
      rowCount >= rules.splitRowCountMin &&
      view.float('weight') >= view.float('splitWeightMin') &&
      view.float('impurity') > (this.isClassification ? EPSILON : 0)
    )
  }

  *search(start: number, rowCount: number): Generator<void, FoundSplit<KeptSplit> | null> {
    const { view, rules } = this
    while (this.routines.search(view.base, start, rowCount, BUDGET) < 0) {
      if (view.int('category') > 0) this.categories.look(rowCount, this.random!)
      else yield
    }
    const decrease = view.float('decrease')
    const improvement = decrease / view.float('totalWeight') + EPSILON
    if (view.int('feature') < 0 || improvement < rules.impurityDecreaseMin) return null
    const split = {
      feature: view.int('feature'),
      threshold: view.float('threshold'),
      bestLow: view.int('bestLow'),
      hadMissing: view.int('hadMissing'),
      bestMissingLeft: view.int('bestMissingLeft'),
      isCategorical: view.int('isCategorical'),
      goesLeft: view.goesLeft.slice(),
    }
    return { split, decrease }
  }

  splitNode(node: number, start: number, rowCount: number, split: KeptSplit): number {
    const { view } = this
    for (const field of ['feature', 'bestLow', 'hadMissing', 'bestMissingLeft', 'isCategorical'] as const) {
      view.setInt(field, split[field])
    }
    view.setFloat('threshold', split.threshold)
    view.goesLeft.set(split.goesLeft)
    const left = this.routines.divide(view.base, start, rowCount)
    const setStart = split.isCategorical === 1 ? this.keepSet() : -1
    this.tree.splitNode(node, split.feature, split.threshold, view.int('bestMissingLeft') === 1, setStart)
    return left
  }

  endLeaf(node: number, start: number, rowCount: number): void {
    if (!this.isClassification) return
    this.routines.load(this.view.base, start, rowCount)
    this.routines.endLeaf(this.view.base, node)
  }

  private keepSet(): number {
    return this.tree.addSet(this.view.goesLeft, this.view.categoryCount(this.view.int('feature')))
  }
}

// Grows one tree after another by absolute error: depth first, or the best leaf first.
import type { StopFlag } from '../../parallel/stop-flag.ts'
import type { Random } from '../../random.ts'
import type { CodedMatrix } from '../coded-matrix.ts'
import { type FoundSplit, growBestFirst, type NodeWork } from '../grow-best-first.ts'
import { GrownTree, newTreeArrays } from '../grown-tree.ts'
import type { NumbersTarget, TreeProblem } from '../tree-problem.ts'
import { EPSILON, leafLimits, nodeCountMax, type TreeRules } from '../tree-rules.ts'
import { AbsoluteCriterion } from './absolute-criterion.ts'
import type { Split } from './split.ts'
import { SplitSearch } from './split-search.ts'

/** Row-features between two yields: a few milliseconds of work. */
const YIELD_AFTER = 250_000

/**
 * Memory: about 90 bytes a row and 50 a node, kept from tree to tree. Exact CART (Breiman et al. 1984): time
 * O(columns × rows × depth) on columns whose codes spread evenly.
 */
export class AbsoluteGrower implements NodeWork<Split> {
  readonly tree: GrownTree
  /** Of each row of the matrix in the tree at hand; rows with 0 are not in it. Set before `grow`. */
  readonly rowWeights: Float64Array
  private readonly rules: TreeRules
  private readonly matrix: CodedMatrix
  private readonly rows: Int32Array
  private readonly criterion: AbsoluteCriterion
  private readonly splits: SplitSearch
  private random: Random | null = null
  private total = 0
  private work = 0

  /** target: ranked. */
  constructor({ rowCount, rules }: TreeProblem, target: NumbersTarget, matrix: CodedMatrix, stop: StopFlag) {
    this.matrix = matrix
    this.rules = rules
    this.rows = new Int32Array(rowCount)
    this.rowWeights = new Float64Array(rowCount)
    this.tree = new GrownTree(newTreeArrays(nodeCountMax(rules, rowCount), rowCount))
    this.criterion = new AbsoluteCriterion(target.values, target.ranks, this.rowWeights, rowCount, stop)
    const { splitter, featureCount } = rules
    const limits = { rowCountMin: 1, weightMin: 0 }
    this.splits = new SplitSearch(matrix, this.criterion, { splitter, featureCount, limits }, rowCount)
  }

  /** Fills `tree`. Yields every few milliseconds, so that the caller can look around, and leave. */
  *grow(random: Random): Generator<void, void> {
    const { tree, rows, rowWeights } = this
    let n = 0
    let total = 0
    for (let row = 0; row < rows.length; row++) {
      if (rowWeights[row]! > 0) {
        rows[n++] = row
        total += rowWeights[row]!
      }
    }
    this.random = random
    this.total = total
    tree.clear()
    this.splits.restart(leafLimits(this.rules, total))
    if (this.rules.leafCountMax === Infinity) yield* this.growDepthFirst(n)
    else yield* growBestFirst(this, n, this.rules.leafCountMax)
  }

  /** Nodes come out in pre-order: a node, its left subtree, its right. */
  private *growDepthFirst(n: number): Generator<void, void> {
    // Pending nodes: start, rows, depth, parent and side.
    const stack = [0, n, 0, -1]
    while (stack.length > 0) {
      const link = stack.pop()!
      const depth = stack.pop()!
      const count = stack.pop()!
      const start = stack.pop()!
      const node = this.addNode(start, count, link < 0 ? -1 : link >> 1, (link & 1) === 0)
      const found = this.maySplit(count, depth) ? yield* this.search(start, count) : null
      if (found === null) continue
      const left = this.splitNode(node, start, count, found.split)
      stack.push(start + left, count - left, depth + 1, (node << 1) | 1)
      stack.push(start, left, depth + 1, node << 1)
    }
  }

  addNode(start: number, rowCount: number, parent: number, isLeft: boolean): number {
    const { criterion } = this
    criterion.load(this.rows, start, rowCount, this.splits.cut)
    this.work += rowCount
    return this.tree.addNode(parent, isLeft, rowCount, criterion.weight, criterion.impurity, criterion.value)
  }

  maySplit(rowCount: number, depth: number): boolean {
    const { rules, criterion } = this
    return (
      depth < rules.depthMax &&
      rowCount >= rules.splitRowCountMin &&
      criterion.weight >= 2 * rules.leafWeightFractionMin * this.total &&
      criterion.impurity > 0
    )
  }

  *search(start: number, rowCount: number): Generator<void, FoundSplit<Split> | null> {
    const { splits } = this
    splits.begin()
    while (splits.advance(this.rows, start, rowCount, this.random!)) {
      this.work += rowCount
      if (this.work > YIELD_AFTER) {
        this.work = 0
        yield
      }
    }
    const { split } = splits
    if (split.feature < 0 || split.decrease / this.total + EPSILON < this.rules.impurityDecreaseMin) return null
    const isKept = this.rules.leafCountMax !== Infinity
    return { split: isKept ? { ...split, goesLeft: split.goesLeft.slice() } : split, decrease: split.decrease }
  }

  splitNode(node: number, start: number, rowCount: number, split: Split): number {
    const { tree } = this
    const { feature, goesLeft } = split
    const setStart = split.isCategorical ? tree.addSet(goesLeft, this.matrix.categoryCounts[feature]!) : -1
    const left = this.splits.partition(this.rows, start, rowCount, split)
    tree.splitNode(node, feature, split.threshold, split.missingLeft, setStart)
    return left
  }

  /** The value of a leaf stands in its node. */
  endLeaf(): void {}
}

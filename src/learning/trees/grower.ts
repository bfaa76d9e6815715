// Grows one tree after another over the same problem: depth first, or the best leaf first.
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { Random } from '../random.ts'
import { AbsoluteCriterion } from './absolute-criterion.ts'
import { ClassCriterion } from './class-criterion.ts'
import type { CodedMatrix } from './coded-matrix.ts'
import { CountCriterion, canCount } from './count-criterion.ts'
import type { Criterion } from './criterion.ts'
import { type Candidate, Frontier } from './frontier.ts'
import { GrownTree, newTreeArrays } from './grown-tree.ts'
import { MomentsCriterion } from './moments-criterion.ts'
import { SplitSearch } from './split-search.ts'
import type { ClassesTarget, TreeProblem } from './tree-problem.ts'
import { leafLimits, nodeCountMax, type TreeRules } from './tree-rules.ts'

/** Row-features between two yields: a few milliseconds of work. */
const YIELD_AFTER = 250_000
/** scikit-learn's EPSILON. It stops at impurities below it for numbers too, where targets may just be small: not so here. */
const EPSILON = 2 ** -52

/**
 * Memory: about 90 bytes a row and 50 a node, kept from tree to tree. Exact CART (Breiman et al. 1984): time
 * O(columns × rows × depth) on columns whose codes spread evenly.
 */
export class TreeGrower {
  readonly tree: GrownTree
  /** Of each row of the matrix in the tree at hand; rows with 0 are not in it. Set before `grow`. */
  readonly rowWeights: Float64Array
  private readonly rules: TreeRules
  private readonly problem: TreeProblem
  private readonly matrix: CodedMatrix
  private readonly rows: Int32Array
  private readonly stop: StopFlag
  private readonly isClassification: boolean
  private criterion: Criterion
  private search: SplitSearch
  /** `criterion`, if it is one that takes whole weights only. */
  private counting: CountCriterion | null = null
  private work = 0

  constructor(problem: TreeProblem, stop: StopFlag) {
    const { rowCount, matrix } = problem
    if (matrix === null) throw new TypeError('a problem without ranks is one for a kernel')
    this.matrix = matrix
    this.problem = problem
    this.rules = problem.rules
    this.isClassification = problem.target.kind === 'classes'
    this.rows = new Int32Array(rowCount)
    this.rowWeights = new Float64Array(rowCount)
    this.tree = new GrownTree(newTreeArrays(nodeCountMax(problem.rules, rowCount), rowCount))
    this.stop = stop
    this.criterion = createCriterion(problem, this.rowWeights, stop)
    this.search = this.createSearch()
  }

  /** Fills `tree`. Yields every few milliseconds, so that the caller can look around, and leave. */
  *grow(random: Random): Generator<void, void> {
    const { tree, rows, rowWeights } = this
    let n = 0
    let weight = 0
    let isWhole = true
    let weightMax = 0
    for (let row = 0; row < rows.length; row++) {
      const w = rowWeights[row]!
      if (w > 0) {
        rows[n++] = row
        weight += w
        isWhole &&= Math.floor(w) === w
        if (w > weightMax) weightMax = w
      }
    }
    tree.clear()
    this.chooseCriterion(isWhole, weightMax, weight)
    const { search } = this
    search.restart(leafLimits(this.rules, weight))
    if (this.rules.leafCountMax === Infinity) yield* this.growDepthFirst(search, n, weight, random)
    else yield* this.growBestFirst(search, n, weight, random)
  }

  /** Nodes come out in pre-order: a node, its left subtree, its right. */
  private *growDepthFirst(search: SplitSearch, n: number, total: number, random: Random): Generator<void, void> {
    const { tree, rows } = this
    const { split } = search
    const weightMin = 2 * this.rules.leafWeightFractionMin * total
    // Pending nodes: start, rows, depth, parent and side.
    const stack = [0, n, 0, -1]
    while (stack.length > 0) {
      const link = stack.pop()!
      const depth = stack.pop()!
      const count = stack.pop()!
      const start = stack.pop()!
      const parent = link >> 1
      const node = this.addNode(search, start, count, link < 0 ? -1 : parent, (link & 1) === 0)
      if (this.maySplit(count, depth, weightMin)) {
        search.begin()
        while (search.advance(rows, start, count, random)) {
          this.work += count
          if (this.work > YIELD_AFTER) {
            this.work = 0
            yield
          }
        }
        if (split.feature >= 0 && split.decrease / total + EPSILON >= this.rules.impurityDecreaseMin) {
          const setStart = split.isCategorical ? this.addSet(search) : -1
          const left = search.partition(rows, start, count, split)
          tree.splitNode(node, split.feature, split.threshold, split.missingLeft, setStart)
          stack.push(start + left, count - left, depth + 1, (node << 1) | 1)
          stack.push(start, left, depth + 1, node << 1)
          continue
        }
      }
      if (this.isClassification) this.setLeafClasses(node)
    }
  }

  private *growBestFirst(search: SplitSearch, n: number, total: number, random: Random): Generator<void, void> {
    const { tree, rows } = this
    const frontier = new Frontier()
    const leaves: Candidate[] = []
    yield* this.weigh(search, 0, n, 0, -1, true, total, random, frontier, leaves)
    let splitsLeft = this.rules.leafCountMax - 1
    while (frontier.size > 0 && splitsLeft-- > 0) {
      const { split, start, rowCount, depth, node } = frontier.pop()
      const left = search.partition(rows, start, rowCount, split!)
      tree.splitNode(node, split!.feature, split!.threshold, split!.missingLeft, split!.setStart)
      yield* this.weigh(search, start, left, depth + 1, node, true, total, random, frontier, leaves)
      yield* this.weigh(search, start + left, rowCount - left, depth + 1, node, false, total, random, frontier, leaves)
    }
    while (frontier.size > 0) leaves.push(frontier.pop())
    if (!this.isClassification) return
    for (const { node, start, rowCount } of leaves) {
      this.criterion.load(rows, start, rowCount, search.cut)
      this.setLeafClasses(node)
    }
  }

  /** Of the node that the criterion has loaded. */
  private setLeafClasses(node: number): void {
    const { tree, criterion } = this
    const k = criterion.onlyClass()
    if (k >= 0) tree.setLeafClass(node, k, criterion.weight)
    else tree.setLeafClasses(node, criterion.leafClasses()!)
  }

  /** Adds a node, and puts it among the candidates to split or among the leaves. */
  private *weigh(
    search: SplitSearch,
    start: number,
    rowCount: number,
    depth: number,
    parent: number,
    isLeft: boolean,
    total: number,
    random: Random,
    frontier: Frontier,
    leaves: Candidate[],
  ): Generator<void, void> {
    const { split } = search
    const node = this.addNode(search, start, rowCount, parent, isLeft)
    const leaf: Candidate = { node, start, rowCount, depth, improvement: 0, split: null }
    if (!this.maySplit(rowCount, depth, 2 * this.rules.leafWeightFractionMin * total)) {
      leaves.push(leaf)
      return
    }
    search.begin()
    while (search.advance(this.rows, start, rowCount, random)) {
      this.work += rowCount
      if (this.work > YIELD_AFTER) {
        this.work = 0
        yield
      }
    }
    const improvement = split.decrease / total
    if (split.feature < 0 || improvement + EPSILON < this.rules.impurityDecreaseMin) {
      leaves.push(leaf)
      return
    }
    const setStart = split.isCategorical ? this.addSet(search) : -1
    frontier.push({ ...leaf, improvement, split: { ...split, goesLeft: split.goesLeft.slice(), setStart } })
  }

  private addNode(search: SplitSearch, start: number, rowCount: number, parent: number, isLeft: boolean): number {
    const { criterion } = this
    criterion.load(this.rows, start, rowCount, search.cut)
    this.work += rowCount
    return this.tree.addNode(parent, isLeft, rowCount, criterion.weight, criterion.impurity, criterion.value)
  }

  /** Weights are counted where they are whole, and where counting is faster. */
  private chooseCriterion(isWhole: boolean, weightMax: number, weight: number): void {
    const { target } = this.problem
    let counting: CountCriterion | null = null
    if (isWhole && target.kind === 'classes' && canCount(target.classCount, weightMax, weight)) {
      if (mayCount(this.problem, target.classCount)) counting = this.counting ?? this.createCounting(target)
    }
    counting?.readWeights()
    if (counting === this.counting) return
    this.counting = counting
    this.criterion = counting ?? createCriterion(this.problem, this.rowWeights, this.stop)
    this.search = this.createSearch()
  }

  private createCounting({ codes, classCount }: ClassesTarget): CountCriterion {
    return new CountCriterion(codes, classCount, this.rowWeights, this.rowWeights.length)
  }

  private createSearch(): SplitSearch {
    const { splitter, featureCount } = this.rules
    const limits = { rowCountMin: 1, weightMin: 0 }
    return new SplitSearch(this.matrix, this.criterion, { splitter, featureCount, limits }, this.rows.length)
  }

  private addSet({ split }: SplitSearch): number {
    return this.tree.addSet(split, this.matrix.categoryCounts[split.feature]!)
  }

  private maySplit(rowCount: number, depth: number, weightMin: number): boolean {
    const { rules, criterion } = this
    return (
      depth < rules.depthMax &&
      rowCount >= rules.splitRowCountMin &&
      criterion.weight >= weightMin &&
      criterion.impurity > (this.isClassification ? EPSILON : 0)
    )
  }
}

/** Cuts between two classes are faster to search by their moments. */
function mayCount({ rules }: TreeProblem, classCount: number): boolean {
  return rules.criterion === 'gini' && (classCount !== 2 || rules.splitter === 'random')
}

function createCriterion(
  { rowCount: n, target, rules }: TreeProblem,
  rowWeights: Float64Array,
  stop: StopFlag,
): Criterion {
  if (target.kind === 'numbers') {
    return rules.criterion === 'absolute_error'
      ? new AbsoluteCriterion(target.values, target.ranks, rowWeights, n, stop)
      : new MomentsCriterion(target.values, rowWeights, n, false)
  }
  if (rules.criterion === 'gini' && target.classCount === 2) {
    return new MomentsCriterion(Float64Array.from(target.codes), rowWeights, n, true)
  }
  return new ClassCriterion(target.codes, target.classCount, rowWeights, n, rules.criterion === 'entropy')
}

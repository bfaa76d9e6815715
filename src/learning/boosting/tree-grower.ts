// Grows one tree best-first on binned rows, alone or as one member of a team that shares the columns out.

import type { TeamMember } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import type { WasmMemory } from '../wasm/web-assembly.ts'
import type { BinnedMatrix } from './column-bins.ts'
import { ColumnSearch, SCAN_ANSWER_LENGTH, type SearchRules } from './column-search.ts'
import { type GrownLeaf, type GrownSplit, type GrownTree, markLeftBins } from './grown-tree.ts'
import type { Histogram } from './histogram.ts'
import { HistogramBuilder, type HistogramSpace } from './histogram-builder.ts'
import type { BinForm } from './kernel-shape.ts'
import { childrenOf, hang, type OpenNode } from './open-node.ts'
import { partitionRows, type RowSpace } from './partition-rows.ts'
import { CANDIDATE_WORDS, nodeValue, SplitCandidate } from './split-candidate.ts'

export interface GrowthRules extends SearchRules {
  readonly maxLeafNodes: number
  readonly maxDepth: number
  readonly learningRate: number
  readonly seed: number
}

/**
 * The memory that the growers of a tree share, and what this member has of it.
 *
 * form      of the bins of its histograms: pairs where there are no hessians
 * rows      shared by all
 * goesLeft  256 bytes
 * scratch   address of LOGISTIC_ANSWER_BYTES, for what kernels answer
 */
export interface GrowingSpace {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly form: BinForm
  readonly rows: RowSpace
  readonly histograms: HistogramSpace
  readonly goesLeft: Uint8Array
  readonly scratch: number
}

interface TreeUnderWay {
  readonly random: Random | undefined
  readonly splits: GrownSplit[]
  readonly leaves: GrownLeaf[]
  readonly open: OpenNode[]
}

/**
 * Best-first growth after Shi 2007 and LightGBM, with the rules of scikit-learn's TreeGrower: the open node of greatest
 * gain is split next; the histogram of its smaller child is summed, that of the larger one subtracted.
 *
 * Each member of the team has the histograms of its own columns, searches these, and writes its best split into shared
 * memory; every member then takes the best of all (the lowest column of equals). Sums run over rows in ascending order
 * whatever the team, so that the tree does not depend on it. All else is decided by every member for itself, equally.
 *
 * Memory of a member: its share of the columns at 1 byte a row, and histograms as HistogramBuilder bounds them.
 */
export class TreeGrower {
  private readonly binned: BinnedMatrix
  private readonly rules: GrowthRules
  private readonly member: TeamMember
  private readonly space: GrowingSpace
  private readonly candidates: Float64Array
  private readonly builder: HistogramBuilder
  private readonly columns: ColumnSearch
  private readonly scratch = new SplitCandidate()
  private readonly breathe: () => Promise<void> | undefined

  /**
   * space, candidates  shared by all members; candidates has 2 · CANDIDATE_WORDS places per member
   * breathe            called between splits; what it returns, if anything, is waited for
   */
  constructor(
    binned: BinnedMatrix,
    rules: GrowthRules,
    member: TeamMember,
    space: GrowingSpace,
    candidates: Float64Array,
    breathe: () => Promise<void> | undefined,
  ) {
    this.binned = binned
    this.rules = rules
    this.member = member
    this.space = space
    this.candidates = candidates
    this.breathe = breathe
    const share = (m: number): number => Math.floor((binned.columnCount * m) / member.count)
    const [start, end] = [share(member.index), share(member.index + 1)]
    const { memory, histograms, form } = space
    this.builder = new HistogramBuilder(memory, histograms, form, binned, start, end, member.stop)
    const answer = new Float64Array(memory.buffer, space.scratch, SCAN_ANSWER_LENGTH)
    this.columns = new ColumnSearch(binned, rules, this.builder, answer)
  }

  /**
   * Grows a tree. space.rows.rows holds all rows in ascending order when it is called, and the rows of the leaves
   * afterwards.
   *
   * gradients     float32, by row; hessians null where all are 1
   * gradientSum   over all rows, equal in every member
   * stream        a number of the tree, for its random draws
   */
  async grow(
    gradients: Float32Array,
    hessians: Float32Array | null,
    gradientSum: number,
    hessianSum: number,
    stream: number,
  ): Promise<GrownTree> {
    const { rules, binned } = this
    const { rowCount } = binned
    const value = nodeValue(gradientSum, hessianSum, rules.l2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const root: OpenNode = {
      ...{ count: rowCount, gradient: gradientSum, hessian: hessianSum, value, lower: -Infinity, upper: Infinity },
      ...{ depth: 0, start: 0, end: rowCount, histogram: undefined, split: new SplitCandidate() },
      ...{ parent: -1, isLeft: true },
    }
    const tree: TreeUnderWay = {
      random: rules.maxFeatures < 1 ? new Random(rules.seed, stream) : undefined,
      splits: [],
      leaves: [],
      open: [],
    }
    if (this.maySplit(root)) {
      this.builder.setGradients(gradients, hessians)
      root.histogram = this.build(root)
      this.search(tree, [root])
    }
    this.admit(tree, root)
    while (tree.open.length > 0 && tree.leaves.length + tree.open.length < rules.maxLeafNodes) {
      const pause = this.breathe()
      if (pause) await pause
      this.splitBest(tree)
    }
    for (const node of tree.open) this.close(tree, node)
    return { splits: tree.splits, leaves: tree.leaves }
  }

  /** Splits the open node of greatest gain, the older of equals. */
  private splitBest(tree: TreeUnderWay): void {
    const { binned, rules, space, builder } = this
    const { open, splits } = tree
    let best = 0
    for (let i = 1; i < open.length; i++) {
      if ((open[i] as OpenNode).split.gain > (open[best] as OpenNode).split.gain) best = i
    }
    const [node] = open.splice(best, 1) as [OpenNode]
    const { column, bin, isCategorical, leftCount, gain } = node.split
    const rightCount = node.count - leftCount
    // Where training had no missing values, they follow the majority.
    const missingLeft = binned.hasMissing[column] === 1 ? node.split.missingLeft : leftCount > rightCount
    const bitset = isCategorical ? node.split.bitset.slice() : null
    hang(splits, node, splits.length)
    splits.push({ column, bin, missingLeft, bitset, gain, left: 0, right: 0 })
    const [left, right] = childrenOf(node, splits.length - 1, rules)
    const isLast = tree.leaves.length + open.length + 2 >= rules.maxLeafNodes
    const growing = isLast ? [] : [left, right].filter((child) => this.maySplit(child))
    const isLeftSmaller = leftCount < rightCount
    // Before its rows are moved: they must be summed in ascending order.
    if (growing.length > 0) node.histogram ??= this.build(node)
    const { rows, goesLeft } = space
    markLeftBins(goesLeft, binned.binCounts[column] as number, bin, missingLeft, bitset)
    const codes = binned.codes.byteOffset + column * binned.rowCount
    partitionRows(builder.kernel, rows, node.start, node.end, codes, goesLeft.byteOffset, this.member)
    if (growing.length > 0) {
      const [smaller, larger] = isLeftSmaller ? [left, right] : [right, left]
      smaller.histogram = this.build(smaller)
      larger.histogram = node.histogram as Histogram
      node.histogram = undefined
      builder.subtract(larger.histogram, smaller.histogram)
      this.search(tree, growing)
    }
    builder.giveBack(node.histogram)
    this.admit(tree, left)
    this.admit(tree, right)
  }

  private maySplit(node: OpenNode): boolean {
    return node.depth < this.rules.maxDepth && node.count >= 2 * this.rules.minSamplesLeaf
  }

  /** Opens a node that a split was found for; makes a leaf of any other. */
  private admit(tree: TreeUnderWay, node: OpenNode): void {
    if (node.split.gain <= 0) {
      this.close(tree, node)
      return
    }
    if (this.builder.isOverdrawn) {
      this.builder.giveBack(node.histogram)
      node.histogram = undefined
    }
    tree.open.push(node)
  }

  private close({ splits, leaves }: TreeUnderWay, node: OpenNode): void {
    hang(splits, node, ~leaves.length)
    leaves.push({ value: node.value * this.rules.learningRate, start: node.start, end: node.end })
    this.builder.giveBack(node.histogram)
    node.histogram = undefined
  }

  /** Sums the histogram of a node from its rows. */
  private build({ start, end }: OpenNode): Histogram {
    const histogram = this.builder.take()
    this.builder.build(histogram, this.space.rows.rows, start, end, this.member.stop)
    return histogram
  }

  /** Finds the best split of one or two nodes, together with the other members. */
  private search(tree: TreeUnderWay, nodes: readonly OpenNode[]): void {
    const { member, candidates, scratch } = this
    nodes.forEach((node, n) => {
      this.columns.search(node, this.builder.read(node.histogram as Histogram), tree.random)
      if (member.count > 1) node.split.write(candidates, (2 * member.index + n) * CANDIDATE_WORDS)
    })
    if (member.count === 1) return
    member.barrier.wait()
    nodes.forEach((node, n) => {
      // Members have their columns in ascending order: the first of equals has the lowest.
      node.split.clear()
      for (let m = 0; m < member.count; m++) {
        scratch.read(candidates, (2 * m + n) * CANDIDATE_WORDS)
        if (scratch.gain > node.split.gain) node.split.read(candidates, (2 * m + n) * CANDIDATE_WORDS)
      }
    })
  }
}

// Grows a classification tree, one node at a time: the package finds the split of a node, all else is decided here.
import type { ClassTarget } from '../learning/estimator.ts'
import type { Matrix } from '../learning/matrix.ts'
import { denseRanks } from './dense-ranks.ts'
import type { FlatTree } from './flat-tree.ts'
import type { Pause } from './pause.ts'
import { type RankSplit, type RootSearch, searchColumn } from './search-column.ts'

/*
 * Why not one call of the package for the whole tree: it does not split a node that gains nothing at once (XOR), nor one
 * that gains as much as its parent; it passes over boundaries between rows of equal values; and it cannot be stopped.
 */

/** What differs between a tree and a forest. */
export interface SplitSearch {
  /** Which of the columns that vary in a node to search; at least one of them. */
  chooseColumns(varying: readonly number[]): readonly number[]
  /** Finds the split of a root by the package. */
  readonly root: RootSearch
}

export interface TreeLimits {
  /** null: none. */
  readonly depthMax: number | null
  /** Nodes with fewer rows are leaves. */
  readonly splitRowsMin: number
  /** Nodes are leaves whose best split decreases the impurity by less, weighted by their share of the rows. */
  readonly impurityDecreaseMin: number
}

/** What is the same for all trees of a forest. O(columns × rows log rows) to make. */
export class TreeData {
  readonly values: readonly Float64Array[]
  readonly ranks: readonly Float64Array[]
  readonly codes: Int32Array
  readonly classCount: number

  constructor(x: Matrix, y: ClassTarget) {
    this.values = x.columns
    this.ranks = x.columns.map(denseRanks)
    this.codes = y.codes
    this.classCount = y.classNames.length
  }
}

/** Rows of a node that is still to be grown: rows[start … end). */
interface Open {
  readonly start: number
  readonly end: number
  readonly depth: number
  /** The node whose right child it is, −1 for a left child or the root. */
  readonly rightOf: number
}

/**
 * rows       indices of the training rows, with repetitions; overwritten
 * Nodes come in the order root, left subtree, right subtree, as FlatTree asks.
 * Throws FitStopped.
 */
export async function growTree(
  data: TreeData,
  rows: Int32Array,
  limits: TreeLimits,
  search: SplitSearch,
  pause: Pause,
): Promise<FlatTree> {
  const columns: number[] = []
  const thresholds: number[] = []
  const rights: number[] = []
  const leaves = { starts: [0], classes: [] as number[], rows: [] as number[] }
  const open: Open[] = [{ start: 0, end: rows.length, depth: 0, rightOf: -1 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    await pause()
    const { start, end, depth, rightOf } = next
    const node = columns.length
    if (rightOf >= 0) rights[rightOf] = node
    const split = await splitNode(data, rows, next, limits, search, pause)
    if (split === undefined) {
      columns.push(-1)
      thresholds.push(0)
      rights.push(leaves.starts.length - 1)
      pushLeaf(leaves, data, rows.subarray(start, end))
      continue
    }
    columns.push(split.column)
    thresholds.push(split.threshold)
    rights.push(0)
    open.push({ start: split.middle, end, depth: depth + 1, rightOf: node })
    open.push({ start, end: split.middle, depth: depth + 1, rightOf: -1 })
  }
  return {
    columns: Int32Array.from(columns),
    thresholds: Float64Array.from(thresholds),
    rights: Int32Array.from(rights),
    leafStarts: Int32Array.from(leaves.starts),
    leafClasses: Int32Array.from(leaves.classes),
    leafRows: Uint32Array.from(leaves.rows),
  }
}

interface DoneSplit {
  readonly column: number
  readonly threshold: number
  /** Rows before it went left. */
  readonly middle: number
}

/** Splits the rows of a node in place, or returns undefined for a leaf. */
async function splitNode(
  data: TreeData,
  allRows: Int32Array,
  { start, end, depth }: Open,
  limits: TreeLimits,
  search: SplitSearch,
  pause: Pause,
): Promise<DoneSplit | undefined> {
  const rows = allRows.subarray(start, end)
  if (rows.length < limits.splitRowsMin || (limits.depthMax !== null && depth >= limits.depthMax)) return undefined
  const codes = rows.map((row) => data.codes[row] as number)
  if (codes.every((code) => code === codes[0])) return undefined
  const varying = data.ranks.flatMap((ranks, j) =>
    rows.some((row) => ranks[row] !== ranks[rows[0] as number]) ? j : [],
  )
  if (varying.length === 0) return undefined
  let best: { column: number; ranks: Float64Array; split: RankSplit } | undefined
  for (const column of search.chooseColumns(varying)) {
    await pause()
    const ranks = Float64Array.from(rows, (row) => (data.ranks[column] as Float64Array)[row] as number)
    const split = searchColumn(ranks, codes, search.root)
    if (best === undefined || split.gain > best.split.gain) best = { column, ranks, split }
  }
  if (best === undefined) return undefined
  const weighted = (best.split.gain * rows.length) / allRows.length
  if (weighted + Number.EPSILON < limits.impurityDecreaseMin) return undefined
  return divide(rows, start, best.column, data, properRank(best.ranks, best.split.rank))
}

/** The rank, when it leaves rows on both sides; else, since then no split gains anything, the one nearest the middle. */
function properRank(ranks: Float64Array, rank: number): number {
  const sorted = ranks.toSorted()
  const least = sorted[0] as number
  if (rank > least && rank <= (sorted.at(-1) as number)) return rank
  const middle = sorted[sorted.length >> 1] as number
  return middle > least ? middle : (sorted.find((value) => value > least) as number)
}

/** Puts the rows that go left before the others, both in their order; the threshold is midway between the two sides. */
function divide(rows: Int32Array, start: number, column: number, { ranks, values }: TreeData, rank: number): DoneSplit {
  const columnRanks = ranks[column] as Float64Array
  const columnValues = values[column] as Float64Array
  const isLeft = (row: number): boolean => (columnRanks[row] as number) < rank
  const left = rows.filter(isLeft)
  const right = rows.filter((row) => !isLeft(row))
  rows.set(left)
  rows.set(right, left.length)
  const below = left.reduce((most, row) => Math.max(most, columnValues[row] as number), -Infinity)
  const above = right.reduce((least, row) => Math.min(least, columnValues[row] as number), Infinity)
  const middle = below / 2 + above / 2
  // Between neighbouring floating-point numbers there is no middle; and −0 is not below 0.
  const threshold = middle > below && middle <= above ? middle : above
  return { column, threshold, middle: start + left.length }
}

function pushLeaf(
  leaves: { starts: number[]; classes: number[]; rows: number[] },
  { codes, classCount }: TreeData,
  rows: Int32Array,
): void {
  const ofLeaf = new Uint32Array(classCount)
  for (const row of rows) {
    const code = codes[row] as number
    ofLeaf[code] = (ofLeaf[code] as number) + 1
  }
  ofLeaf.forEach((count, code) => {
    if (count === 0) return
    leaves.classes.push(code)
    leaves.rows.push(count)
  })
  leaves.starts.push(leaves.classes.length)
}

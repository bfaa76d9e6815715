// The arrays of a kernel, declared once for TypeScript and WebAssembly: those that threads share, and those of each.
import { f64, i32, i64, layout, type PlacesOf, u8 } from '../../wasm/layout.ts'
import { MemoryPlan } from '../../wasm/memory-plan.ts'
import type { TreeRules } from '../tree-rules.ts'

/** How a value of the matrix is held: its rank in so many bytes, or itself as a float of so many. */
export type CellType = 'u8' | 'u16' | 'u32' | 'f32' | 'f64'

export const CELL_BYTES: { readonly [type in CellType]: number } = { u8: 1, u16: 2, u32: 4, f32: 4, f64: 8 }

/** Up to so many rows, with ranks that span as little, are sorted as bits of one word per rank. */
export const SET_BITS = 64
/** Up to so many rows are sorted by insertion. */
export const INSERTED_ROWS_MAX = 32
/** Bits of a digit of a radix sort. */
export const RADIX_BITS = 11
/** int32 of an entry of the stack: start, rows, depth, 2 · parent + side, or −1 for the root. */
export const ENTRY_LENGTH = 4

export interface ProblemSize {
  readonly rowCount: number
  readonly columnCount: number
  /** 0 where the targets are numbers. */
  readonly classCount: number
  readonly cellType: CellType
  /** Values that have ranks, in all columns together. */
  readonly valueCount: number
  /** The most that a column has; 0 where there are none. */
  readonly categoryCountMax: number
}

/** Sums of weighted targets tell all, where they are numbers or two classes of Gini impurity. */
export function usesMoments({ classCount }: { classCount: number }, { criterion }: TreeRules): boolean {
  return classCount === 0 || (classCount === 2 && criterion === 'gini')
}

/** Whole weights below this have their x · log2 x in a table. */
export function logTableLength(rowCount: number): number {
  return Math.min(65_536, 4 * rowCount + 2)
}

/** The matrix and the targets. Arrays that a problem has no use for are empty. */
export function sharedArrays(size: ProblemSize, rules: TreeRules) {
  const { rowCount, columnCount, classCount, cellType, valueCount, categoryCountMax } = size
  const rankedColumns = cellType[0] === 'u' ? columnCount : 0
  return {
    /** Column-major, in the cell type; ranks as in CodedMatrix, or values with NaN where one is missing. */
    cells: u8(rowCount * columnCount * CELL_BYTES[cellType]),
    targetClasses: i32(classCount > 0 ? rowCount : 0),
    targetNumbers: f64(classCount > 0 ? 0 : rowCount),
    /** Per column, of ranks. */
    missingCodes: i32(rankedColumns),
    /** Per column, where its values start, of ranks. */
    valueStarts: i32(rankedColumns),
    /** The values that have ranks. */
    values: f64(valueCount),
    /** x · log2 x; for entropy. */
    logTable: f64(rules.criterion === 'entropy' ? logTableLength(rowCount) : 0),
    /**
     * Per column, 0 for numbers; where there are any. Cells of categories are their codes, in values too, and the number
     * of categories where one is missing.
     */
    categoryCounts: i32(categoryCountMax > 0 ? columnCount : 0),
  }
}

const fieldPlan = new MemoryPlan(8)
/** Numbers of a thread: 8 bytes each, which its routines hand to each other. */
export const FIELDS = layout(
  {
    // Of the loaded node. total: the sum of weighted targets, or of the squares of the classes' weights.
    weight: f64(1),
    impurity: f64(1),
    value: f64(1),
    total: f64(1),
    classCount: i32(1),
    // Of the search: the best split so far.
    score: f64(1),
    tolerance: f64(1),
    decreaseMax: f64(1),
    decrease: f64(1),
    threshold: f64(1),
    feature: i32(1),
    low: i32(1),
    hadMissing: i32(1),
    missingLeft: i32(1),
    visited: i32(1),
    useful: i32(1),
    bestLow: i32(1),
    bestMissingLeft: i32(1),
    // Of the column at hand.
    high: i32(1),
    raised: i32(1),
    // Of the tree.
    weightMin: f64(1),
    splitWeightMin: f64(1),
    totalWeight: f64(1),
    stackSize: i32(1),
    nodeCount: i32(1),
    leafEnd: i32(1),
    // Where `grow` goes on: see Phase.
    phase: i32(1),
    start: i32(1),
    rowCount: i32(1),
    depth: i32(1),
    node: i32(1),
    // Random numbers.
    seedA: i32(1),
    seedB: i32(1),
    seedC: i32(1),
    seedD: i32(1),
    // Of splits on categories, which are TypeScript's: the column to look at and 1, or 0; of the best split, whether it
    // is one.
    category: i32(1),
    isCategorical: i32(1),
    setStart: i32(1),
  },
  fieldPlan,
)

/** Of one thread: what it works with. */
export function ownArrays(size: ProblemSize, rules: TreeRules, nodeCountMax: number) {
  const { rowCount, columnCount, classCount, cellType, categoryCountMax } = size
  const isRanked = cellType[0] === 'u'
  const hasMoments = usesMoments(size, rules)
  return {
    /** See FIELDS. */
    fields: u8(fieldPlan.byteCount),
    /** Per column: the order in which columns are drawn. */
    features: i32(columnCount),
    /** Per row of the tree: the rows, divided between the nodes. */
    rows: i32(rowCount),
    /** Per row of the matrix. */
    rowWeights: f64(rowCount),
    /** Weights of the loaded node's rows, in their order, and one 0 behind them. */
    nodeWeights: f64(rowCount + 2),
    /** Weighted targets of these rows, and one 0 behind them. */
    nodeTargets: f64(hasMoments ? rowCount + 2 : 0),
    /** Where targets are many classes: 8 · the place of the row's class among those of the node, from 1. */
    nodeClasses: i32(hasMoments ? 0 : rowCount + 2),
    /** Ranks of these rows in the column at hand. */
    nodeRanks: i32(isRanked ? rowCount + 2 : 0),
    /** Where columns have no ranks: values of these rows, and one more. */
    nodeValues: f64(isRanked ? 0 : rowCount + 2),
    /** Per row of the node: its order along a column. Also the rows on the right while rows are divided. */
    order: i32(rowCount + 1),
    /** For sorting: counts of ranks, and rows in the order of a digit, or ranks with their places. */
    counts: i32(isRanked ? Math.max(2 * rowCount, 1 << RADIX_BITS) + 1 : 0),
    spare: i32(isRanked ? rowCount : 0),
    spareKeys: i64(isRanked ? INSERTED_ROWS_MAX : 0),
    /** Sums per rank. Histograms pay with at most 3 cells of 8 bytes a row; those of moments, 16 bytes, half a cell. */
    histogram: f64(isRanked ? 3 * rowCount + 2 : 0),
    /** Rows per rank. */
    rankCounts: i32(isRanked && rules.leafRowCountMin > 1 ? 3 * rowCount + 2 : 0),
    /** By class of the matrix: its place among those of the node while one is loaded, else 0. */
    marks: i32(classCount),
    /** By place of the class in the node, from 1: the class, and its weights in the node, left and right. */
    globalOf: i32(classCount + 1),
    totals: f64(classCount + 1),
    left: f64(classCount + 1),
    right: f64(classCount + 1),
    /** Per rank, all 0 between scans. */
    sets: i64(isRanked ? SET_BITS : 0),
    /** By code of category: 1 where it goes left by the best split so far. */
    goesLeft: u8(categoryCountMax + 1),
    /** Nodes to come: one for each level above, and there are fewer than leaves. */
    stack: i32(ENTRY_LENGTH * ((nodeCountMax >> 1) + 3)),
  }
}

/** The arrays of GrownTree. */
export function treeArrays({ rowCount, classCount }: ProblemSize, nodeCountMax: number) {
  const leafClasses = classCount > 0 ? rowCount : 0
  return {
    features: i32(nodeCountMax),
    thresholds: f64(nodeCountMax),
    lefts: i32(nodeCountMax),
    rights: i32(nodeCountMax),
    missingLeft: u8(nodeCountMax),
    setStarts: i32(nodeCountMax),
    rowCounts: i32(nodeCountMax),
    weights: f64(nodeCountMax),
    impurities: f64(nodeCountMax),
    values: f64(nodeCountMax),
    leafStarts: i32(nodeCountMax),
    leafSizes: i32(nodeCountMax),
    leafClasses: i32(leafClasses),
    leafWeights: f64(leafClasses),
  }
}

export type SharedPlaces = PlacesOf<ReturnType<typeof sharedArrays>>
export type OwnPlaces = PlacesOf<ReturnType<typeof ownArrays>>
export type TreePlaces = PlacesOf<ReturnType<typeof treeArrays>>

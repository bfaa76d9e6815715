// What a kernel for growing trees is made for, and where its arrays lie.
import type { TreeRules } from '../tree-rules.ts'

/** How a value of the matrix is held: its rank in so many bytes, or itself as a float of so many. */
export type CellType = 'u8' | 'u16' | 'u32' | 'f32' | 'f64'

export const CELL_BYTES: { readonly [type in CellType]: number } = { u8: 1, u16: 2, u32: 4, f32: 4, f64: 8 }

/**
 * Where arrays lie: bytes from the start of the memory for those that threads share, from a thread's base for its own.
 */
export interface KernelShape {
  readonly rowCount: number
  readonly columnCount: number
  /** 0 where the targets are numbers. */
  readonly classCount: number
  readonly rules: TreeRules
  readonly cellType: CellType
  readonly hasCategories: boolean
  readonly shared: SharedPlaces
  readonly own: OwnPlaces
}

/**
 * cells         column-major, in the shape's type; ranks as in CodedMatrix, or values with NaN where one is missing
 * targets       int32 classes, or float64 numbers
 * missingCodes  int32 per column, of ranks
 * valueStarts   int32 per column, where its values start, of ranks
 * values        float64, the values that have ranks
 * categoryCounts  int32 per column, 0 for numbers; absent where there are no categories. Cells of categories are their
 *               codes, in values too, and the number of categories where one is missing.
 * logTable      float64, x · log2 x; absent but for entropy
 */
export interface SharedPlaces {
  readonly cells: number
  readonly targets: number
  readonly missingCodes: number
  readonly valueStarts: number
  readonly values: number
  readonly categoryCounts: number
  readonly logTable: number
}

/** Of one thread. */
export interface OwnPlaces {
  /** See Field. */
  readonly fields: number
  /** int32 per column: the order in which columns are drawn. */
  readonly features: number
  /** int32 per row of the tree: the rows, divided between the nodes. */
  readonly rows: number
  /** float64 per row of the matrix. */
  readonly rowWeights: number
  /** Of the loaded node, in the order of its rows: weights (float64, one 0 behind them), ... */
  readonly nodeWeights: number
  /**
   * ... weighted targets (float64, one 0 behind them), or 8 · place of the class among those of the node, from 1
   * (int32),
   */
  readonly nodeTargets: number
  /** ... and what a column has: int32 ranks, or float64 values and one more. */
  readonly nodeCells: number
  /** int32 per row of the node: its order along a column. Also the rows on the right while rows are divided. */
  readonly order: number
  /** int32, for sorting. */
  readonly counts: number
  readonly spare: number
  /** Sums per rank: float64. */
  readonly histogram: number
  /** Rows per rank: int32. */
  readonly rankCounts: number
  /** By class of the matrix, int32: its place among those of the node while one is loaded, else 0. */
  readonly marks: number
  /**
   * By place of the class in the node, from 1: the class (int32), the weights in the node, and left and right
   * (float64).
   */
  readonly globalOf: number
  readonly totals: number
  readonly left: number
  readonly right: number
  /** int64 per rank, all 0 between scans. */
  readonly sets: number
  /** By code of category: a byte, 1 where it goes left by the best split so far. */
  readonly goesLeft: number
  /** Nodes to come: int32 start, rows, depth, 2 · parent + side, or −1 for the root. */
  readonly stack: number
  readonly tree: TreePlaces
}

/** The arrays of GrownTree. */
export interface TreePlaces {
  readonly features: number
  readonly thresholds: number
  readonly lefts: number
  readonly rights: number
  readonly missingLeft: number
  readonly setStarts: number
  readonly rowCounts: number
  readonly weights: number
  readonly impurities: number
  readonly values: number
  readonly leafStarts: number
  readonly leafSizes: number
  readonly leafClasses: number
  readonly leafWeights: number
}

/** Numbers of a thread, 8 bytes each, as float64 or int32. */
export const Field = {
  // Of the loaded node.
  weight: 0,
  impurity: 8,
  value: 16,
  /** The sum of weighted targets, or of the squares of the classes' weights. */
  total: 24,
  classCount: 32,
  // Of the search: the best split so far.
  score: 40,
  tolerance: 48,
  decreaseMax: 56,
  decrease: 64,
  threshold: 72,
  feature: 80,
  low: 88,
  hadMissing: 96,
  missingLeft: 104,
  visited: 112,
  useful: 120,
  // Of the column at hand.
  high: 128,
  bestLow: 264,
  bestMissingLeft: 272,
  raised: 136,
  // Of the tree.
  weightMin: 144,
  splitWeightMin: 152,
  totalWeight: 160,
  stackSize: 168,
  nodeCount: 176,
  leafEnd: 184,
  /** Where `grow` goes on: see Phase. */
  phase: 192,
  start: 200,
  rowCount: 208,
  depth: 216,
  node: 224,
  // Of splits on categories, which are TypeScript's: the column to look at and 1, or 0; of the best split, whether it is one.
  category: 280,
  isCategorical: 288,
  setStart: 296,
  // Random numbers.
  seedA: 232,
  seedB: 240,
  seedC: 248,
  seedD: 256,
} as const
export const FIELD_BYTES = 320

export const Phase = { nextNode: 0, search: 1, split: 2 } as const
/**
 * What `grow` answers: the tree is finished; the budget is used up, or a column of categories is to be looked at; the
 * set of a split is to be kept.
 */
export const Answer = { finished: 0, interrupted: 1, keepSet: 2 } as const

/** The routines by their place in the module. */
export const Place = {
  random: 0,
  load: 1,
  lookAt: 2,
  search: 3,
  divide: 4,
  grow: 5,
  endLeaf: 6,
  scan: 7,
  decrease: 8,
  xLogX: 9,
  // Of ranks only.
  sort: 10,
  scanHistogram: 11,
  scanSets: 12,
  scanOrder: 13,
} as const

/** Up to so many rows, with ranks that span as little, are sorted as bits of one word per rank. */
export const SET_BITS = 64
/** Up to so many rows are sorted by insertion. */
export const INSERTED_ROWS_MAX = 32
/** A split that removes all but this share of a node's impurity leaves two pure sides: the rest is rounding. */
export const PURE = 1 - 1e-12

/** Sums of weighted targets tell all, where they are numbers or two classes of Gini impurity. */
export function usesMoments({ classCount, rules }: Pick<KernelShape, 'classCount' | 'rules'>): boolean {
  return classCount === 0 || (classCount === 2 && rules.criterion === 'gini')
}

/** Whole weights below this have their x · log2 x in a table. */
export function logTableLength(rowCount: number): number {
  return Math.min(65_536, 4 * rowCount + 2)
}

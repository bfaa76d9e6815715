// Where the arrays of a kernel lie, and how much memory they need.
import { MemoryPlan } from '../../wasm/memory-plan.ts'
import { nodeCountMax, type TreeRules } from '../tree-rules.ts'
import { CELL_BYTES, type CellType, FIELD_BYTES, type KernelShape, logTableLength, SET_BITS } from './kernel-shape.ts'
import { sortCountsLength } from './sort-code.ts'

export interface ProblemSize {
  readonly rowCount: number
  readonly columnCount: number
  readonly classCount: number
  readonly cellType: CellType
  /** Values that have ranks, in all columns together. */
  readonly valueCount: number
  /** The most that a column has; 0 where there are none. */
  readonly categoryCountMax: number
}

/** Crosses to other threads. */
export interface KernelPlaces {
  readonly shape: KernelShape
  /** Where the arrays of thread i begin: firstBase + i · threadBytes. */
  readonly firstBase: number
  readonly threadBytes: number
  readonly nodeCountMax: number
  readonly categoryCountMax: number
}

export interface KernelPlan extends KernelPlaces {
  /** Shared arrays first, then those of each thread. */
  readonly memory: MemoryPlan
}

/** Shared: the matrix and the targets. For each thread at most 240 bytes a row of the matrix, which deep trees touch. */
export function planKernel(size: ProblemSize, rules: TreeRules, threadCount: number): KernelPlan {
  const { rowCount, columnCount, classCount, cellType, valueCount, categoryCountMax } = size
  const isRanked = cellType[0] === 'u'
  const sharedPlan = new MemoryPlan()
  const shared = {
    cells: sharedPlan.reserve(rowCount * columnCount * CELL_BYTES[cellType]),
    targets: sharedPlan.reserve(rowCount * (classCount > 0 ? 4 : 8)),
    missingCodes: sharedPlan.reserve((isRanked ? columnCount : 0) * 4),
    valueStarts: sharedPlan.reserve((isRanked ? columnCount : 0) * 4),
    values: sharedPlan.reserve(valueCount * 8),
    logTable: sharedPlan.reserve(rules.criterion === 'entropy' ? 8 * logTableLength(rowCount) : 0),
    categoryCounts: sharedPlan.reserve(categoryCountMax > 0 ? columnCount * 4 : 0),
  }
  const nodes = nodeCountMax(rules, rowCount)
  const leafClasses = classCount > 0 ? rowCount : 0
  const plan = new MemoryPlan()
  const reserve = (length: number, bytes: number): number => plan.reserve(length * bytes)
  const own = {
    fields: reserve(1, FIELD_BYTES),
    features: reserve(columnCount, 4),
    rows: reserve(rowCount, 4),
    rowWeights: reserve(rowCount, 8),
    nodeWeights: reserve(rowCount + 2, 8),
    nodeTargets: reserve(rowCount + 2, 8),
    nodeCells: reserve(rowCount + 2, isRanked ? 4 : 8),
    order: reserve(rowCount + 1, 4),
    counts: reserve(isRanked ? sortCountsLength(rowCount) : 0, 4),
    spare: reserve(isRanked ? Math.max(rowCount, 2 * SET_BITS) : 0, 4),
    // Histograms pay where they have at most 3 cells of 8 bytes a row, and those of moments, 16 bytes, half a cell.
    histogram: reserve(isRanked ? 3 * rowCount + 2 : 0, 8),
    rankCounts: reserve(isRanked && rules.leafRowCountMin > 1 ? 3 * rowCount + 2 : 0, 4),
    marks: reserve(classCount, 4),
    globalOf: reserve(classCount + 1, 4),
    totals: reserve(classCount + 1, 8),
    left: reserve(classCount + 1, 8),
    right: reserve(classCount + 1, 8),
    sets: reserve(isRanked ? SET_BITS : 0, 8),
    goesLeft: reserve(categoryCountMax + 1, 1),
    // One pending node for each level above, and there are fewer than leaves.
    stack: reserve((nodes >> 1) + 3, 16),
    tree: {
      features: reserve(nodes, 4),
      thresholds: reserve(nodes, 8),
      lefts: reserve(nodes, 4),
      rights: reserve(nodes, 4),
      missingLeft: reserve(nodes, 1),
      setStarts: reserve(nodes, 4),
      rowCounts: reserve(nodes, 4),
      weights: reserve(nodes, 8),
      impurities: reserve(nodes, 8),
      values: reserve(nodes, 8),
      leafStarts: reserve(nodes, 4),
      leafSizes: reserve(nodes, 4),
      leafClasses: reserve(leafClasses, 4),
      leafWeights: reserve(leafClasses, 8),
    },
  }
  const threadBytes = plan.byteCount
  const firstBase = sharedPlan.reserve(threadCount * threadBytes)
  const hasCategories = categoryCountMax > 0
  const shape = { rowCount, columnCount, classCount, rules, cellType, hasCategories, shared, own }
  return { shape, firstBase, threadBytes, memory: sharedPlan, nodeCountMax: nodes, categoryCountMax }
}

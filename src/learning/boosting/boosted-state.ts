// Boosted trees as plain data, and back, trusting nothing.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { binCountOf, type ColumnBins, isCategorical } from './column-bins.ts'
import { BITSET_WORDS, CATEGORICAL, MISSING_LEFT, type TreeBatch } from './tree-batch.ts'

const COLUMNS_MAX = 65_536
const OUTPUTS_MAX = 1_000_000
const BINS_MAX = 255
/** Largest index that two bytes with a sign hold. */
const INT16_MAX = 32_767
const UINT16_MAX = 65_535

/**
 * thresholds of all numeric columns stand one behind the other, as do the bins of all categories; splits name bins, so
 * that a split takes 7 bytes and a leaf 10. Gains are not kept: the importances are.
 */
export function boostedState(kind: string, boosted: BoostedTrees): EstimatorState {
  const { columnCount, outputs, baseline, bins, sources, trees, importances, trainingLoss, validationLoss } = boosted
  const isSmall = trees.splitCounts.every((count) => count < INT16_MAX)
  const numeric = bins.map((b) => (isCategorical(b) ? new Float64Array() : b.thresholds))
  const categorical = bins.map((b) => (isCategorical(b) ? b.binOfCategory : new Uint8Array()))
  return {
    kind,
    columnCount,
    ...(sources.length > columnCount ? { sources } : {}),
    outputs,
    baseline,
    categoryCounts: Int32Array.from(categorical, (codes) => codes.length),
    categoryBins: Int32Array.from(bins, (b) => (isCategorical(b) ? b.binCount : 0)),
    binOfCategory: Uint8Array.from(categorical.flatMap((codes) => [...codes])),
    thresholdCounts: Uint8Array.from(numeric, (thresholds) => thresholds.length),
    thresholds: Float64Array.from(numeric.flatMap((thresholds) => [...thresholds])),
    splitCounts: isSmall ? Int16Array.from(trees.splitCounts) : trees.splitCounts,
    columns: bins.length <= 256 ? Uint8Array.from(trees.columns) : Uint16Array.from(trees.columns),
    bins: trees.bins,
    flags: trees.flags,
    children: isSmall ? Int16Array.from(trees.children) : trees.children,
    bitsets: trees.bitsets,
    values: trees.values,
    ...leafRowsState(trees),
    importances,
    trainingLoss,
    validationLoss,
  }
}

function leafRowsState({ leafRows }: TreeBatch): EstimatorState {
  if (leafRows === undefined) return {}
  return { leafRows: leafRows.every((count) => count <= UINT16_MAX) ? Uint16Array.from(leafRows) : leafRows }
}

/** Throws StateError for anything that boostedState cannot have written. */
export function restoreBoosted(kind: string, state: EstimatorState): BoostedTrees {
  claim(state['kind'] === kind, `it is not the state of a ${kind}`)
  const columnCount = count(state['columnCount'], 1, COLUMNS_MAX, 'columnCount')
  const sources = restoreSources(state['sources'], columnCount)
  const outputs = count(state['outputs'], 1, OUTPUTS_MAX, 'outputs')
  const baseline = floats(state['baseline'], 'baseline')
  const importances = floats(state['importances'], 'importances')
  claim(baseline.length === outputs && baseline.every(Number.isFinite), 'baseline')
  claim(importances.length === columnCount && importances.every((value) => value >= 0 && value <= 1), 'importances')
  return {
    columnCount,
    outputs,
    baseline,
    importances,
    sources,
    ...restoreTrees(state, sources.length, outputs),
    trainingLoss: floats(state['trainingLoss'], 'trainingLoss'),
    validationLoss: floats(state['validationLoss'], 'validationLoss'),
  }
}

/** Absent where every feature is read once, as in all that was written before levels were pooled. */
function restoreSources(value: StateValue | undefined, columnCount: number): Int32Array {
  if (value === undefined) return Int32Array.from({ length: columnCount }, (_, j) => j)
  claim(value instanceof Int32Array && value.length > columnCount && value.length <= COLUMNS_MAX, 'sources')
  claim(
    value.every((source, j) => (j < columnCount ? source === j : source >= 0 && source < columnCount)),
    'sources',
  )
  return value
}

function restoreTrees(
  state: EstimatorState,
  columnCount: number,
  outputs: number,
): { bins: ColumnBins[]; trees: TreeBatch } {
  const bins = restoreBins(state, columnCount)
  const splitCounts = integers(state['splitCounts'], [Int16Array, Int32Array], 'splitCounts')
  const columns = integers(state['columns'], [Uint8Array, Uint16Array], 'columns')
  const children = integers(state['children'], [Int16Array, Int32Array], 'children')
  const binsOfSplits = bytes(state['bins'], 'bins')
  const flags = bytes(state['flags'], 'flags')
  const bitsets = state['bitsets']
  claim(bitsets instanceof Uint32Array, 'bitsets')
  const values = floats(state['values'], 'values')

  let splits = 0
  for (const number of splitCounts) {
    claim(number >= 0 && number <= columns.length, 'splitCounts')
    splits += number
  }
  claim(splitCounts.length % outputs === 0, 'splitCounts')
  claim(splits === columns.length && splits === binsOfSplits.length && splits === flags.length, 'splits')
  claim(children.length === 2 * splits, 'children')
  claim(values.length === splits + splitCounts.length && values.every(Number.isFinite), 'values')
  let categorical = 0
  for (let s = 0; s < splits; s++) {
    const flag = flags[s] as number
    const b = bins[columns[s] as number]
    claim(b !== undefined && flag <= (MISSING_LEFT | CATEGORICAL), 'columns')
    claim(isCategorical(b) === flag >= CATEGORICAL && (binsOfSplits[s] as number) < Math.max(1, binCountOf(b)), 'bins')
    if (flag >= CATEGORICAL) categorical++
  }
  claim(bitsets.length === BITSET_WORDS * categorical, 'bitsets')
  checkChildren(splitCounts, children)
  const gains = new Float64Array(splits)
  const leafRows = restoreLeafRows(state['leafRows'], values.length)
  return {
    bins,
    trees: { splitCounts, columns, bins: binsOfSplits, flags, children, bitsets, gains, values, leafRows },
  }
}

/** Absent in all that was written before they were kept. */
function restoreLeafRows(value: StateValue | undefined, leafCount: number): Uint32Array | undefined {
  if (value === undefined) return undefined
  claim(value instanceof Uint16Array || value instanceof Uint32Array, 'leafRows')
  claim(value.length === leafCount && value.every((count) => count > 0), 'leafRows')
  return Uint32Array.from(value)
}

/** Every child must be a later split of its tree, so that a walk ends, or one of its leaves. */
function checkChildren(splitCounts: Int32Array, children: Int32Array): void {
  let at = 0
  for (const number of splitCounts) {
    for (let s = 0; s < number; s++) {
      for (let side = 0; side < 2; side++) {
        const child = children[at++] as number
        claim(child < 0 ? ~child <= number : child > s && child < number, 'children')
      }
    }
  }
}

function restoreBins(state: EstimatorState, columnCount: number): ColumnBins[] {
  const thresholdCounts = bytes(state['thresholdCounts'], 'thresholdCounts')
  const thresholds = floats(state['thresholds'], 'thresholds')
  const categoryCounts = integers(state['categoryCounts'], [Int32Array], 'categoryCounts')
  const categoryBins = integers(state['categoryBins'], [Int32Array], 'categoryBins')
  const binOfCategory = bytes(state['binOfCategory'], 'binOfCategory')
  claim(thresholdCounts.length === columnCount, 'thresholdCounts')
  claim(categoryCounts.length === columnCount && categoryBins.length === columnCount, 'categoryCounts')
  const bins: ColumnBins[] = []
  let numbers = 0
  let codes = 0
  for (let j = 0; j < columnCount; j++) {
    const categories = categoryCounts[j] as number
    const binCount = categoryBins[j] as number
    claim(categories >= 0 && codes + categories <= binOfCategory.length, 'categoryCounts')
    if (categories === 0) {
      const end = numbers + (thresholdCounts[j] as number)
      claim(end <= thresholds.length, 'thresholds')
      bins.push({ thresholds: thresholds.slice(numbers, end) })
      numbers = end
      continue
    }
    const own = binOfCategory.slice(codes, codes + categories)
    claim(binCount >= 0 && binCount <= BINS_MAX && own.every((bin) => bin <= binCount), 'categoryBins')
    bins.push({ binOfCategory: own, binCount })
    codes += categories
  }
  claim(numbers === thresholds.length && codes === binOfCategory.length, 'thresholds')
  return bins
}

function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new StateError(`not a state of boosted trees: ${what}`)
}

function count(value: StateValue | undefined, min: number, max: number, what: string): number {
  claim(typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max, what)
  return value
}

function floats(value: StateValue | undefined, what: string): Float64Array {
  claim(value instanceof Float64Array, what)
  return value
}

function bytes(value: StateValue | undefined, what: string): Uint8Array {
  claim(value instanceof Uint8Array, what)
  return value
}

type IntegerArray = Int16Array | Int32Array | Uint8Array | Uint16Array

/** Widened, so that the loops that use it see one type. */
function integers(
  value: StateValue | undefined,
  types: readonly (abstract new (...given: never[]) => IntegerArray)[],
  what: string,
): Int32Array {
  claim(
    types.some((Type) => value instanceof Type),
    what,
  )
  return Int32Array.from(value as IntegerArray)
}

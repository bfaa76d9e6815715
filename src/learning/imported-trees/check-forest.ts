// Whether flat trees can be walked: every index in its range, every walk an end, every leaf reached once.
import { CATEGORICAL, type ImportedForest, MISSING_LEFT, VIEW } from './imported-scores.ts'

const VIEW_MAX = Math.max(...Object.values(VIEW))

/** The first array that is wrong; undefined where all is well. O(splits + leaves + words). */
export function checkForest(forest: ImportedForest, columnCount: number): string | undefined {
  const { outputs, sources, views, treeOutputs, splitCounts, columns, thresholds, flags, children, values } = forest
  const splits = columns.length
  if (sources.length !== views.length || !sources.every((source) => source >= 0 && source < columnCount))
    return 'sources'
  if (!views.every((view) => view <= VIEW_MAX)) return 'views'
  if (treeOutputs.length !== splitCounts.length) return 'treeOutputs'
  if (!treeOutputs.every((output) => output >= 0 && output < outputs)) return 'treeOutputs'
  let counted = 0
  for (const count of splitCounts) {
    if (count < 0 || count > splits - counted) return 'splitCounts'
    counted += count
  }
  if (counted !== splits || thresholds.length !== splits || flags.length !== splits) return 'splitCounts'
  if (values.length !== splits + splitCounts.length || !values.every(Number.isFinite)) return 'values'
  if (!areCovers(forest)) return 'covers'
  if (children.length !== 2 * splits || !areTrees(splitCounts, children)) return 'children'
  if (!areSets(forest)) return 'setStarts'
  const setCount = forest.setStarts.length - 1
  for (let s = 0; s < splits; s++) {
    const flag = flags[s] as number
    const column = columns[s] as number
    const threshold = thresholds[s] as number
    if (column < 0 || column >= views.length) return 'columns'
    if (flag > (MISSING_LEFT | CATEGORICAL)) return 'flags'
    const isCategorical = (flag & CATEGORICAL) !== 0
    const view = views[column]
    if (isCategorical !== (view === VIEW.category24 || view === VIEW.category31)) return 'flags'
    if (isCategorical && !(Number.isInteger(threshold) && threshold >= 0 && threshold < setCount)) return 'thresholds'
  }
  return checkLines(forest)
}

/** Every split but the first, and every leaf, is the child of one earlier split of its tree. */
function areTrees(splitCounts: Int32Array, children: Int32Array): boolean {
  let at = 0
  for (const count of splitCounts) {
    const reached = new Uint8Array(2 * count + 1)
    for (let s = 0; s < count; s++) {
      for (let side = 0; side < 2; side++) {
        const child = children[at++] as number
        const isLeaf = child < 0
        if (isLeaf ? ~child > count : child <= s || child >= count) return false
        // Splits first, then leaves.
        const place = isLeaf ? count + ~child : child
        if (reached[place] === 1) return false
        reached[place] = 1
      }
    }
  }
  return true
}

function areCovers({ covers, values }: ImportedForest): boolean {
  return covers === null || (covers.length === values.length && covers.every((cover) => cover >= 0 && cover < Infinity))
}

/** Each set has a word at least: a walk reads the first word of those that do not have its category. */
function areSets({ setStarts, setWords }: ImportedForest): boolean {
  if (setStarts.length === 0 || setStarts[0] !== 0 || setStarts.at(-1) !== setWords.length) return false
  for (let i = 1; i < setStarts.length; i++) {
    if ((setStarts[i] as number) <= (setStarts[i - 1] as number)) return false
  }
  return true
}

function checkLines({ lines, values, views }: ImportedForest): string | undefined {
  if (lines === null) return undefined
  const { constants, starts, columns, coefficients } = lines
  if (constants.length !== values.length || starts.length !== values.length + 1 || starts[0] !== 0) return 'lines'
  for (let l = 1; l < starts.length; l++) if ((starts[l] as number) < (starts[l - 1] as number)) return 'lines'
  if (starts.at(-1) !== columns.length || coefficients.length !== columns.length) return 'lines'
  if (!columns.every((column) => column >= 0 && column < views.length)) return 'lines'
  if (!constants.every(Number.isFinite) || !coefficients.every(Number.isFinite)) return 'lines'
  return undefined
}

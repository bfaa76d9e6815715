// Explanations of trees that another framework has grown: what each column adds to the sums that links are made of.

import type { ExplainedOutputs } from '../boosting/explain-boosted.ts'
import { requireColumns } from '../column-count.ts'
import { NotExplainable } from '../errors.ts'
import { type CoverTree, CoverTreeWriter, type LevelGroups } from '../explanation/cover-tree.ts'
import { explainTrees } from '../explanation/explain-trees.ts'
import type { Explanation } from '../explanation/explanation.ts'
import { tellPartKept } from '../kept-parts.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import {
  CATEGORICAL,
  type ImportedForest,
  type ImportedLine,
  type ImportedScores,
  MISSING_LEFT,
} from './imported-scores.ts'
import { viewRows } from './view-rows.ts'

/** Words of all sets of categories, each as wide as the widest of its column: 64 MiB. */
const SET_WORDS_MAX = 2 ** 24

/**
 * By TreeSHAP, path-dependent, as `pred_contrib` of LightGBM and `pred_contribs` of XGBoost: what is not known of a row goes down both
 * sides of a split, LightGBM's by the training rows that went there, XGBoost's by their hessians. Of a model without trees coefficient ·
 * value, as XGBoost. In float64: XGBoost's own contributions are float32.
 */
export class ImportedExplainer {
  private readonly scores: ImportedScores
  private made: ExplainedForest | undefined

  constructor(scores: ImportedScores) {
    this.scores = scores
  }

  get comparedWith(): Explanation['comparedWith'] {
    return this.scores.line === null ? 'training_rows' : 'zeros'
  }

  /** Of the outputs that are named, before the link and as it takes them. Throws NotExplainable, DataError, FitStopped. */
  explain(x: RowBlock, outputs: readonly number[], stop?: StopFlag): ExplainedOutputs {
    const { columnCount, baseline, trees, line, slope, divisor } = this.scores
    requireColumns(columnCount, x)
    const rows = toDenseRows(x, 0, x.rowCount)
    if (line !== null) return explainLine(line, rows, outputs, baseline)
    if (this.made === undefined) {
      this.made = explainedForest(trees)
      tellPartKept()
    }
    const { coverTrees, groups } = this.made
    const scale = slope / divisor
    const width = trees.views.length
    const seen = viewRows(trees, rows)
    groups.forEach((group, v) => {
      if (group !== undefined) nameOthers(seen, v, width, group)
    })
    const places = outputs.map((output) => coverTrees.filter((_, t) => trees.treeOutputs[t] === output))
    const firstOutputs = Int32Array.from(places.flatMap((of, place) => of.map(() => place)))
    const found = new Float64Array(x.rowCount * outputs.length * width)
    const viewed = { values: seen, rowCount: x.rowCount, columnCount: width }
    explainTrees(places.flat(), firstOutputs, groups, viewed, found, outputs.length, scale, stop)
    const bases = Float64Array.from(outputs, (output, place) => {
      const of = places[place] as readonly CoverTree[]
      return scale * of.reduce((sum, { means }) => sum + (means[0] as number), baseline[output] as number)
    })
    return { bases, contributions: toColumns(found, trees.sources, columnCount) }
  }
}

export function notExplained(link: string): NotExplainable {
  const how = link === 'sorted' ? 'quantiles are sorted' : 'the sum of the trees is cut to 0 or 1'
  return new NotExplainable(`the answers of its objective are no function of one sum: ${how}`)
}

interface ExplainedForest {
  readonly coverTrees: readonly CoverTree[]
  /** Per view; undefined of numbers. */
  readonly groups: readonly (LevelGroups | undefined)[]
}

/** O(nodes + words of sets). Throws NotExplainable where the file does not tell enough. */
function explainedForest(forest: ImportedForest): ExplainedForest {
  const { lines, covers, sources, splitCounts } = forest
  if (lines !== null) throw new NotExplainable('its leaves are lines, for which there is no rule')
  if (covers === null) {
    throw new NotExplainable(
      'its file does not tell the training rows of each leaf, or an import before they were kept: then import it again',
    )
  }
  const asked = new Set(forest.columns)
  if (new Set(Array.from(asked, (view) => sources[view])).size < asked.size) {
    throw new NotExplainable(
      'its trees read one column in two ways, as a number and as a category or with zeros as missing',
    )
  }
  const widths = setWidths(forest)
  const groups = Array.from(widths, (width) => (width === 0 ? undefined : { missing: 32 * width + 1 }))
  let [split, leaf] = [0, 0]
  const coverTrees = Array.from(splitCounts, (count) => {
    const tree = coverTree(forest, covers, widths, { split, leaf, count })
    split += count
    leaf += count + 1
    return tree
  })
  return { coverTrees, groups }
}

/** Per view the words of its widest set; 0 of numbers. Throws NotExplainable. */
function setWidths({ views, columns, flags, thresholds, setStarts }: ImportedForest): Int32Array {
  const widths = new Int32Array(views.length)
  const counts = new Int32Array(views.length)
  columns.forEach((view, s) => {
    if (((flags[s] as number) & CATEGORICAL) === 0) return
    const set = thresholds[s] as number
    const width = (setStarts[set + 1] as number) - (setStarts[set] as number)
    widths[view] = Math.max(widths[view] as number, width)
    counts[view] = (counts[view] as number) + 1
  })
  const total = widths.reduce((sum, width, view) => sum + (width + 2) * (counts[view] as number), 0)
  if (total <= SET_WORDS_MAX) return widths
  throw new NotExplainable(`its sets of categories would take ${total} words, and ${SET_WORDS_MAX} is the most`)
}

function coverTree(
  forest: ImportedForest,
  covers: Float64Array,
  widths: Int32Array,
  { split, leaf, count }: { readonly split: number; readonly leaf: number; readonly count: number },
): CoverTree {
  const { columns, flags, thresholds, children, setStarts, setWords, values } = forest
  const writer = new CoverTreeWriter(1)
  /** Splits of the tree, or ~ its leaves; the next one last. */
  const open = [count === 0 ? ~0 : 0]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next < 0) {
      const at = leaf + ~next
      // A tree of one leaf may have none; it says the same of every row.
      const cover = count === 0 ? 1 : (covers[at] as number)
      if (cover === 0) throw new NotExplainable('it has a leaf to which no training row went')
      writer.leaf(cover, values.subarray(at, at + 1))
      continue
    }
    const s = split + next
    const view = columns[s] as number
    const flag = flags[s] as number
    const threshold = thresholds[s] as number
    const isMissingLeft = (flag & MISSING_LEFT) !== 0
    if ((flag & CATEGORICAL) === 0) writer.splitNumbers(view, threshold, isMissingLeft)
    else {
      const width = widths[view] as number
      const bits = new Uint32Array(width + 1)
      bits.set(setWords.subarray(setStarts[threshold], setStarts[threshold + 1]))
      // Behind all categories what is none of them, which goes right, and what is missing.
      bits[width] = isMissingLeft ? 2 : 0
      writer.splitLevels(view, view, bits)
    }
    open.push(children[2 * s + 1] as number, children[2 * s] as number)
  }
  return writer.finish()
}

/** Categories that no set has, and what is no category, get the one name behind the others. In place. */
function nameOthers(seen: Float64Array, view: number, width: number, { missing }: LevelGroups): void {
  const other = missing - 1
  for (let at = view; at < seen.length; at += width) {
    const value = seen[at] as number
    if (value < 0 || value > other) seen[at] = other
  }
}

/** From views to the columns that they read. */
function toColumns(found: Float64Array, sources: Int32Array, columnCount: number): Float64Array {
  const width = sources.length
  const contributions = new Float64Array((found.length / width) * columnCount)
  for (let from = 0, to = 0; from < found.length; from += width, to += columnCount) {
    for (let v = 0; v < width; v++) {
      const at = to + (sources[v] as number)
      contributions[at] = (contributions[at] as number) + (found[from + v] as number)
    }
  }
  return contributions
}

/** A missing value adds nothing. */
function explainLine(
  { coefficients, intercepts }: ImportedLine,
  { rowCount, columnCount, values }: RowBlock,
  outputs: readonly number[],
  baseline: Float64Array,
): ExplainedOutputs {
  const width = baseline.length
  const contributions = new Float64Array(rowCount * outputs.length * columnCount)
  let to = 0
  for (let row = 0; row < rowCount; row++) {
    for (const output of outputs) {
      for (let j = 0; j < columnCount; j++) {
        const x = Math.fround(values[row * columnCount + j] as number)
        contributions[to++] = Number.isNaN(x) ? 0 : x * (coefficients[j * width + output] as number)
      }
    }
  }
  const bases = Float64Array.from(outputs, (k) => (intercepts[k] as number) + (baseline[k] as number))
  return { bases, contributions }
}

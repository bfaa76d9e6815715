// The first tree, as far down as it is drawn, with what becomes of some of the training rows in it.
import type { FittedEstimator } from '../learning/estimator.ts'
import { sparseValue } from '../learning/sparse.ts'
import { followRow, type SketchNode } from '../learning/tree-sketch.ts'
import type { Frame } from '../model/steps/step.ts'
import { largest } from './describe-features.ts'
import type { EncodedColumn } from './encoded-columns.ts'
import type { TreeReport } from './fit-report.ts'
import { LIMITS, TREE_DEPTH_MAX } from './limits.ts'
import { rounded, roundedOrNull } from './texts.ts'

/** The labels of the rows of the frame: codes with a name each, or values. */
export type TreeLabels =
  | { readonly codes: Int32Array; readonly nameOf: (code: number) => string; readonly classCount: number }
  | { readonly values: Float64Array }

/** Null for what has no trees. O(rows × depth + nodes × classes). */
export function describeTree(
  fitted: FittedEstimator,
  frame: Frame,
  labels: TreeLabels,
  columns: readonly EncodedColumn[],
): TreeReport | null {
  const sketch = fitted.firstTree?.(TREE_DEPTH_MAX)
  if (sketch === undefined || sketch.nodes.length === 0) return null
  const { nodes, treeCount } = sketch
  const rowsOf = nodes.map((): number[] => [])
  for (let row = 0; row < frame.rowCount; row++) {
    followRow(
      nodes,
      (column) => valueIn(frame, row, column),
      (node) => rowsOf[node]?.push(row),
    )
  }
  return {
    treeCount,
    rows: frame.rowCount,
    nodes: nodes.map((node, at) => {
      const rows = rowsOf[at] as number[]
      return { rows: rows.length, isCut: node.isCut, ...summaryOf(rows, labels), split: splitOf(node, columns) }
    }),
  }
}

function valueIn({ columns, sparse }: Frame, row: number, column: number): number {
  if (column < columns.length || sparse === undefined) return columns[column]?.[row] as number
  return sparseValue(sparse, row, column - columns.length)
}

function summaryOf(
  rows: readonly number[],
  labels: TreeLabels,
): Pick<TreeReport['nodes'][0], 'value' | 'names' | 'counts'> {
  if ('values' in labels) {
    const mean = rows.reduce((sum, row) => sum + (labels.values[row] as number) / rows.length, 0)
    return { value: rows.length === 0 ? null : roundedOrNull(mean), names: [], counts: [] }
  }
  const counts = new Int32Array(labels.classCount)
  for (const row of rows) {
    const code = labels.codes[row] as number
    counts[code] = (counts[code] as number) + 1
  }
  const top = largest(counts, LIMITS.nodeClasses).filter((code) => (counts[code] as number) > 0)
  return { value: null, names: top.map(labels.nameOf), counts: top.map((code) => counts[code] as number) }
}

function splitOf({ split }: SketchNode, columns: readonly EncodedColumn[]): TreeReport['nodes'][0]['split'] {
  if (split === undefined) return null
  const { column, threshold, categories, missingLeft, left, right } = split
  const encoded = columns[column]
  const codes = categories === undefined ? [] : [...categories]
  return {
    column: encoded?.name ?? String(column),
    threshold: threshold === undefined || !Number.isFinite(threshold) ? null : rounded(threshold),
    categories:
      categories === undefined
        ? null
        : codes.slice(0, LIMITS.splitCategories).map((code) => encoded?.categoryNames(code) ?? String(code)),
    categoryCount: codes.length,
    missingLeft,
    left,
    right,
  }
}

// What a version saw at its training, in counts: the cells of its columns, frozen then. The trainer makes it, predictions
// are counted in its cells, and the room of monitoring reads both.
import type { Level } from '../model/table.ts'
import type { RowForest } from './row-forest.ts'

/**
 * How the values of a column are counted.
 *
 * numeric      edges ascending, the smallest and the largest value of the training first and last: cell i holds edges[i] ≤ x <
 *              edges[i + 1], the last one its upper edge too. Empty where the training saw no value. Then the cells below, above, missing
 * categorical  one cell for each of the levels, the most frequent first, then other where there are more of them, unseen,
 *              missing
 */
export type ColumnCells =
  | { readonly kind: 'numeric'; readonly edges: readonly number[] }
  | { readonly kind: 'categorical'; readonly levels: readonly Level[]; readonly hasOther: boolean }

export interface ColumnBaseline {
  readonly name: string
  readonly cells: ColumnCells
  /** Rows by cell, in the order of cellNames. */
  readonly counts: readonly number[]
}

/** Rows that the version had not seen, whose predictions were counted: `none` where there were no such rows. */
export type AnswerSource = 'held_out' | 'out_of_fold' | 'none'

export interface Baseline {
  /** Of the columns that the version takes, those that are counted, in the order of its schema. */
  readonly features: readonly ColumnBaseline[]
  /** Columns of the answer, in its order; none where answersOf is `none`. */
  readonly answers: readonly ColumnBaseline[]
  /** The largest probability of the first answer that has classes. */
  readonly confidence: ColumnBaseline | undefined
  readonly answersOf: AnswerSource
  /** Rows of the training, those held out too. A row counts once, whatever it weighs. */
  readonly rowCount: number
  /** Rows that answers and confidence were counted of. */
  readonly answerRowCount: number
  /** Says how strange a row is. Undefined of a version that has none, as those of earlier workers. */
  readonly rowForest?: RowForest | undefined
}

/** The names of the cells that come last, whatever they count. */
export const SPECIAL_CELLS = {
  numeric: ['below', 'above', 'missing'],
  categorical: ['unseen', 'missing'],
} as const

/** The names of the cells in the order of counts. A level may be named like one of the last ones: those are known by their place. */
export function cellNames(cells: ColumnCells): string[] {
  if (cells.kind === 'numeric') {
    return [...Array.from({ length: innerCellCount(cells.edges) }, (_, i) => `bin${i}`), ...SPECIAL_CELLS.numeric]
  }
  return [...cells.levels.map(String), ...(cells.hasOther ? ['other'] : []), ...SPECIAL_CELLS.categorical]
}

export function cellCountOf(cells: ColumnCells): number {
  if (cells.kind === 'numeric') return innerCellCount(cells.edges) + SPECIAL_CELLS.numeric.length
  return cells.levels.length + (cells.hasOther ? 1 : 0) + SPECIAL_CELLS.categorical.length
}

function innerCellCount(edges: readonly number[]): number {
  return Math.max(0, edges.length - 1)
}

/** All columns in the order in which they are counted: features, answers, confidence. */
export function columnsOf({ features, answers, confidence }: Baseline): ColumnBaseline[] {
  return [...features, ...answers, ...(confidence === undefined ? [] : [confidence])]
}

// Cells of confidence, fixed for ever: counts in them are added up, and give calibration exactly and the ROC curve nearly.

/** Cells of equal width up to a confidence of 0.995, then two for each halving of what is left to 1. */
export const EQUAL_CELLS = 200
export const CELL_COUNT = 240
const TAIL_FROM = 1 - 1 / EQUAL_CELLS
const TAIL_CELLS = CELL_COUNT - EQUAL_CELLS
/** A confidence this near to an edge is on it: 0.07 · 200 is 14.000000000000002. */
const ROUNDING = 1e-9

/** What is known of a row: no outcome, the answer was right, wrong, or the outcome is a class that the version does not know. */
export type Standing = 0 | 1 | 2 | 3
export const UNLABELLED = 0
export const RIGHT = 1
export const WRONG = 2
export const UNKNOWN = 3
const STANDINGS = 4

/** The cell of a confidence from 0 to 1: an upper edge belongs to its cell. SQL says the same in sums-table.ts. */
export function cellOf(confidence: number): number {
  if (confidence <= TAIL_FROM + ROUNDING / EQUAL_CELLS) {
    return Math.max(0, Math.ceil(confidence * EQUAL_CELLS - ROUNDING) - 1)
  }
  const halvings = Math.log((1 - TAIL_FROM) / Math.max(1 - confidence, 1e-12)) / Math.LN2
  return EQUAL_CELLS - 1 + Math.min(TAIL_CELLS, Math.max(0, Math.floor(2 * halvings)))
}

/** A number for answer, standing and cell. isSecond: the answer is the second of two classes. */
export function scoreCode(isSecond: boolean, standing: Standing, cell: number): number {
  return ((isSecond ? STANDINGS : 0) + standing) * CELL_COUNT + cell
}

export function partsOf(code: number): {
  readonly isSecond: boolean
  readonly standing: Standing
  readonly cell: number
} {
  const group = Math.floor(code / CELL_COUNT)
  return { isSecond: group >= STANDINGS, standing: (group % STANDINGS) as Standing, cell: code % CELL_COUNT }
}

/** The bin of a cell, of 10 that have equal widths. */
export function binOf(cell: number): number {
  return Math.floor(Math.min(cell, EQUAL_CELLS - 1) / (EQUAL_CELLS / 10))
}

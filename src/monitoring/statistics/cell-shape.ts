// Which cells of a column mean what, for those who judge counts: the last ones are the special ones (src/cells/baseline.ts).

/** ColumnCells are such a shape. */
export interface CellShape {
  readonly kind: 'numeric' | 'categorical'
  /** Of categories: there are more levels than have a cell, and those are in the cell `other`, before `unseen`. */
  readonly hasOther?: boolean
}

export function missingCell(cellCount: number): number {
  return cellCount - 1
}

/** Of categories only: the cell of values that the baseline has not. */
export function unseenCell({ kind }: CellShape, cellCount: number): number | undefined {
  return kind === 'categorical' ? cellCount - 2 : undefined
}

/** The cells of numbers in ascending order, from `below` to `above`; none of categories, which have no order. */
export function ascendingCells({ kind }: CellShape, cellCount: number): readonly number[] {
  if (kind === 'categorical') return []
  const innerCount = cellCount - 3
  return [innerCount, ...Array.from({ length: innerCount }, (_, cell) => cell), innerCount + 1]
}

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

/**
 * The counts by which columns are compared: where there are other levels, unseen ones are such. A baseline has no unseen
 * value by its making, and of many rare levels the next rows always have some that it lacks: by themselves they would
 * be a change where nothing has changed.
 */
export function comparableCounts(shape: CellShape, counts: ArrayLike<number>): readonly number[] {
  const compared = Array.from(counts)
  const unseen = unseenCell(shape, compared.length)
  if (shape.hasOther !== true || unseen === undefined) return compared
  compared[unseen - 1]! += compared[unseen] as number
  compared[unseen] = 0
  return compared
}

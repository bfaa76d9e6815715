// The columns that steps have made so far, as values of the graph.
import { beside, columnsOf } from './formulas.ts'
import type { GraphBuilder, Value } from './graph-builder.ts'

/** Columns next to each other: rows × width, numbers, or codes of categories, NaN for missing. */
export interface Piece {
  readonly value: Value
  readonly width: number
}

/** Dense columns, and those that were made sparse, which estimators see last. */
export interface EncodedFrame {
  readonly dense: readonly Piece[]
  readonly sparse: readonly Piece[]
}

export function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { width }) => sum + width, 0)
}

/** All columns as one matrix. Throws RangeError where there is none. */
export function matrixOf(g: GraphBuilder, { dense, sparse }: EncodedFrame): Value {
  const pieces = [...dense, ...sparse].filter(({ width }) => width > 0)
  if (pieces.length === 0) throw new RangeError('a frame without columns')
  return beside(
    g,
    pieces.map(({ value }) => value),
  )
}

/** The dense columns changed all at once; the width stays. */
export function changeAll(
  g: GraphBuilder,
  { dense, sparse }: EncodedFrame,
  change: (matrix: Value) => Value,
): EncodedFrame {
  if (dense.length === 0) return { dense, sparse }
  return { dense: [{ value: change(matrixOf(g, { dense, sparse: [] })), width: widthOf(dense) }], sparse }
}

/**
 * The frame with some dense columns replaced, each by any number of pieces; where `make` gives undefined, the column stays.
 * Columns that stay beside each other are taken together.
 */
export function replaceEach(
  g: GraphBuilder,
  frame: EncodedFrame,
  make: (column: () => Value, j: number) => readonly Piece[] | undefined,
): EncodedFrame {
  const made: Piece[] = []
  let j = 0
  for (const piece of frame.dense) {
    let kept: number[] = []
    const flush = (): void => {
      if (kept.length === piece.width) made.push(piece)
      else if (kept.length > 0) made.push({ value: columnsOf(g, piece.value, kept), width: kept.length })
      kept = []
    }
    for (let k = 0; k < piece.width; k++, j++) {
      const place = k
      const column = (): Value => (piece.width === 1 ? piece.value : columnsOf(g, piece.value, [place]))
      const replaced = make(column, j)
      if (replaced === undefined) {
        kept.push(k)
        continue
      }
      flush()
      made.push(...replaced)
    }
    flush()
  }
  return { ...frame, dense: made }
}

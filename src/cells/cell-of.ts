// The cell of one value. What a training freezes and what predictions count go the same way.

/** Of a number in a column with these edges, counted from 0: see ColumnCells. O(edges). */
export function cellOfNumber(edges: Float64Array, value: number): number {
  const inner = edges.length === 0 ? 0 : edges.length - 1
  if (Number.isNaN(value)) return inner + 2
  if (inner === 0 || value > (edges[inner] as number)) return inner + 1
  if (value < (edges[0] as number)) return inner
  let cell = 0
  while (cell + 1 < inner && value >= (edges[cell + 1] as number)) cell++
  return cell
}

/** Of a code: NaN and −1 are missing values. cells: that of each code, and behind them those of unseen and of missing values. */
export function cellOfCode(cells: Int32Array, code: number): number {
  const codeCount = cells.length - 2
  if (!(code >= 0)) return cells[codeCount + 1] as number
  return cells[Math.min(code, codeCount)] as number
}

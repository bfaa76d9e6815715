// Writes the values of one column as bins.
import { binCountOf, type ColumnBins, isCategorical } from './column-bins.ts'

/** Rows between two looks at the clock by the caller. */
export const MAP_ROWS = 1 << 17
/** Cells of the table that guesses the bin of a value by its place between the outer thresholds. */
const CELLS = 2048

/**
 * A function that writes codes[offset + i] = bin of column[rows[i]] for i from `start` to `end`, and returns whether
 * any of those values is missing. A table of equal cells between the outer thresholds narrows the search, so that
 * values spread evenly cost O(1) and others at most O(log bins).
 */
export function binMapper(
  bins: ColumnBins,
): (column: Float64Array, rows: Int32Array, start: number, end: number, codes: Uint8Array, offset: number) => boolean {
  const missing = binCountOf(bins)
  if (isCategorical(bins)) {
    const { binOfCategory } = bins
    return (column, rows, start, end, codes, offset) => {
      let hasMissing = false
      for (let i = start; i < end; i++) {
        const bin = binOfCategory[column[rows[i] as number] as number] ?? missing
        if (bin === missing) hasMissing = true
        codes[offset + i] = bin
      }
      return hasMissing
    }
  }
  const { thresholds } = bins
  const count = thresholds.length
  const low = thresholds[0] ?? 0
  const scale = CELLS / ((thresholds[count - 1] ?? 0) - low)
  const isEven = Number.isFinite(scale) && scale > 0
  const first = isEven ? firstBins(thresholds, low, scale) : new Uint8Array(CELLS + 2)
  if (!isEven) first[CELLS + 1] = count
  return (column, rows, start, end, codes, offset) =>
    mapNumbers(
      column,
      rows,
      start,
      end,
      codes,
      offset,
      thresholds,
      first,
      isEven ? low : 0,
      isEven ? scale : 0,
      missing,
    )
}

/** first[c] is the lowest bin that a value of cell c can have, first[c + 1] bounds it from above. */
function firstBins(thresholds: Float64Array, low: number, scale: number): Uint8Array {
  const first = new Uint8Array(CELLS + 2)
  let bin = 0
  for (let cell = 0; cell <= CELLS; cell++) {
    // Judged by the very arithmetic that places the values, so that rounding cannot part the two.
    while (bin < thresholds.length && cellOf(thresholds[bin] as number, low, scale) < cell) bin++
    first[cell] = bin
  }
  first[CELLS + 1] = thresholds.length
  return first
}

function cellOf(x: number, low: number, scale: number): number {
  const cell = (x - low) * scale
  return cell > 0 ? (cell < CELLS ? cell | 0 : CELLS) : 0
}

function mapNumbers(
  column: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
  codes: Uint8Array,
  offset: number,
  thresholds: Float64Array,
  first: Uint8Array,
  low: number,
  scale: number,
  missing: number,
): boolean {
  let hasMissing = false
  for (let i = start; i < end; i++) {
    const x = column[rows[i] as number] as number
    if (Number.isNaN(x)) {
      hasMissing = true
      codes[offset + i] = missing
      continue
    }
    const place = (x - low) * scale
    const cell = place > 0 ? (place < CELLS ? place | 0 : CELLS) : 0
    let from = scale === 0 ? 0 : (first[cell] as number)
    let to = scale === 0 ? thresholds.length : (first[cell + 1] as number)
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((thresholds[middle] as number) < x) from = middle + 1
      else to = middle
    }
    codes[offset + i] = from
  }
  return hasMissing
}

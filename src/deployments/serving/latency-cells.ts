// Latencies in cells whose width grows with them, so that those of many processes are added up and give quantiles.

/** From a microsecond on, eight cells for each doubling: a quantile is right to within 5 %. */
const FIRST_SECONDS = 1e-6
const CELLS_PER_DOUBLING = 8
/** Up to 18 minutes; what took longer counts in the last one. */
export const CELL_COUNT = 240

/** The cell of a latency. */
export function cellOf(seconds: number): number {
  const cell = Math.floor(CELLS_PER_DOUBLING * Math.log2(seconds / FIRST_SECONDS))
  return cell > 0 ? Math.min(cell, CELL_COUNT - 1) : 0
}

/**
 * The quantiles, in seconds, of latencies that were counted by cell; undefined of none. Within a cell they are assumed to be
 * even on the logarithmic scale. O(cells).
 *
 * counts  CELL_COUNT, of which the last may be missing
 * shares  in (0, 1], ascending
 */
export function quantilesOf(counts: ArrayLike<number>, shares: readonly number[]): (number | undefined)[] {
  let total = 0
  for (let cell = 0; cell < counts.length; cell++) total += counts[cell] as number
  if (total === 0) return shares.map(() => undefined)
  let cell = 0
  let below = 0
  return shares.map((share) => {
    const rank = share * total
    while (below + (counts[cell] as number) < rank && cell < counts.length - 1) below += counts[cell++] as number
    const inside = (rank - below) / (counts[cell] as number)
    return FIRST_SECONDS * 2 ** ((cell + Math.min(1, inside)) / CELLS_PER_DOUBLING)
  })
}

// How far the shares of two samples are apart, by the counts of the same cells: described, never decided by.
import { ascendingCells, type CellShape, missingCell } from './cell-shape.ts'
import { totalOf } from './chi-square-test.ts'

export interface Effects {
  /** Population stability index: Σ (p − q) log(p / q) with half a row added to each cell that one sample has. */
  readonly psi: number
  /** The psi less its mean where nothing has changed, (1/n + 1/m)(cells − 1): what is left is change. May be below 0. */
  readonly psiExcess: number
  /** Jensen–Shannon distance in base 2: from 0 to 1. */
  readonly jsDistance: number
  /** The largest difference of two shares. */
  readonly lInfinity: number
  /** Half the sum of the differences of shares: what part of the rows would have to be in another cell. */
  readonly totalVariation: number
  /** Cramér's V of the table of samples and cells: from 0 to 1. */
  readonly cramersV: number
  /** The largest difference of the distribution functions at the edges of the cells; of numbers with values only. */
  readonly ksDistance: number | undefined
}

/** Half a row, so that a cell that one sample lacks has a finite share in the index (Jeffreys' prior). */
const SMOOTHING = 0.5

/**
 * reference, current  counts of the same cells; neither is empty
 * statistic           the chi-square statistic of the two
 *
 * O(cells).
 */
export function effectsOf(
  shape: CellShape,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  statistic: number,
): Effects {
  const [n, m] = [totalOf(reference), totalOf(current)]
  const used = Array.from(reference, (_, cell) => cell).filter(
    (cell) => (reference[cell] as number) + (current[cell] as number) > 0,
  )
  const smoothed = SMOOTHING * used.length
  let [psi, divergence, lInfinity, sum] = [0, 0, 0, 0]
  for (const cell of used) {
    const [r, c] = [reference[cell] as number, current[cell] as number]
    const [p, q] = [(r + SMOOTHING) / (n + smoothed), (c + SMOOTHING) / (m + smoothed)]
    psi += (p - q) * Math.log(p / q)
    divergence += entropyPart(r / n, c / m) + entropyPart(c / m, r / n)
    const difference = Math.abs(r / n - c / m)
    lInfinity = Math.max(lInfinity, difference)
    sum += difference
  }
  return {
    psi,
    psiExcess: psi - (1 / n + 1 / m) * (used.length - 1),
    jsDistance: Math.sqrt(Math.max(0, divergence / 2)),
    lInfinity,
    totalVariation: sum / 2,
    cramersV: used.length < 2 ? 0 : Math.sqrt(statistic / (n + m)),
    ksDistance: ksOfCells(shape, reference, current),
  }
}

/** p log₂(p / mean of both). */
function entropyPart(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log2((2 * p) / (p + q))
}

function ksOfCells(shape: CellShape, reference: ArrayLike<number>, current: ArrayLike<number>): number | undefined {
  const missing = missingCell(reference.length)
  const n = totalOf(reference) - (reference[missing] as number)
  const m = totalOf(current) - (current[missing] as number)
  if (shape.kind === 'categorical' || n === 0 || m === 0) return undefined
  let [below, belowNow, distance] = [0, 0, 0]
  for (const cell of ascendingCells(shape, reference.length)) {
    below += reference[cell] as number
    belowNow += current[cell] as number
    distance = Math.max(distance, Math.abs(below / n - belowNow / m))
  }
  return distance
}

// Fewer cells, of which each expects enough rows for the chi-square distribution.
import { totalOf } from './chi-square-test.ts'

export interface JoinedCounts {
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/**
 * Takes the rarest cells together until every cell expects `expectedMin` rows of either sample, or one cell is left. Which
 * cells are joined depends on the sums over both samples alone, so that the test stays a test. O(cells log cells).
 */
export function joinRareCells(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  expectedMin: number,
): JoinedCounts {
  const [n, m] = [totalOf(reference), totalOf(current)]
  const least = (expectedMin * (n + m)) / Math.min(n, m)
  const cells = Array.from(reference, (count, cell) => [count, current[cell] as number] as const)
    .filter(([r, c]) => r + c > 0)
    .sort(([r1, c1], [r2, c2]) => r1 + c1 - (r2 + c2))
  let [r, c] = [0, 0]
  const isTooRare = (sum: number): boolean => sum > 0 && sum < least
  while (cells.length > 0 && (isTooRare(r + c) || isTooRare(sumOf(cells[0])))) {
    const [ofReference, ofCurrent] = cells.shift() as readonly [number, number]
    r += ofReference
    c += ofCurrent
  }
  const joined = r + c === 0 ? cells : [[r, c] as const, ...cells]
  return { reference: joined.map(([count]) => count), current: joined.map(([, count]) => count) }
}

function sumOf(cell: readonly [number, number] | undefined): number {
  return cell === undefined ? Number.POSITIVE_INFINITY : cell[0] + cell[1]
}

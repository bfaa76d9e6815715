// The area under the ROC curve of two classes, out of counts by cell of the confidence.
import { effectiveCount, type Metric, normalInterval, type WeightedSums } from './figures.ts'
import { CELL_COUNT, partsOf, RIGHT, UNKNOWN, UNLABELLED } from './score-cells.ts'
import type { ClassSums } from './sums.ts'

interface Cell {
  positive: number
  negative: number
  /** Σ w² of each. */
  positiveSquares: number
  negativeSquares: number
}

/**
 * The score of a row is the probability of the second class: its confidence where that is the answer, else 1 − confidence.
 * Rows of one cell count as ties; so the area is off by half the share of pairs within cells at the most, which errorMax
 * says. The interval is that of DeLong, DeLong and Clarke-Pearson (1988) on the cells. Undefined where a class has no rows.
 * O(entries + cells).
 */
export function rocAucOf(all: readonly WeightedSums<ClassSums>[]): Metric | undefined {
  // Ascending in the score: the first class from sure to unsure, then the second the other way.
  const cells = Array.from({ length: 2 * CELL_COUNT }, (): Cell => {
    return { positive: 0, negative: 0, positiveSquares: 0, negativeSquares: 0 }
  })
  const groups: { weight: number; count: number; isPositive: boolean }[] = []
  for (const { weight, sums } of all) {
    for (const [code, count] of sums.scores) {
      const { isSecond, standing, cell } = partsOf(code)
      if (standing === UNLABELLED || standing === UNKNOWN) continue
      const isPositive = isSecond === (standing === RIGHT)
      const of = cells[isSecond ? CELL_COUNT + cell : CELL_COUNT - 1 - cell] as Cell
      of[isPositive ? 'positive' : 'negative'] += weight * count
      of[isPositive ? 'positiveSquares' : 'negativeSquares'] += weight * weight * count
      groups.push({ weight, count, isPositive })
    }
  }
  const positives = cells.reduce((sum, { positive }) => sum + positive, 0)
  const negatives = cells.reduce((sum, { negative }) => sum + negative, 0)
  if (positives === 0 || negatives === 0) return undefined
  let below = 0
  let value = 0
  let ties = 0
  const ranks = cells.map(({ positive, negative }) => {
    const rank = (below + negative / 2) / negatives
    value += (positive * rank) / positives
    ties += (positive * negative) / positives / negatives
    below += negative
    return rank
  })
  let above = positives
  let ofPositives = 0
  let ofNegatives = 0
  cells.forEach(({ positive, positiveSquares, negativeSquares }, i) => {
    above -= positive
    const rank = (above + positive / 2) / positives
    ofPositives += positiveSquares * ((ranks[i] as number) - value) ** 2
    ofNegatives += negativeSquares * (rank - value) ** 2
  })
  const rows = (isPositive: boolean): number =>
    effectiveCount(groups.filter((group) => group.isPositive === isPositive))
  const [m, n] = [rows(true), rows(false)]
  const variance = ((ofPositives / positives ** 2) * m) / (m - 1) + ((ofNegatives / negatives ** 2) * n) / (n - 1)
  return { value, interval: normalInterval(value, Math.sqrt(variance), Math.min(m, n), [0, 1]), errorMax: ties / 2 }
}

// The sample that one tree of a forest is grown on, as integer weights over the distinct rows.
import type { Random } from '../random.ts'

export interface BootstrapRules {
  /** Rows drawn with replacement; 0 where there is no bootstrap. */
  readonly drawCount: number
  /** The running sums of the rows' weights, to draw in proportion to them; null draws all rows alike. */
  readonly cumulativeWeights: Float64Array | null
  /** The weights of the rows where there is no bootstrap; null for all 1. */
  readonly weights: Float64Array | null
  /** Weighs classes inversely to their count in each sample. */
  readonly balancesClasses: boolean
}

/**
 * Fills rowWeights with how often each row was drawn (Breiman 1996; Efron and Tibshirani 1993). Sample weights act on
 * the chance to be drawn, as in scikit-learn 1.9. O(rows + draws), with weights O(draws × log rows).
 */
export function drawSample(
  rules: BootstrapRules,
  classes: Int32Array | null,
  classCount: number,
  random: Random,
  rowWeights: Float64Array,
): void {
  const { drawCount, cumulativeWeights, weights } = rules
  const n = rowWeights.length
  if (drawCount === 0) {
    for (let row = 0; row < n; row++) rowWeights[row] = weights === null ? 1 : weights[row]!
    return
  }
  rowWeights.fill(0)
  if (cumulativeWeights === null) {
    for (let draw = 0; draw < drawCount; draw++) rowWeights[random.integer(n)]! += 1
  } else {
    const total = cumulativeWeights[n - 1]!
    for (let draw = 0; draw < drawCount; draw++)
      rowWeights[firstAbove(cumulativeWeights, random.uniform() * total)]! += 1
  }
  if (rules.balancesClasses && classes !== null) balanceClasses(classes, classCount, drawCount, rowWeights)
}

/** The first place whose running sum is above `target`: rows of weight 0 are never it. */
function firstAbove(sums: Float64Array, target: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > target) high = middle
    else low = middle + 1
  }
  return low
}

function balanceClasses(classes: Int32Array, classCount: number, drawCount: number, rowWeights: Float64Array): void {
  const counts = new Float64Array(classCount)
  for (let row = 0; row < rowWeights.length; row++) counts[classes[row]!]! += rowWeights[row]!
  let present = 0
  for (const count of counts) if (count > 0) present++
  for (let row = 0; row < rowWeights.length; row++) {
    if (rowWeights[row]! > 0) rowWeights[row]! *= drawCount / (present * counts[classes[row]!]!)
  }
}

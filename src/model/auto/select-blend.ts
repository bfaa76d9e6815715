// Which fitted candidates together predict best, and how much each counts.
import { goodnessOf, type HeldOutValues, type Truth } from './held-out.ts'

/** Rounds of the selection: weights are multiples of one over their number. */
const ROUNDS = 24
/** Rounds without a gain after which no more are tried. */
const PATIENCE = 5

export interface Selection {
  /** Per candidate how often it was chosen; the weights once they are divided by their sum. */
  readonly counts: readonly number[]
  /** Of the mean of those that were chosen; see goodnessOf. */
  readonly goodness: number
}

export interface Judges {
  readonly metric: string
  /** One per label column. */
  readonly truths: readonly Truth[]
  readonly weight: Float64Array | undefined
}

/**
 * Caruana and others 2004, "Ensemble Selection from Libraries of Models": starts with the best candidate, and adds the
 * one, new or not, with which the mean of all chosen is best; takes the best of all rounds.
 * O(rounds × candidates × cost of the metric).
 *
 * values      per candidate and label column the predictions of the same rows
 * membersMax  different candidates at the most
 */
export function selectBlend(
  values: readonly (readonly HeldOutValues[])[],
  judges: Judges,
  membersMax: number,
): Selection {
  const counts = values.map(() => 0)
  const sums = judges.truths.map((_, label) => new Float64Array(values[0]?.[label]?.length ?? 0))
  let best: Selection = { counts, goodness: Number.NEGATIVE_INFINITY }
  let sinceBest = 0
  for (let round = 1; round <= ROUNDS && sinceBest < PATIENCE; round++) {
    const isFull = counts.filter((count) => count > 0).length >= membersMax
    let chosen = -1
    let goodness = Number.NEGATIVE_INFINITY
    values.forEach((of, i) => {
      if (isFull && counts[i] === 0) return
      const reached = meanGoodness(
        of.map((predicted, label) => meanWith(sums[label] as Float64Array, predicted, round)),
        judges,
      )
      if (reached > goodness) {
        chosen = i
        goodness = reached
      }
    })
    if (chosen < 0) break
    counts[chosen] = (counts[chosen] as number) + 1
    values[chosen]?.forEach((predicted, label) => {
      const sum = sums[label] as Float64Array
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (predicted[k] as number)
    })
    sinceBest += 1
    if (goodness > best.goodness) {
      best = { counts: [...counts], goodness }
      sinceBest = 0
    }
  }
  return best
}

/** The mean over the label columns. */
export function meanGoodness(predicted: readonly HeldOutValues[], { metric, truths, weight }: Judges): number {
  const all = truths.map((truth, label) => goodnessOf(metric, truth, predicted[label] as HeldOutValues, weight))
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

function meanWith(sum: Float64Array, predicted: HeldOutValues, count: number): HeldOutValues {
  const mean = new Float64Array(sum.length)
  for (let k = 0; k < mean.length; k++) mean[k] = ((sum[k] as number) + (predicted[k] as number)) / count
  return mean
}

// What a comparison comes to: which version is better, where chance does not explain it.
import type { ComparedPair, Comparison, PairMetric } from '../../learning/comparison/compare.ts'

export type Verdict = 'better' | 'worse' | 'no_difference_shown'

/** A difference counts where chance alone would show as much in fewer than 5 of 100 comparisons, over all pairs together. */
const LEVEL = 0.05

/** Of the first version of the pair against the second. */
export function verdictOf({ difference, adjustedP }: PairMetric, isLowerBetter: boolean): Verdict {
  if (adjustedP === undefined || !(adjustedP < LEVEL) || difference === 0) return 'no_difference_shown'
  return difference < 0 === isLowerBetter ? 'better' : 'worse'
}

/** The place of the version that is better than every other one by the metric; undefined where none is. */
export function winnerOf({ versions, pairs }: Comparison, metric: string, isLowerBetter: boolean): number | undefined {
  const verdictIn = (pair: ComparedPair): Verdict => {
    const found = pair.metrics.find(({ name }) => name === metric)
    return found === undefined ? 'no_difference_shown' : verdictOf(found, isLowerBetter)
  }
  const place = versions.findIndex((_, version) =>
    pairs.every((pair) => {
      if (pair.first === version) return verdictIn(pair) === 'better'
      return pair.second !== version || verdictIn(pair) === 'worse'
    }),
  )
  return place < 0 ? undefined : place
}

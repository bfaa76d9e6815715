// The sequential multinomial test: evidence against expected shares of several arms.
import { logGamma } from '../../learning/distributions/log-gamma.ts'

/**
 * ln E against "units fall into arms with these probabilities": the Dirichlet-multinomial mixture with the prior κ·shares (Lindon and
 * Malek 2022, "Anytime-valid inference for multinomial count data"). Of two arms it is the two-sided binomial test. 0 without
 * units; it depends on totals only. Infinite never: a unit in an arm with a share of 0 is refused. O(arms).
 *
 * counts         by arm
 * shares         by arm, with the sum 1; arms with 0 must have no units (else a RangeError)
 * concentration  κ, above 0
 */
export function multinomialLnE(counts: readonly number[], shares: readonly number[], concentration: number): number {
  let total = 0
  let lnE = 0
  counts.forEach((count, arm) => {
    const share = shares[arm] as number
    if (count === 0) return
    if (!(share > 0)) throw new RangeError(`Arm ${arm} has ${count} units and no share`)
    total += count
    const prior = concentration * share
    lnE += logGamma(prior + count) - logGamma(prior) - count * Math.log(share)
  })
  return total === 0 ? 0 : lnE + logGamma(concentration) - logGamma(concentration + total)
}

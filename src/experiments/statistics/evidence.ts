// Evidence as an e-value: what its logarithm says as p, and what it has to reach.
import type { Evidence } from './judgement.ts'

/**
 * The evidence of a test as it is told. Under "no difference" E is at least 1/α at any look with a probability of at most α
 * (Ville 1939), so min(1, 1/E) is a p-value that holds at any time. p never underflows to 0. O(1).
 *
 * lnE    finite
 * alpha  above 0, below 1
 */
export function evidenceOf(lnE: number, alpha: number): Evidence {
  return { lnE, threshold: 1 / alpha, p: pOfLnE(lnE) }
}

/** min(1, 1/E), at least the smallest number above 0. */
export function pOfLnE(lnE: number): number {
  return Math.max(Number.MIN_VALUE, Math.min(1, Math.exp(-lnE)))
}

/** Whether E has reached 1/α. */
export function isDecided({ lnE, threshold }: { readonly lnE?: number; readonly threshold: number }): boolean {
  return lnE !== undefined && lnE >= Math.log(threshold)
}

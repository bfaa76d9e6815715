// Densities of the Poisson and the binomial distribution, also between whole numbers, without the cancellation of large
// logarithms (Loader 2000, "Fast and accurate computation of binomial probabilities").
import { stirlingError } from './log-gamma.ts'

/** mean^x e^−mean / Γ(x + 1). x and mean: above 0. O(1). */
export function poissonDensity(x: number, mean: number): number {
  return Math.exp(-stirlingError(x) - deviance(x, mean)) / Math.sqrt(2 * Math.PI * x)
}

/**
 * Γ(n + 1) / (Γ(k + 1) Γ(n − k + 1)) · p^k q^(n − k), with n = k + others. O(1).
 *
 * k, others  at least 0
 * p, q       above 0, with the sum 1; both are given so that neither loses digits
 */
export function binomialDensity(k: number, others: number, p: number, q: number): number {
  const n = k + others
  if (k === 0) return Math.exp(p < 0.1 ? n * Math.log1p(-p) : n * Math.log(q))
  if (others === 0) return Math.exp(q < 0.1 ? n * Math.log1p(-q) : n * Math.log(p))
  const errors = stirlingError(n) - stirlingError(k) - stirlingError(others)
  const exponent = errors - deviance(k, n * p) - deviance(others, n * q)
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * others))
}

/** The logarithm of binomialDensity, for k and others above 0: with all its digits also where the density is no number above 0. O(1). */
export function logBinomialDensity(k: number, others: number, p: number, q: number): number {
  const n = k + others
  const errors = stirlingError(n) - stirlingError(k) - stirlingError(others)
  return errors - deviance(k, n * p) - deviance(others, n * q) + 0.5 * Math.log(n / (2 * Math.PI * k * others))
}

/** x log(x / mean) + mean − x, exact also where the two are near. */
function deviance(x: number, mean: number): number {
  const difference = x - mean
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x
  const ratio = difference / (x + mean)
  let total = difference * ratio
  let term = 2 * x * ratio
  for (let j = 3; ; j += 2) {
    term *= ratio * ratio
    const next = total + term / j
    if (next === total) return total
    total = next
  }
}

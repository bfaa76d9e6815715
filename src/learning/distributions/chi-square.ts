// The chi-square distribution, central and non-central.
import { poissonDensity } from './densities.ts'
import { upperGamma } from './incomplete-gamma.ts'
import { invertTail } from './invert-tail.ts'

/** P(X ≥ x) of the chi-square distribution; with all its digits also far out. degreesOfFreedom: above 0. O(1). */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, x / 2)
}

/** The x that a chi-square variable is beyond with probability p. p: above 0, at most 1. O(1). */
export function chiSquareCritical(p: number, degreesOfFreedom: number): number {
  return invertTail((x) => chiSquareTail(x, degreesOfFreedom), p)
}

/**
 * P(X ≥ x) of the non-central chi-square distribution: central ones with 2j more degrees of freedom, mixed as Poisson's
 * distribution with half the noncentrality says. From its middle outwards, until nothing is added. O(√noncentrality).
 *
 * noncentrality  at least 0
 */
export function noncentralChiSquareTail(x: number, degreesOfFreedom: number, noncentrality: number): number {
  if (noncentrality <= 0) return chiSquareTail(x, degreesOfFreedom)
  const mean = noncentrality / 2
  const middle = Math.floor(mean)
  let total = 0
  /** False where this term and all beyond it are too small to count: tails are 1 at the most, and weights fall. */
  const add = (j: number): boolean => {
    const weight = j === 0 ? Math.exp(-mean) : poissonDensity(j, mean)
    total += weight * chiSquareTail(x, degreesOfFreedom + 2 * j)
    return weight > total * (Number.EPSILON / 16)
  }
  for (let j = middle + 1; add(j); j++);
  for (let j = middle; j >= 0 && add(j); j--);
  return Math.min(1, total)
}

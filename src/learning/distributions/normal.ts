// The standard normal distribution.
import { upperGamma } from './incomplete-gamma.ts'

/** P(|Z| ≥ |z|), with all its digits also far out. O(1). */
export function normalTwoSided(z: number): number {
  if (Number.isNaN(z)) return Number.NaN
  return upperGamma(0.5, (z * z) / 2)
}

/** P(Z ≥ z), with all its digits also far out. O(1). */
export function normalTail(z: number): number {
  return z >= 0 ? normalTwoSided(z) / 2 : 1 - normalTwoSided(z) / 2
}

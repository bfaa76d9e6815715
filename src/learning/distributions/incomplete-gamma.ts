// The regularized incomplete gamma functions.
import { awayFromZero, FRACTION_ROUNDS_MAX } from './continued-fraction.ts'
import { poissonDensity } from './densities.ts'

/** P(a, x): the share of the gamma distribution of shape a that is below x. a above 0, x at least 0. O(√a). */
export function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0
  return x < a + 1 ? bySeries(a, x) : 1 - byFraction(a, x)
}

/** Q(a, x) = 1 − P(a, x), with all its digits also where it is tiny. a above 0, x at least 0. O(√a). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  return x < a + 1 ? 1 - bySeries(a, x) : byFraction(a, x)
}

/** P by its power series (Abramowitz and Stegun 1964, 6.5.29), for x up to a + 1. */
function bySeries(a: number, x: number): number {
  let term = 1
  let total = 1
  for (let n = 1; term > total * Number.EPSILON && n < FRACTION_ROUNDS_MAX; n++) {
    term *= x / (a + n)
    total += term
  }
  return poissonDensity(a, x) * total
}

/** Q by its continued fraction (6.5.31 there), for x from a + 1 on. */
function byFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = Number.POSITIVE_INFINITY
  let d = 1 / awayFromZero(b)
  let fraction = d
  for (let i = 1; i < FRACTION_ROUNDS_MAX; i++) {
    const step = -i * (i - a)
    b += 2
    d = 1 / awayFromZero(step * d + b)
    c = awayFromZero(b + step / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < Number.EPSILON) break
  }
  return poissonDensity(a, x) * a * fraction
}

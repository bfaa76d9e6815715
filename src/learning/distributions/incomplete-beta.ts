// The regularized incomplete beta function.
import { awayFromZero, FRACTION_ROUNDS_MAX } from './continued-fraction.ts'
import { binomialDensity, logBinomialDensity } from './densities.ts'

/**
 * I_x(a, b): the share of the beta distribution that is below x; with all its digits also where it is tiny. O(√(a + b)).
 *
 * x, y  from 0 to 1, with the sum 1; both are given so that neither loses digits
 * a, b  above 0
 */
export function incompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (y <= 0) return 1
  const front = (binomialDensity(a, b, x, y) * a * b) / (a + b)
  return x < (a + 1) / (a + b + 2) ? (front * fractionOf(x, a, b)) / a : 1 - (front * fractionOf(y, b, a)) / b
}

/** log I_x(a, b) for x and y above 0, also where I itself is too small for a number. O(√(a + b)). */
export function logIncompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x >= (a + 1) / (a + b + 2)) return Math.log1p(-incompleteBeta(y, x, b, a))
  return logBinomialDensity(a, b, x, y) + Math.log(b / (a + b)) + Math.log(fractionOf(x, a, b))
}

/** The continued fraction of Abramowitz and Stegun 1964, 26.5.8. */
function fractionOf(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < FRACTION_ROUNDS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < Number.EPSILON) break
  }
  return fraction
}

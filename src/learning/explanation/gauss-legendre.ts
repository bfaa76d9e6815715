// Gauss-Legendre quadrature on [0, 1]: exact integrals of polynomials out of a few of their values.

export interface Quadrature {
  /** Where the polynomial is looked at: ascending, between 0 and 1. */
  readonly points: Float64Array
  /** How much each value counts: positive, 1 in all. */
  readonly weights: Float64Array
}

const STEPS_MAX = 100
const rules = new Map<number, Quadrature>()
/** Rules that are kept: longer ones are rare, and made again. */
const KEPT_LENGTH_MAX = 64

/**
 * The rule of so many points, exact for degrees up to 2 · count − 1. Newton's method on the Legendre polynomial from
 * Chebyshev's points (Press et al., Numerical Recipes, 4.6). O(count²); kept after the first time.
 */
export function gaussLegendre(count: number): Quadrature {
  const kept = rules.get(count)
  if (kept !== undefined) return kept
  const points = new Float64Array(count)
  const weights = new Float64Array(count)
  for (let i = 0; 2 * i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    let slope = 1
    for (let step = 0; step < STEPS_MAX; step++) {
      const before = x
      const value = legendre(count, x)
      slope = value.slope
      x -= value.polynomial / slope
      if (Math.abs(x - before) <= Number.EPSILON) break
    }
    slope = legendre(count, x).slope
    const weight = 1 / ((1 - x * x) * slope * slope)
    points[i] = (1 - x) / 2
    points[count - 1 - i] = (1 + x) / 2
    weights[i] = weight
    weights[count - 1 - i] = weight
  }
  const rule = { points, weights }
  if (count <= KEPT_LENGTH_MAX) rules.set(count, rule)
  return rule
}

/** The Legendre polynomial of a degree of at least 1 at x, and its derivative; −1 < x < 1. */
function legendre(degree: number, x: number): { readonly polynomial: number; readonly slope: number } {
  let [before, polynomial] = [1, x]
  for (let k = 2; k <= degree; k++)
    [before, polynomial] = [polynomial, ((2 * k - 1) * x * polynomial - (k - 1) * before) / k]
  return { polynomial, slope: (degree * (x * polynomial - before)) / (x * x - 1) }
}

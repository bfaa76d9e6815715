// Tail probabilities of the distributions that paired tests need.

/** P(|Z| ≥ |z|) of a standard normal Z, to about 14 digits also far out. O(1). */
export function normalTwoSided(z: number): number {
  if (Number.isNaN(z)) return Number.NaN
  return upperGammaHalf((z * z) / 2)
}

/** P(|T| ≥ |t|) of Student's t with so many degrees of freedom, above 0. O(1). */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  if (Number.isNaN(t)) return Number.NaN
  if (!Number.isFinite(t)) return 0
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
}

/** The t that a Student's T is beyond, on either side together, with this probability: 0.05 gives 95 % intervals. */
export function studentQuantile(twoSided: number, degreesOfFreedom: number): number {
  let [low, high] = [0, 1]
  while (studentTwoSided(high, degreesOfFreedom) > twoSided) high *= 2
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2
    if (studentTwoSided(middle, degreesOfFreedom) > twoSided) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** How likely `n` fair coins fall at least as unevenly as `hits` of them one way. 1 where n is 0. O(1). */
export function fairCoinTwoSided(hits: number, n: number): number {
  const fewer = Math.min(hits, n - hits)
  // P(X ≤ fewer) is the regularized incomplete beta at one half.
  return 2 * fewer >= n ? 1 : Math.min(1, 2 * incompleteBeta(0.5, n - fewer, fewer + 1))
}

const TINY = 1e-300
const ROUNDS_MAX = 10_000

/** I_x(a, b), by the continued fraction of Lentz (Numerical Recipes, 3rd edition, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < ROUNDS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < Number.EPSILON) break
  }
  return fraction
}

/** Q(1/2, x), the upper regularized gamma function: by its series for small x, else by its continued fraction. */
function upperGammaHalf(x: number): number {
  if (x === 0) return 1
  const front = Math.sqrt(x / Math.PI) * Math.exp(-x)
  if (x < 1.5) {
    let term = 2
    let total = 2
    for (let n = 1; term > total * Number.EPSILON; n++) {
      term *= x / (n + 0.5)
      total += term
    }
    return 1 - front * total
  }
  let b = x + 0.5
  let c = 1 / TINY
  let d = 1 / b
  let fraction = d
  for (let i = 1; i < ROUNDS_MAX; i++) {
    const step = -i * (i - 0.5)
    b += 2
    d = 1 / away(step * d + b)
    c = away(b + step / c)
    fraction *= c * d
    if (Math.abs(c * d - 1) < Number.EPSILON) break
  }
  return front * fraction
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

/** Stirling's series, from 10 on; smaller arguments are led there. x above 0. */
function logGamma(x: number): number {
  let lifted = x
  let product = 1
  for (; lifted < 10; lifted++) product *= lifted
  const inverse = 1 / (lifted * lifted)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / lifted
  return (lifted - 0.5) * Math.log(lifted) - lifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}

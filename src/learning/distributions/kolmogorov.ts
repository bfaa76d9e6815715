// The distribution of the Kolmogorov–Smirnov statistic D of one sample: its limit, and that of n values.
import { binomialDensity } from './densities.ts'
import { logGamma } from './log-gamma.ts'
import { pelzGood } from './pelz-good.ts'

/** Below this the sum over exponents of 1/x² has few terms, above it the one over exponents of x². */
const SMALL_X_MAX = 0.82

/** P(√n D ≥ x) as n grows (Kolmogorov 1933). O(1). */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1
  if (x < SMALL_X_MAX) return 1 - smallKolmogorov(x)
  let total = 0
  for (let k = 1; ; k++) {
    const term = 2 * Math.exp(-2 * (k * x) ** 2)
    if (term <= total * (Number.EPSILON / 4)) return total
    total += k % 2 === 1 ? term : -term
  }
}

function smallKolmogorov(x: number): number {
  let total = 0
  for (let k = 1; ; k += 2) {
    const term = Math.exp(-((k * Math.PI) ** 2) / (8 * x * x))
    total += term
    if (term <= total * (Number.EPSILON / 4)) return (Math.sqrt(2 * Math.PI) / x) * total
  }
}

/** With more values the exact distribution takes too long. */
const EXACT_MAX = 140

/**
 * P(D ≥ d) of n values, by the method that Simard and L'Ecuyer (2011, "Computing the two-sided Kolmogorov–Smirnov
 * distribution") name for n and d, as scipy.stats.kstwo: exact up to 140 values unless the tail is small; twice the
 * one-sided tail where both sides together hardly happen; else the series of Pelz and Good.
 *
 * n  a whole number from 1 on
 * d  from 0 to 1
 *
 * O(n) in the tail, O((n d)³ log n) where exact, else O(1).
 */
export function smirnovTail(d: number, n: number): number {
  const nd = n * d
  if (d <= 0 || nd <= 0.5) return 1
  if (d >= 1) return 0
  if (nd <= 1) return 1 - Math.exp(logGamma(n + 1) - n * Math.log(n) + n * Math.log(2 * nd - 1))
  if (nd >= n - 1) return 2 * (1 - d) ** n
  const square = nd * d
  if (d >= 0.5 || square > (n <= EXACT_MAX ? 4 : 2.2)) return Math.min(1, 2 * oneSided(d, n))
  if (n <= EXACT_MAX || (n <= 100_000 && n * d ** 1.5 <= 1.4)) return 1 - durbin(d, n)
  return 1 - pelzGood(d, n)
}

/** P(D⁺ ≥ d) (Smirnov 1944; Birnbaum and Tingey 1951): all terms are above 0. O(n). */
function oneSided(d: number, n: number): number {
  let total = (1 - d) ** n
  for (let j = 1; j < n * (1 - d); j++) {
    const p = d + j / n
    total += (d / p) * binomialDensity(j, n - j, p, 1 - p)
  }
  return total
}

const SCALE = 2 ** 500

/**
 * P(D < d), by the n-th power of Durbin's matrix (1973) as Marsaglia, Tsang and Wang compute it (2003, "Evaluating
 * Kolmogorov's distribution"). Powers of two are set apart, so that nothing overflows. O((n d)³ log n).
 */
function durbin(d: number, n: number): number {
  const k = Math.ceil(n * d)
  const h = k - n * d
  const size = 2 * k - 1
  const matrix = new Float64Array(size * size)
  const inverseFactorial = (m: number): number => Math.exp(-logGamma(m + 1))
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < Math.min(size, i + 2); j++) {
      // First column and last row are those of the two sides.
      let cell = 1
      if (j === 0) cell -= h ** (i + 1)
      if (i === size - 1) cell -= h ** (size - j)
      if (j === 0 && i === size - 1 && 2 * h > 1) cell += (2 * h - 1) ** size
      matrix[i * size + j] = cell * inverseFactorial(i - j + 1)
    }
  }
  const middle = (k - 1) * size + (k - 1)
  const { values, scales } = power(matrix, size, n)
  const logScale = scales * Math.log(SCALE) + logGamma(n + 1) - n * Math.log(n)
  return (values[middle] as number) * Math.exp(logScale)
}

/** A square matrix, row after row, with cells from 0 on: values · SCALE^scales. */
interface ScaledMatrix {
  readonly values: Float64Array
  readonly scales: number
}

/** exponent: from 1 on. O(size³ log exponent). */
function power(matrix: Float64Array, size: number, exponent: number): ScaledMatrix {
  let base: ScaledMatrix = { values: matrix, scales: 0 }
  let left = exponent
  for (; left % 2 === 0; left /= 2) base = product(base, base, size)
  let result = base
  for (left = (left - 1) / 2; left > 0; left = Math.floor(left / 2)) {
    base = product(base, base, size)
    if (left % 2 === 1) result = product(result, base, size)
  }
  return result
}

function product(a: ScaledMatrix, b: ScaledMatrix, size: number): ScaledMatrix {
  const values = new Float64Array(size * size)
  let largest = 0
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a.values[i * size + k] as number
      if (factor === 0) continue
      for (let j = 0; j < size; j++) values[i * size + j]! += factor * (b.values[k * size + j] as number)
    }
    for (let j = 0; j < size; j++) largest = Math.max(largest, values[i * size + j] as number)
  }
  let scales = a.scales + b.scales
  if (largest > SCALE) {
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / SCALE
    scales += 1
  }
  return { values, scales }
}

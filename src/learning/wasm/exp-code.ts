// e^x of two float64 at a time, in WebAssembly.
import type { RoutineWriter } from './routine-writer.ts'
import { F64x2 } from './vectors.ts'

/** e^x is a normal number from here on. */
const LOWEST = -708
const LN2_HIGH = 0x162e42fe / 2 ** 29
const LN2_LOW = Math.LN2 - LN2_HIGH + 2.319046813846299e-17
const EXPONENT_BIAS = 1023
/** 1 / k!. The next would be 1/12! · 0.35^12 = 6e-15. */
const COEFFICIENTS = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800].map(
  (factorial) => 1 / factorial,
)

/**
 * e^x of x ≤ 0, within 1e-14 of itself, where x below −708 counts as that. e^x = 2^k · e^r with |r| ≤ ½ ln 2, and e^r by
 * its series.
 */
export function expOfNegatives(w: RoutineWriter, x: F64x2): F64x2 {
  const bounded = w.keep(x.max(LOWEST))
  const k = w.keep(bounded.times(1 / Math.LN2).nearest())
  const r = w.keep(bounded.minus(k.times(LN2_HIGH)).minus(k.times(LN2_LOW)))
  const series = COEFFICIENTS.map((c) => F64x2.of(c)).reduceRight((sum, c) => sum.times(r).plus(c))
  // The last bits of 2^52 + m are m: shifted to where a float has its exponent.
  const powerOf2 = k
    .plus(2 ** 52 + EXPONENT_BIAS)
    .bits()
    .shiftLeft(52)
    .asBitsOfF64()
  return series.times(powerOf2)
}

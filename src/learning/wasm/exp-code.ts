// e^x of two float64 at a time, in WebAssembly.
import { type Code, constantI32, f64x2, get, i64x2, set, tee, v128 } from './instructions.ts'

/** e^x is a normal number from here on. */
const LOWEST = -708
const LN2_HIGH = 0x162e42fe / 2 ** 29
const LN2_LOW = Math.LN2 - LN2_HIGH + 2.319046813846299e-17
const EXPONENT_BIAS = 1023
/** 1 / k!. The next would be 1/12! · 0.35^12 = 6e-15. */
const COEFFICIENTS = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800].map(
  (factorial) => 1 / factorial,
)

/** Both the same. */
export const both = (value: number): Code => v128.constantF64(value, value)

/**
 * e^x, within 1e-14 of itself, in the place of the pair x ≤ 0 on the stack, where x below −708 counts as that.
 * k, r: two locals that it may use. e^x = 2^k · e^r with |r| ≤ ½ ln 2.
 */
export function expOfNegatives(k: number, r: number): Code {
  const horner = [...COEFFICIENTS]
    .reverse()
    .flatMap((c, i) => (i === 0 ? both(c) : [...get(r), ...f64x2.mul, ...both(c), ...f64x2.add]))
  return [
    ...[...both(LOWEST), ...f64x2.max, ...tee(r)],
    ...[...both(1 / Math.LN2), ...f64x2.mul, ...f64x2.nearest, ...set(k)],
    ...[...get(r), ...get(k), ...both(LN2_HIGH), ...f64x2.mul, ...f64x2.sub],
    ...[...get(k), ...both(LN2_LOW), ...f64x2.mul, ...f64x2.sub, ...set(r)],
    ...horner,
    // The last bits of 2^52 + m are m: shifted to where a float has its exponent.
    ...[
      ...get(k),
      ...both(2 ** 52 + EXPONENT_BIAS),
      ...f64x2.add,
      ...constantI32(52),
      ...i64x2.shiftLeft,
      ...f64x2.mul,
    ],
  ]
}

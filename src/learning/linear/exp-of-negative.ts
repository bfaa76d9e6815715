// The exponential function where it is the cost of a kernel: Math.exp is a call that no loop can take in.

/** 2⁻ⁱ at i, to 2⁻¹⁰²². Never written to. */
export const POWERS_OF_TWO = Float64Array.from({ length: 1024 }, (_, i) => (i <= 1022 ? 2 ** -i : 0))

const PER_LN2 = 1 / Math.LN2
/** ln 2 in two parts; the first has few enough bits that its products with integers up to 1,023 are exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/**
 * exp(x) for x ≤ 0, to 1e-15 relative; 0 below −708 and for −Infinity. `powers` is POWERS_OF_TWO.
 * x = −i · ln 2 + r with |r| ≤ ln 2 / 2, and a Taylor polynomial of degree 12 for exp(r), in pairs that run side by side.
 */
export function expOfNegative(x: number, powers: Float64Array): number {
  if (!(x >= -708)) return 0
  const i = (0.5 - x * PER_LN2) | 0
  const r = x + i * LN2_HIGH + i * LN2_LOW
  const r2 = r * r
  const r4 = r2 * r2
  const low = 1 + r + r2 * (1 / 2 + r * (1 / 6))
  const middle = 1 / 24 + r * (1 / 120) + r2 * (1 / 720 + r * (1 / 5040))
  const high = 1 / 40320 + r * (1 / 362880) + r2 * (1 / 3628800 + r * (1 / 39916800))
  return (low + r4 * (middle + r4 * (high + r4 * (1 / 479001600)))) * (powers[i] as number)
}

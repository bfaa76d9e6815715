// Decimal digits to the nearest double, without a string for nearly all numbers that occur.

/** Largest power of ten that is a double. */
const POWER_MAX = 22
const POWERS = Float64Array.from({ length: POWER_MAX + 1 }, (_, k) => Number(`1e${k}`))
/** 2^27 + 1 parts a double into two halves whose products are exact (Veltkamp). */
const SPLITTER = 134217729
/** More than the error of the quotient or product below, relative to it. */
const UNCERTAINTY = 2 ** -98

/** Digits of the head at the most: their number is a double as it is. */
export const HEAD_DIGITS_MAX = 15
/** Digits of head and tail together at the most. */
export const DIGITS_MAX = 19

/**
 * The double nearest to (head × 10^tailDigits + tail) × 10^exponent, for up to 15 digits in the head and 4 in the tail;
 * NaN when that cannot be told here (|exponent| above 22, or too near to the middle of two doubles).
 * Up to 15 digits it is one exact operation (Clinger 1990). Beyond, head and tail are a sum of two doubles, which is
 * multiplied or divided by the power in doubled precision (Dekker 1971) and rounded only where both ends of the
 * remaining uncertainty round to the same double (Ziv 1991). O(1), no memory.
 */
export function decimal(head: number, tail: number, tailDigits: number, exponent: number): number {
  if (exponent < -POWER_MAX || exponent > POWER_MAX) return Number.NaN
  const power = POWERS[exponent < 0 ? -exponent : exponent] as number
  if (tailDigits === 0) return exponent < 0 ? head / power : head * power
  // high + low = head × 10^tailDigits + tail, exactly: it is less than 10^19.
  const scale = POWERS[tailDigits] as number
  const product = head * scale
  const sum = product + tail
  const rest = productError(head, scale, product) + sumError(product, tail, sum)
  const high = sum + rest
  const low = rest - (high - sum)
  if (exponent === 0) return high
  const first = exponent < 0 ? high / power : high * power
  let second: number
  if (exponent < 0) {
    const back = first * power
    second = (high - back - productError(first, power, back) + low) / power
  } else {
    second = productError(high, power, first) + low * power
  }
  const uncertainty = first * UNCERTAINTY
  const lowest = first + (second - uncertainty)
  return lowest === first + (second + uncertainty) ? lowest : Number.NaN
}

/** a × b − product, exactly, where product is a × b rounded. */
function productError(a: number, b: number, product: number): number {
  const aWide = a * SPLITTER
  const aHigh = aWide - (aWide - a)
  const aLow = a - aHigh
  const bWide = b * SPLITTER
  const bHigh = bWide - (bWide - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

/** a + b − sum, exactly, where sum is a + b rounded (Knuth). */
function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a
  return a - (sum - bPart) + (b - bPart)
}

// The logarithm of the gamma function, and how far Stirling's formula is from it.

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)
/** From here on the first seven terms of Stirling's series have all digits. */
const SERIES_FROM = 15

/** log Γ(x) for x above 0, to about 15 digits of its absolute size or of 1. O(1). */
export function logGamma(x: number): number {
  let lifted = x
  let product = 1
  for (; lifted < SERIES_FROM; lifted++) product *= lifted
  return (lifted - 0.5) * Math.log(lifted) - lifted + HALF_LOG_TWO_PI + stirlingSeries(lifted) - Math.log(product)
}

/** log Γ(x + 1) less Stirling's formula (x + ½) log x − x + ½ log 2π, for x above 0. Small where x is large. O(1). */
export function stirlingError(x: number): number {
  if (x >= SERIES_FROM) return stirlingSeries(x)
  return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI
}

/** 1/(12x) − 1/(360x³) + … (Abramowitz and Stegun 1964, 6.1.41). */
function stirlingSeries(x: number): number {
  const inverse = 1 / (x * x)
  const tail = 1 / 1188 - inverse * (691 / 360_360 - inverse / 156)
  return (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * tail)))) / x
}

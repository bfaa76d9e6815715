// The first two derivatives of log Γ: mean and variance of the logarithm of a gamma variable.

/** From here on the series have all digits. */
const SERIES_FROM = 15

/** (log Γ)'(x) for x above 0, to about 14 digits of its absolute size or of 1 (Abramowitz and Stegun 1964, 6.3.18). O(1). */
export function digamma(x: number): number {
  let lifted = x
  let sum = 0
  for (; lifted < SERIES_FROM; lifted++) sum -= 1 / lifted
  const inverse = 1 / (lifted * lifted)
  const tail = 1 / 252 - inverse * (1 / 240 - inverse * (1 / 132 - inverse * (691 / 32_760)))
  return sum + Math.log(lifted) - 1 / (2 * lifted) - inverse * (1 / 12 - inverse * (1 / 120 - inverse * tail))
}

/** (log Γ)''(x) for x above 0, to about 14 digits; it falls from infinity to 0 (the same, 6.4.12). O(1). */
export function trigamma(x: number): number {
  let lifted = x
  let sum = 0
  for (; lifted < SERIES_FROM; lifted++) sum += 1 / (lifted * lifted)
  const inverse = 1 / (lifted * lifted)
  const tail = 1 / 42 - inverse * (1 / 30 - inverse * (5 / 66 - inverse * (691 / 2730)))
  return sum + 1 / lifted + inverse / 2 + (inverse * (1 / 6 - inverse * (1 / 30 - inverse * tail))) / lifted
}

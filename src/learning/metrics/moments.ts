// Sums, means and variances whose rounding error does not grow with the number of rows.

/** The sum of the values, compensated (Neumaier 1974), so that a metric of a million rows keeps its digits. O(n). */
export function sum(values: Float64Array): number {
  let total = 0
  let lost = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const next = total + value
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total
    total = next
  }
  // An infinite total makes the compensation NaN; the total itself is then the answer.
  return Number.isFinite(total) ? total + lost : total
}

/** The mean of the values, weighted where weights are given; NaN when there are none or all weigh 0. O(n). */
export function mean(values: Float64Array, weights?: Float64Array): number {
  if (weights === undefined) return sum(values) / values.length
  return sum(values.map((value, i) => value * (weights[i] as number))) / sum(weights)
}

/**
 * The mean square of the distance from the mean, weighted where weights are given; NaN when no row has weight.
 * Exactly 0 for equal values, where the rounding error of their mean would leave a little. O(n).
 */
export function variance(values: Float64Array, weights?: Float64Array): number {
  const weighty = weights === undefined ? values : values.filter((_, i) => (weights[i] as number) > 0)
  if (weighty.length > 0 && weighty.every((value) => value === weighty[0])) return 0
  const center = mean(values, weights)
  return mean(
    values.map((value) => (value - center) ** 2),
    weights,
  )
}

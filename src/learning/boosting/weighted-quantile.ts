// Quantiles of unsorted values, for the leaves of losses that have no second derivative.

/**
 * The q-quantile, 0 ≤ q ≤ 1. Without weights with linear interpolation between neighbours (numpy's default; at one half
 * the median), with weights the lowest value at or below which lies a share q of them (scikit-learn's
 * _weighted_percentile). Both arrays are reordered. One value or more; with weights one weight above 0 or more.
 * O(n) on average without weights, O(n log n) with them.
 */
export function quantileOf(values: Float64Array, weight: Float64Array | undefined, q: number): number {
  if (weight !== undefined) return weightedQuantile(values, weight, q)
  const position = q * (values.length - 1)
  const below = Math.floor(position)
  const low = select(values, below)
  if (position === below) return low
  // What stands behind the selected place is at least as large.
  let high = Number.POSITIVE_INFINITY
  for (let i = below + 1; i < values.length; i++) high = Math.min(high, values[i] as number)
  const part = position - below
  return part >= 0.5 ? high - (high - low) * (1 - part) : low + (high - low) * part
}

function weightedQuantile(values: Float64Array, weight: Float64Array, q: number): number {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number))
  let total = 0
  for (const i of order) total += weight[i] as number
  const wanted = q * total
  let sum = 0
  for (const i of order) {
    sum += weight[i] as number
    if (sum >= wanted && sum > 0) return values[i] as number
  }
  return values[order[order.length - 1] as number] as number
}

/** The value that sorting would put at place k; smaller ones end before it, larger ones behind. Hoare 1961. */
function select(values: Float64Array, k: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = medianOfThree(values[low] as number, values[(low + high) >>> 1] as number, values[high] as number)
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i <= j) {
        const held = values[i] as number
        values[i++] = values[j] as number
        values[j--] = held
      }
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else break
  }
  return values[k] as number
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

// A quantile of sorted numbers.

/**
 * With linear interpolation between the two nearest values (definition 7 of Hyndman and Fan 1996), rounded as numpy does. O(1).
 *
 * sorted       ascending, at least one
 * probability  from 0 to 1
 */
export function linearQuantile(sorted: Float64Array, probability: number): number {
  const at = probability * (sorted.length - 1)
  const low = Math.floor(at)
  const below = sorted[low] as number
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number
  const share = at - low
  return share < 0.5 ? below + share * (above - below) : above - (1 - share) * (above - below)
}

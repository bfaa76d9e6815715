// The values of a column as ranks.

/**
 * The rank of each value among the distinct values of the column, from 0; 0 and −0 are equal.
 * Splits by rank are those by value, without overflow or rounding at the midpoint of two values. O(n log n).
 */
export function denseRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks = new Float64Array(values.length)
  for (let i = 1; i < order.length; i++) {
    const [before, here] = [order[i - 1] as number, order[i] as number]
    ranks[here] = (ranks[before] as number) + (values[here] === values[before] ? 0 : 1)
  }
  return ranks
}

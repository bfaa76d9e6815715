// Minkowski distances of order p: 1 is manhattan, 2 is euclidean. What is compared is the p-th power of the
// distance, the root is taken at the end.

/**
 * Σ |q[from + j] − rows[offset + j]|^p over the columns, summed in an order that depends on
 * columnCount alone. Once a partial sum exceeds `limit` it is returned: some value above the limit. O(columnCount).
 */
export function reducedDistance(
  queries: Float64Array,
  from: number,
  rows: Float64Array,
  offset: number,
  columnCount: number,
  p: number,
  limit: number,
): number {
  if (p === 2) return squaredDistance(queries, from, rows, offset, columnCount, limit)
  let sum = 0
  for (let j = 0; j < columnCount; j++) {
    const gap = Math.abs((queries[from + j] as number) - (rows[offset + j] as number))
    sum += p === 1 ? gap : gap ** p
    if (sum > limit) return sum
  }
  return sum
}

/** The distance from its p-th power. */
export function distanceOf(reduced: number, p: number): number {
  if (p === 2) return Math.sqrt(reduced)
  return p === 1 ? reduced : reduced ** (1 / p)
}

/**
 * Eight columns at a time, into four sums, as one sum would wait for its own last addition. The partial sum is looked
 * at only then: the branch costs as much as a column.
 */
function squaredDistance(
  queries: Float64Array,
  from: number,
  rows: Float64Array,
  offset: number,
  columnCount: number,
  limit: number,
): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let q = from
  let r = offset
  for (const last = from + columnCount - 8; q <= last; q += 8, r += 8) {
    const a = (queries[q] as number) - (rows[r] as number)
    const b = (queries[q + 1] as number) - (rows[r + 1] as number)
    const c = (queries[q + 2] as number) - (rows[r + 2] as number)
    const d = (queries[q + 3] as number) - (rows[r + 3] as number)
    const e = (queries[q + 4] as number) - (rows[r + 4] as number)
    const f = (queries[q + 5] as number) - (rows[r + 5] as number)
    const g = (queries[q + 6] as number) - (rows[r + 6] as number)
    const h = (queries[q + 7] as number) - (rows[r + 7] as number)
    s0 = s0 + a * a + e * e
    s1 = s1 + b * b + f * f
    s2 = s2 + c * c + g * g
    s3 = s3 + d * d + h * h
    const sum = s0 + s1 + (s2 + s3)
    if (sum > limit) return sum
  }
  for (const end = from + columnCount; q < end; q++, r++) {
    const a = (queries[q] as number) - (rows[r] as number)
    s0 += a * a
  }
  return s0 + s1 + (s2 + s3)
}

// Minkowski distances of order p: 1 is manhattan, 2 is euclidean, infinity is chebyshev. What is compared is the p-th
// power of the distance, the root is taken at the end; of high orders it is the distance itself.

/** Powers of a higher order vanish or overflow for gaps that data can have. */
const POWER_MAX = 4

/** Whether distances of this order are compared by their p-th powers. */
export function isByPowers(p: number): boolean {
  return p <= POWER_MAX
}

/**
 * Σ |q[from + j] − rows[offset + j]|^p over the columns, summed in an order that depends on
 * columnCount alone; its p-th root where p is high. Once a partial sum exceeds `limit` it is returned: some value above
 * the limit. O(columnCount).
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
  if (!isByPowers(p)) return distanceOfHighOrder(queries, from, rows, offset, columnCount, p, limit)
  let sum = 0
  for (let j = 0; j < columnCount; j++) {
    const gap = Math.abs((queries[from + j] as number) - (rows[offset + j] as number))
    sum += p === 1 ? gap : gap ** p
    if (sum > limit) return sum
  }
  return sum
}

/** The distance from what is compared. */
export function distanceOf(reduced: number, p: number): number {
  if (p === 2) return Math.sqrt(reduced)
  return p === 1 || !isByPowers(p) ? reduced : reduced ** (1 / p)
}

/** In units of the largest gap g: g (Σ (gap ÷ g)^p)^(1/p), so that the sum lies from 1 to columnCount. */
function distanceOfHighOrder(
  queries: Float64Array,
  from: number,
  rows: Float64Array,
  offset: number,
  columnCount: number,
  p: number,
  limit: number,
): number {
  let largest = 0
  for (let j = 0; j < columnCount; j++) {
    const gap = Math.abs((queries[from + j] as number) - (rows[offset + j] as number))
    if (gap > largest) largest = gap
  }
  // No distance is below its largest gap.
  if (largest > limit || p === Number.POSITIVE_INFINITY || largest === 0 || largest === Number.POSITIVE_INFINITY) {
    return largest
  }
  let sum = 0
  for (let j = 0; j < columnCount; j++) {
    sum += (Math.abs((queries[from + j] as number) - (rows[offset + j] as number)) / largest) ** p
  }
  return largest * sum ** (1 / p)
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

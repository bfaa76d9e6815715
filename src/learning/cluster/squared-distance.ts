// The distance that k-means minimizes.

/**
 * Σ (a[aStart + j] − b[bStart + j])² for j < length, always added in the same order. O(length).
 * Four sums at once, because one would wait for each addition to end before the next.
 */
export function squaredDistance(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  length: number,
): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let j = 0
  for (; j + 3 < length; j += 4) {
    const d0 = (a[aStart + j] as number) - (b[bStart + j] as number)
    const d1 = (a[aStart + j + 1] as number) - (b[bStart + j + 1] as number)
    const d2 = (a[aStart + j + 2] as number) - (b[bStart + j + 2] as number)
    const d3 = (a[aStart + j + 3] as number) - (b[bStart + j + 3] as number)
    s0 += d0 * d0
    s1 += d1 * d1
    s2 += d2 * d2
    s3 += d3 * d3
  }
  for (; j < length; j++) {
    const d = (a[aStart + j] as number) - (b[bStart + j] as number)
    s0 += d * d
  }
  return s0 + s1 + (s2 + s3)
}

// Groups rows by equal values in ascending order, by the native sort of typed arrays (no comparator, no index sort).

/**
 * The distinct values, ascending. O(n log n) time, 8 bytes a value.
 * values may not hold NaN; they are not changed.
 */
export function distinctAscending(values: Float64Array): Float64Array {
  const sorted = values.slice().sort()
  let count = 0
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[count - 1]) sorted[count++] = sorted[i] as number
  }
  return sorted.subarray(0, count)
}

/** The place of a value in ascending distinct values that hold it. O(log n). */
export function placeOf(distinct: Float64Array, value: number): number {
  let low = 0
  let high = distinct.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((distinct[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

// The middle of numbers, without sorting all of them.

/**
 * The median of numbers without NaN, which are left in another order; of an even count the mean of the two in the middle. NaN of
 * none. Quickselect (Hoare 1961, FIND): expected O(n), with pivots drawn by a sequence that is the same in every run.
 */
export function medianOf(values: Float64Array): number {
  const { length } = values
  if (length === 0) return Number.NaN
  const half = length >>> 1
  const upper = selectNth(values, half)
  if (length % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < half; i++) if ((values[i] as number) > lower) lower = values[i] as number
  const sum = lower + upper
  return Number.isFinite(sum) ? sum / 2 : lower / 2 + upper / 2
}

/** Puts the value that is number `nth` of the ascending order, counted from 0, in its place, and none that is greater before it. */
function selectNth(values: Float64Array, nth: number): number {
  let low = 0
  let high = values.length - 1
  let drawn = 0x9e3779b9
  while (low < high) {
    drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0
    const pivot = values[low + Math.floor((drawn / 4294967296) * (high - low + 1))] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const value = values[i] as number
      values[i++] = values[j] as number
      values[j--] = value
    }
    if (nth <= j) high = j
    else if (nth >= i) low = i
    else break
  }
  return values[nth] as number
}

// Quickselect over pairs.

/**
 * Puts the pairs of [start, end) into such an order that no key before `middle` is greater than any from `middle`
 * on (Hoare 1961, FIND). Expected O(end − start): pivots are drawn, by a sequence that is the same in every run.
 */
export function selectSmallest(
  keys: Float64Array,
  values: Uint32Array,
  start: number,
  end: number,
  middle: number,
): void {
  let low = start
  let high = end - 1
  let drawn = 0x9e3779b9
  while (low < high) {
    drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0
    const pivot = keys[low + Math.floor((drawn / 4294967296) * (high - low + 1))] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((keys[i] as number) < pivot) i++
      while ((keys[j] as number) > pivot) j--
      if (i > j) break
      const key = keys[i] as number
      keys[i] = keys[j] as number
      keys[j] = key
      const value = values[i] as number
      values[i++] = values[j] as number
      values[j--] = value
    }
    // Keys up to j are at most the pivot, keys from i on at least; what lies between equals it.
    if (middle <= j) high = j
    else if (middle >= i) low = i
    else return
  }
}

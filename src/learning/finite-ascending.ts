// The finite numbers of a column in their order: most columns of a table hold few different whole numbers, which need no sort.

/** Whole numbers are counted where their range is at most this part of how many there are. */
const RANGE_SHARE = 0.25

/**
 * A new array of the finite values, ascending; −0 may come out as 0. O(values) where they are whole numbers of a small range, else
 * O(values log values). Memory: 8 bytes a value, and 4 for each number of the range.
 */
export function finiteAscending(values: Float64Array): Float64Array {
  const sorted = new Float64Array(values.length)
  let count = 0
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let areWhole = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    sorted[count++] = value
    if (value < least) least = value
    if (value > most) most = value
    areWhole &&= value === Math.floor(value)
  }
  const found = sorted.subarray(0, count)
  const range = most - least + 1
  return count > 0 && areWhole && range <= RANGE_SHARE * count ? sortByCounts(found, least, range) : found.sort()
}

function sortByCounts(values: Float64Array, least: number, range: number): Float64Array {
  const counts = new Int32Array(range)
  for (let i = 0; i < values.length; i++) {
    const place = (values[i] as number) - least
    counts[place] = (counts[place] as number) + 1
  }
  let at = 0
  for (let place = 0; place < range; place++) {
    const end = at + (counts[place] as number)
    values.fill(least + place, at, end)
    at = end
  }
  return values
}

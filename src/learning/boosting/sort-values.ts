// Sorts numbers that are spread about evenly faster than a sort that compares them.

const PLAIN_MAX = 256
/** A cell with more values than this is left to the engine's sort, with all others. */
const CELL_MAX = 64

/**
 * Sorts in place, ascending, NaN behind all numbers. Values are counted into as many cells of equal width as there are
 * values, put there, and finished by insertion ("flash sort", Neubert 1998); where they crowd, the engine sorts them.
 * O(n) for values without crowds, else O(n log n). Memory: 12 bytes a value.
 */
export function sortValues(values: Float64Array): void {
  const n = values.length
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    if (value < low) low = value
    if (value > high) high = value
  }
  const scale = (n - 1) / (high - low)
  if (n <= PLAIN_MAX || !(scale > 0 && Number.isFinite(scale)) || !Number.isFinite(high - low)) {
    values.sort()
    return
  }
  // Cell n is for NaN.
  const ends = new Int32Array(n + 1)
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    const cell = value >= low ? Math.floor((value - low) * scale) : n
    ends[cell] = (ends[cell] as number) + 1
  }
  let total = 0
  for (let cell = 0; cell < n; cell++) {
    const count = ends[cell] as number
    if (count > CELL_MAX) {
      values.sort()
      return
    }
    total += count
    ends[cell] = total
  }
  const unsorted = values.slice()
  values.fill(Number.NaN, total)
  for (let i = 0; i < n; i++) {
    const value = unsorted[i] as number
    if (!(value >= low)) continue
    const cell = Math.floor((value - low) * scale)
    const at = (ends[cell] as number) - 1
    ends[cell] = at
    values[at] = value
  }
  for (let i = 1; i < total; i++) {
    const value = values[i] as number
    let at = i
    for (; at > 0 && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number
    values[at] = value
  }
}

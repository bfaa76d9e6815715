// How often values fall into ranges of equal width.

export interface Histogram {
  readonly from: number
  readonly to: number
  /** Values in each bin: its lower edge is in it, its upper edge is not, but for the last one's. */
  readonly counts: Float64Array
}

/**
 * numpy.histogram over [from, to]. NaN, infinities and values outside are in no bin.
 * from < to, both finite, as is their difference. O(values).
 */
export function equalWidthHistogram(values: Float64Array, from: number, to: number, binCount: number): Histogram {
  const counts = new Float64Array(binCount)
  const perUnit = binCount / (to - from)
  const width = (to - from) / binCount
  const edge = (bin: number): number => from + bin * width
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!(value >= from && value <= to)) continue
    let bin = Math.min(Math.floor((value - from) * perUnit), binCount - 1)
    if (bin > 0 && value < edge(bin)) bin--
    else if (bin < binCount - 1 && value >= edge(bin + 1)) bin++
    counts[bin] = (counts[bin] as number) + 1
  }
  return { from, to, counts }
}

/**
 * A range for the finite values, and how many bins suit it: one for each whole number where all are whole and there is
 * room, else binCountMax. Undefined without a finite value, or where their span is no number.
 */
export function histogramRange(
  values: Float64Array,
  binCountMax: number,
): { from: number; to: number; binCount: number } | undefined {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let isWhole = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    if (value < least) least = value
    if (value > most) most = value
    isWhole &&= Number.isInteger(value)
  }
  if (!Number.isFinite(most - least)) return undefined
  if (isWhole && most - least < binCountMax && Number.isSafeInteger(least) && Number.isSafeInteger(most)) {
    return { from: least - 0.5, to: most + 0.5, binCount: most - least + 1 }
  }
  if (least < most) return { from: least, to: most, binCount: binCountMax }
  // A single value: a range about it that can be told from it.
  const margin = Math.max(Math.abs(least) * 1e-6, 0.5)
  return { from: least - margin, to: least + margin, binCount: 1 }
}

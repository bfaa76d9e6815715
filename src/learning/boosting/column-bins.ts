// How the values of one column become bins, and how a matrix looks that is made of them.

/** The bins of a numeric column: bin b holds what is above thresholds[b − 1] and at most thresholds[b]. */
export interface NumericBins {
  readonly thresholds: Float64Array
}

/**
 * The bins of a categorical column, at most 255: one for each of its categories that was seen, or for groups of them.
 * binOfCategory gives the bin of each code; codes without a bin have `binCount`, the bin of missing values.
 */
export interface CategoryBins {
  readonly binOfCategory: Uint8Array
  readonly binCount: number
}

export type ColumnBins = NumericBins | CategoryBins

export function isCategorical(bins: ColumnBins): bins is CategoryBins {
  return 'binOfCategory' in bins
}

/** Bins for values that are not missing; the bin with this number is that of missing values. */
export function binCountOf(bins: ColumnBins): number {
  return isCategorical(bins) ? bins.binCount : bins.thresholds.length + 1
}

/**
 * Rows as bins, in memory that threads share.
 *
 * codes         Uint8Array, column-major: the bin of row i, column j is codes[j · rowCount + i]
 * binCounts     per column, the bins of values that are not missing; missing values have this number as their bin
 * hasMissing    per column, 1 when some row has no value there
 * categorical   per column, 1 when its bins have no order
 */
export interface BinnedMatrix {
  readonly rowCount: number
  readonly columnCount: number
  readonly codes: Uint8Array
  readonly binCounts: Int32Array
  readonly hasMissing: Uint8Array
  readonly categorical: Uint8Array
}

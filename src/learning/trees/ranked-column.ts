// A column as the places of its values among the distinct ones.
export interface RankedColumn {
  /** Per row: the place of its value among the distinct values, or distinct.length where it is missing. */
  readonly codes: Uint32Array
  /** The distinct values, ascending; −0 counts as 0. */
  readonly distinct: Float64Array
}

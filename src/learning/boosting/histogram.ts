// Sums of gradients and hessians, and counts of rows, by bin.

/**
 * The histogram of some columns over the rows of one node. Column c, bin b stands at place p = c · slots + b.
 *
 * sums    2 × places: the gradient at 2p, the hessian at 2p + 1. float64 over float32 inputs: float32 sums lose small
 *         nodes at a million rows. In the kernel's memory they may have another form, of the same size: see BinForm
 * counts  Int32Array of places; not kept where every hessian is 1, for then the sums of hessians are the counts
 */
export interface Histogram {
  readonly sums: Float64Array
  readonly counts: Int32Array
}

// The arrays between a loss and the trees.

/**
 * What a loss looks at and what it fills, for rowCount rows and k outputs (1, or the number of classes).
 *
 * target     values, or codes of classes
 * weight     absent for 1
 * raw        k × rowCount: output c of row i at c · rowCount + i, before any link function
 * gradients  k × rowCount, float32, times the weight; hessians the same, or null where all are 1
 */
export interface LossSpace {
  readonly rowCount: number
  readonly target: Float64Array
  readonly weight: Float64Array | undefined
  readonly raw: Float64Array
  readonly gradients: Float32Array
  readonly hessians: Float32Array | null
}

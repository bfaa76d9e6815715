// The product of a block of columns with itself: the hot loop of least squares, lasso and the logistic Hessian.

/** Columns in a block come padded with zeros to a multiple of this, so that the kernel needs no remainder loops. */
export const COLUMN_PAD = 4

export function padded(columnCount: number): number {
  return Math.ceil(columnCount / COLUMN_PAD) * COLUMN_PAD
}

/**
 * gram += blockᵀ · block, on and above the diagonal (and within the tiles that the diagonal crosses).
 *
 * block  Float64Array, column-major: column j is block[j · stride … j · stride + rowCount − 1]; width columns
 * width  a multiple of COLUMN_PAD
 * gram   Float64Array, row-major width × width
 * O(rowCount · width² / 2). Tiles of 2 × 4 sums stay in registers: 6 loads for 8 products.
 */
export function addGram(
  gram: Float64Array,
  block: Float64Array,
  rowCount: number,
  stride: number,
  width: number,
): void {
  for (let i = 0; i < width; i += 2) {
    const a0 = i * stride
    const a1 = a0 + stride
    for (let j = i & ~(COLUMN_PAD - 1); j < width; j += 4) {
      const b0 = j * stride
      const b1 = b0 + stride
      const b2 = b1 + stride
      const b3 = b2 + stride
      let s00 = 0
      let s01 = 0
      let s02 = 0
      let s03 = 0
      let s10 = 0
      let s11 = 0
      let s12 = 0
      let s13 = 0
      for (let r = 0; r < rowCount; r++) {
        const x0 = block[a0 + r] as number
        const x1 = block[a1 + r] as number
        const y0 = block[b0 + r] as number
        const y1 = block[b1 + r] as number
        const y2 = block[b2 + r] as number
        const y3 = block[b3 + r] as number
        s00 += x0 * y0
        s01 += x0 * y1
        s02 += x0 * y2
        s03 += x0 * y3
        s10 += x1 * y0
        s11 += x1 * y1
        s12 += x1 * y2
        s13 += x1 * y3
      }
      const at = i * width + j
      gram[at] = (gram[at] as number) + s00
      gram[at + 1] = (gram[at + 1] as number) + s01
      gram[at + 2] = (gram[at + 2] as number) + s02
      gram[at + 3] = (gram[at + 3] as number) + s03
      const below = at + width
      gram[below] = (gram[below] as number) + s10
      gram[below + 1] = (gram[below + 1] as number) + s11
      gram[below + 2] = (gram[below + 2] as number) + s12
      gram[below + 3] = (gram[below + 3] as number) + s13
    }
  }
}

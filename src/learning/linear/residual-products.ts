// The gradient of least squares over one block of rows.

/**
 * products += blockᵀ · r, where r is the block's last column minus the others times the coefficients.
 *
 * products      Float64Array of padded(columnCount)
 * block         Float64Array, column-major with the given stride; the last of its columnCount columns is the target,
 *               and zeros pad it to padded(columnCount) columns
 * coefficients  Float64Array of columnCount − 1
 * residuals     Float64Array of rowCount at least, overwritten with r
 * O(rowCount · columnCount).
 */
export function addResidualProducts(
  products: Float64Array,
  block: Float64Array,
  rowCount: number,
  stride: number,
  columnCount: number,
  coefficients: Float64Array,
  residuals: Float64Array,
): void {
  const target = (columnCount - 1) * stride
  for (let i = 0; i < rowCount; i++) residuals[i] = block[target + i] as number
  // Padding columns are zeros, and so are the coefficients beyond the last.
  for (let j = 0; j < columnCount - 1; j += 4) {
    const c0 = -(coefficients[j] as number)
    const c1 = -(coefficients[j + 1] ?? 0)
    const c2 = -(coefficients[j + 2] ?? 0)
    const c3 = -(coefficients[j + 3] ?? 0)
    const at0 = j * stride
    const at1 = at0 + stride
    const at2 = at1 + stride
    const at3 = at2 + stride
    for (let i = 0; i < rowCount; i++) {
      residuals[i] =
        (residuals[i] as number) +
        (c0 * (block[at0 + i] as number) + c1 * (block[at1 + i] as number)) +
        (c2 * (block[at2 + i] as number) + c3 * (block[at3 + i] as number))
    }
  }
  for (let j = 0; j < columnCount; j += 4) {
    const at0 = j * stride
    const at1 = at0 + stride
    const at2 = at1 + stride
    const at3 = at2 + stride
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let i = 0; i < rowCount; i++) {
      const r = residuals[i] as number
      s0 += r * (block[at0 + i] as number)
      s1 += r * (block[at1 + i] as number)
      s2 += r * (block[at2 + i] as number)
      s3 += r * (block[at3 + i] as number)
    }
    products[j] = (products[j] as number) + s0
    products[j + 1] = (products[j + 1] as number) + s1
    products[j + 2] = (products[j + 2] as number) + s2
    products[j + 3] = (products[j + 3] as number) + s3
  }
}

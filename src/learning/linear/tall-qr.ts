// The triangular factor of a matrix of many rows, taken in block by block.

/** Squares below this are those of rounding residues, beside entries near 1: their reciprocals would overflow. */
const SQUARE_MIN = 1e-280

/**
 * Updates the upper triangle R to that of the QR factorization of R on top of a block of rows; the block is spoilt.
 *
 * r      Float64Array, row-major width × width, upper triangular; zeros to start with. Entries are at most about 1, and
 *        what is below 1e-140 in a column of the block counts as 0
 * block  Float64Array, column-major: column j is block[j · stride … j · stride + rowCount − 1]
 *
 * Householder reflections that touch one row of R each (Golub and Van Loan, Matrix Computations, 4th ed., 5.1 and 12.1;
 * Demmel et al. 2012, "Communication-optimal parallel and sequential QR and LU factorizations"). Backward stable;
 * neither Q nor the whole matrix is held. A right-hand side goes in as the last column: its part of R is Qᵀy.
 * O(rowCount · width²).
 */
export function updateTriangle(
  r: Float64Array,
  block: Float64Array,
  rowCount: number,
  stride: number,
  width: number,
): void {
  for (let j = 0; j < width; j++) {
    const at = j * stride
    let below = 0
    for (let i = 0; i < rowCount; i++) below += (block[at + i] as number) ** 2
    if (below < SQUARE_MIN) continue
    const alpha = r[j * width + j] as number
    const norm = Math.sqrt(alpha * alpha + below)
    // The sign that adds, so that the head of the reflector suffers no cancellation.
    const beta = alpha > 0 ? -norm : norm
    const head = alpha - beta
    const tau = -1 / (beta * head)
    r[j * width + j] = beta
    for (let k = j + 1; k < width; k++) {
      const other = k * stride
      let dot = head * (r[j * width + k] as number)
      for (let i = 0; i < rowCount; i++) dot += (block[at + i] as number) * (block[other + i] as number)
      const step = dot * tau
      r[j * width + k] = (r[j * width + k] as number) - step * head
      for (let i = 0; i < rowCount; i++) {
        block[other + i] = (block[other + i] as number) - step * (block[at + i] as number)
      }
    }
  }
}

// Each factor of a matrix against what it is a factor of.
import t from 'tap'
import { Breather } from '../breather.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { BidiagonalForm } from './bidiagonal-form.ts'
import { solveBidiagonal } from './bidiagonal-svd.ts'
import { factorize, inverseNorm, solveFactorized } from './cholesky.ts'
import { factorizePivoted } from './pivoted-cholesky.ts'
import { updateTriangle } from './tall-qr.ts'

const normals = (random: Random, length: number): Float64Array => Float64Array.from({ length }, () => random.normal())
const isNear = (a: number, b: number, tolerance = 1e-11): boolean => Math.abs(a - b) <= tolerance * (1 + Math.abs(b))

t.test('a Cholesky factor solves, and an indefinite matrix is refused', async (t) => {
  const matrix = Float64Array.from([4, 0, 0, 2, 5, 0, 1, 3, 6])
  const b = Float64Array.from([11, 21, 25])
  t.ok(factorize(matrix, 3))
  t.ok(isNear(inverseNorm(Float64Array.from([2, 0, 0, 4]), 2), Math.hypot(0.5, 0.25)))
  solveFactorized(matrix, 3, b)
  // 4x + 2y + z, 2x + 5y + 3z, x + 3y + 6z at (1, 2, 3).
  t.ok([1, 2, 3].every((value, i) => isNear(b[i]!, value)))
  t.notOk(factorize(Float64Array.from([1, 0, 2, 1]), 2))
  t.notOk(factorize(Float64Array.from([Number.NaN]), 1))
})

t.test('the pseudoinverse by a bidiagonal form is the one of the singular values', async (t) => {
  const random = new Random(9)
  for (const [rowCount, columnCount] of [
    [1, 1],
    [2, 2],
    [9, 4],
    [7, 7],
    [40, 23],
  ] as const) {
    for (const rank of new Set([columnCount, Math.max(1, columnCount - 3), 1])) {
      // A = L · R of that rank.
      const left = normals(random, rowCount * rank)
      const right = normals(random, rank * columnCount)
      const entry = (i: number, j: number): number =>
        Array.from({ length: rank }, (_, k) => left[i * rank + k]! * right[k * columnCount + j]!).reduce(
          (a, b) => a + b,
        )
      const b = normals(random, rowCount)
      const pose = (): BidiagonalForm => {
        const form = new BidiagonalForm(rowCount, columnCount)
        for (let j = 0; j < columnCount; j++) {
          for (let i = 0; i < rowCount; i++) form.matrix[j * form.stride + i] = entry(i, j)
        }
        return form
      }
      const breather = new Breather(new StopFlag())
      const options = { rankTolerance: 1e-10, penalty: 0 }
      const form = pose()
      await form.reduce(breather)
      const rotated = b.slice()
      form.applyLeftTransposed(rotated)
      const x = rotated.subarray(0, columnCount)
      t.equal(await solveBidiagonal(form, x, { ...options, isTransposed: false }, breather), rank)
      form.applyRight(x)
      // Aᵀ (b − A x) = 0, and x is a combination of the rows of R.
      const residual = b.map((value, i) => value - x.reduce((sum, xj, j) => sum + xj * entry(i, j), 0))
      for (let j = 0; j < columnCount; j++) {
        t.ok(Math.abs(residual.reduce((sum, r, i) => sum + r * entry(i, j), 0)) < 1e-9, `${rowCount} × ${columnCount}`)
      }
      // The transpose, whose answer Aᵀ takes to what remains of a vector in the range of Aᵀ.
      const other = pose()
      await other.reduce(breather)
      const y = new Float64Array(rowCount)
      const c = x.slice()
      other.applyRightTransposed(c)
      t.equal(await solveBidiagonal(other, c, { ...options, isTransposed: true }, breather), rank)
      y.set(c)
      other.applyLeft(y)
      for (let j = 0; j < columnCount; j++) {
        const back = y.reduce((sum, yi, i) => sum + yi * entry(i, j), 0)
        t.ok(Math.abs(back - x[j]!) < 1e-8 * (1 + Math.abs(x[j]!)), `${rowCount} × ${columnCount}, rank ${rank}`)
      }
    }
  }
})

t.test('a triangle takes columns that depend on each other, and residues of their rounding', async (t) => {
  const [width, rowCount] = [8, 6]
  const triangle = new Float64Array(width * width)
  const block = new Float64Array(width * rowCount)
  // Every column is the same but for a tail that no square can hold.
  for (let j = 0; j < width; j++) for (let i = 0; i < rowCount; i++) block[j * rowCount + i] = i === 0 ? 1 : j * 1e-160
  for (let again = 0; again < 3; again++) updateTriangle(triangle, block.slice(), rowCount, rowCount, width)
  t.ok(triangle.every(Number.isFinite))
  t.ok(isNear(Math.abs(triangle[0]!), Math.sqrt(3)))
})

t.test('a pivoted factor gives back the matrix, its rank, and what is left', async (t) => {
  const random = new Random(12)
  for (const [size, rank] of [
    [3, 3],
    [60, 60],
    [110, 70],
    [101, 97],
  ] as const) {
    // Products of `size` vectors of `rank` numbers.
    const vectors = Array.from({ length: size }, () => normals(random, rank))
    const entry = (i: number, j: number): number =>
      vectors[i]!.reduce((sum, value, k) => sum + value * vectors[j]![k]!, 0)
    const factor = await factorizePivoted(entry, size, 1e-9 * size, new StopFlag())
    t.equal(factor.rank, rank)
    t.ok(factor.rest < 1e-10 * size)
    t.same(
      [...factor.order].sort((a, b) => a - b),
      [...new Array(size).keys()],
    )
    const row = (k: number): Float64Array => factor.rows.subarray(k * size, (k + 1) * size)
    for (let a = 0; a < size; a += 7) {
      for (let b = a; b < size; b += 3) {
        const sum = Array.from({ length: rank }, (_, k) => row(k)[a]! * row(k)[b]!).reduce((x, y) => x + y)
        t.ok(isNear(sum, entry(factor.order[a]!, factor.order[b]!), 1e-9), `${size}: ${a}, ${b}`)
      }
      if (a > 0 && a < rank)
        t.ok(
          row(a)
            .subarray(0, a)
            .every((value) => value === 0),
        )
    }
    for (let k = 1; k < rank; k++) t.ok(row(k)[k]! <= row(k - 1)[k - 1]! * (1 + 1e-9), 'the largest first')
  }
})

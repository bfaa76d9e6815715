// The logistic loss of two classes and its gradient over a run of rows.
import { exp } from '../exp.ts'
import { f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { instantiate } from '../wasm/web-assembly.ts'
import { BINARY_LOSS_MODULE, type BinaryLossRoutines } from './binary-loss-module.ts'
import type { SparseTerms } from './sparse-terms.ts'

/** Values of a run: they stay in the second cache. */
const RUN_VALUES = 32_768
const RUN_ROWS_MIN = 64
/** No more: the product of two numbers up to 2 for each pair of them must be a number. */
const RUN_ROWS_MAX = 1024

/** One thread's part in a binary fit. Memory: a run of rows, 8 · (columns + 2) bytes each. */
export class BinaryLoss {
  /** Rows that `add` takes at most. */
  readonly rowsMax: number
  private readonly width: number
  private readonly routines: BinaryLossRoutines
  private readonly values: Float64Array
  private readonly scores: Float64Array
  private readonly codes: Int32Array
  private readonly line: Float64Array
  private readonly products: Float64Array
  private readonly answer: Float64Array

  /** width: columns, a multiple of 4. */
  constructor(width: number) {
    const rows = 2 * Math.floor(Math.max(RUN_ROWS_MIN, Math.min(RUN_ROWS_MAX, RUN_VALUES / Math.max(1, width))) / 2)
    const plan = new MemoryPlan()
    const arrays = layout(
      {
        values: f64(rows * width),
        scores: f64(rows),
        codes: i32(rows),
        answer: f64(6),
        line: f64(width),
        products: f64(width),
      },
      plan,
    )
    const memory = plan.allocateOwn('a logistic loss holds a run of rows')
    const { values, scores, codes, answer, line, products } = arrays.views(memory.buffer)
    this.rowsMax = rows
    this.width = width
    this.routines = instantiate(BINARY_LOSS_MODULE, { memory }) as BinaryLossRoutines
    this.values = values
    this.scores = scores
    this.codes = codes
    this.answer = answer
    this.line = line
    this.products = products
  }

  /**
   * Adds the loss and gradient of rows [start, end), at most rowsMax of them, to sums.
   *
   * columns    `width` of them; the values of a column with coefficient 0 must be finite
   * codes      0 or 1 per row
   * weights    per row, or undefined for 1
   * line       Float64Array of width + 1: a coefficient for each of the width columns, then the bias
   * sums       Float64Array of width + 2: Σ rᵢ xᵢⱼ for each column, Σ rᵢ, and the loss; rᵢ = weight · (σ(scoreᵢ) − code)
   * sparse     columns beside these, or undefined
   * O(rows · width + values of sparse), one exponential a row. Never overflows for finite scores.
   */
  add(
    columns: readonly Float64Array[],
    codes: Int32Array,
    weights: Float64Array | undefined,
    line: Float64Array,
    start: number,
    end: number,
    sums: Float64Array,
    sparse?: SparseTerms,
  ): void {
    const { width, rowsMax, routines, values, scores, products } = this
    const rowCount = end - start
    const stride = 8 * rowsMax
    const scoresEnd = scores.byteOffset + 8 * (rowCount + (rowCount % 2))
    this.line.set(line.subarray(0, width))
    scores.fill(line[width] as number, 0, rowCount)
    sparse?.addScores(start, end, scores, 0, 0)
    products.fill(0)
    for (let j = 0; j < width; j++) values.set((columns[j] as Float64Array).subarray(start, end), j * rowsMax)
    for (let j = 0; j < width; j += 4) {
      const at = values.byteOffset + j * stride
      routines.addColumns(scores.byteOffset, scoresEnd, at, stride, this.line.byteOffset + 8 * j)
    }
    // What fills up the last pair must add nothing to the products.
    const fast = weights === undefined ? rowCount - (rowCount % 2) : 0
    if (fast > 0) this.judge(codes, start, fast, sums)
    this.judgeSlowly(codes, weights, start, fast, rowCount, sums)
    if (rowCount % 2 === 1) scores[rowCount] = 0
    for (let j = 0; j < width; j += 4) {
      const at = values.byteOffset + j * stride
      routines.addProducts(scores.byteOffset, scoresEnd, at, stride, products.byteOffset + 8 * j)
    }
    for (let j = 0; j < width; j++) sums[j] = (sums[j] as number) + (products[j] as number)
    sparse?.addProducts(start, end, scores, 0, 0)
  }

  /** Makes the first `count` scores residuals, an even number; adds these and the loss to sums. */
  private judge(codes: Int32Array, start: number, count: number, sums: Float64Array): void {
    const { width, scores, answer } = this
    const at = scores.byteOffset
    this.codes.set(codes.subarray(start, start + count))
    this.routines.toResiduals(at, at + 8 * count, this.codes.byteOffset, answer.byteOffset)
    const [residual, otherResidual, linear, otherLinear, product, otherProduct] = answer as unknown as [
      ...[number, number, number, number, number, number],
    ]
    sums[width] = (sums[width] as number) + (residual + otherResidual)
    sums[width + 1] = (sums[width + 1] as number) + (linear + otherLinear + Math.log(product) + Math.log(otherProduct))
  }

  /** The same for scores [from, to), with weights or without. */
  private judgeSlowly(
    codes: Int32Array,
    weights: Float64Array | undefined,
    start: number,
    from: number,
    to: number,
    sums: Float64Array,
  ): void {
    const { width, scores } = this
    let residualSum = 0
    let loss = 0
    for (let i = from; i < to; i++) {
      const score = scores[i] as number
      const code = codes[start + i] as number
      const weight = weights === undefined ? 1 : (weights[start + i] as number)
      const decay = exp(-Math.abs(score))
      const inverse = 1 / (1 + decay)
      const residual = weight * ((score >= 0 ? inverse : decay * inverse) - code)
      if (weight !== 0) loss += weight * (Math.max(score, 0) - code * score + Math.log(1 + decay))
      scores[i] = residual
      residualSum += residual
    }
    sums[width] = (sums[width] as number) + residualSum
    sums[width + 1] = (sums[width + 1] as number) + loss
  }
}

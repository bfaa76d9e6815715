// The two forms in which coordinate descent can see its data: a Gram matrix, or columns and a residual.
import type { LassoProblem } from './coordinate-descent.ts'

/** Many rows: a step costs O(columns), and the rows are not looked at again. */
export class GramProblem implements LassoProblem {
  readonly squaredNorms: Float64Array
  readonly targetNorm2: number
  private readonly gram: Float64Array
  private readonly targetProducts: Float64Array
  private readonly fittedProducts: Float64Array

  /** gram: row-major d × d, XᵀX; targetProducts: Xᵀy; targetNorm2: yᵀy. Kept, not copied. */
  constructor(gram: Float64Array, targetProducts: Float64Array, targetNorm2: number) {
    const d = targetProducts.length
    this.gram = gram
    this.targetProducts = targetProducts
    this.targetNorm2 = targetNorm2
    this.squaredNorms = targetProducts.map((_, j) => gram[j * d + j] as number)
    this.fittedProducts = new Float64Array(d)
  }

  correlation(j: number): number {
    return (this.targetProducts[j] as number) - (this.fittedProducts[j] as number)
  }

  moved(j: number, change: number): void {
    const { gram, fittedProducts } = this
    const d = fittedProducts.length
    for (let k = 0, at = j * d; k < d; k++, at++) {
      fittedProducts[k] = (fittedProducts[k] as number) + change * (gram[at] as number)
    }
  }

  residual(w: Float64Array): { norm2: number; withTarget: number } {
    let fittedWithTarget = 0
    let fittedNorm2 = 0
    for (let j = 0; j < w.length; j++) {
      fittedWithTarget += (w[j] as number) * (this.targetProducts[j] as number)
      fittedNorm2 += (w[j] as number) * (this.fittedProducts[j] as number)
    }
    const withTarget = this.targetNorm2 - fittedWithTarget
    return { norm2: withTarget - fittedWithTarget + fittedNorm2, withTarget }
  }
}

/** The values of a sparse column times the roots of their rows; the column is centred by its mean. */
export interface CentredSparse {
  readonly rows: Int32Array
  readonly values: Float64Array
  readonly mean: number
  /** Σ of the squares of all its entries, centred. */
  readonly square: number
}

/** As many columns as rows or more: a step costs O(rows), or O(values) of a sparse column, and no Gram matrix is made. */
export class ResidualProblem implements LassoProblem {
  readonly squaredNorms: Float64Array
  readonly targetNorm2: number
  private readonly columns: readonly (Float64Array | CentredSparse)[]
  private readonly target: Float64Array
  private readonly roots: Float64Array | undefined
  /** Of the target, and so of all residuals, for no centred column changes it. */
  private readonly weightedSum: number
  /** Of each sparse column Σ value · root. */
  private readonly rootSums: Float64Array
  /** Each less `shift` times the root, which is what the means of sparse columns add to all of them. */
  private readonly residuals: Float64Array
  private shift = 0

  /**
   * Kept, not copied. Where there are CentredSparse, Float64Arrays and the target are centred when these have a mean.
   * roots: √weight per row, by which all values are multiplied already; absent for 1.
   */
  constructor(columns: readonly (Float64Array | CentredSparse)[], target: Float64Array, roots?: Float64Array) {
    this.columns = columns
    this.target = target
    this.roots = roots
    this.residuals = target.slice()
    this.squaredNorms = Float64Array.from(columns, (column) =>
      column instanceof Float64Array ? dot(column, column) : column.square,
    )
    this.rootSums = Float64Array.from(columns, (column) => {
      if (column instanceof Float64Array) return 0
      const { rows, values } = column
      return roots === undefined
        ? sumOf(values)
        : values.reduce((sum, v, k) => sum + v * (roots[rows[k] as number] as number), 0)
    })
    this.targetNorm2 = dot(target, target)
    this.weightedSum = roots === undefined ? sumOf(target) : dot(target, roots)
  }

  correlation(j: number): number {
    const { residuals, shift } = this
    const column = this.columns[j] as Float64Array | CentredSparse
    if (column instanceof Float64Array) return dot(column, residuals)
    const { rows, values, mean } = column
    let sum = (this.rootSums[j] as number) * shift - mean * this.weightedSum
    for (let k = 0; k < rows.length; k++) sum += (values[k] as number) * (residuals[rows[k] as number] as number)
    return sum
  }

  moved(j: number, change: number): void {
    const { residuals } = this
    const column = this.columns[j] as Float64Array | CentredSparse
    if (column instanceof Float64Array) {
      for (let i = 0; i < residuals.length; i++) {
        residuals[i] = (residuals[i] as number) - change * (column[i] as number)
      }
      return
    }
    const { rows, values, mean } = column
    for (let k = 0; k < rows.length; k++) {
      const i = rows[k] as number
      residuals[i] = (residuals[i] as number) - change * (values[k] as number)
    }
    this.shift += change * mean
  }

  residual(): { norm2: number; withTarget: number } {
    const { residuals, shift, target, roots } = this
    if (shift === 0) return { norm2: dot(residuals, residuals), withTarget: dot(residuals, target) }
    const whole = residuals.map((value, i) => value + shift * (roots === undefined ? 1 : (roots[i] as number)))
    return { norm2: dot(whole, whole), withTarget: dot(whole, target) }
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

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

/** A column of which all but the rows with a 1 are 0, less its mean. */
export interface CentredOnes {
  readonly ones: Int32Array
  readonly mean: number
}

/** As many columns as rows or more: a step costs O(rows), or O(ones) of an indicator, and no Gram matrix is made. */
export class ResidualProblem implements LassoProblem {
  readonly squaredNorms: Float64Array
  readonly targetNorm2: number
  private readonly columns: readonly (Float64Array | CentredOnes)[]
  private readonly target: Float64Array
  private readonly targetSum: number
  /** Each less `shift`, which is what the means of indicators add to all of them. */
  private readonly residuals: Float64Array
  private shift = 0

  /** Kept, not copied. Where there are CentredOnes, Float64Arrays sum to 0 when these have a mean. */
  constructor(columns: readonly (Float64Array | CentredOnes)[], target: Float64Array) {
    this.columns = columns
    this.target = target
    this.residuals = target.slice()
    this.squaredNorms = Float64Array.from(columns, (column) => {
      if (column instanceof Float64Array) return dot(column, column)
      const { ones, mean } = column
      return ones.length * (1 - mean) ** 2 + (target.length - ones.length) * mean ** 2
    })
    this.targetNorm2 = dot(target, target)
    this.targetSum = sumOf(target)
  }

  correlation(j: number): number {
    const { residuals, shift } = this
    const column = this.columns[j] as Float64Array | CentredOnes
    if (column instanceof Float64Array) return dot(column, residuals)
    let sum = column.ones.length * shift - column.mean * this.targetSum
    for (let k = 0; k < column.ones.length; k++) sum += residuals[column.ones[k] as number] as number
    return sum
  }

  moved(j: number, change: number): void {
    const { residuals } = this
    const column = this.columns[j] as Float64Array | CentredOnes
    if (column instanceof Float64Array) {
      for (let i = 0; i < residuals.length; i++) {
        residuals[i] = (residuals[i] as number) - change * (column[i] as number)
      }
      return
    }
    for (let k = 0; k < column.ones.length; k++) {
      const i = column.ones[k] as number
      residuals[i] = (residuals[i] as number) - change
    }
    this.shift += change * column.mean
  }

  residual(): { norm2: number; withTarget: number } {
    const { residuals, shift, target } = this
    if (shift === 0) return { norm2: dot(residuals, residuals), withTarget: dot(residuals, target) }
    const whole = residuals.map((value) => value + shift)
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

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

/** As many columns as rows or more: a step costs O(rows), and no Gram matrix is made. */
export class ResidualProblem implements LassoProblem {
  readonly squaredNorms: Float64Array
  readonly targetNorm2: number
  private readonly columns: readonly Float64Array[]
  private readonly target: Float64Array
  private readonly residuals: Float64Array

  /** Kept, not copied. */
  constructor(columns: readonly Float64Array[], target: Float64Array) {
    this.columns = columns
    this.target = target
    this.residuals = target.slice()
    this.squaredNorms = Float64Array.from(columns, (column) => dot(column, column))
    this.targetNorm2 = dot(target, target)
  }

  correlation(j: number): number {
    return dot(this.columns[j] as Float64Array, this.residuals)
  }

  moved(j: number, change: number): void {
    const { residuals } = this
    const column = this.columns[j] as Float64Array
    for (let i = 0; i < residuals.length; i++) residuals[i] = (residuals[i] as number) - change * (column[i] as number)
  }

  residual(): { norm2: number; withTarget: number } {
    return { norm2: dot(this.residuals, this.residuals), withTarget: dot(this.residuals, this.target) }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

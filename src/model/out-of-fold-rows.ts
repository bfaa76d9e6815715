// Predictions of rows by pipelines that were not fitted on them, gathered over the folds of a cross-validation.
import { firstMaxima } from '../learning/first-maxima.ts'
import type { Predictions } from './fitted-pipeline.ts'
import { codesOf } from './level-codes.ts'
import type { Probabilities } from './output-rows.ts'
import { asCategorical, type Level, type Table } from './table.ts'

/** Of one label column; one entry a row of the whole table. A row that was never validated has NaN. */
export type FoldPredictions =
  | { readonly kind: 'regressor'; readonly name: string; readonly values: Float64Array }
  | {
      readonly kind: 'classifier'
      readonly name: string
      /** Those of the whole column, in order. */
      readonly levels: readonly Level[]
      /** Indices of levels; −1 of a row that was never validated. */
      readonly codes: Int32Array
      /** Row-major rows × levels; 0 for a class that a fold did not learn. */
      readonly probabilities: Float64Array
    }

/** A row that several folds validate (repeats) gets the means of its numbers or probabilities. */
export class OutOfFoldRows {
  private readonly labels: Table
  private readonly timesSeen: Float64Array
  /** Per label column that was predicted, sums over folds. */
  private readonly sums = new Map<string, Float64Array>()
  private readonly levels = new Map<string, readonly Level[]>()

  /** labels: of all rows. */
  constructor(labels: Table) {
    this.labels = labels
    this.timesSeen = new Float64Array(labels.rowCount)
  }

  /** predictions: of the rows with the given indices, in their order. */
  add(predictions: Predictions, rows: Int32Array): void {
    for (const row of rows) this.timesSeen[row] = (this.timesSeen[row] as number) + 1
    for (const probabilities of predictions.probabilities) this.addProbabilities(probabilities, rows)
    const classified = new Set(predictions.probabilities.map(({ name }) => name))
    for (const column of predictions.labels.columns) {
      // Of a class that gives categories without probabilities there is no mean.
      if (classified.has(column.name) || column.kind !== 'numeric') continue
      const { values } = column
      const sums = this.sumsOf(column.name, 1)
      rows.forEach((row, i) => {
        sums[row] = (sums[row] as number) + (values[i] as number)
      })
    }
  }

  predictions(): FoldPredictions[] {
    return [...this.sums].map(([name, sums]): FoldPredictions => {
      const levels = this.levels.get(name)
      if (levels === undefined) {
        return { kind: 'regressor', name, values: sums.map((sum, row) => sum / (this.timesSeen[row] as number)) }
      }
      const probabilities = sums.map((sum, at) => sum / (this.timesSeen[Math.floor(at / levels.length)] as number))
      const codes = new Int32Array(this.labels.rowCount)
      firstMaxima(probabilities, levels.length, codes)
      this.timesSeen.forEach((times, row) => {
        if (times === 0) codes[row] = -1
      })
      return { kind: 'classifier', name, levels, codes, probabilities }
    })
  }

  private addProbabilities({ name, levels, values }: Probabilities, rows: Int32Array): void {
    let whole = this.levels.get(name)
    if (whole === undefined) {
      const label = this.labels.columns.find((column) => column.name === name)
      // Of a class that predicts what nobody has given.
      if (label === undefined) return
      whole = asCategorical(label).levels
      this.levels.set(name, whole)
    }
    const codeOf = codesOf(whole)
    const codes = levels.map((level) => codeOf.get(level))
    const count = whole.length
    const sums = this.sumsOf(name, count)
    rows.forEach((row, i) => {
      codes.forEach((code, c) => {
        const at = row * count + code
        sums[at] = (sums[at] as number) + (values[i * levels.length + c] as number)
      })
    })
  }

  private sumsOf(name: string, width: number): Float64Array {
    let sums = this.sums.get(name)
    if (sums === undefined) {
      sums = new Float64Array(this.labels.rowCount * width)
      this.sums.set(name, sums)
    }
    return sums
  }
}

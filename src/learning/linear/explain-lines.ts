// Explanations of lines: what each column adds, beside the mean of the training rows where that is known.
import { StateError } from '../errors.ts'
import type { LinearTerms } from '../estimator.ts'
import type { Explanation } from '../explanation/explanation.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'

type Lines = Pick<Explanation, 'comparedWith' | 'bases' | 'contributions'>

/**
 * Column j adds coefficient · (value − mean): the Shapley values of a line where columns that are not known are at their means
 * (Lundberg and Lee 2017, Linear SHAP). Without means it is compared with a row of zeros.
 *
 * means   one per column; undefined where they are not known, or the line has no intercept to hold them
 * lines   which of the lines of `terms`
 * O(rows × lines × columns).
 */
export function explainLines(
  x: RowBlock,
  { intercepts, coefficients }: Pick<LinearTerms, 'intercepts' | 'coefficients'>,
  means: Float64Array | undefined,
  lines: readonly number[],
): Lines {
  const { rowCount, columnCount, values } = toDenseRows(x, 0, x.rowCount)
  const contributions = new Float64Array(rowCount * lines.length * columnCount)
  const bases = Float64Array.from(lines, (line) => {
    let base = intercepts[line] as number
    if (means !== undefined) {
      for (let j = 0; j < columnCount; j++) {
        base += (coefficients[line * columnCount + j] as number) * (means[j] as number)
      }
    }
    return base
  })
  let to = 0
  for (let i = 0; i < rowCount; i++) {
    for (const line of lines) {
      for (let j = 0, at = i * columnCount; j < columnCount; j++, at++) {
        const off = (values[at] as number) - (means?.[j] ?? 0)
        contributions[to++] = (coefficients[line * columnCount + j] as number) * off
      }
    }
  }
  return { comparedWith: means === undefined ? 'zeros' : 'training_rows', bases, contributions }
}

/** The means of columns by their place in a Matrix; 0 for those that the fit left out, whose coefficient is 0. */
export function meansByColumn(features: Int32Array, means: Float64Array, columnCount: number): Float64Array {
  const all = new Float64Array(columnCount)
  features.forEach((feature, k) => {
    all[feature] = means[k] as number
  })
  return all
}

/** Of a state: undefined in what was written before they were kept. Throws StateError. */
export function requireMeans(means: unknown, columnCount: number): asserts means is Float64Array | undefined {
  if (means === undefined) return
  if (means instanceof Float64Array && means.length === columnCount && means.every(Number.isFinite)) return
  throw new StateError(`means: expected ${columnCount} finite numbers`)
}

// What a fitted estimator says of itself: importances, coefficients, its first tree, the course of its loss.
import type { FittedEstimator } from '../learning/estimator.ts'
import { largest } from './describe-features.ts'
import type { EncodedColumn } from './encoded-columns.ts'
import type { CoefficientsReport, ImportancesReport, LossReport } from './fit-report.ts'
import { LIMITS } from './limits.ts'
import { rounded, roundedOrNull, shortText } from './texts.ts'

/** What the estimator's columns owe to each feature: columns that were made of one are added up. */
export function importancesByFeature(
  importances: Float64Array,
  columns: readonly EncodedColumn[],
  featureCount: number,
): Float64Array | undefined {
  if (importances.length !== columns.length || columns.some(({ source }) => source < 0)) return undefined
  const sums = new Float64Array(featureCount)
  columns.forEach(({ source }, j) => {
    sums[source] = (sums[source] as number) + (importances[j] as number)
  })
  return sums
}

/** The largest of the importances, one a feature. rows: null for those by impurity. */
export function rankImportances(
  values: Float64Array,
  names: readonly string[],
  rows: number | null,
): ImportancesReport | null {
  if (values.every((value) => value === 0)) return null
  const top = largest(values, LIMITS.features)
  return {
    method: rows === null ? 'impurity' : 'permutation',
    rows,
    names: top.map((j) => shortText(names[j] as string)),
    values: top.map((j) => rounded(values[j] as number)),
    columnCount: values.length,
  }
}

/** The columns with the largest coefficients, of the first lines. classNames: of each class by code. */
export function describeCoefficients(
  fitted: FittedEstimator,
  columns: readonly EncodedColumn[],
  classNames: (code: number) => string,
): CoefficientsReport | null {
  const terms = fitted.linearTerms
  if (terms === undefined || terms.intercepts.length === 0) return null
  const { coefficients, intercepts, classCodes } = terms
  const columnCount = fitted.columnCount
  const lineCount = Math.min(intercepts.length, LIMITS.lines)
  const sizes = new Float64Array(columnCount)
  for (let k = 0; k < lineCount * columnCount; k++) {
    sizes[k % columnCount] = Math.max(sizes[k % columnCount] as number, Math.abs(coefficients[k] as number))
  }
  const top = largest(sizes, LIMITS.coefficients)
  const lines = Array.from({ length: lineCount }, (_, line) => line)
  return {
    lines: lines.map((line) => {
      const code = classCodes[line] ?? null
      return code === null ? null : classNames(code)
    }),
    lineCount: intercepts.length,
    columns: top.map((j) => columns[j]?.name ?? String(j)),
    columnCount,
    intercepts: lines.map((line) => rounded(intercepts[line] as number)),
    values: lines.map((line) => top.map((j) => rounded(coefficients[line * columnCount + j] as number))),
    isStandardized: top.every((j) => columns[j]?.isStandardized === true),
    standardized: top.map((j) => columns[j]?.isStandardized === true),
  }
}

/** Losses of iterations, evenly spaced where they are many, the last among them. */
export function describeLoss({ trainingLoss, validationLoss }: FittedEstimator): LossReport | null {
  if (trainingLoss === undefined || trainingLoss.length < 2) return null
  const count = Math.min(trainingLoss.length, LIMITS.losses)
  const iterations = Array.from({ length: count }, (_, k) => Math.round((k * (trainingLoss.length - 1)) / (count - 1)))
  const take = (losses: Float64Array | undefined): number[] => {
    if (losses?.length !== trainingLoss.length) return []
    return iterations.map((i) => roundedOrNull(losses[i])).filter((loss) => loss !== null)
  }
  const [training, validation] = [take(trainingLoss), take(validationLoss)]
  if (training.length !== count) return null
  return { iterations, training, validation: validation.length === count ? validation : [] }
}

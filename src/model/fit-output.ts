// An estimator fitted on an encoded frame for one label column.
import { DataError } from '../learning/errors.ts'
import type { Estimator, FitContext } from '../learning/estimator.ts'
import { hasMissing } from '../learning/matrix.ts'
import type { FitWarning, Warning } from '../learning/warnings.ts'
import type { FittedOutput } from './output-rows.ts'
import { presentOnly } from './present-only.ts'
import { type Frame, kindOf, nameOfColumn } from './steps/step.ts'
import { asCategorical, type Column } from './table.ts'

/** Throws DataError for a column that the estimator cannot take, with the step that is missing. */
export function checkAbilities({ abilities }: Estimator, frame: Frame): void {
  if (frame.sparse !== undefined && abilities.sparse !== true) {
    throw new DataError(
      'a step made sparse columns, which this estimator cannot take: it may where takesSparse is true',
    )
  }
  const text = frame.columns.findIndex((_, j) => kindOf(frame, j) === 'text')
  if (text >= 0) throw new DataError(`column "${frame.columnNames[text]}" holds free text: add text() to the steps`)
  const time = frame.columns.findIndex((_, j) => kindOf(frame, j) === 'time')
  if (time >= 0) throw new DataError(`column "${frame.columnNames[time]}" holds times: add times() to the steps`)
  const categorical = frame.categoryCounts.findIndex((count) => count > 0)
  if (!abilities.categories && categorical >= 0) {
    throw new DataError(
      `column "${frame.columnNames[categorical]}" is categorical, which this estimator cannot take: add oneHot() or ordinal() to the steps`,
    )
  }
  const columns = frame.columns.filter((_, j) => frame.isIndicator?.[j] !== true)
  if (!abilities.missing && hasMissing({ ...frame, columns })) {
    throw new DataError('values are missing, which this estimator cannot take: add impute() to the steps')
  }
}

/** Hears warnings of an estimator, which knows its columns by index, with the names that they have in the frame. */
export function byName(frame: Frame, warn: (warning: Warning) => void): (warning: FitWarning) => void {
  return ({ column, ...warning }) => {
    const name = column === undefined ? undefined : nameOfColumn(frame, column)
    warn(name === undefined ? warning : { ...warning, column: name })
  }
}

/** `label`: undefined for methods without labels. Throws what the estimator throws. */
export async function fitOutput(
  estimator: Estimator,
  frame: Frame,
  label: Column | undefined,
  context: FitContext & { readonly sampleWeight?: Float64Array },
): Promise<FittedOutput> {
  const name = label?.name ?? ''
  const { sampleWeight } = context
  switch (estimator.kind) {
    case 'classifier':
    case 'recommender': {
      const { codes, levels } = presentOnly(asCategorical(label as Column))
      const fitted = await estimator.fit(frame, { codes, classNames: levels.map(String) }, context, sampleWeight)
      return { name, levels, fitted }
    }
    case 'regressor': {
      const values = label?.kind === 'numeric' ? label.values : new Float64Array(0)
      return { name, fitted: await estimator.fit(frame, values, context, sampleWeight) }
    }
    default:
      return { name, fitted: await estimator.fit(frame, context, sampleWeight) }
  }
}

// An estimator fitted on an encoded frame for one label column.
import { DataError } from '../learning/errors.ts'
import type { Estimator, FitContext } from '../learning/estimator.ts'
import { hasMissing } from '../learning/matrix.ts'
import type { FitWarning, Warning } from '../learning/warnings.ts'
import type { FittedOutput } from './output-rows.ts'
import { type Frame, kindOf, nameOfColumn } from './steps/step.ts'
import { asCategorical, type CategoricalColumn, type Column } from './table.ts'

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
    case 'classifier': {
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

/** The column without levels that no row has, as a part of a larger table may come. */
function presentOnly(column: CategoricalColumn): CategoricalColumn {
  const newCodes = new Int32Array(column.levels.length).fill(-1)
  for (const code of column.codes) newCodes[code] = 0
  const levels = column.levels.filter((_, code) => newCodes[code] === 0)
  let next = 0
  newCodes.forEach((code, i) => {
    if (code === 0) newCodes[i] = next++
  })
  return { ...column, codes: column.codes.map((code) => newCodes[code] as number), levels }
}

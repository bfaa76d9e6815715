// Columns of many categories as the mean label of each (scikit-learn's TargetEncoder).
import { DataError, StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { drawFolds } from '../../learning/model-selection/draw-folds.ts'
import { crossEncode, encodeLevels, type Smoothing } from '../../learning/target-encoding.ts'
import { asCategorical, type Column } from '../table.ts'
import { ENCODED_COLUMNS_MAX } from './one-hot.ts'
import {
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  replaceColumns,
  type StepContext,
  type StepOptions,
} from './step.ts'

interface TargetEncodeOptions extends StepOptions {
  /** Columns with fewer categories are left for other steps, unless they are named. Default 51. */
  readonly levelsMin?: number
  /** Default 'auto'. */
  readonly smooth?: Smoothing
}

/** As scikit-learn's cv. */
const FOLDS = 5
const LEVELS_MIN = 51
/** From this share of rows with a category of their own on, a column is an identifier. With 0.9 a column that tells was lost. */
const OWN_SHARE = 0.95
const ROWS_MIN = 30

/** What a column is encoded by: a number for each row. */
interface Target {
  /** Behind the column's name; empty where there is one target alone. */
  readonly suffix: string
  readonly values: Float64Array
  readonly folds: Uint8Array
}

/**
 * Replaces columns of many categories by the mean label of each category, smoothed: one column for a number and for two
 * classes, one a class for more, and the same again for each further label column. Training rows are encoded by what other
 * rows say (five folds), all later rows by all training rows. Missing is a category of its own. A column of which nearly
 * every row has a category of its own is left out, where another column is there, and told. For estimators with labels;
 * without labels it does nothing. O(rows × targets). Throws DataError when more than 10,000 columns would come of it.
 */
export function targetEncode(options: TargetEncodeOptions = {}): EncodingStep {
  const { columns, levelsMin = LEVELS_MIN, smooth = 'auto' } = options
  const takes = (frame: Frame, j: number): boolean =>
    kindOf(frame, j) === 'categorical' &&
    (columns === undefined
      ? (frame.categoryCounts[j] as number) >= levelsMin
      : columns.includes(frame.columnNames[j] as string))
  const fitTransform = (frame: Frame, context: StepContext) => {
    const targets = context.labels.flatMap((label) => targetsOf(label, context, frame.rowCount))
    const leftOut = identifiersIn(frame, (j) => targets.length > 0 && takes(frame, j))
    const chosen = frame.columns.map((_, j) => targets.length > 0 && takes(frame, j) && !leftOut.has(j))
    const made = chosen.filter(Boolean).length * targets.length
    if (made > ENCODED_COLUMNS_MAX) {
      throw new DataError(`target encoding makes ${made} columns, at most ${ENCODED_COLUMNS_MAX} are possible`)
    }
    const encodings = frame.columns.map((codes, j) =>
      chosen[j]
        ? targets.map(({ values }) => encodeLevels(codes, frame.categoryCounts[j] as number, values, smooth))
        : [],
    )
    tell(frame, chosen, leftOut, context)
    const suffixes = targets.map(({ suffix }) => suffix)
    const fitted = new FittedTargetEncode(encodings, leftOut, suffixes)
    const encoded = fitted.replace(frame, (codes, j, k) => {
      const { values, folds } = targets[k] as Target
      return crossEncode(codes, frame.categoryCounts[j] as number, values, smooth, folds, FOLDS)
    })
    return { fitted, encoded }
  }
  return {
    type: 'target_encode',
    isNeeded: (frame) => frame.columns.some((_, j) => takes(frame, j)),
    fit: (frame, context) => fitTransform(frame, context).fitted,
    fitTransform,
    restore,
  }
}

function targetsOf(label: Column, { kind, labels, seed }: StepContext, rowCount: number): Target[] {
  const prefix = labels.length > 1 ? `.${label.name}` : ''
  if (kind === 'regressor' && label.kind === 'numeric') {
    return [{ suffix: prefix, values: label.values, folds: drawFolds(rowCount, FOLDS, seed) }]
  }
  const { codes, levels } = asCategorical(label)
  const folds = drawFolds(rowCount, FOLDS, seed, { codes, classNames: levels.map(String) })
  const isPresent = new Uint8Array(levels.length)
  for (const code of codes) isPresent[code] = 1
  const present = levels.flatMap((level, code) => (isPresent[code] === 1 ? [{ level, code }] : []))
  const isOne = (of: number): Float64Array => Float64Array.from(codes, (code) => (code === of ? 1 : 0))
  // Two classes tell the same twice: the second stands for both.
  if (present.length <= 2) return present.slice(-1).map(({ code }) => ({ suffix: prefix, values: isOne(code), folds }))
  return present.map(({ level, code }) => ({ suffix: `${prefix}.${level}`, values: isOne(code), folds }))
}

/** Columns that say nothing of other rows. None where no other column would be left. */
function identifiersIn(frame: Frame, takes: (j: number) => boolean): ReadonlySet<number> {
  const found = frame.columns.flatMap((codes, j) => (takes(j) && isIdentifier(codes) ? [j] : []))
  return new Set(found.length < frame.columns.length ? found : [])
}

function isIdentifier(codes: Float64Array): boolean {
  const present = codes.filter((code) => !Number.isNaN(code))
  return present.length >= ROWS_MIN && new Set(present).size >= OWN_SHARE * present.length
}

function tell(
  { columnNames, categoryCounts }: Frame,
  chosen: readonly boolean[],
  leftOut: ReadonlySet<number>,
  { warn }: StepContext,
): void {
  columnNames.forEach((column, j) => {
    if (chosen[j]) {
      const message = `${categoryCounts[j]} categories were replaced by the mean label of each, smoothed; training rows by that of other rows`
      warn({ code: 'TARGET_ENCODED', column, message })
    } else if (leftOut.has(j)) {
      const message = 'nearly every row has a value of its own, which tells nothing of other rows'
      warn({ code: 'COLUMN_LEFT_OUT', column, message })
    }
  })
}

class FittedTargetEncode implements FittedStep {
  readonly type = 'target_encode'
  readonly isBuiltIn = true
  /** Per column of the incoming frame and target: the number of each category, then that of a missing value. */
  private readonly encodings: readonly (readonly Float64Array[])[]
  private readonly leftOut: ReadonlySet<number>
  /** Per target what is put behind a column's name. */
  private readonly suffixes: readonly string[]

  constructor(
    encodings: readonly (readonly Float64Array[])[],
    leftOut: ReadonlySet<number>,
    suffixes: readonly string[],
  ) {
    this.encodings = encodings
    this.leftOut = leftOut
    this.suffixes = suffixes
  }

  transform(frame: Frame): Frame {
    return this.replace(frame, (codes, j, k) => {
      const encodings = this.encodings[j]?.[k] as Float64Array
      const missing = encodings.at(-1) as number
      return codes.map((code) => (Number.isNaN(code) ? missing : (encodings[code] as number)))
    })
  }

  /** The frame with each encoded column as `encode` says for its index and that of the target. */
  replace(frame: Frame, encode: (codes: Float64Array, j: number, target: number) => Float64Array): Frame {
    return replaceColumns(frame, (j) => {
      if (this.leftOut.has(j)) return []
      if (this.encodings[j]?.length === 0) return undefined
      return this.suffixes.map((suffix, k) => ({
        name: `${frame.columnNames[j]}${suffix}`,
        values: encode(frame.columns[j] as Float64Array, j, k),
      }))
    })
  }

  toState(): EstimatorState {
    return { encodings: this.encodings, left_out: Int32Array.from(this.leftOut), suffixes: this.suffixes }
  }
}

function restore({ encodings, left_out: leftOut, suffixes }: EstimatorState): FittedStep {
  if (!Array.isArray(suffixes) || !suffixes.every((suffix) => typeof suffix === 'string')) {
    throw new StateError('expected the suffixes of encoded columns')
  }
  const areEncodings = (of: unknown): of is Float64Array[] =>
    Array.isArray(of) &&
    (of.length === 0 || of.length === suffixes.length) &&
    of.every((numbers) => numbers instanceof Float64Array && numbers.length > 0)
  if (!Array.isArray(encodings) || !encodings.every(areEncodings)) throw new StateError('expected encodings by column')
  if (!(leftOut instanceof Int32Array)) throw new StateError('expected the columns that are left out')
  return new FittedTargetEncode(encodings, new Set(leftOut), suffixes)
}

// What every encoding step is: unfitted it learns from a frame, fitted it turns frames into others.
import { StateError } from '../../learning/errors.ts'
import type { Estimator, EstimatorState, FitContext } from '../../learning/estimator.ts'
import { fitContext } from '../../learning/fit-context.ts'
import type { Matrix } from '../../learning/matrix.ts'
import { joinSparse, type SparseRows } from '../../learning/sparse.ts'
import type { Warning } from '../../learning/warnings.ts'
import type { Column, Level } from '../table.ts'

/** Texts are codes of levels that are those of one frame alone. */
export type ColumnKind = Column['kind'] | 'text'

/** Columns that one step made of one column, next to each other. */
export interface SparsePart {
  readonly columnCount: number
  /** The name of the feature that they come of. */
  readonly source: string
  /** The name of each, counted from 0 in the part. */
  nameOf(column: number): string
}

/** Sparse columns with what they are called: there may be too many of them for a list of names in each frame. */
export interface SparseFrame extends SparseRows {
  readonly parts: readonly SparsePart[]
}

/** A matrix whose columns have names: those of the table first, those that steps made later. */
export interface Frame extends Matrix {
  readonly columnNames: readonly string[]
  /**
   * Of each column, whether it is one of 0 and 1 for a category, which has no missing value and needs no scale. Absent:
   * none is.
   */
  readonly isIndicator?: readonly boolean[]
  /**
   * Of each column what it holds. Times are milliseconds since 1970-01-01T00:00Z. Absent: numbers and categories, as
   * categoryCounts says.
   */
  readonly kinds?: readonly ColumnKind[]
  /** Of each column of categories or texts its values by code; undefined for others. Absent: nobody knows them. */
  readonly levels?: readonly (readonly Level[] | undefined)[]
  /** Of each column the name of the feature that it comes of. Absent: as its own name says. */
  readonly sources?: readonly string[]
  /** Behind all of these, columns for words and categories, most of whose values are 0. No other step changes them. */
  readonly sparse?: SparseFrame
}

/** What a step may know of a training besides its columns. */
export interface StepContext {
  /** Of the estimator that the steps are for. */
  readonly kind: Estimator['kind']
  /** The label columns: a value for each row of the frame, none missing. None for methods without labels. */
  readonly labels: readonly Column[]
  /** For what is drawn: an integer from 0 to 2^32 − 1, the same for the same rows. */
  readonly seed: number
  /** Whether the estimator takes sparse columns. Absent: it does not. */
  readonly takesSparse?: boolean
  /** Tells something of a column that the caller should know. Never a value of a row. */
  warn(warning: Warning): void
  /** What surrounds the fit of an estimator in the step, and how much each row counts; absent means 1 for all. */
  readonly fit: FitContext & { readonly sampleWeight?: Float64Array }
}

export interface EncodingStep {
  /** Written into artifacts; a pipeline restores only steps of its own types, in its own order. */
  readonly type: string
  /**
   * Whether the step takes a column of that kind, for columns that are numbers or categories where no step does: texts
   * that are all times are read as times for it, and free text as text. Absent: it takes none.
   */
  takes?(kind: 'time' | 'text', column: string): boolean
  /** False where it has nothing to do: then the step is left out of the pipeline and its artifact. Absent: always true. */
  isNeeded?(frame: Frame): boolean
  /** Learns from the training rows, which stay as they are. */
  fit(frame: Frame, context: StepContext): FittedStep
  /**
   * The fitted step, and what it makes of the training rows where that is not what `transform` makes of them, as where
   * a row may not be encoded by its own label.
   */
  fitTransform?(frame: Frame, context: StepContext): { readonly fitted: FittedStep; readonly encoded: Frame }
  /** Throws StateError when the state is not one that this step wrote. */
  restore(state: EstimatorState): FittedStep
}

/** A step that takes its time, such as one that fits an estimator. */
export interface AsyncEncodingStep extends Omit<EncodingStep, 'fit' | 'fitTransform'> {
  fit(frame: Frame, context: StepContext): Promise<FittedStep>
  readonly fitTransform?: never
}

export type AnyStep = EncodingStep | AsyncEncodingStep

export interface FittedStep {
  readonly type: string
  /**
   * O(cells), without writing to the frame. Frames have the columns and levels that `fit` saw, and any number of rows.
   */
  transform(frame: Frame): Frame
  /** True where `transform` gives every frame back: predictions do without it. Absent: false. */
  readonly passesAll?: boolean
  /** True of the worker's own steps alone: who tells them in other words knows what they do. Absent: false. */
  readonly isBuiltIn?: boolean
  toState(): EstimatorState
}

/** What surrounds the fit of a step: by default no labels, seed 0, and nobody who hears of warnings. */
export function stepContext(given: Partial<StepContext> = {}): StepContext {
  return { kind: 'classifier', labels: [], seed: 0, warn: () => {}, fit: fitContext(), ...given }
}

/** Which columns a step works on: those named, or every one of its kind. */
export interface StepOptions {
  readonly columns?: readonly string[]
}

export function selects(options: StepOptions, name: string): boolean {
  return options.columns === undefined || options.columns.includes(name)
}

/** The same for a column of a frame, where columns for categories are left as they are if they are not named. */
export function selectsValues(options: StepOptions, { columnNames, isIndicator }: Frame, j: number): boolean {
  if (options.columns === undefined) return isIndicator?.[j] !== true
  return options.columns.includes(columnNames[j] as string)
}

/** What column j of a frame holds. */
export function kindOf({ kinds, categoryCounts }: Frame, j: number): ColumnKind {
  return kinds?.[j] ?? ((categoryCounts[j] as number) > 0 ? 'categorical' : 'numeric')
}

/** The name of a column, a sparse one or another, by its place in what the estimator sees. */
export function nameOfColumn({ columnNames, sparse }: Frame, j: number): string | undefined {
  if (j < columnNames.length || sparse === undefined) return columnNames[j]
  let place = j - columnNames.length
  for (const part of sparse.parts) {
    if (place < part.columnCount) return part.nameOf(place)
    place -= part.columnCount
  }
  return undefined
}

/** A column of numbers that a step makes. */
export interface MadeColumn {
  readonly name: string
  readonly values: Float64Array
  /** True of 0 and 1 for a category. */
  readonly isIndicator?: boolean
}

/** The frame with some columns replaced, each by any number of others; where `make` gives undefined, it stays. */
export function replaceColumns(frame: Frame, make: (j: number) => readonly MadeColumn[] | undefined): Frame {
  const columns: Float64Array[] = []
  const columnNames: string[] = []
  const categoryCounts: number[] = []
  const isIndicator: boolean[] = []
  const kinds: ColumnKind[] = []
  const levels: (readonly Level[] | undefined)[] = []
  const sources: string[] = []
  frame.columns.forEach((column, j) => {
    const name = frame.columnNames[j] as string
    const source = frame.sources?.[j] ?? name
    const made = make(j)
    if (made === undefined) {
      columns.push(column)
      columnNames.push(name)
      categoryCounts.push(frame.categoryCounts[j] as number)
      isIndicator.push(frame.isIndicator?.[j] === true)
      kinds.push(kindOf(frame, j))
      levels.push(frame.levels?.[j])
      sources.push(source)
      return
    }
    for (const { name: madeName, values, isIndicator: ofCategory = false } of made) {
      columns.push(values)
      columnNames.push(madeName)
      categoryCounts.push(0)
      isIndicator.push(ofCategory)
      kinds.push('numeric')
      levels.push(undefined)
      sources.push(source)
    }
  })
  const { rowCount, sparse } = frame
  const made = { rowCount, columns, columnNames, categoryCounts, isIndicator, kinds, levels, sources }
  return sparse === undefined ? made : { ...made, sparse }
}

/** The frame with further sparse columns behind all others; `parts` tells of all columns of `rows`. */
export function appendSparse(frame: Frame, rows: SparseRows, parts: readonly SparsePart[]): Frame {
  const { sparse: before } = frame
  if (before === undefined) return { ...frame, sparse: { ...rows, parts } }
  return { ...frame, sparse: { ...joinSparse(before, rows), parts: [...before.parts, ...parts] } }
}

/** The Float64Array under `key` of a state, of the given length. Throws StateError. */
export function numbersOf(state: EstimatorState, key: string, length?: number): Float64Array {
  const value = state[key]
  if (value instanceof Float64Array && (length === undefined || value.length === length)) return value
  throw new StateError(`expected ${key} to be a Float64Array${length === undefined ? '' : ` of length ${length}`}`)
}

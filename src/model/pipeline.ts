// A model before it has seen data: encoding steps, then an estimator (scikit-learn's Pipeline and ColumnTransformer).
import { ProbabilityCalibrator } from '../learning/calibration/probability-calibrator.ts'
import { DataError, StateError } from '../learning/errors.ts'
import type { Estimator, EstimatorState, FitContext, StateValue } from '../learning/estimator.ts'
import { describeRange, isInRange, type TargetRange } from '../learning/target-range.ts'
import type { Warning } from '../learning/warnings.ts'
import { scanColumn } from '../learning/wasm/column-scan.ts'
import { isColumnReading } from './column-reading.ts'
import { writtenNumberHint } from './conform.ts'
import { FaultList, RowsError } from './faults.ts'
import { byName, checkAbilities, fitOutput } from './fit-output.ts'
import { FittedPipeline } from './fitted-pipeline.ts'
import { toFrame } from './frame.ts'
import type { DecisionThreshold, FittedOutput } from './output-rows.ts'
import { type ColumnSchema, schemaOf } from './schema.ts'
import { shown } from './shown.ts'
import type { AnyStep, FittedStep, Frame, StepContext } from './steps/step.ts'
import { type Column, cellsOf, type Level, type Table, valueAt } from './table.ts'
import { usersOf } from './users-of.ts'

/** Labels from so many rows on that are all texts are told once, not row by row, to a regressor. */
const TOLD_ONCE_FROM = 4

/** What surrounds the fit of a pipeline: that of its estimator, and somebody who hears of the encoding. */
export interface PipelineContext extends FitContext {
  /** Called before each encoding step, with the steps that are done, and once when all are. */
  readonly onEncoding?: (done: number, of: number, step: string) => void
  /** Hears the warnings of the estimator, with the names of the columns that it saw. */
  readonly onWarning?: (warning: Warning) => void
  /** How much each row counts in the fit of the estimator: finite, 0 or more, not all 0. Absent means 1 for all. */
  readonly sampleWeight?: Float64Array
}

export class Pipeline {
  readonly steps: readonly AnyStep[]
  readonly estimator: Estimator

  /** One estimator serves any number of label columns: it is fitted once for each. */
  constructor(steps: readonly AnyStep[], estimator: Estimator) {
    this.steps = steps
    this.estimator = estimator
  }

  /** False for methods without labels (clusters, anomalies), which take none. */
  get takesLabels(): boolean {
    const { kind } = this.estimator
    return kind === 'classifier' || kind === 'regressor' || kind === 'recommender'
  }

  /**
   * Whether what it fits keeps a calibration and a threshold, in its state too (FittedPipeline.withDecisions). A class with
   * a `fit` or `restore` of its own says so itself: it may predict in a way of its own, past what is asked of it.
   */
  get keepsDecisions(): boolean {
    return this.fit === Pipeline.prototype.fit && this.restore === Pipeline.prototype.restore
  }

  /** Whether a clock decides what a fit comes to: then the same rows may give something else. */
  get isTimed(): boolean {
    return false
  }

  /** Whether a step takes a column of that kind. */
  takes(kind: 'time' | 'text', column: string): boolean {
    return this.steps.some((step) => step.takes?.(kind, column) === true)
  }

  /**
   * The labels that it can learn, where these are not all numbers. One that changes labels before its estimator sees
   * them says what it takes itself.
   */
  get targetRange(): TargetRange | undefined {
    return rangeOf(this.estimator)
  }

  /**
   * Fits the steps and the estimator. `labels` has as many rows as `features`; no columns when takesLabels is false.
   * Throws DataError when the rows cannot be learned from, ParameterError when parameters do not fit them,
   * FitStopped when the context's stop flag is set. The tables are not written to.
   */
  async fit(features: Table, labels: Table, context: PipelineContext): Promise<FittedPipeline> {
    this.checkLabels(features, labels)
    const taken = this.estimator.kind === 'recommender' ? usersOf(features) : features
    let frame = toFrame(taken)
    const stepContext: StepContext = {
      kind: this.estimator.kind,
      labels: labels.columns.map((column) => learnedLabel(this.estimator, column)),
      seed: context.seed,
      takesSparse: this.estimator.abilities.sparse === true,
      warn: (warning) => context.onWarning?.(warning),
      fit: context,
    }
    const steps: FittedStep[] = []
    for (const [done, step] of this.steps.entries()) {
      context.onEncoding?.(done, this.steps.length, step.type)
      if (step.isNeeded?.(frame) !== false) {
        const { fitted, encoded } = await fitStep(step, frame, stepContext)
        frame = encoded
        steps.push(fitted)
      }
      context.stop.throwIfSet()
    }
    context.onEncoding?.(this.steps.length, this.steps.length, 'encoded')
    checkAbilities(this.estimator, frame)
    const warn = byName(frame, (warning) => context.onWarning?.(warning))
    const outputs: FittedOutput[] = []
    for (const [i, label] of this.takesLabels ? labels.columns.entries() : [[0, undefined] as const]) {
      const report: FitContext['report'] = (done, of, step) =>
        context.report(i * of + done, of * Math.max(labels.columns.length, 1), step)
      outputs.push(await fitOutput(this.estimator, frame, label, { ...context, report, warn }))
    }
    return new FittedPipeline(schemaOf(taken), steps, outputs)
  }

  /** The fitted pipeline that wrote the state. Throws StateError when this pipeline could not have written it. */
  restore(state: EstimatorState): FittedPipeline {
    const steps = restoreSteps(this.steps, listOf(state['steps']))
    const outputs = listOf(state['outputs']).map((value): FittedOutput => {
      const { name, levels, state: fittedState, ...decision } = recordOf(value)
      if (typeof name !== 'string') throw new StateError('expected the name of an output')
      const fitted = this.estimator.restore(recordOf(fittedState))
      if (fitted.kind !== 'classifier' && fitted.kind !== 'recommender') return { name, fitted }
      const known = levelsOf(levels)
      if (fitted.kind === 'recommender') {
        if (known.length !== fitted.itemCount) throw new StateError(`expected ${fitted.itemCount} levels of ${name}`)
        return { name, levels: known, fitted }
      }
      if (known.length !== fitted.classCount) throw new StateError(`expected ${fitted.classCount} levels of ${name}`)
      return { name, levels: known, fitted, ...restoreDecision(decision, fitted.classCount) }
    })
    return new FittedPipeline(listOf(state['features']).map(columnSchemaOf), steps, outputs)
  }

  protected checkLabels(features: Table, labels: Table): void {
    if (features.rowCount === 0) throw new DataError('no rows to learn from')
    if (!this.takesLabels) {
      if (labels.columns.length > 0) throw new DataError('this model learns without labels')
      return
    }
    if (labels.columns.length === 0) throw new DataError('no label column to learn')
    if (labels.rowCount !== features.rowCount) {
      throw new DataError(`expected ${features.rowCount} rows of labels, got ${labels.rowCount}`)
    }
    const faults = new FaultList()
    for (const column of labels.columns) addLabelFaults(this.estimator.kind, column, faults, rangeOf(this.estimator))
    if (!faults.isEmpty) throw new RowsError(faults)
  }
}

async function fitStep(
  step: AnyStep,
  frame: Frame,
  context: StepContext,
): Promise<{ readonly fitted: FittedStep; readonly encoded: Frame }> {
  const { fitted, encoded } = await (step.fitTransform?.(frame, context) ?? fitThenTransform(step, frame, context))
  if (frame.sparse !== undefined && encoded.sparse === undefined) {
    throw new DataError(
      `the step ${step.type} lost the sparse columns of those before it: it must make frames by replaceColumns`,
    )
  }
  return { fitted, encoded }
}

async function fitThenTransform(step: AnyStep, frame: Frame, context: StepContext) {
  const fitted = await step.fit(frame, context)
  return { fitted, encoded: fitted.transform(frame) }
}

/** The steps that a state has, in their order. It may lack those that can have nothing to do. */
function restoreSteps(steps: readonly AnyStep[], states: readonly StateValue[]): FittedStep[] {
  let next = 0
  const restored = steps.flatMap((step): FittedStep[] => {
    const given = next < states.length ? recordOf(states[next]) : undefined
    if (given?.['type'] === step.type) {
      next += 1
      return [step.restore(recordOf(given['state']))]
    }
    if (step.isNeeded !== undefined) return []
    throw new StateError(`expected the encoding steps ${steps.map(({ type }) => type).join(', ')}`)
  })
  if (next < states.length) throw new StateError(`expected ${next} encoding steps, got ${states.length}`)
  return restored
}

/** What a regressor learns in place of a label. */
function learnedLabel(estimator: Estimator, column: Column): Column {
  if (estimator.kind !== 'regressor' || column.kind !== 'numeric') return column
  const { learnedTargets } = estimator
  return learnedTargets === undefined ? column : { ...column, values: learnedTargets.call(estimator, column.values) }
}

function rangeOf(estimator: Estimator): TargetRange | undefined {
  return estimator.kind === 'regressor' ? estimator.targetRange : undefined
}

/**
 * Adds a fault for every label that is missing or, for a regressor, is no number, or none of its range; one for all where a
 * regressor's column of several rows has no number at all.
 */
export function addLabelFaults(kind: Estimator['kind'], column: Column, faults: FaultList, range?: TargetRange): void {
  if (areAllLearned(kind, column, range)) return
  const rowCount = cellsOf(column).length
  const allTexts = kind === 'regressor' && rowCount >= TOLD_ONCE_FROM ? levelOfTextColumn(column) : undefined
  if (allTexts !== undefined) {
    const detail = `expected numbers, got none, but values such as ${shown(allTexts)}${hintOf(allTexts)}`
    faults.add({ in: 'labels', column: column.name, detail })
  }
  for (let row = 0; row < rowCount; row++) {
    const value = valueAt(column, row)
    const place = { in: 'labels', row, column: column.name } as const
    if (value === null) faults.add({ ...place, detail: 'missing value; every row needs a label' })
    else if (kind === 'regressor' && typeof value !== 'number') {
      if (allTexts !== undefined) continue
      faults.add({ ...place, detail: `expected a number, got ${shown(value)}${hintOf(value)}` })
    } else if (range !== undefined && typeof value === 'number' && !isInRange(value, range)) {
      faults.add({ ...place, detail: `this model learns ${describeRange(range)}, got ${value}` })
    }
  }
}

/** Whether each row has a label, of a kind that is learned whatever it is. Says it at once; false where rows must be looked at. */
function areAllLearned(kind: Estimator['kind'], column: Column, range: TargetRange | undefined): boolean {
  if (range !== undefined) return false
  if (column.kind === 'categorical') return kind !== 'regressor' && !column.codes.includes(-1)
  return column.kind === 'numeric' && !scanColumn(column.values, true).hasMissing
}

/** The first value of a column in which no value is a number; undefined where one is, or there is none. O(levels). */
function levelOfTextColumn(column: Column): Level | undefined {
  if (column.kind !== 'categorical' || column.levels.some((level) => typeof level === 'number')) return undefined
  return column.levels[0]
}

function hintOf(value: Level): string {
  return writtenNumberHint(value) || ': a regressor learns numbers, a classifier classes'
}

/** What an output has besides its estimator: nothing, where nobody asked for it. */
export function restoreDecision(
  { calibration, threshold }: EstimatorState,
  classCount: number,
): Pick<FittedOutput, 'calibration' | 'threshold'> {
  return {
    ...(calibration === undefined
      ? {}
      : { calibration: ProbabilityCalibrator.restore(recordOf(calibration), classCount) }),
    ...(threshold === undefined ? {} : { threshold: thresholdOf(threshold, classCount) }),
  }
}

function thresholdOf(value: StateValue, classCount: number): DecisionThreshold {
  const { positive, probability } = recordOf(value)
  const isShare = typeof probability === 'number' && probability >= 0 && probability <= 1
  if (classCount !== 2 || (positive !== 0 && positive !== 1) || !isShare) {
    throw new StateError('expected a threshold of two classes')
  }
  return { positive, probability }
}

function listOf(value: StateValue | undefined): readonly StateValue[] {
  if (!Array.isArray(value)) throw new StateError('expected a list')
  return value
}

function recordOf(value: StateValue | undefined): EstimatorState {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new StateError('expected a record')
  }
  return value as EstimatorState
}

function levelsOf(value: StateValue | undefined): Level[] {
  return listOf(value).map((level) => {
    if (typeof level !== 'string' && typeof level !== 'number' && typeof level !== 'boolean') {
      throw new StateError('expected a level')
    }
    return level
  })
}

function columnSchemaOf(value: StateValue): ColumnSchema {
  const { kind, name, levels, reading: given } = recordOf(value)
  if (typeof name !== 'string') throw new StateError('expected the name of a column')
  if (given !== undefined && !isColumnReading(given)) throw new StateError(`expected the reading of column ${name}`)
  const reading = given === undefined ? {} : { reading: given }
  if (kind === 'numeric' || kind === 'time' || kind === 'text') return { kind, name, ...reading }
  if (kind === 'categorical') return { kind, name, levels: levelsOf(levels), ...reading }
  throw new StateError(`expected the kind of column ${name}`)
}

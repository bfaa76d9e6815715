// The cross-validation of a training, what calibration and threshold make of it, and what a run is told of all that.
import { crossValidationSplits } from '../intake/fold-splits.ts'
import { DataError } from '../learning/errors.ts'
import type { Split } from '../learning/stratified-split.ts'
import type { Warning } from '../learning/warnings.ts'
import { type CrossFittedOutput, crossFit, validatedRows } from '../model/cross-fitting/cross-fit.ts'
import type { FoldPlan, ThresholdWish } from '../model/cross-fitting/cross-fitting.ts'
import { foldMetrics } from '../model/cross-fitting/fold-metrics.ts'
import { type CrossValidation, crossValidate, type WeighedRows } from '../model/cross-validate.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { Metrics } from '../model/model.ts'
import type { Pipeline, PipelineContext } from '../model/pipeline.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import type { Table } from '../model/table.ts'
import type { AcceptedRun, TrainingWork } from '../spool/spool-file.ts'
import type { CalibratedReport, CrossFittingReport } from '../training-summary/cross-fitting-data.ts'
import { describeCalibration, describeFolds, describeThreshold } from '../training-summary/describe-cross-fitting.ts'
import { LIMITS } from '../training-summary/limits.ts'
import { shortText } from '../training-summary/texts.ts'
import { outOfFoldAnswers } from './out-of-fold-answers.ts'

export interface ValidatedRun extends CrossValidation {
  readonly splits: readonly Split[]
}

/** A run with the rows that it trains on, and their indices among all; undefined for all. */
export interface FoldedRun {
  readonly work: TrainingWork
  readonly rows: WeighedRows
  readonly training: Int32Array | undefined
}

export interface DecidedRun {
  readonly pipeline: FittedPipeline
  /** `cv_<metric>`, means over the folds, and `threshold`. */
  readonly metrics: Metrics
  /** Undefined where nothing of it was asked for. */
  readonly report: CrossFittingReport | undefined
  readonly warnings: readonly Warning[]
  /** Answers for the rows that folds validated; undefined where they were not kept. */
  readonly outOfFold: Predictions | undefined
}

/** A smaller share of the log loss before is chance. */
const WORSE_SHARE_MIN = 0.01
/** Predictions of folds that are kept for the baseline alone. */
const KEPT_MAX = 2 ** 22

/** Undefined where the run does not ask for it. Throws what a fit throws; a DataError says that it is of a fold. */
export async function crossValidateRun(
  makePipeline: () => Pipeline,
  { work, rows, training }: FoldedRun,
  context: PipelineContext,
): Promise<ValidatedRun | undefined> {
  const { crossValidation: plan, calibration, threshold } = work.run
  if (plan === undefined) return undefined
  try {
    const { kind } = makePipeline().estimator
    const splits = crossValidationSplits(work, training, kind)
    const isLearnt = ['classifier', 'regressor'].includes(kind)
    const isSmall = isLearnt && probabilityCount(rows.labels) <= KEPT_MAX
    const withPredictions = (calibration ?? threshold) !== undefined || isSmall
    return { ...(await crossValidate(makePipeline, rows, splits, { context, withPredictions })), splits }
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    throw new DataError(`in the cross-validation: ${error.message}`, { cause: error })
  }
}

/** Values of the probabilities of all rows, as far as labels tell: a number has one. */
function probabilityCount({ rowCount, columns }: Table): number {
  return rowCount * columns.reduce((sum, column) => sum + (column.kind === 'categorical' ? column.levels.length : 1), 0)
}

/** The pipeline with what calibration and threshold have learned, and what there is to tell. Throws DataError. */
export async function decideRun(
  fitted: FittedPipeline,
  { run, rows }: { readonly run: AcceptedRun; readonly rows: WeighedRows },
  validation: ValidatedRun | undefined,
  { stop, seed }: Pick<PipelineContext, 'stop' | 'seed'>,
): Promise<DecidedRun> {
  const { crossValidation: plan, threshold: wish } = run
  const decides = (run.calibration ?? wish) !== undefined
  const outputs: CrossFittedOutput[] = []
  for (const output of decides ? fitted.outputs : []) {
    const predictions = validation?.predictions.find(({ name }) => name === output.name)
    const isOfClasses = validation !== undefined && predictions?.kind === 'classifier'
    const validated = isOfClasses ? validatedRows(output, rows, predictions, validation.splits) : undefined
    outputs.push(await crossFit(output, validated, run, stop))
  }
  const decided = outputs.map(({ output }) => output)
  const pipeline = decides ? fitted.withDecisions(decided) : fitted
  const folds = validation && foldMetrics(pipeline.outputs, validation, decides ? outputs : undefined)
  const calibration = outputs.flatMap(({ output, validated, probabilities: after }) =>
    validated === undefined
      ? []
      : (describeCalibration(output, { ...validated, before: validated.probabilities, after }, seed) ?? []),
  )
  const [first] = outputs
  const tuned = first?.tuned && wish && { goal: goalIn(wish), found: first.tuned }
  const threshold = first && describeThreshold(first.output, tuned)
  const report: CrossFittingReport = {
    ...(plan &&
      validation &&
      folds && { crossValidation: { ...planOf(plan, run), ...describeFolds(validation, folds) } }),
    ...(calibration.length > 0 && { calibration: calibration.slice(0, LIMITS.labels) }),
    ...(threshold && { threshold }),
  }
  return {
    pipeline,
    metrics: {
      ...Object.fromEntries(folds?.map(({ name, summary: { mean } }) => [`cv_${name}`, mean]) ?? []),
      ...(threshold && { threshold: threshold.value }),
    },
    report: Object.keys(report).length === 0 ? undefined : report,
    warnings: calibration.flatMap(worseThanBefore),
    outOfFold: validation && outOfFoldAnswers(pipeline.outputs, validation.predictions, outputs),
  }
}

function worseThanBefore({ label: column, method, before, after }: CalibratedReport): Warning[] {
  if (after.logLoss <= (1 + WORSE_SHARE_MIN) * before.logLoss) return []
  const message = `${method} made the log loss of rows that folds validated ${after.logLoss}; it was ${before.logLoss} before`
  return [{ code: 'CALIBRATION_WORSE', message, column }]
}

function planOf({ count, repeats, kind, column }: FoldPlan, { splitSeed: seed = SPLIT_SEED_DEFAULT }: AcceptedRun) {
  return { count, repeats, kind, seed, ...(column === undefined ? {} : { column: shortText(column) }) }
}

function goalIn(wish: ThresholdWish): string {
  if ('metric' in wish) return wish.metric
  return 'costs' in wish ? `costs ${wish.costs.false_positive} : ${wish.costs.false_negative}` : ''
}

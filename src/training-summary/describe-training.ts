// From a training that has just ended to the data of its pictures. Nothing that fails here fails the training.
import type { Estimator, FitContext } from '../learning/estimator.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import type { WarningList } from '../learning/warnings.ts'
import { findDoubts } from '../model/doubts/find-doubts.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { Metrics, Model, ModelParameters } from '../model/model.ts'
import { type Table, takeRows } from '../model/table.ts'
import { newAttempts } from './attempt.ts'
import { type Compared, compareMetrics } from './compare-metrics.ts'
import type { CrossFittingReport } from './cross-fitting-data.ts'
import { describeFeatures, largest } from './describe-features.ts'
import { describeLabels } from './describe-labels.ts'
import { LIMITS, PREDICTED_ROWS_MAX } from './limits.ts'
import type { ReportData } from './report-data.ts'
import type { SearchReport } from './search-report.ts'
import { rounded, shortText } from './texts.ts'

/** Rows with their labels, and what the model's metrics say of them. */
export interface JudgedRows {
  readonly features: Table
  readonly labels: Table
  readonly metrics: Metrics
  /** How much each row counts in the metrics. */
  readonly sampleWeight?: Float64Array
}

/** What a training comes of, beside its rows and parameters. */
export interface TrainingOrigin {
  readonly validationSplit: number | null
  readonly splitSeed: number
  /** See dataDigest. */
  readonly dataDigest: string
  readonly workerVersion: string
}

export interface EndedTraining {
  readonly model: Model
  /** Every parameter, defaults filled in. */
  readonly parameters: ModelParameters
  readonly kind: Estimator['kind']
  readonly pipeline: FittedPipeline
  readonly training: JudgedRows
  /** Rows that were held out. */
  readonly validation: JudgedRows | undefined
  readonly origin: TrainingOrigin
  /** What the run tells so far; what is doubtful in its rows and its result is added. */
  readonly warnings: WarningList
  /** Predictions of the rows held out, or else of the training rows, where the metrics made them. */
  readonly predictions: Predictions | undefined
  /** Where the run was cross-validated, calibrated, or has a threshold. */
  readonly crossFitting?: CrossFittingReport | undefined
  /** What its parameters were found by. */
  readonly search?: SearchReport | undefined
}

/**
 * The same training gives the same data, whatever the number of threads. Throws FitStopped, and nothing else: what
 * could not be described is named in `problems`.
 */
export async function describeTraining(
  ended: EndedTraining,
  context: Pick<FitContext, 'team' | 'stop' | 'seed'>,
): Promise<ReportData> {
  const { model, parameters, kind, pipeline, training, validation, origin, warnings } = ended
  const { attempt, problems } = newAttempts()
  await attempt('warnings', () => warnings.addAll(findDoubts({ kind, training, validation })))
  const compare = () => {
    const judged = { ...(validation ?? training), predictions: ended.predictions }
    return compareMetrics(kind, training, judged, validation !== undefined)
  }
  // Intervals and simple answers count rows: weighted metrics are not held against them.
  const compared = training.sampleWeight === undefined ? await attempt('intervals', compare) : undefined
  const judged = await attempt('predictions', () => judgedRows(ended, context))
  const described =
    judged && (await attempt('labels', () => describeLabels(pipeline, training, judged, context, attempt)))
  const featureCount = training.features.columns.length
  const features = await attempt('features', () =>
    describeFeatures(training.features, shownFeatures(featureCount, described?.importances), context.seed),
  )
  return {
    evaluatedOn: validation === undefined ? 'training' : 'validation',
    evaluatedRows: judged?.features.rowCount ?? 0,
    trainingRows: training.features.rowCount,
    validationRows: validation?.features.rowCount ?? null,
    validationSplit: origin.validationSplit,
    splitSeed: origin.splitSeed,
    seed: context.seed,
    dataDigest: origin.dataDigest,
    versions: { worker: origin.workerVersion, node: process.version },
    warnings: [...warnings.listed],
    parameters: (await attempt('parameters', () => describeParameters(model, parameters))) ?? [],
    steps: pipeline.steps.slice(0, LIMITS.steps).map(({ type }) => shortText(type)),
    metrics: describeMetrics(pipeline, training.metrics, validation?.metrics, compared),
    featureCount,
    featureRows: features?.rows ?? 0,
    features: features?.features ?? [],
    labelCount: pipeline.outputs.length,
    labels: described?.labels ?? [],
    ...(ended.crossFitting === undefined ? {} : { crossFitting: ended.crossFitting }),
    ...(ended.search === undefined ? {} : { search: ended.search }),
    problems,
  }
}

/** The rows that are judged: those held out, or those of the training; some of them where nobody predicted them yet. */
async function judgedRows(
  { pipeline, training, validation, predictions }: EndedTraining,
  context: Pick<FitContext, 'team' | 'stop' | 'seed'>,
): Promise<{ features: Table; labels: Table; predictions: Predictions }> {
  const { features, labels } = validation ?? training
  if (predictions !== undefined) return { features, labels, predictions }
  const rows = spreadRows(features.rowCount, PREDICTED_ROWS_MAX, context.seed)
  const drawn = takeRows(features, rows)
  return { features: drawn, labels: takeRows(labels, rows), predictions: await pipeline.predict(drawn, context) }
}

/** The most important ones where there are too many to show all, in their own order. */
function shownFeatures(count: number, importances: Float64Array | undefined): number[] {
  const all = Array.from({ length: Math.min(count, LIMITS.features) }, (_, j) => j)
  if (count <= LIMITS.features || importances === undefined) return all
  return largest(importances, LIMITS.features).sort((a, b) => a - b)
}

function describeParameters(model: Model, parameters: ModelParameters): ReportData['parameters'] {
  const defaults = model.get_default_parameters()
  return Object.entries(parameters)
    .slice(0, LIMITS.parameters)
    .map(([name, value]) => {
      const text = JSON.stringify(value) ?? 'null'
      const isDefault = Object.hasOwn(defaults, name) && JSON.stringify(defaults[name]) === text
      return { name: shortText(name), value: shortText(text), isDefault }
    })
}

/** Without those of single classes and clusters, which are part of the pictures. */
function describeMetrics(
  { outputs }: FittedPipeline,
  training: Metrics,
  validation: Metrics | undefined,
  compared: Compared | undefined,
): ReportData['metrics'] {
  const ofClasses = new Set(
    outputs.flatMap(({ name, levels = [] }) => {
      const prefix = outputs.length > 1 ? `${name}.` : ''
      return levels.flatMap((level) => CLASS_METRICS.map((metric) => `${prefix}${metric}.${level}`))
    }),
  )
  const isShown = (name: string): boolean => !ofClasses.has(name) && !/^cluster_(size\.\d+|count)$/.test(name)
  const valueIn = (metrics: Metrics | undefined, name: string): number | null => {
    const value = metrics !== undefined && Object.hasOwn(metrics, name) ? metrics[name] : undefined
    return Number.isFinite(value) ? (value as number) : null
  }
  return [...new Set([...Object.keys(training), ...Object.keys(validation ?? {})])]
    .filter(isShown)
    .slice(0, LIMITS.metrics)
    .map((name) => {
      const baseline = compared?.baselines.get(name)
      const interval = compared?.intervals.get(name)
      return {
        name: shortText(name),
        training: valueIn(training, name),
        validation: valueIn(validation, name),
        ...(Number.isFinite(baseline) && { baseline: rounded(baseline as number) }),
        ...(interval && { interval: { from: rounded(interval.from), to: rounded(interval.to) } }),
      }
    })
}
const CLASS_METRICS = ['precision', 'recall', 'f1', 'support']

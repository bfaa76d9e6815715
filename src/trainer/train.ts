// One training, from spooled rows to an artifact and its metrics. Runs in the trainer process.

import { holdOut } from '../intake/hold-out.ts'
import { fitContext } from '../learning/fit-context.ts'
import type { Candidate } from '../learning/model-selection/space.ts'
import type { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { type Warning, WarningList } from '../learning/warnings.ts'
import { encodeArtifact } from '../model/artifact.ts'
import { takeWeighed, type WeighedRows } from '../model/cross-validate.ts'
import { dataDigest } from '../model/data-digest.ts'
import type { Metrics, Model } from '../model/model.ts'
import type { TrialMemory } from '../model/search/run-search.ts'
import { SPLIT_SEED_DEFAULT } from '../model/split-seed.ts'
import type { TrainingWork } from '../spool/spool-file.ts'
import { describeTraining, type JudgedRows } from '../training-summary/describe-training.ts'
import { PredictionWatch } from '../training-summary/prediction-watch.ts'
import type { ReportData } from '../training-summary/report-data.ts'
import { readVersion } from '../version.ts'
import { boundMetrics, METRICS_MAX } from './bound-metrics.ts'
import { choiceOf } from './choice-of.ts'
import { crossValidateRun, decideRun } from './cross-validate-run.ts'
import { frozenBaseline } from './frozen-baseline.ts'
import { requireMemory } from './memory-forecast.ts'
import type { Phase } from './messages.ts'
import { checkPredictions, metricsNotFinite, type Proof, proveArtifact, takeProof } from './prove-trained.ts'
import { searchParameters } from './search-parameters.ts'

export interface TrainingSurroundings {
  readonly team: ThreadTeam
  /** Resident memory of the process at the most. */
  readonly memoryBytesMax?: number
  /** What an earlier attempt has found of a search, on the same rows by the same worker: then the key is the same. */
  readonly trialMemory?: (key: string) => TrialMemory
  /** Hears how far the training is. */
  tell(phase: Phase, done: number, of: number, step: string): void
}

/** What a training leaves behind. */
export interface Trained {
  readonly artifact: Buffer
  readonly metrics: Metrics
  readonly warnings: readonly Warning[]
  /** What of the report could not be made, and why. */
  readonly reportProblems: ReportData['problems']
  /** Parameters that a search has found. */
  readonly found?: Candidate
}

/**
 * Fits the model's pipeline on the rows that are not held out, and takes its metrics on those and, with the prefix
 * "validation_", on those that are. The same work gives the same artifact. Throws what the model throws, and
 * ModelUnusableError when nobody could predict with what was learned.
 */
export async function train(model: Model, work: TrainingWork, surroundings: TrainingSurroundings): Promise<Trained> {
  const { proof, ...trained } = await learn(model, work, surroundings)
  // The fitted pipeline is gone by now, so that a large one does not lie in memory twice.
  surroundings.tell('artifact', 0, 1, 'restoring the fitted pipeline')
  await proveArtifact(trained.artifact, model, proof)
  return trained
}

async function learn(
  model: Model,
  work: TrainingWork,
  { team, memoryBytesMax, trialMemory, tell }: TrainingSurroundings,
): Promise<Trained & { readonly proof: Proof }> {
  const { run, features, labels, aside } = work
  const digest = dataDigest(features, labels, { ...aside })
  // What has no random_state draws by the rows: other parameters do not change what is drawn.
  const seed = Number.parseInt(digest.slice(0, 8), 16)
  const context = fitContext({ team, seed, report: (done, of, step) => tell('fit', done, of, step) })
  const onEncoding = (done: number, of: number, step: string): void =>
    done < of ? tell('encode', done, of, step) : tell('fit', 0, 1, 'fitting')
  const warnings = new WarningList(run.warnings)
  const onWarning = (warning: Warning): void => warnings.add(warning)
  const given = { ...model.get_default_parameters(), ...run.parameters }
  const { kind } = model.create_pipeline(given).estimator
  const split = holdOut(work, kind)
  const weights = aside?.weights?.values
  const weightsOf = (of?: Float64Array) => (of === undefined ? {} : { sampleWeight: of })
  if (memoryBytesMax !== undefined) {
    const judged = split === undefined ? features.rowCount : Math.max(split.training.length, split.validation.length)
    // Probabilities of the folds, as they come, and calibrated.
    const copies = (run.calibration ?? run.threshold) === undefined ? 1 : 3
    requireMemory(kind, { features, labels, judgedCount: copies * judged }, memoryBytesMax)
  }
  const all: WeighedRows = { features, labels, ...weightsOf(weights) }
  const rows = split === undefined ? all : takeWeighed(all, split.training)
  const workerVersion = await readVersion()
  const found =
    run.search &&
    (await searchParameters(model, {
      ...{ work, settings: run.search, parameters: given, training: split?.training, rows, context },
      tell: (done, of, step) => tell('search', done, of, step),
      // Another version of the worker may find something else.
      memory: trialMemory?.(`${digest} ${workerVersion}`),
    }))
  const searched = { ...given, ...found?.parameters }
  const onFold = (done: number, of: number, step: string): void => tell('cross_validation', done, of, step)
  const makePipeline = () => model.create_pipeline(searched)
  const folded = { work, rows, training: split?.training }
  const crossValidated = await crossValidateRun(makePipeline, folded, { ...context, report: onFold })
  const startedAt = performance.now()
  const fitted = await makePipeline().fit(rows.features, rows.labels, {
    ...context,
    ...weightsOf(rows.sampleWeight),
    onEncoding,
    onWarning,
  })
  const trainingSeconds = (performance.now() - startedAt) / 1000
  const decided = await decideRun(fitted, { run, rows }, crossValidated, context)
  const { pipeline } = decided
  warnings.addAll(decided.warnings)
  const choice = choiceOf(fitted)
  const parameters = { ...searched, ...choice?.parameters }

  const watch = new PredictionWatch(pipeline)
  /** Evaluates `judged`; progress continues from `after` rows that were evaluated before. */
  const judge = async (judged: WeighedRows, after: number): Promise<JudgedRows> => {
    const { rowCount } = judged.features
    const report = (done: number, of: number, step: string): void =>
      tell('metrics', after + Math.floor((rowCount * done) / of), features.rowCount, step)
    report(0, 1, 'predicting rows')
    const metrics = await model.extract_metrics(pipeline, judged.features, judged.labels, {
      ...context,
      ...weightsOf(judged.sampleWeight),
      report,
    })
    return { ...judged, metrics }
  }
  const training = await judge(rows, 0)
  await checkPredictions(pipeline, rows.features, watch.predictionsOf(rows.features), { team })
  const validation = split && (await judge(takeWeighed(all, split.validation), rows.features.rowCount))
  watch.end()
  const metrics: Record<string, number> = { ...training.metrics }
  for (const { name, fitted } of pipeline.outputs) {
    const prefix = pipeline.outputs.length > 1 ? `${name}.` : ''
    if (typeof fitted.oobScore === 'number') metrics[`${prefix}oob_score`] = fitted.oobScore
  }
  Object.assign(metrics, choice?.metrics, found?.metrics, decided.metrics)
  metrics['training_rows'] = rows.features.rowCount
  metrics['training_seconds'] = trainingSeconds
  if (validation !== undefined) {
    for (const [name, value] of Object.entries(validation.metrics)) metrics[`validation_${name}`] = value
    metrics['validation_rows'] = validation.features.rowCount
  }
  const odd = metricsNotFinite(metrics)
  if (odd.length > 0) onWarning({ code: 'METRICS_NOT_FINITE', message: `no finite numbers: ${odd.join(', ')}` })
  const predictions = watch.predictionsOf((validation ?? training).features)
  const heldOut = validation && { features: validation.features, predictions }
  const isOfDataset = run.datasetId !== undefined
  const fit = { pipeline, features, heldOut, outOfFold: decided.outOfFold, isOfDataset }
  const frozen = await frozenBaseline(fit, context)
  warnings.addAll(frozen.warnings)
  const { validationSplit, splitSeed = SPLIT_SEED_DEFAULT } = run
  const origin = { validationSplit, splitSeed, dataDigest: digest, workerVersion }
  // One place is for the count of warnings.
  const bounded = boundMetrics({ ...metrics, warning_count: 0 })
  if (bounded.leftOut > 0) {
    const message = `${bounded.leftOut} of ${bounded.leftOut + METRICS_MAX} metrics were left out, at most ${METRICS_MAX} are kept`
    warnings.add({ code: 'METRICS_LEFT_OUT', message })
  }
  const ended = {
    ...{ model, parameters, kind, pipeline, training, validation, origin, predictions, warnings },
    ...{ search: found?.report ?? choice?.report, crossFitting: decided.report },
  }
  tell('report', 0, 1, 'describing the training')
  const describing = {
    ...context,
    report: (done: number, of: number, step: string): void => tell('report', done, of, step),
  }
  const report = await describeTraining(ended, describing)
  const told = warnings.listed
  const kept = { ...bounded.metrics, warning_count: told.length }
  tell('artifact', 0, 1, 'writing the fitted pipeline')
  const artifact = encodeArtifact(model, parameters, pipeline, { report, baseline: frozen.baseline })
  const proof = await takeProof(pipeline, rows.features)
  const reportProblems = [...report.problems, ...frozen.problems]
  const outcome = (found ?? choice) && { found: { ...found?.parameters, ...choice?.parameters } }
  return { artifact, metrics: kept, warnings: told, reportProblems, ...outcome, proof }
}

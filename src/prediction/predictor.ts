// Decides where a prediction is made: a few rows here and now, many on the prediction thread.
import type { Logger } from 'pino'
import { invalidRequest, ServiceError } from '../errors.ts'
import { partsKept } from '../learning/kept-parts.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { FaultList } from '../model/faults.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import { BodyFile, bytesOf, lengthOf, type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import { metadataOf, type PipelineMetadata } from '../tensors/metadata.ts'
import { answerText } from './answer-text.ts'
import type { LocalPipeline } from './local-pipeline.ts'
import { parseRows } from './parse-rows.ts'
import { type FinishedRun, PipelineCache, type PipelineCacheParts } from './pipeline-cache.ts'
import { unseenCountOf } from './predict.ts'
import { type PredictedHere, predictRead, withKeys } from './predict-read.ts'
import type { MadePrediction, PredictionObserver } from './prediction-observer.ts'
import type { InferenceOptions, PredictionRequest } from './prediction-request.ts'
import {
  type AnswerBytes,
  type JobInput,
  type JobOptions,
  PredictionWorker,
  type WorkerAnswer,
} from './prediction-worker.ts'
import { keysOfRows } from './row-keys.ts'
import type { InferenceHead } from './served-as.ts'
import { addRowFaults, readSmallBody, smallJsonOf } from './small-body.ts'
import type { TensorPredictor, TensorsAnswer } from './tensor-predictor.ts'
import { takeWatched, watchHere, watchWish } from './watch-rows.ts'

export interface PredictorOptions extends Pick<PipelineCacheParts, 'results' | 'registry' | 'signatures'> {
  readonly cacheBytesMax: number
  readonly budget: MemoryBudget
  readonly timeoutMs: number
  readonly observer: PredictionObserver
  readonly log: Logger
}

/** An answer as CSV or Arrow, which has no place for warnings. */
export interface AnswerTable {
  readonly bytes: AnswerBytes
  /** JSON. */
  readonly warnings: string | undefined
}

/** JSON as text or as UTF-8, or a table. */
type Answer = string | Promise<string | AnswerBytes | AnswerTable>

export class Predictor {
  private readonly cache: PipelineCache
  private readonly worker: PredictionWorker
  private readonly timeoutMs: number
  private readonly observer: PredictionObserver
  private readonly budget: MemoryBudget
  private tensors: TensorPredictor | undefined

  constructor({ results, registry, signatures, cacheBytesMax, budget, timeoutMs, observer, log }: PredictorOptions) {
    this.timeoutMs = timeoutMs
    this.observer = observer
    this.budget = budget
    this.worker = new PredictionWorker(timeoutMs, budget, log)
    this.cache = new PipelineCache({
      results,
      registry,
      signatures,
      byteLengthMax: cacheBytesMax,
      budget,
      log,
      onEvict: (runId) => {
        this.worker.forget(runId)
        observer.evicted()
      },
    })
  }

  /**
   * The answer in the form that is asked for. Throws ServiceError: faults of the query and of a small body; what stands
   * against the run; faults of a large body; PREDICTION_TIMED_OUT, or OVERLOADED.
   */
  predict(request: PredictionRequest, queryFaults: FaultList): Answer {
    if (!queryFaults.isEmpty) return this.refuse(request, queryFaults)
    const { runId, body } = request
    const kept = this.cache.peek(runId)
    this.looked(kept, request)
    if (kept !== undefined && !(body instanceof BodyFile)) return this.predictWith(kept, request)
    return whileUsed(body, async () => this.predictWith(kept ?? (await this.runFor(request)), request))
  }

  /**
   * The predictions of tensors, as bytes; the caller keeps the file of the body. Throws ServiceError: what stands against
   * the run, MODEL_VERSION_UNKNOWN when it is of another model, faults of the body, PREDICTION_TIMED_OUT, or OVERLOADED.
   */
  async infer(
    body: ReceivedBody | undefined,
    head: InferenceHead,
    { onPredicted, watch, isBodyKept, shadow }: InferenceOptions = {},
  ): Promise<TensorsAnswer> {
    this.looked(this.cache.peek(head.runId), { shadow })
    const run = await this.runOf(head)
    const tensors = this.tensors ?? (await this.loadTensors())
    const startedAt = performance.now()
    const partsBefore = partsKept()
    const { answer, ...made } = await tensors.infer(run, body, head, { watch, isBodyKept, shadow })
    this.countHere(run, partsBefore)
    this.tell(run, { ...made, startedAt }, { onPredicted, shadow })
    this.tellWatched({ stamp: head.stamp, watch }, made, startedAt)
    return answer
  }

  /** By the first tensors: most callers send rows. */
  private async loadTensors(): Promise<TensorPredictor> {
    const { TensorPredictor } = await import('./tensor-predictor.ts')
    const { budget, timeoutMs } = this
    this.tensors ??= new TensorPredictor({ budget, timeoutMs, runInThread: (...job) => this.runInThread(...job) })
    return this.tensors
  }

  /** What the pipeline of a run takes and gives. Throws ServiceError as infer does. */
  async describe(modelName: string, runId: number): Promise<PipelineMetadata> {
    const run = await this.runOf({ modelName, runId })
    if (run.local !== undefined) return metadataOf(run.local.pipeline)
    const { module, artifact } = run
    const { answer } = await this.runInThread(run, { type: 'describe', runId, module, artifact })
    return JSON.parse(new TextDecoder().decode(answer as Uint8Array)) as PipelineMetadata
  }

  /** Loads the pipeline of a run, when it is not there yet. Throws ServiceError as infer does. */
  async load(modelName: string, runId: number): Promise<void> {
    await this.runOf({ modelName, runId })
  }

  /**
   * Loads the pipeline of a run, on the thread that will predict a few rows with it, which tries it out with a row. Throws
   * ServiceError: what stands against the run.
   */
  async tryOut(runId: number): Promise<void> {
    const { modelName } = await this.cache.get(runId)
    await this.describe(modelName, runId)
  }

  /**
   * Loads the pipeline of a run on both threads: whatever the rows, none waits for it. Gives the name of its model. Throws
   * ServiceError as tryOut does.
   */
  async warm(runId: number): Promise<string> {
    const run = await this.cache.get(runId)
    const { module, artifact, modelName } = run
    await this.runInThread(run, { type: 'describe', runId, module, artifact })
    return modelName
  }

  /** A run that can predict, for whoever does so elsewhere. Throws ServiceError: what stands against the run. */
  finishedRun(runId: number): Promise<FinishedRun> {
    return this.cache.get(runId)
  }

  get cacheFigures(): PipelineCache['figures'] {
    return this.cache.figures
  }

  close(): Promise<void> {
    this.cache.close()
    return this.worker.close()
  }

  private async runOf({ modelName, runId }: Pick<InferenceHead, 'modelName' | 'runId'>): Promise<FinishedRun> {
    const run = await this.cache.get(runId)
    if (run.modelName === modelName) return run
    throw new ServiceError('MODEL_VERSION_UNKNOWN', `run ${runId} is of model "${run.modelName}", not "${modelName}"`)
  }

  /** The run of a request. What is wrong with a small body goes before what stands against the run. */
  private async runFor(request: PredictionRequest): Promise<FinishedRun> {
    try {
      return await this.cache.get(request.runId)
    } catch (error) {
      const body = smallJsonOf(request)
      if (body !== undefined) await readSmallBody(body, this.budget)
      throw error
    }
  }

  /** All that is wrong with a request whose query has faults. Where the run is known, the rows are held to it. */
  private async refuse(request: PredictionRequest, faults: FaultList): Promise<never> {
    const { runId, extraColumns } = request
    const body = smallJsonOf(request)
    if (body !== undefined) {
      const isRunKnown = !faults.listed.some(({ parameter }) => parameter === 'model_run_id')
      const schemaOf = async () =>
        isRunKnown ? (await this.cache.get(runId)).local?.pipeline.featureSchema : undefined
      await addRowFaults(body, { budget: this.budget, extraColumns, schemaOf }, faults)
    }
    throw invalidRequest(faults)
  }

  /** Places the prediction before the body is read: by its length, and by what the pipeline has learnt. */
  private predictWith(run: FinishedRun, request: PredictionRequest): Answer {
    const { local } = run
    const body = smallJsonOf(request)
    if (body !== undefined && local !== undefined) {
      if (request.explain === undefined) {
        if (local.isFastForBody('rows', body.length)) return this.predictHere(run, local, body, request)
      } else if (local.explainsFastForBody(body.length)) return this.explainHere(run, local, body, request)
    }
    return this.predictInThread(run, request)
  }

  private predictHere(run: FinishedRun, local: LocalPipeline, body: Uint8Array, request: PredictionRequest): Answer {
    const startedAt = performance.now()
    const partsBefore = partsKept()
    const answer = (predicted: PredictedHere): string =>
      this.answerHere(run, { local, body, request, startedAt, partsBefore }, predicted)
    const rows = parseRows(body)
    if (rows !== undefined) {
      // There are more than the length promised.
      if (!local.isFastFor(rows.length)) return this.predictInThread(run, request)
      const { keyColumn } = request
      const predicted = local.predictRows(rows, keyColumn)
      if (predicted !== undefined) {
        return answer(keyColumn === undefined ? predicted : withKeys(predicted, keysOfRows(rows, keyColumn)))
      }
    }
    return this.readHere(local, body, request)
      .then((read) => predictRead(local, read, request, this.timeoutMs))
      .then(answer)
  }

  private readHere(local: LocalPipeline, body: Uint8Array, request: PredictionRequest): Promise<ReadTable> {
    const { keyColumn, extraColumns } = request
    return readSmallBody(body, this.budget, { schema: local.pipeline.featureSchema, keyColumn, extraColumns })
  }

  private async explainHere(
    run: FinishedRun,
    local: LocalPipeline,
    body: Uint8Array,
    request: PredictionRequest,
  ): Promise<string | AnswerBytes | AnswerTable> {
    const startedAt = performance.now()
    const partsBefore = partsKept()
    const read = await this.readHere(local, body, request)
    // There are more than the length promised.
    if (!local.explainsFastFor(read.rowCount)) return this.predictInThread(run, request)
    const predicted = await predictRead(local, read, request, this.timeoutMs)
    return this.answerHere(run, { local, body, request, startedAt, partsBefore }, predicted)
  }

  private answerHere(
    run: FinishedRun,
    { local, body, request, startedAt, partsBefore }: PlacedHere,
    { rows, predictions, keys }: PredictedHere,
  ): string {
    this.countHere(run, partsBefore)
    const text = textOf(predictions, request)
    const { rowCount } = predictions.labels
    local.learnBody('rows', body.length, rowCount)
    const unseenCount = unseenCountOf(predictions)
    const { watch, stamp } = request
    this.tell(run, { place: 'in place', rowCount, unseenCount, startedAt }, request)
    if (watch !== undefined && stamp !== undefined) {
      watchHere(watch, { ...local.opened, rows, predictions, keys, idPrefix: stamp.idPrefix }, startedAt)
    }
    return text
  }

  private async predictInThread(
    run: FinishedRun,
    {
      body,
      form,
      dialect,
      answerForm,
      withProbabilities,
      explain,
      extraColumns,
      keyColumn,
      stamp,
      onPredicted,
      watch,
      isBodyKept,
      shadow,
    }: PredictionRequest,
  ): Promise<AnswerBytes | AnswerTable> {
    const { id: runId, module, artifact } = run
    const startedAt = performance.now()
    const byteLength = lengthOf(body)
    const how = { form, dialect, answerForm, withProbabilities, explain, extraColumns, keyColumn, stamp }
    const rows = { body: bytesOf(body), ...how }
    const job = { type: 'predict_rows', runId, module, artifact, ...rows, ...watchWish(watch) } as const
    const there = await this.runInThread(run, job, { isBodyKept, stopAfterMs: shadow?.timeoutMs })
    const { answer, warnings, rowCount, unseenCount, msPerRow } = there
    if (explain === undefined) run.local?.learn(msPerRow)
    else run.local?.learnExplained(msPerRow)
    if (form === 'json') run.local?.learnBody('rows', byteLength, rowCount)
    this.tell(run, { place: 'thread', rowCount, unseenCount, startedAt }, { onPredicted, shadow })
    this.tellWatched({ stamp, watch }, there, startedAt)
    return answerForm === 'json' ? answer : { bytes: answer, warnings }
  }

  /** What this thread holds for the run may have grown with a prediction. partsBefore: partsKept() before it. */
  private countHere(run: FinishedRun, partsBefore: number): void {
    if (!this.cache.countLocal(run, partsBefore)) this.worker.forget(run.id)
  }

  private async runInThread(run: FinishedRun, job: JobInput, options?: JobOptions): Promise<WorkerAnswer> {
    const answer = await this.worker.predict(job, options)
    const { heldBytes } = answer
    if (heldBytes !== run.threadByteLength && !this.cache.countThread(run, heldBytes)) this.worker.forget(run.id)
    return answer
  }

  /** To the deployment whose rows were counted elsewhere than here. */
  private tellWatched(
    { stamp, watch }: Pick<PredictionRequest, 'stamp' | 'watch'>,
    { watched, rowCount }: Pick<WorkerAnswer, 'watched' | 'rowCount'>,
    startedAt: number,
  ): void {
    if (watch === undefined || stamp === undefined || watched === undefined) return
    takeWatched(watch, watched, { rowCount, idPrefix: stamp.idPrefix, startedAt })
  }

  /** Whether the run was there, to whoever counts that; not of a shadow. */
  private looked(kept: FinishedRun | undefined, { shadow }: Pick<PredictionRequest, 'shadow'>): void {
    if (shadow === undefined) this.observer.looked(kept !== undefined)
  }

  /** To whoever counts predictions, and to whoever asked for this one; not of a shadow. */
  private tell(
    { id: runId, modelName }: FinishedRun,
    { place, rowCount, unseenCount, startedAt }: MadePrediction,
    { onPredicted, shadow }: Pick<PredictionRequest, 'onPredicted' | 'shadow'>,
  ): void {
    if (shadow !== undefined) return
    const seconds = (performance.now() - startedAt) / 1000
    this.observer.predicted({ modelName, rowCount, seconds, unseenCount })
    onPredicted?.({ runId, modelName, place, rowCount, seconds })
  }
}

/** A small body that is predicted on this thread. `startedAt` is of performance.now(). */
interface PlacedHere {
  readonly local: LocalPipeline
  readonly body: Uint8Array
  readonly request: PredictionRequest
  readonly startedAt: number
  /** partsKept() then. */
  readonly partsBefore: number
}

function textOf(predictions: Predictions, request: PredictionRequest): string {
  let text = ''
  for (const part of answerText(predictions, request)) text += part
  return text
}

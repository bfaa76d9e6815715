// Decides where a prediction is made: a few rows here and now, many on the prediction thread.
import type { Readable } from 'node:stream'
import type pg from 'pg'
import type { Logger } from 'pino'
import { invalidRequest, ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { holdForTables, type MemoryBudget } from '../memory/memory-budget.ts'
import type { ExtraColumns } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { BodyFile, READ_IN_PLACE_BYTES_MAX, type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { AnswerForm, RowsForm } from '../rows/forms.ts'
import { metadataOf, type PipelineMetadata } from '../tensors/metadata.ts'
import { whole } from './answer-chunks.ts'
import { answerText } from './answer-text.ts'
import { type FinishedRun, PipelineCache } from './pipeline-cache.ts'
import { predictTable, readPredictionRows, readPredictionTable, unseenCountOf } from './predict.ts'
import { type InferenceHead, predictTensors, readTensors } from './predict-tensors.ts'
import type { PredictionObserver, PredictionStory } from './prediction-observer.ts'
import { type JobInput, PredictionWorker, type WorkerAnswer } from './prediction-worker.ts'

export interface PredictionRequest {
  readonly runId: number
  readonly body: ReceivedBody | undefined
  readonly form: RowsForm
  /** Of CSV. */
  readonly dialect?: CsvDialect | undefined
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
  readonly extraColumns: ExtraColumns
  /** Hears how it was made. */
  readonly onPredicted?: ((story: PredictionStory) => void) | undefined
}

export interface PredictorOptions {
  readonly pool: pg.Pool
  readonly registry: ModelRegistry
  readonly cacheBytesMax: number
  readonly budget: MemoryBudget
  readonly timeoutMs: number
  readonly observer: PredictionObserver
  readonly log: Logger
}

/** At once, or as the client takes it. */
export type AnswerBytes = Uint8Array | Readable

/** An answer as CSV or Arrow, which has no place for warnings. */
export interface AnswerTable {
  readonly bytes: AnswerBytes
  /** JSON. */
  readonly warnings: string | undefined
}

/** An answer as tensors: JSON, or JSON of so many bytes and binary tensors. */
export interface TensorsAnswer {
  readonly bytes: AnswerBytes
  readonly jsonLength: number | undefined
}

/** JSON as text or as UTF-8, or a table. */
type Answer = string | Promise<string | AnswerBytes | AnswerTable>

export class Predictor {
  private readonly cache: PipelineCache
  private readonly worker: PredictionWorker
  private readonly timeoutMs: number
  private readonly observer: PredictionObserver
  private readonly budget: MemoryBudget

  constructor({ pool, registry, cacheBytesMax, budget, timeoutMs, observer, log }: PredictorOptions) {
    this.timeoutMs = timeoutMs
    this.observer = observer
    this.budget = budget
    this.worker = new PredictionWorker(timeoutMs, budget, log)
    this.cache = new PipelineCache(pool, registry, cacheBytesMax, budget, log, (runId) => {
      this.worker.forget(runId)
      observer.evicted()
    })
  }

  /**
   * The answer in the form that is asked for. Throws ServiceError: faults of the query and of the body, what stands
   * against the run, PREDICTION_TIMED_OUT, or OVERLOADED.
   */
  predict(request: PredictionRequest, queryFaults: FaultList): Answer {
    const { runId, body } = request
    if (!isLocal(request)) {
      if (!queryFaults.isEmpty) throw invalidRequest(queryFaults)
      const bytes = body instanceof BodyFile ? body.path : (body ?? Buffer.alloc(0))
      return whileUsed(body, () => this.predictInThread(request, bytes))
    }
    const rows = readPredictionRows(body as Buffer | undefined, queryFaults)
    // With faults in the query there is no run to hold the rows to; their values are checked all the same.
    if (!queryFaults.isEmpty) this.readTable(rows, queryFaults)
    const kept = this.cache.peek(runId)
    this.observer.looked(kept !== undefined)
    if (kept !== undefined) return this.predictRows(kept, rows, request)
    return this.cache.get(runId).then((run) => this.predictRows(run, rows, request))
  }

  /**
   * The predictions of tensors, as bytes; the caller keeps the file of the body. Throws ServiceError: faults of the body,
   * what stands against the run, MODEL_VERSION_UNKNOWN when it is of another model, PREDICTION_TIMED_OUT, or OVERLOADED.
   */
  async infer(
    body: ReceivedBody | undefined,
    head: InferenceHead,
    onPredicted?: PredictionRequest['onPredicted'],
  ): Promise<TensorsAnswer> {
    this.observer.looked(this.cache.peek(head.runId) !== undefined)
    const run = await this.runOf(head)
    const startedAt = performance.now()
    const isInPlace = !(body instanceof BodyFile) && (body?.length ?? 0) <= READ_IN_PLACE_BYTES_MAX
    const here = isInPlace ? await this.inferHere(run, body, head) : undefined
    const { msPerRow, rowCount, unseenCount, ...answer } = here ?? (await this.inferInThread(run, body, head))
    run.local?.learn(msPerRow)
    const place = here === undefined ? 'thread' : 'in place'
    this.tell(run, { place, rowCount, unseenCount, startedAt }, onPredicted)
    return { bytes: answer.answer, jsonLength: answer.jsonLength }
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

  /** Undefined where that would keep others waiting. */
  private async inferHere({ local }: FinishedRun, body: Buffer | undefined, head: InferenceHead) {
    if (local === undefined) return undefined
    const bytes = body ?? Buffer.alloc(0)
    const memory = holdForTables(this.budget, bytes.length)
    try {
      const request = readTensors(bytes, head, local.pipeline, memory)
      if (!local.isFastFor(request.features.rowCount)) return undefined
      const surroundings = { stop: new StopFlag(), timeoutMs: this.timeoutMs, memory }
      const { chunks, ...rest } = await predictTensors(local.pipeline, request, head, surroundings)
      return { ...rest, answer: await whole(chunks) }
    } finally {
      memory.release()
    }
  }

  /** Of a body that is small: its table has few bytes, unless it is nearly all missing. */
  private readTable(rows: readonly unknown[], faults: FaultList): ReadTable {
    const memory = holdForTables(this.budget, READ_IN_PLACE_BYTES_MAX)
    try {
      return readPredictionTable(rows, faults, memory)
    } finally {
      memory.release()
    }
  }

  private inferInThread(run: FinishedRun, received: ReceivedBody | undefined, head: InferenceHead) {
    const { module, artifact } = run
    const body = received instanceof BodyFile ? received.path : (received ?? Buffer.alloc(0))
    return this.runInThread(run, { type: 'predict_tensors', ...head, module, artifact, body })
  }

  private predictRows(run: FinishedRun, rows: readonly unknown[], request: PredictionRequest): Answer {
    const { local } = run
    if (!local?.isFastFor(rows.length)) return this.predictWith(run, request, request.body as Buffer)
    const startedAt = performance.now()
    const answer = (predictions: Predictions): string => {
      const text = textOf(predictions, request)
      const { rowCount } = predictions.labels
      const unseenCount = unseenCountOf(predictions)
      this.tell(run, { place: 'in place', rowCount, unseenCount, startedAt }, request.onPredicted)
      return text
    }
    const predictions = local.predictRows(rows)
    if (predictions !== undefined) return answer(predictions)
    const features = this.readTable(rows, new FaultList())
    return predictTable(local.pipeline, features, {}, this.timeoutMs, request.extraColumns).then(answer)
  }

  private async predictInThread(request: PredictionRequest, body: BodyBytes): Promise<AnswerBytes | AnswerTable> {
    this.observer.looked(this.cache.peek(request.runId) !== undefined)
    return this.predictWith(await this.cache.get(request.runId), request, body)
  }

  private async predictWith(
    run: FinishedRun,
    { form, dialect, answerForm, withProbabilities, extraColumns, onPredicted }: PredictionRequest,
    body: BodyBytes,
  ): Promise<AnswerBytes | AnswerTable> {
    const { id: runId, module, artifact } = run
    const startedAt = performance.now()
    const rows = { body, form, dialect, answerForm, withProbabilities, extraColumns }
    const job = { type: 'predict_rows', runId, module, artifact, ...rows } as const
    const { answer, warnings, rowCount, unseenCount, msPerRow } = await this.runInThread(run, job)
    run.local?.learn(msPerRow)
    this.tell(run, { place: 'thread', rowCount, unseenCount, startedAt }, onPredicted)
    return answerForm === 'json' ? answer : { bytes: answer, warnings }
  }

  private async runInThread(run: FinishedRun, job: JobInput): Promise<WorkerAnswer> {
    const answer = await this.worker.predict(job)
    const { heldBytes } = answer
    if (heldBytes !== run.threadByteLength && !this.cache.countThread(run, heldBytes)) this.worker.forget(run.id)
    return answer
  }

  /** To whoever counts predictions, and to whoever asked for this one. */
  private tell(
    { id: runId, modelName }: FinishedRun,
    { place, rowCount, unseenCount, startedAt }: Made,
    onPredicted: PredictionRequest['onPredicted'],
  ): void {
    const seconds = (performance.now() - startedAt) / 1000
    this.observer.predicted({ modelName, rowCount, seconds, unseenCount })
    onPredicted?.({ runId, modelName, place, rowCount, seconds })
  }
}

/** A prediction that was made. `startedAt` is of performance.now(). */
interface Made {
  readonly place: PredictionStory['place']
  readonly rowCount: number
  readonly unseenCount: number
  readonly startedAt: number
}

/** Whether it is parsed here at all. */
function isLocal({ body, form, answerForm }: PredictionRequest): boolean {
  if (body instanceof BodyFile || (body !== undefined && body.length > READ_IN_PLACE_BYTES_MAX)) return false
  return form === 'json' && answerForm === 'json'
}

function textOf(predictions: Predictions, request: PredictionRequest): string {
  let text = ''
  for (const part of answerText(predictions, request)) text += part
  return text
}

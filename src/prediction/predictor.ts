// Decides where a prediction is made: a few rows here and now, many on the prediction thread.
import type { Readable } from 'node:stream'
import type pg from 'pg'
import type { Logger } from 'pino'
import { invalidRequest } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { BodyFile, READ_IN_PLACE_BYTES_MAX, type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { AnswerForm, RowsForm } from '../rows/forms.ts'
import { answerText } from './answer-text.ts'
import { type FinishedRun, PipelineCache } from './pipeline-cache.ts'
import { predictTable, readPredictionRows, readPredictionTable, unseenCountOf } from './predict.ts'
import type { PredictionObserver } from './prediction-observer.ts'
import { PredictionWorker } from './prediction-worker.ts'

export interface PredictionRequest {
  readonly runId: number
  readonly body: ReceivedBody | undefined
  readonly form: RowsForm
  readonly answerForm: AnswerForm
  readonly withProbabilities: boolean
}

export interface PredictorOptions {
  readonly pool: pg.Pool
  readonly registry: ModelRegistry
  readonly cacheBytesMax: number
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

/** JSON as text or as UTF-8, or a table. */
type Answer = string | Promise<string | AnswerBytes | AnswerTable>

export class Predictor {
  private readonly cache: PipelineCache
  private readonly worker: PredictionWorker
  private readonly timeoutMs: number
  private readonly observer: PredictionObserver

  constructor({ pool, registry, cacheBytesMax, timeoutMs, observer, log }: PredictorOptions) {
    this.timeoutMs = timeoutMs
    this.observer = observer
    this.worker = new PredictionWorker(timeoutMs, log)
    this.cache = new PipelineCache(pool, registry, cacheBytesMax, (runId) => {
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
    if (!queryFaults.isEmpty) readPredictionTable(rows, queryFaults)
    const kept = this.cache.peek(runId)
    this.observer.looked(kept !== undefined)
    if (kept !== undefined) return this.predictRows(kept, rows, request)
    return this.cache.get(runId).then((run) => this.predictRows(run, rows, request))
  }

  get cacheFigures(): PipelineCache['figures'] {
    return this.cache.figures
  }

  close(): Promise<void> {
    return this.worker.close()
  }

  private predictRows(run: FinishedRun, rows: readonly unknown[], request: PredictionRequest): Answer {
    const { local } = run
    if (!local?.isFastFor(rows.length)) return this.predictWith(run, request, request.body as Buffer)
    const startedAt = performance.now()
    const answer = (predictions: Predictions): string => {
      const text = textOf(predictions, request)
      this.observe(run, predictions.labels.rowCount, startedAt, unseenCountOf(predictions))
      return text
    }
    const predictions = local.predictRows(rows)
    if (predictions !== undefined) return answer(predictions)
    const features = readPredictionTable(rows, new FaultList())
    return predictTable(local.pipeline, features, {}, this.timeoutMs).then(answer)
  }

  private async predictInThread(request: PredictionRequest, body: BodyBytes): Promise<AnswerBytes | AnswerTable> {
    this.observer.looked(this.cache.peek(request.runId) !== undefined)
    return this.predictWith(await this.cache.get(request.runId), request, body)
  }

  private async predictWith(
    run: FinishedRun,
    { form, answerForm, withProbabilities }: PredictionRequest,
    body: BodyBytes,
  ): Promise<AnswerBytes | AnswerTable> {
    const { id: runId, module, artifact } = run
    const startedAt = performance.now()
    const job = { runId, module, artifact, body, form, answerForm, withProbabilities }
    const { answer, warnings, heldBytes, rowCount, unseenCount, msPerRow } = await this.worker.predict(job)
    run.local?.learn(msPerRow)
    if (heldBytes !== run.threadByteLength && !this.cache.countThread(run, heldBytes)) this.worker.forget(runId)
    this.observe(run, rowCount, startedAt, unseenCount)
    return answerForm === 'json' ? answer : { bytes: answer, warnings }
  }

  private observe({ modelName }: FinishedRun, rowCount: number, startedAt: number, unseenCount: number): void {
    const seconds = (performance.now() - startedAt) / 1000
    this.observer.predicted({ modelName, rowCount, seconds, unseenCount })
  }
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

// Decides where a prediction is made: a few rows here and now, many on the prediction thread.
import type pg from 'pg'
import type { Logger } from 'pino'
import { invalidRequest } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { FaultList } from '../model/faults.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { BodyFile, type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { answerText } from './answer-text.ts'
import { type FinishedRun, PipelineCache } from './pipeline-cache.ts'
import { predictTable, readPredictionRows, readPredictionTable } from './predict.ts'
import { PredictionWorker } from './prediction-worker.ts'

/** Bodies beyond this are not even parsed on the service's own thread: it takes about a millisecond. */
const LOCAL_BODY_BYTES_MAX = 128 * 1024

export interface PredictionRequest {
  readonly runId: number
  readonly body: ReceivedBody | undefined
  readonly withProbabilities: boolean
}

export interface PredictorOptions {
  readonly pool: pg.Pool
  readonly registry: ModelRegistry
  readonly cacheBytesMax: number
  readonly timeoutMs: number
  readonly log: Logger
}

/** JSON, as text or as UTF-8. */
type Answer = string | Promise<string | Uint8Array>

export class Predictor {
  private readonly cache: PipelineCache
  private readonly worker: PredictionWorker
  private readonly timeoutMs: number

  constructor({ pool, registry, cacheBytesMax, timeoutMs, log }: PredictorOptions) {
    this.timeoutMs = timeoutMs
    this.worker = new PredictionWorker(timeoutMs, log)
    this.cache = new PipelineCache(pool, registry, cacheBytesMax, (runId) => this.worker.forget(runId))
  }

  /**
   * The answer as JSON. Throws ServiceError: faults of the query and of the body, what stands against the run,
   * PREDICTION_TIMED_OUT, or OVERLOADED.
   */
  predict(request: PredictionRequest, queryFaults: FaultList): Answer {
    const { runId, body } = request
    if (body instanceof BodyFile || (body !== undefined && body.length > LOCAL_BODY_BYTES_MAX)) {
      if (!queryFaults.isEmpty) throw invalidRequest(queryFaults)
      return whileUsed(body, () => this.predictInThread(request, body instanceof BodyFile ? body.path : body))
    }
    const rows = readPredictionRows(body, queryFaults)
    // With faults in the query there is no run to hold the rows to; their values are checked all the same.
    if (!queryFaults.isEmpty) readPredictionTable(rows, queryFaults)
    const kept = this.cache.peek(runId)
    if (kept !== undefined) return this.predictRows(kept, rows, request)
    return this.cache.get(runId).then((run) => this.predictRows(run, rows, request))
  }

  close(): Promise<void> {
    return this.worker.close()
  }

  private predictRows({ local }: FinishedRun, rows: readonly unknown[], request: PredictionRequest): Answer {
    if (!local?.isFastFor(rows.length)) return this.predictInThread(request, request.body as Buffer)
    const predictions = local.predictRows(rows)
    if (predictions !== undefined) return textOf(predictions, request)
    const features = readPredictionTable(rows, new FaultList())
    return predictTable(local.pipeline, features, new StopFlag(), this.timeoutMs).then((found) =>
      textOf(found, request),
    )
  }

  private async predictInThread({ runId, withProbabilities }: PredictionRequest, body: BodyBytes) {
    const run = await this.cache.get(runId)
    const { module, artifact } = run
    const { answer, heldBytes, msPerRow } = await this.worker.predict({
      runId,
      module,
      artifact,
      body,
      withProbabilities,
    })
    run.local?.learn(msPerRow)
    if (heldBytes !== run.threadByteLength && !this.cache.countThread(run, heldBytes)) this.worker.forget(runId)
    return answer
  }
}

function textOf(predictions: Predictions, request: PredictionRequest): string {
  let text = ''
  for (const part of answerText(predictions, request)) text += part
  return text
}

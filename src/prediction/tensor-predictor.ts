// Predictions of tensors: of a few rows here and now, of many on the prediction thread.
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { holdForTables, type MemoryBudget } from '../memory/memory-budget.ts'
import { bytesOf, lengthOf, type ReceivedBody, smallBytesOf } from '../rows/body-file.ts'
import { whole } from './answer-chunks.ts'
import type { BodyKind } from './local-pipeline.ts'
import type { FinishedRun } from './pipeline-cache.ts'
import { predictTensors, readTensors } from './predict-tensors.ts'
import type { MadePrediction } from './prediction-observer.ts'
import type { InferenceOptions } from './prediction-request.ts'
import type { AnswerBytes, JobInput, JobOptions, WorkerAnswer } from './prediction-worker.ts'
import type { RowsWatch } from './rows-watch.ts'
import type { InferenceHead } from './served-as.ts'
import { watchWish } from './watch-rows.ts'

/** An answer as tensors: JSON, or JSON of so many bytes and binary tensors. */
export interface TensorsAnswer {
  readonly bytes: AnswerBytes
  readonly jsonLength: number | undefined
}

export interface TensorPredictorParts {
  readonly budget: MemoryBudget
  readonly timeoutMs: number
  readonly runInThread: (run: FinishedRun, job: JobInput, options: JobOptions) => Promise<WorkerAnswer>
}

/** An answer, and what is known with it. */
export interface Inferred
  extends Pick<MadePrediction, 'place' | 'rowCount' | 'unseenCount'>,
    Pick<WorkerAnswer, 'watched'> {
  readonly answer: TensorsAnswer
}

export class TensorPredictor {
  private readonly parts: TensorPredictorParts

  constructor(parts: TensorPredictorParts) {
    this.parts = parts
  }

  /** The caller keeps the file of the body. Throws ServiceError: faults of the body, PREDICTION_TIMED_OUT, or OVERLOADED. */
  async infer(
    run: FinishedRun,
    body: ReceivedBody | undefined,
    head: InferenceHead,
    options: Omit<InferenceOptions, 'onPredicted'>,
  ): Promise<Inferred> {
    const byteLength = lengthOf(body)
    const here = await this.inferHere(run, smallBytesOf(body), head, options.watch)
    const made = here ?? (await this.inferInThread(run, body, head, options))
    const { msPerRow, answer: bytes, jsonLength, ...others } = made
    run.local?.learn(msPerRow)
    run.local?.learnBody(kindOf(head), byteLength, others.rowCount)
    const place = here === undefined ? 'thread' : 'in place'
    return { ...others, answer: { bytes, jsonLength }, place }
  }

  /** Undefined where that would keep others waiting. */
  private async inferHere(
    { local }: FinishedRun,
    body: Uint8Array | undefined,
    head: InferenceHead,
    watch: RowsWatch | undefined,
  ) {
    if (local === undefined || body === undefined || !local.isFastForBody(kindOf(head), body.length)) return undefined
    const { budget, timeoutMs } = this.parts
    const memory = holdForTables(budget, body.length)
    try {
      const request = readTensors(body, head, local.pipeline, memory)
      // There are more rows than the length promised.
      if (!local.isFastFor(request.features.rowCount)) return undefined
      const surroundings = { stop: new StopFlag(), timeoutMs, memory, ...watchWish(watch) }
      const { chunks, ...rest } = await predictTensors(local.opened, request, head, surroundings)
      return { ...rest, answer: await whole(chunks) }
    } finally {
      memory.release()
    }
  }

  private inferInThread(
    run: FinishedRun,
    body: ReceivedBody | undefined,
    head: InferenceHead,
    { watch, isBodyKept, shadow }: Omit<InferenceOptions, 'onPredicted'>,
  ): Promise<WorkerAnswer> {
    const { module, artifact } = run
    const job = {
      type: 'predict_tensors',
      ...head,
      module,
      artifact,
      body: bytesOf(body),
      ...watchWish(watch),
    } as const
    return this.parts.runInThread(run, job, { isBodyKept, stopAfterMs: shadow?.timeoutMs })
  }
}

function kindOf({ jsonLength }: InferenceHead): BodyKind {
  return jsonLength === undefined ? 'tensors' : 'binaryTensors'
}

// The service's side of the detection thread: detections take turns, each until its answer.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import type { MemoryBudget } from '../../memory/memory-budget.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { DetectedDrift } from './detect-drift.ts'
import type { DatasetBytes, DetectionCalls, NamedDatasets } from './detection-messages.ts'
import type { SampleName } from './detection-request.ts'

/** Detections that may wait for their turn. */
const WAITING_MAX = 8
/** Longest time to read a request, and to judge it. */
const ANSWER_TIMEOUT_MS = 300_000
/** An idle thread is ended after this. */
const IDLE_MS = 10_000

export class DetectionWorker {
  private readonly thread: ThreadClient<DetectionCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(budget: MemoryBudget, log: Logger) {
    this.thread = new ThreadClient({
      name: 'detection thread',
      entry: new URL('./detection-thread.ts', import.meta.url),
      workerData: budget.shared,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('detection'),
      log,
    })
  }

  /**
   * Reads a request, has its data sets fetched, and judges. Throws ServiceError: what is wrong with the request, what
   * `fetch` throws, MEMORY_EXCEEDED, OVERLOADED.
   */
  async detect(
    body: BodyBytes,
    fetch: (named: NamedDatasets, use: DetectWith) => Promise<DetectedDrift>,
  ): Promise<DetectedDrift> {
    if (this.queue.size >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${this.queue.size} detections wait already`, { retryAfterSeconds: 5 })
    }
    const limits = { timeoutMs: ANSWER_TIMEOUT_MS }
    return (await this.queue.add(async () => {
      const release = this.thread.keep()
      try {
        const named = await this.thread.ask('read', body, limits)
        return await fetch(named, (datasets) => this.thread.ask('detect', datasets, limits))
      } finally {
        this.thread.tell('drop', undefined)
        release()
      }
    })) as DetectedDrift
  }

  close(): Promise<void> {
    return this.thread.close()
  }
}

/** Judges with the bytes of the data sets, which must stay until it answers. */
export type DetectWith = (datasets: Partial<Record<SampleName, DatasetBytes>>) => Promise<DetectedDrift>

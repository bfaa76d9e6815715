// The service's side of the thread that draws reports: starts it when one is asked for, and ends it when it is idle or stuck.
import { Worker } from 'node:worker_threads'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import type { ReportData } from '../training-summary/report-data.ts'
import type { ReportHead } from './page/report-head.ts'
import type { FromRenderer, ToRenderer } from './render-messages.ts'

/** Reports that may wait or be drawn. */
const WAITING_MAX = 16
/** What one may take, with the start of the thread: the largest take some seconds on a busy machine. */
const TIMEOUT_MS = 30_000
/** The plotting library holds some 100 MiB; nobody should pay for it who has looked at a report once. */
const IDLE_MS = 60_000

export class RenderWorker {
  private readonly log: Logger
  private readonly queue = new PQueue({ concurrency: 1 })
  private worker: Worker | undefined
  private idle: NodeJS.Timeout | undefined
  private lastId = 0

  constructor(log: Logger) {
    this.log = log
  }

  /** Throws ServiceError OVERLOADED when too many wait, or when drawing does not come to its end in time. */
  async render(report: ReportData, head: ReportHead): Promise<string> {
    if (this.queue.size + this.queue.pending >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${WAITING_MAX} reports wait already to be drawn`)
    }
    return this.queue.add(() => this.draw({ id: ++this.lastId, report, head }))
  }

  async close(): Promise<void> {
    this.queue.clear()
    clearTimeout(this.idle)
    await this.worker?.terminate()
  }

  private async draw(job: ToRenderer): Promise<string> {
    clearTimeout(this.idle)
    const worker = this.worker ?? this.start()
    this.worker = worker
    let timer: NodeJS.Timeout | undefined
    let onMessage: ((message: FromRenderer) => void) | undefined
    let onExit: (() => void) | undefined
    try {
      const answer = await new Promise<FromRenderer>((resolve, reject) => {
        timer = setTimeout(() => {
          this.log.error({ runId: job.head.runId }, 'a report took too long to draw; its thread is ended')
          worker.terminate()
        }, TIMEOUT_MS)
        onExit = () => reject(new ServiceError('OVERLOADED', 'the report was not drawn in time; try again'))
        onMessage = (message) => {
          if (message.id === job.id) resolve(message)
        }
        worker.on('message', onMessage).once('exit', onExit)
        worker.postMessage(job)
      })
      if ('error' in answer) throw answer.error
      return answer.page
    } finally {
      clearTimeout(timer)
      if (onMessage !== undefined) worker.off('message', onMessage)
      if (onExit !== undefined) worker.off('exit', onExit)
      this.idle = setTimeout(() => {
        // At once: a report that is asked for while it ends is another thread's.
        if (this.worker === worker) this.worker = undefined
        void worker.terminate()
      }, IDLE_MS).unref()
    }
  }

  private start(): Worker {
    const worker = new Worker(new URL('./render-thread.ts', import.meta.url))
    worker.unref()
    worker.on('error', (error) => this.log.error({ err: error }, 'the thread that draws reports failed'))
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined
    })
    return worker
  }
}

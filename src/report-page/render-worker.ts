// The service's side of the thread that draws reports: reports take turns.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import { ThreadClient } from '../threads/thread-client.ts'
import type { ReportData } from '../training-summary/report-data.ts'
import type { ReportHead } from './page/report-head.ts'
import type { RenderCalls } from './render-messages.ts'

/** Reports that may wait or be drawn. */
const WAITING_MAX = 16
/** What one may take, with the start of the thread: the largest take some seconds on a busy machine. */
const TIMEOUT_MS = 30_000
/** The plotting library holds some 100 MiB; nobody should pay for it who has looked at a report once. */
const IDLE_MS = 60_000

export class RenderWorker {
  private readonly thread: ThreadClient<RenderCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(log: Logger) {
    this.thread = new ThreadClient({
      name: 'report thread',
      entry: new URL('./render-thread.ts', import.meta.url),
      idleMs: IDLE_MS,
      log,
    })
  }

  /** Throws ServiceError OVERLOADED when too many wait, or when drawing does not come to its end in time. */
  async render(report: ReportData, head: ReportHead): Promise<string> {
    if (this.queue.size + this.queue.pending >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${WAITING_MAX} reports wait already to be drawn`)
    }
    const timedOut = () => new ServiceError('OVERLOADED', 'the report was not drawn in time; try again')
    const options = { timeoutMs: TIMEOUT_MS, timedOut, about: { runId: head.runId } }
    return this.queue.add(() => this.thread.ask('render', { report, head }, options))
  }

  /** Reports that wait are refused. */
  close(): Promise<void> {
    return this.thread.close()
  }
}

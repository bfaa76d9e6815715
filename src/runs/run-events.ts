// The events of one run for one client, as server-sent events: what there is now, what comes, and the end.
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import type { RunJournal } from './run-journal.ts'
import type { RunReader } from './run-reader.ts'
import type { Run } from './run-schemas.ts'

export interface RunEventsParts {
  readonly reader: Pick<RunReader, 'find' | 'now'>
  readonly journal: RunJournal
  readonly log: Logger
  /**
   * A client that takes nothing for so long is let go; it may come again and go on after the last line that it had.
   * Default: a minute.
   */
  readonly idleMsMax?: number
}

/** Changes that come in this time go out together. */
const GATHER_MS = 100
/** How often the queue, and the row of a run that is not in this worker, are looked at. */
const LOOK_MS = 2_000
const HEARTBEAT_MS = 15_000
const IDLE_MS_MAX = 60_000
/** After how many milliseconds a client is to come again. */
const RETRY_MS = 2_000

/**
 * Holds no more for its client than one look at the run: lines are read again from the log, after the last one that was
 * sent, when the client has taken what it was given. An event's id is that of the last line before it.
 */
export class RunEvents extends Readable {
  private readonly parts: RunEventsParts
  private readonly runId: number
  private lastId: number
  private lastProgress = ''
  private isWanted = true
  private isSending = false
  private readonly stopListening: () => void
  private readonly looks: NodeJS.Timeout
  private readonly heartbeat: NodeJS.Timeout
  private readonly idle: NodeJS.Timeout
  private gathering: NodeJS.Timeout | undefined

  /** lastId: of the last line that the client has. */
  constructor(parts: RunEventsParts, runId: number, lastId: number) {
    super({ encoding: 'utf8' })
    this.parts = parts
    this.runId = runId
    this.lastId = lastId
    this.push(`retry: ${RETRY_MS}\n\n`)
    this.stopListening = parts.journal.listen(runId, () => this.gather())
    this.looks = setInterval(() => this.gather(), LOOK_MS)
    this.heartbeat = setInterval(() => {
      if (this.isWanted) this.isWanted = this.push(': the worker is there\n\n')
    }, HEARTBEAT_MS)
    this.idle = setTimeout(() => this.destroy(), parts.idleMsMax ?? IDLE_MS_MAX)
    this.gather()
  }

  /** Ends it before the run has its end: the worker stops. */
  finish(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null)
  }

  override _read(): void {
    this.idle.refresh()
    if (this.isWanted) return
    this.isWanted = true
    this.gather()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stopListening()
    clearInterval(this.looks)
    clearInterval(this.heartbeat)
    clearTimeout(this.idle)
    clearTimeout(this.gathering)
    done(error)
  }

  private gather(): void {
    if (this.gathering !== undefined || this.destroyed) return
    this.gathering = setTimeout(() => {
      this.gathering = undefined
      // An event that comes while one is sent makes for another turn.
      if (this.isSending) return this.gather()
      this.isSending = true
      this.send()
        .catch((error) => this.parts.log.debug({ err: error, runId: this.runId }, 'events of a run wait'))
        .finally(() => {
          this.isSending = false
        })
    }, GATHER_MS)
  }

  private async send(): Promise<void> {
    if (!this.isWanted) return
    const { journal, reader } = this.parts
    const run = journal.live(this.runId) === undefined ? await this.lookUp() : undefined
    // After its end: then these are all.
    await this.sendLines()
    if (run === 'gone') return this.finish()
    if (isOver(run)) {
      this.sendEvent('end', run)
      return this.finish()
    }
    const now = reader.now(this.runId)
    // That less is left because time goes by a client sees by itself.
    const text = JSON.stringify(now, (key, value) => (key === 'seconds_left' ? undefined : value))
    if (text === this.lastProgress) return
    this.lastProgress = text
    this.sendEvent('progress', now)
  }

  private async sendLines(): Promise<void> {
    for (const line of await this.parts.journal.lines(this.runId, this.lastId)) {
      this.lastId = line.id
      this.sendEvent('log', line)
    }
  }

  private async lookUp(): Promise<Run | 'gone'> {
    try {
      return await this.parts.reader.find(this.runId)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'RUN_UNKNOWN') return 'gone'
      throw error
    }
  }

  private sendEvent(event: string, data: unknown): void {
    if (this.destroyed || this.readableEnded) return
    this.isWanted = this.push(`id: ${this.lastId}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
}

function isOver(run: Run | undefined): run is Run {
  return run?.status === 'SUCCESS' || run?.status === 'FAILED'
}

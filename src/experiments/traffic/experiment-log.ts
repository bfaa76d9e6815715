// What experiments have seen in this process: taken beside predictions, and written by one flusher.
import type { Logger } from 'pino'
import { type DropReason, TRIED_MS, tryToWrite } from '../../monitoring/log/try-to-write.ts'
import { Retry } from '../../retry.ts'
import type { ExperimentRow, UnitMark } from './exposures-table.ts'
import { EXPOSED, FAILED, type KnownUnit, SLOW } from './known-units.ts'

const BATCH = 2_000
/** Marks of units that wait, and rows. */
const WAITING_MAX = 100_000
/** Characters of the answers of all rows that wait. */
const ANSWERS_LENGTH_MAX = 2 ** 24
/** How late something is in the table while all is well. */
const FLUSH_MS = 2_000
/** What the end of the worker waits for. */
const CLOSE_MS = 5_000

export interface ExperimentBatch {
  readonly marks: readonly UnitMark[]
  readonly rows: readonly ExperimentRow[]
}

/** With the unit as it is remembered. */
interface TakenMark extends UnitMark {
  readonly known: KnownUnit
}

export interface ExperimentLogParts {
  /** All of a batch or nothing; once, however often it is called with it. */
  readonly write: (batch: ExperimentBatch) => Promise<void>
  /** Marks and rows that will not be written. */
  readonly onDropped: (reason: DropReason, count: number) => void
  readonly log: Logger
  readonly waitingMax?: number
  readonly triedMs?: number
}

/** Takes what is told at once, waits for nothing and throws nothing. */
export class ExperimentLog {
  private readonly parts: ExperimentLogParts
  private readonly waitingMax: number
  private readonly retry: Retry
  private marks: TakenMark[] = []
  private rows: ExperimentRow[] = []
  private answersLength = 0
  private timer: NodeJS.Timeout | undefined
  private flushing: Promise<void> | undefined
  /** Since a batch was written. */
  private hasDropped = false

  constructor(parts: ExperimentLogParts) {
    this.parts = parts
    this.waitingMax = parts.waitingMax ?? WAITING_MAX
    this.retry = new Retry(parts.log)
  }

  /** Marks and rows that wait to be written. */
  get waitingCount(): number {
    return this.marks.length + this.rows.length
  }

  /** Its first request came at a time, in milliseconds since 1970. What was told of the unit before is left out. O(1). */
  expose(unit: KnownUnit, at: number): void {
    if ((unit.told & EXPOSED) === 0) this.take(unit, EXPOSED, { at })
  }

  /** A request of it that came then has failed. */
  fail(unit: KnownUnit, at: number): void {
    if ((unit.told & FAILED) === 0) this.take(unit, FAILED, { at, failedAt: at })
  }

  /** A request of it that came then took too long. */
  slow(unit: KnownUnit, at: number): void {
    if ((unit.told & SLOW) === 0) this.take(unit, SLOW, { at, slowAt: at })
  }

  /** O(answers). */
  add(row: ExperimentRow): void {
    const length = lengthOf(row)
    if (this.rows.length >= this.waitingMax || this.answersLength + length > ANSWERS_LENGTH_MAX || this.retry.isEnded) {
      this.drop(this.retry.isEnded ? 'stopped' : 'ring_full', 1)
      return
    }
    this.rows.push(row)
    this.answersLength += length
    if (this.rows.length >= BATCH) void this.flush()
  }

  /** Writes now and then from here on. */
  start(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS)
    this.timer.unref()
  }

  /** Writes what waits; one at a time. Throws nothing. */
  flush(): Promise<void> {
    this.flushing ??= this.flushAll().finally(() => {
      this.flushing = undefined
    })
    return this.flushing
  }

  /** Writes what waits, where the database answers within some seconds, and drops the rest. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    await Promise.race([this.flush().then(() => this.flush()), this.retry.wait(CLOSE_MS)])
    this.retry.end()
    if (this.waitingCount > 0) this.drop('stopped', this.waitingCount)
  }

  private async flushAll(): Promise<void> {
    while (this.waitingCount > 0 && !this.retry.isEnded) {
      const batch = { marks: this.marks.splice(0, BATCH), rows: this.rows.splice(0, BATCH) }
      this.answersLength -= batch.rows.reduce((sum, row) => sum + lengthOf(row), 0)
      const reason = await this.write(batch)
      if (reason === undefined) this.hasDropped = false
      else {
        // Whoever comes again is told again.
        for (const { known } of batch.marks) known.told = 0
        this.drop(reason, batch.marks.length + batch.rows.length)
      }
    }
  }

  private take(known: KnownUnit, bit: number, times: Pick<UnitMark, 'at' | 'failedAt' | 'slowAt'>): void {
    if (this.marks.length >= this.waitingMax || this.retry.isEnded) {
      this.drop(this.retry.isEnded ? 'stopped' : 'ring_full', 1)
      return
    }
    const { experimentId, phase, unit, arm } = known
    this.marks.push({ known, experimentId, phase, unit, arm, ...times })
    known.told |= bit
    if (this.marks.length >= BATCH) void this.flush()
  }

  private async write(batch: ExperimentBatch): Promise<DropReason | undefined> {
    const { write, log, triedMs = TRIED_MS } = this.parts
    try {
      return await tryToWrite(() => write(batch), this.retry, triedMs)
    } catch (error) {
      if (!this.hasDropped) log.warn({ err: error }, 'what experiments have seen could not be written')
      return 'failed'
    }
  }

  private drop(reason: DropReason, count: number): void {
    const { onDropped, log } = this.parts
    onDropped(reason, count)
    if (!this.hasDropped) log.warn({ reason }, 'what experiments see is lost until it can be written again')
    this.hasDropped = true
  }
}

function lengthOf({ answers }: ExperimentRow): number {
  let length = 0
  for (const answer of answers) length += answer?.length ?? 0
  return length
}

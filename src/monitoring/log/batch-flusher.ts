// Writes behind predictions what they leave: now and then, batch after batch, one flush at a time. What cannot be written for
// too long is dropped and counted.
import type { Logger } from 'pino'
import { Retry } from '../../retry.ts'
import { type DropReason, TRIED_MS, tryToWrite } from './try-to-write.ts'

/** How late something is in the table while all is well, unless told otherwise. */
const FLUSH_MS = 2_000
/** What the end of the worker waits for. */
const CLOSE_MS = 5_000

export interface BatchFlusherParts<Batch> {
  /** Rows and the like that wait to be written. */
  readonly waitingCount: () => number
  /** Takes the next batch out of them. */
  readonly take: () => Batch
  readonly sizeOf: (batch: Batch) => number
  /** Gives what writes it, all or nothing; that is called until it does not throw, and once more does no harm. */
  readonly writerOf: (batch: Batch) => () => Promise<void>
  readonly onWritten?: (batch: Batch) => void
  /** Called before onDropped of a batch that was taken. */
  readonly onLost?: (batch: Batch) => void
  readonly onDropped: (reason: DropReason, count: number) => void
  readonly words: { readonly failed: string; readonly dropped: string }
  readonly log: Logger
  /** How late something is in the table while all is well. */
  readonly everyMs?: number
  /** How long a batch is tried. */
  readonly triedMs?: number | undefined
}

export class BatchFlusher<Batch> {
  private readonly parts: BatchFlusherParts<Batch>
  private readonly retry: Retry
  private timer: NodeJS.Timeout | undefined
  private flushing: Promise<void> | undefined
  /** The one after it, where somebody waits for that. */
  private next: Promise<void> | undefined
  /** Since a batch was written. */
  private hasDropped = false

  constructor(parts: BatchFlusherParts<Batch>) {
    this.parts = parts
    this.retry = new Retry(parts.log)
  }

  /** Nothing is written from then on. */
  get isEnded(): boolean {
    return this.retry.isEnded
  }

  /** Writes now and then from here on. */
  start(): void {
    this.timer = setInterval(() => this.kick(), this.parts.everyMs ?? FLUSH_MS)
    this.timer.unref()
  }

  /** Begins to write what waits, unless that is under way. */
  kick(): void {
    if (this.flushing === undefined) void this.begin()
  }

  /** Writes what waits now. Throws nothing. */
  flush(): Promise<void> {
    if (this.flushing === undefined) return this.begin()
    // The flush that is under way leaves out what came after its beginning.
    this.next ??= this.flushing.then(() => {
      this.next = undefined
      return this.flushing ?? this.begin()
    })
    return this.next
  }

  /** Writes what waits, where the database answers within some seconds, and drops the rest. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    await Promise.race([this.flush().then(() => this.flush()), this.retry.wait(CLOSE_MS)])
    this.retry.end()
    const left = this.parts.waitingCount()
    if (left > 0) this.drop('stopped', left)
  }

  /** So many have found no place. */
  refuse(count: number): void {
    this.drop(this.isEnded ? 'stopped' : 'ring_full', count)
  }

  private begin(): Promise<void> {
    this.flushing = this.flushAll().finally(() => {
      this.flushing = undefined
    })
    return this.flushing
  }

  /** Not what comes meanwhile: under steady traffic that would be one small batch after the other, without an end. */
  private async flushAll(): Promise<void> {
    const { waitingCount, take, sizeOf, onWritten, onLost } = this.parts
    let left = waitingCount()
    while (left > 0 && !this.isEnded) {
      const batch = take()
      const size = sizeOf(batch)
      if (size === 0) return
      left -= size
      const reason = await this.write(batch)
      if (reason === undefined) {
        onWritten?.(batch)
        this.hasDropped = false
      } else {
        onLost?.(batch)
        this.drop(reason, size)
      }
    }
  }

  /** Gives why the batch was not written; undefined where it was. */
  private async write(batch: Batch): Promise<DropReason | undefined> {
    const { writerOf, words, log, triedMs = TRIED_MS } = this.parts
    try {
      return await tryToWrite(writerOf(batch), this.retry, triedMs)
    } catch (error) {
      if (!this.hasDropped) log.warn({ err: error }, words.failed)
      return 'failed'
    }
  }

  private drop(reason: DropReason, count: number): void {
    const { onDropped, words, log } = this.parts
    onDropped(reason, count)
    if (!this.hasDropped) log.warn({ reason }, words.dropped)
    this.hasDropped = true
  }
}

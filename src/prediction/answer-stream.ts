// The rest of a large answer as it comes from the prediction thread: asked for a chunk at a time, as the client takes it.
import { Readable } from 'node:stream'
import type { AnswerChunk, ToThread } from './thread-messages.ts'

/** How long a client may leave a chunk, and the thread may take for one. */
const IDLE_TIMEOUT_MS = 60_000

export class AnswerStream extends Readable {
  private readonly id: number
  private readonly tell: (message: ToThread) => void
  private readonly idle: NodeJS.Timeout

  /** `tell` sends to the thread. */
  constructor(id: number, first: AnswerChunk, tell: (message: ToThread) => void) {
    super({ highWaterMark: 2 * first.chunk.length })
    this.id = id
    this.tell = tell
    this.idle = setTimeout(() => this.destroy(new Error('an answer was not taken')), IDLE_TIMEOUT_MS).unref()
    this.receive(first)
  }

  /** Takes a chunk from the thread. */
  receive({ chunk, isLast }: AnswerChunk): void {
    this.idle.refresh()
    this.push(chunk)
    if (isLast) this.push(null)
  }

  override _read(): void {
    this.idle.refresh()
    this.tell({ type: 'more', id: this.id })
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle)
    if (!this.readableEnded) this.tell({ type: 'drop', id: this.id })
    done(error)
  }
}

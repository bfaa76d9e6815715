// The rest of a large answer as it comes from the prediction thread: asked for a chunk at a time, as the client takes it.
import { Readable } from 'node:stream'
import type { AnswerChunk } from './thread-messages.ts'

/** How long a client may leave a chunk, and the thread may take for one. */
const IDLE_TIMEOUT_MS = 60_000

/** How the rest of an answer is asked for, or given up. */
export interface AnswerSource {
  more(): Promise<AnswerChunk>
  drop(): void
}

export class AnswerStream extends Readable {
  private readonly source: AnswerSource
  private readonly idle: NodeJS.Timeout

  constructor(first: AnswerChunk, source: AnswerSource) {
    super({ highWaterMark: 2 * first.chunk.length })
    this.source = source
    this.idle = setTimeout(() => this.destroy(new Error('an answer was not taken')), IDLE_TIMEOUT_MS).unref()
    this.receive(first)
  }

  override _read(): void {
    this.idle.refresh()
    this.source.more().then(
      (chunk) => this.receive(chunk),
      (error) => this.destroy(error),
    )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle)
    if (!this.readableEnded) this.source.drop()
    done(error)
  }

  private receive({ chunk, isLast }: AnswerChunk): void {
    // A refreshed timer would run again.
    if (this.destroyed) return
    this.idle.refresh()
    this.push(chunk)
    if (isLast) this.push(null)
  }
}

// A body as it was received: in memory, or in a file.
import type { SealingKey } from '../encryption/key-ring.ts'
import type { BodyBytes } from './byte-window.ts'

/** The file is there while somebody uses it or its request is unanswered, and gone afterwards. */
export class BodyFile {
  readonly path: string
  readonly byteLength: number
  private readonly sealing: SealingKey | undefined
  private readonly remove: () => Promise<void>
  private users = 0
  private isAnswered = false

  /** sealing: of a file that is sealed. byteLength: of what it holds. */
  constructor(path: string, byteLength: number, sealing: SealingKey | undefined, remove: () => Promise<void>) {
    this.path = path
    this.sealing = sealing
    this.byteLength = byteLength
    this.remove = remove
  }

  get bytes(): BodyBytes {
    return this.sealing === undefined ? this.path : { path: this.path, sealing: this.sealing }
  }

  /** Keeps the file until `use` has ended, though the client may have gone. */
  async use<T>(use: () => Promise<T>): Promise<T> {
    this.users += 1
    try {
      return await use()
    } finally {
      this.users -= 1
      if (this.isAnswered && this.users === 0) await this.remove()
    }
  }

  /** The request was answered, or its client has gone. To be called once. */
  async answered(): Promise<void> {
    this.isAnswered = true
    if (this.users === 0) await this.remove()
  }
}

export type ReceivedBody = Buffer | BodyFile

/** Bodies beyond this are not read on the service's own thread: it takes half a millisecond, and 5 before it is warm. */
const READ_IN_PLACE_BYTES_MAX = 128 * 1024

/** In memory, or where its file is. */
export function bytesOf(body: ReceivedBody | undefined): BodyBytes {
  return body instanceof BodyFile ? body.bytes : (body ?? Buffer.alloc(0))
}

export function lengthOf(body: ReceivedBody | undefined): number {
  return body instanceof BodyFile ? body.byteLength : (body?.length ?? 0)
}

/** The bytes where the service's own thread may read them. */
export function smallBytesOf(body: ReceivedBody | undefined): Uint8Array | undefined {
  if (body instanceof BodyFile || lengthOf(body) > READ_IN_PLACE_BYTES_MAX) return undefined
  return body ?? Buffer.alloc(0)
}

/** Keeps the file of a body, where it lies in one, until `use` has ended. */
export function whileUsed<T>(body: ReceivedBody | undefined, use: () => Promise<T>): Promise<T> {
  return body instanceof BodyFile ? body.use(use) : use()
}

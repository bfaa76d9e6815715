// The bytes of a body, a window at a time: what is behind the reader is let go, whatever the length of the whole.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { cipherWith, type SealingKey } from '../encryption/key-ring.ts'
import { SealedFile } from '../encryption/sealed-file.ts'
import { plainSizeOf } from '../encryption/sealed-layout.ts'
import { ServiceError } from '../errors.ts'

/** Fills the target from its start and returns how many bytes it wrote; 0 at the end. */
type ReadBytes = (target: Uint8Array) => number

const FILE_WINDOW_BYTES = 2 ** 18
/** A single string, number or row at the most: it has to lie in the window as a whole. */
const WINDOW_BYTES_MAX = 2 ** 26

export class ByteWindow {
  /** What is read lies in [0, end), and a zero at `end`, on which every scan of a token stops. */
  bytes: Buffer
  end = 0
  /** Where in the body bytes[0] is. */
  offset = 0
  private readonly read: ReadBytes

  constructor(read: ReadBytes, byteLength: number) {
    this.read = read
    this.bytes = Buffer.allocUnsafe(byteLength + 1)
    this.bytes[0] = 0
  }

  /**
   * Reads on. What lies before `keep` is dropped, what lies there moves to the start of the window. False at the end of
   * the body. Throws ServiceError BODY_MALFORMED when the window would have to become larger than 64 MiB.
   */
  more(keep: number): boolean {
    const kept = this.end - keep
    let target = this.bytes
    if (keep === 0 && this.end === target.length - 1) {
      if (target.length > WINDOW_BYTES_MAX) {
        const place = `at byte ${this.offset}`
        throw new ServiceError('BODY_MALFORMED', `a single value of more than ${WINDOW_BYTES_MAX} bytes ${place}`)
      }
      target = Buffer.allocUnsafe(2 * this.end + 2)
    }
    this.bytes.copy(target, 0, keep, this.end)
    this.bytes = target
    this.offset += keep
    const added = this.read(target.subarray(kept, target.length - 1))
    this.end = kept + added
    target[this.end] = 0
    return added > 0
  }
}

/** Bytes in memory, which are copied once. */
export function windowOfBytes(bytes: Uint8Array): ByteWindow {
  let at = 0
  const read: ReadBytes = (target) => {
    const part = bytes.subarray(at, at + target.length)
    target.set(part)
    at += part.length
    return part.length
  }
  return new ByteWindow(read, Math.max(bytes.length, 1))
}

/** A file that is sealed with that key. */
export interface SealedBody {
  readonly path: string
  readonly sealing: SealingKey
}

/** The bytes of a body in memory, or in the file of that path. Reading a file blocks: that is for threads that may. */
export type BodyBytes = Uint8Array | string | SealedBody

/** Calls `use` with a window of the body, or of its bytes [start, end), as far as there are so many. */
export function withWindow<T>(
  body: BodyBytes,
  use: (window: ByteWindow) => T,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): T {
  return body instanceof Uint8Array
    ? use(windowOfBytes(body.subarray(start, end)))
    : withFileWindow(body, use, start, end)
}

export function byteLengthOf(body: BodyBytes): number {
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? statSync(body).size : plainSizeOf(statSync(body.path).size).byteLength
}

/** The body in parts. */
export function* chunksOf(body: BodyBytes): Generator<Uint8Array> {
  if (body instanceof Uint8Array) {
    yield body
    return
  }
  const file = openBody(body)
  try {
    for (let at = 0; ; ) {
      // Memory of its own for each: who reads them may keep views.
      const chunk = Buffer.allocUnsafeSlow(FILE_WINDOW_BYTES)
      const length = file.read(chunk, at)
      if (length === 0) return
      at += length
      yield chunk.subarray(0, length)
    }
  } finally {
    file.close()
  }
}

function withFileWindow<T>(body: string | SealedBody, use: (window: ByteWindow) => T, start: number, end: number): T {
  const file = openBody(body)
  let at = start
  const read: ReadBytes = (target) => {
    const length = file.read(target.subarray(0, Math.min(target.length, end - at)), at)
    at += length
    return length
  }
  try {
    return use(new ByteWindow(read, FILE_WINDOW_BYTES))
  } finally {
    file.close()
  }
}

interface OpenBody {
  /** Gives how many bytes it wrote; 0 at the end. */
  read(target: Uint8Array, position: number): number
  close(): void
}

function openBody(body: string | SealedBody): OpenBody {
  if (typeof body !== 'string') return new SealedFile(body.path, cipherWith(body.sealing))
  const descriptor = openSync(body, 'r')
  return {
    read: (target, position) => readSync(descriptor, target, 0, target.length, position),
    close: () => closeSync(descriptor),
  }
}

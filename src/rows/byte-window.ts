// The bytes of a body, a window at a time: what is behind the reader is let go, whatever the length of the whole.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { cipherWith, type SealingKey } from '../encryption/key-ring.ts'
import { SealedFile } from '../encryption/sealed-file.ts'
import { plainSizeOf } from '../encryption/sealed-layout.ts'
import { ServiceError } from '../errors.ts'

/** Fills the target from its start and returns how many bytes it wrote; 0 at the end. */
export type ReadBytes = (target: Uint8Array) => number

const FILE_WINDOW_BYTES = 2 ** 18
/** Of a body that is read as if it were UTF-8. */
const AS_UTF8 = ' of it as UTF-8'
/** A single string, number or row at the most: it has to lie in the window as a whole. */
const WINDOW_BYTES_MAX = 2 ** 26

export class ByteWindow {
  /** What is read lies in [0, end), and a zero at `end`, on which every scan of a token stops. */
  bytes: Buffer
  end = 0
  /** Where in the body bytes[0] is. */
  offset = 0
  /** What a place is counted in, when the bytes are those of the body in another encoding. */
  readonly unit: string
  private readonly read: ReadBytes

  constructor(read: ReadBytes, byteLength: number, unit = '') {
    this.read = read
    this.unit = unit
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
        const place = this.placeOf(0)
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

  /** What an error says of bytes[at]. */
  placeOf(at: number): string {
    return `at byte ${this.offset + at}${this.unit}`
  }
}

/** Bytes in memory, which are copied once. */
export function windowOfBytes(bytes: Uint8Array): ByteWindow {
  return new ByteWindow(readerOf(bytes), Math.max(bytes.length, 1))
}

function readerOf(bytes: Uint8Array): ReadBytes {
  let at = 0
  return (target) => {
    const part = bytes.subarray(at, at + target.length)
    target.set(part)
    at += part.length
    return part.length
  }
}

/** A file that is sealed with that key. */
export interface SealedBody {
  readonly path: string
  readonly sealing: SealingKey
}

/** The bytes of a body in memory, or in the file of that path. Reading a file blocks: that is for threads that may. */
export type BodyBytes = Uint8Array | string | SealedBody

/** What of a body a window shows: all of it as it is, unless it says otherwise. */
interface Shown {
  /** Bytes [start, end), as far as there are so many. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** Reads those bytes as UTF-8, where they are of another encoding. */
  readonly decoded?: ((read: ReadBytes) => ReadBytes) | undefined
}

/** Calls `use` with a window of the body. */
export function withWindow<T>(body: BodyBytes, use: (window: ByteWindow) => T, shown: Shown = {}): T {
  if (!(body instanceof Uint8Array)) return withFileWindow(body, use, shown)
  const { start = 0, end = Number.POSITIVE_INFINITY, decoded } = shown
  const bytes = body.subarray(start, end)
  if (decoded === undefined) return use(windowOfBytes(bytes))
  return use(new ByteWindow(decoded(readerOf(bytes)), FILE_WINDOW_BYTES, AS_UTF8))
}

export function byteLengthOf(body: BodyBytes): number {
  if (body instanceof Uint8Array) return body.length
  return typeof body === 'string' ? statSync(body).size : plainSizeOf(statSync(body.path).size).byteLength
}

/** Bytes [start, end) of the body in parts, as far as there are so many. */
export function* chunksOf(body: BodyBytes, start = 0, end = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  if (body instanceof Uint8Array) {
    yield body.subarray(start, end)
    return
  }
  const file = openBody(body)
  try {
    for (let at = start; at < end; ) {
      // Memory of its own for each: who reads them may keep views.
      const chunk = Buffer.allocUnsafeSlow(FILE_WINDOW_BYTES)
      const length = file.read(chunk.subarray(0, Math.min(chunk.length, end - at)), at)
      if (length === 0) return
      at += length
      yield chunk.subarray(0, length)
    }
  } finally {
    file.close()
  }
}

function withFileWindow<T>(
  body: string | SealedBody,
  use: (window: ByteWindow) => T,
  { start = 0, end = Number.POSITIVE_INFINITY, decoded }: Shown,
): T {
  const file = openBody(body)
  let at = start
  const read: ReadBytes = (target) => {
    const length = file.read(target.subarray(0, Math.min(target.length, end - at)), at)
    at += length
    return length
  }
  try {
    if (decoded === undefined) return use(new ByteWindow(read, FILE_WINDOW_BYTES))
    return use(new ByteWindow(decoded(read), FILE_WINDOW_BYTES, AS_UTF8))
  } finally {
    file.close()
  }
}

export interface OpenBody {
  /** Gives how many bytes it wrote; 0 at the end. */
  read(target: Uint8Array, position: number): number
  close(): void
}

export function openBody(body: string | SealedBody): OpenBody {
  if (typeof body !== 'string') return new SealedFile(body.path, cipherWith(body.sealing))
  const descriptor = openSync(body, 'r')
  return {
    read: (target, position) => readSync(descriptor, target, 0, target.length, position),
    close: () => closeSync(descriptor),
  }
}

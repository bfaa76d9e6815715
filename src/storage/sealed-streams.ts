// Streams of an encrypted storage: what comes to sealed bytes, and sealed bytes to what was put.
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { cipherWith, type SealingKey } from '../encryption/key-ring.ts'
import { FRONT_LENGTH, SealedError } from '../encryption/sealed-layout.ts'
import { type Opener, Sealer } from '../encryption/sealing.ts'
import { StorageError, tooLarge } from './storage.ts'

const READ_BYTES = 2 ** 18

/** The front and the chunks of what a stream gives. */
export class SealedSource {
  /** True once all bytes were given. */
  isWhole = false
  /** Why it broke off, where that was here. */
  failure: StorageError | undefined
  private readonly source: Readable
  private readonly sealing: SealingKey
  private readonly byteLengthMax: number
  private readonly onBytes: (bytes: Uint8Array) => void

  constructor(
    source: Readable,
    sealing: SealingKey,
    byteLengthMax: number,
    onBytes: (bytes: Uint8Array) => void = () => {},
  ) {
    this.source = source
    this.sealing = sealing
    this.byteLengthMax = byteLengthMax
    this.onBytes = onBytes
  }

  async *bytes(): AsyncGenerator<Buffer> {
    yield Buffer.from(this.sealing.header, 'base64').subarray(0, FRONT_LENGTH)
    const sealer = new Sealer(cipherWith(this.sealing))
    let byteLength = 0
    for await (const part of this.source as AsyncIterable<Uint8Array>) {
      byteLength += part.byteLength
      if (byteLength > this.byteLengthMax) {
        this.failure = tooLarge(this.byteLengthMax)
        throw this.failure
      }
      this.onBytes(part)
      yield* sealer.add(part)
    }
    this.isWhole = true
    yield sealer.end()
  }
}

interface Part {
  readonly key: string
  /** Bytes of the first chunk that nobody asked for. */
  readonly skip: number
  readonly length: number
}

/** What sealed bytes hold, each chunk once it was found right. Throws StorageError. */
export async function* opened(
  sealed: AsyncIterable<Uint8Array>,
  opener: Opener,
  { key, skip, length }: Part,
): AsyncGenerator<Buffer> {
  let toSkip = skip
  let left = length
  const cut = (bytes: Buffer): Buffer => {
    const part = bytes.subarray(toSkip, toSkip + left)
    toSkip = 0
    left -= part.length
    return part
  }
  try {
    for await (const bytes of sealed) for (const part of opener.add(bytes)) yield cut(part)
    for (const part of opener.finish()) yield cut(part)
  } catch (error) {
    throw error instanceof SealedError ? unreadable(key, error) : error
  }
}

/** The rest of a file. */
export async function* readOn(file: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; ; ) {
    const { bytesRead, buffer: bytes } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield bytes.subarray(0, bytesRead)
  }
}

/** A stream of bytes that closes its source with it. */
export function readableOf(bytes: AsyncGenerator<Buffer>, source: Readable): Readable {
  const stream = Readable.from(bytes, { objectMode: false })
  stream.once('close', () => source.destroy())
  return stream
}

/** Of sealed bytes that cannot be opened. */
export function unreadable(key: string, error: unknown): StorageError {
  return new StorageError('failed', `the object ${key}: ${(error as Error).message}`, { cause: error })
}

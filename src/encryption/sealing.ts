// Bytes in parts of any length to sealed chunks and back, in bounded memory: for files, for streams and for buffers.
import { setImmediate as letOthers } from 'node:timers/promises'
import { cipherWith, type SealingKey } from './key-ring.ts'
import type { ObjectCipher } from './object-cipher.ts'
import {
  CHUNK_LENGTH,
  type ChunkRange,
  HEADER_LENGTH,
  plainSizeOf,
  SEALED_CHUNK_LENGTH,
  SealedError,
} from './sealed-layout.ts'

/** Opened before others have a turn: some 4 ms. */
const CHUNKS_A_TURN = 32
/** Given at once, to be written to a file. */
const CHUNKS_A_PART = 16

/** Seals parts as they come. Holds one chunk, since nobody knows of it yet whether it is the last. */
export class Sealer {
  private readonly cipher: ObjectCipher
  private readonly held = Buffer.allocUnsafe(CHUNK_LENGTH)
  private heldLength = 0
  private index = 0

  constructor(cipher: ObjectCipher) {
    this.cipher = cipher
  }

  /** The chunks that are full and not the last. */
  *add(bytes: Uint8Array): Generator<Buffer> {
    for (let at = 0; at < bytes.length; ) {
      if (this.heldLength === CHUNK_LENGTH) yield this.seal(false)
      const part = bytes.subarray(at, at + CHUNK_LENGTH - this.heldLength)
      this.held.set(part, this.heldLength)
      this.heldLength += part.length
      at += part.length
    }
  }

  /** The last chunk. To be called once. */
  end(): Buffer {
    return this.seal(true)
  }

  private seal(isLast: boolean): Buffer {
    const plain = this.held.subarray(0, this.heldLength)
    this.heldLength = 0
    return this.cipher.seal(this.index++, isLast, plain)
  }
}

/** Opens chunks as their bytes come: those of a range of an object that has so many. */
export class Opener {
  private readonly cipher: ObjectCipher
  private readonly chunkCount: number
  private readonly end: number
  private readonly held = Buffer.allocUnsafe(SEALED_CHUNK_LENGTH)
  private heldLength = 0
  private index: number

  constructor(cipher: ObjectCipher, { first, end }: Pick<ChunkRange, 'first' | 'end'>, chunkCount: number) {
    this.cipher = cipher
    this.index = first
    this.end = end
    this.chunkCount = chunkCount
  }

  /** The bytes of the chunks that are whole by now. Throws SealedError. */
  *add(bytes: Uint8Array): Generator<Buffer> {
    for (let at = 0; at < bytes.length; ) {
      if (this.heldLength === SEALED_CHUNK_LENGTH)
        throw new SealedError('damaged', 'it has more bytes than it may have')
      const part = bytes.subarray(at, at + SEALED_CHUNK_LENGTH - this.heldLength)
      this.held.set(part, this.heldLength)
      this.heldLength += part.length
      at += part.length
      const isLast = this.index === this.chunkCount - 1
      if (this.heldLength === SEALED_CHUNK_LENGTH && !isLast) yield this.open(false)
    }
  }

  /** What is left: the last chunk of the object, or nothing. Throws SealedError when chunks did not come. */
  *finish(): Generator<Buffer> {
    if (this.heldLength > 0) yield this.open(true)
    if (this.index !== this.end) throw new SealedError('damaged', 'it became shorter while it was read')
  }

  private open(isLast: boolean): Buffer {
    const sealed = this.held.subarray(0, this.heldLength)
    this.heldLength = 0
    return this.cipher.open(this.index++, isLast, sealed)
  }
}

/** All sealed bytes of the parts, in parts of some 1 MiB: to be used once with a key. */
export function* sealParts(key: SealingKey, parts: Iterable<Uint8Array>): Generator<Buffer> {
  const sealer = new Sealer(cipherWith(key))
  let held: Buffer[] = [Buffer.from(key.header, 'base64')]
  for (const part of parts) {
    for (const chunk of sealer.add(part)) {
      held.push(chunk)
      if (held.length < CHUNKS_A_PART) continue
      yield Buffer.concat(held)
      held = []
    }
  }
  yield Buffer.concat([...held, sealer.end()])
}

/** What small sealed bytes hold. Throws SealedError. O(bytes), without a pause. */
export function openWhole(cipher: ObjectCipher, sealed: Uint8Array): Buffer {
  return openFirst(cipher, sealed, sealed.length)
}

/** What the chunks hold that are whole among the first bytes of an object of that length. Throws SealedError. */
export function openFirst(cipher: ObjectCipher, sealed: Uint8Array, sealedLength: number): Buffer {
  const { chunkCount } = plainSizeOf(sealedLength)
  const plain: Buffer[] = []
  for (let index = 0; index < chunkCount; index++) {
    const start = HEADER_LENGTH + index * SEALED_CHUNK_LENGTH
    const end = Math.min(start + SEALED_CHUNK_LENGTH, sealedLength)
    if (end > sealed.length) break
    plain.push(cipher.open(index, index === chunkCount - 1, sealed.subarray(start, end)))
  }
  return Buffer.concat(plain)
}

/**
 * What sealed bytes hold, in their own memory, which is theirs no more; others have a turn between. Throws SealedError.
 */
export async function openInPlace(
  cipher: ObjectCipher,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { byteLength, chunkCount } = plainSizeOf(sealed.length)
  for (let index = 0; index < chunkCount; index++) {
    // The bytes of a chunk go to a place before its own.
    const start = HEADER_LENGTH + index * SEALED_CHUNK_LENGTH
    const chunk = sealed.subarray(start, start + SEALED_CHUNK_LENGTH)
    sealed.set(cipher.open(index, index === chunkCount - 1, chunk), index * CHUNK_LENGTH)
    if (index % CHUNKS_A_TURN === CHUNKS_A_TURN - 1) await letOthers()
  }
  return new Uint8Array(sealed.buffer.transfer(byteLength))
}

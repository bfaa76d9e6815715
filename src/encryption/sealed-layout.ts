// The layout of sealed bytes, as docs/encryption.md has it: where what lies, and how long it is. Nothing is decrypted here.

/*
 * Sealed bytes, integers big-endian:
 *    0  "MLWE"        4 bytes
 *    4  version       uint8, and three zeros
 *    8  salt         16 bytes, by chance: the first 7 begin each nonce
 *   24  key record   68 bytes: key id 8 · nonce 12 · data key 32, wrapped · tag 16
 *   92  chunks       each of 64 KiB, the last of 0 to 64 KiB, and a tag of 16 bytes behind each
 * In the storage the first 92 bytes lie in an object of their own; there the chunks follow the salt.
 */
const MAGIC = Buffer.from('MLWE', 'latin1')
const VERSION = 1
export const SALT_LENGTH = 16
const SALT_OFFSET = 8
/** What stands before the key record. */
export const FRONT_LENGTH = SALT_OFFSET + SALT_LENGTH
export const KEY_ID_LENGTH = 8
export const NONCE_LENGTH = 12
export const KEY_LENGTH = 32
export const TAG_LENGTH = 16
/** What stands before the chunks. */
export const HEADER_LENGTH = FRONT_LENGTH + KEY_ID_LENGTH + NONCE_LENGTH + KEY_LENGTH + TAG_LENGTH
export const CHUNK_LENGTH = 2 ** 16
export const SEALED_CHUNK_LENGTH = CHUNK_LENGTH + TAG_LENGTH

/** key_missing: no key that is at hand opens it · damaged: it is not what was sealed, or not for this place. */
export type SealedFault = 'key_missing' | 'damaged'

/** Sealed bytes that cannot be opened. Nothing of them was handed on but what was found right before. */
export class SealedError extends Error {
  override readonly name = 'SealedError'
  readonly fault: SealedFault
  constructor(fault: SealedFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** Whether bytes begin as sealed bytes do. What the worker writes in the clear begins otherwise. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.equals(bytes.subarray(0, MAGIC.length))
}

/** The first 24 bytes of what is sealed with this salt. */
export function frontOf(salt: Buffer): Buffer {
  return Buffer.concat([MAGIC, Buffer.from([VERSION, 0, 0, 0]), salt])
}

/** The salt in the first 24 bytes. Throws SealedError where they are none of this version. */
export function saltIn(front: Buffer): Buffer {
  if (front.length < FRONT_LENGTH || !isSealed(front))
    throw new SealedError('damaged', 'it is not sealed, or cut short')
  const version = front.readUInt8(MAGIC.length)
  if (version === VERSION) return front.subarray(SALT_OFFSET, FRONT_LENGTH)
  throw new SealedError('damaged', `it is sealed in format ${version}; this worker reads ${VERSION}`)
}

/** The id of the key by which the data key of a header is wrapped: hexadecimal. */
export function keyIdIn(header: Buffer): string {
  return header.toString('hex', FRONT_LENGTH, FRONT_LENGTH + KEY_ID_LENGTH)
}

/** Bytes that so many become. headLength: of what stands before the chunks. */
export function sealedLengthOf(byteLength: number, headLength = HEADER_LENGTH): number {
  return headLength + byteLength + TAG_LENGTH * Math.max(1, Math.ceil(byteLength / CHUNK_LENGTH))
}

export interface PlainSize {
  readonly byteLength: number
  /** At least 1: nothing has an empty chunk. */
  readonly chunkCount: number
}

/** What so many sealed bytes hold. Throws SealedError where nothing can be so long. */
export function plainSizeOf(sealedLength: number, headLength = HEADER_LENGTH): PlainSize {
  const body = sealedLength - headLength
  const chunkCount = Math.ceil(body / SEALED_CHUNK_LENGTH)
  const lastLength = body - SEALED_CHUNK_LENGTH * (chunkCount - 1)
  if (body < TAG_LENGTH || lastLength < TAG_LENGTH || (lastLength === TAG_LENGTH && chunkCount > 1)) {
    throw new SealedError('damaged', `nothing that is sealed has ${sealedLength} bytes`)
  }
  return { byteLength: body - TAG_LENGTH * chunkCount, chunkCount }
}

/** Chunks, and where they lie among the sealed bytes. */
export interface ChunkRange {
  /** From this chunk on, up to the other. */
  readonly first: number
  readonly end: number
  /** Of sealed bytes, the heads included. */
  readonly sealedStart: number
  readonly sealedEnd: number
}

/** The chunks that hold the bytes [start, end) of so many; none for no bytes, but of nothing its empty chunk. */
export function chunksOf(
  { byteLength, chunkCount }: PlainSize,
  start: number,
  end: number,
  headLength = HEADER_LENGTH,
): ChunkRange {
  if (byteLength === 0) return { first: 0, end: 1, sealedStart: headLength, sealedEnd: headLength + TAG_LENGTH }
  const stop = Math.min(end, byteLength)
  const first = Math.min(Math.floor(start / CHUNK_LENGTH), chunkCount)
  const after = start < stop ? Math.ceil(stop / CHUNK_LENGTH) : first
  const sealedEnd = Math.min(
    headLength + after * SEALED_CHUNK_LENGTH,
    headLength + byteLength + TAG_LENGTH * chunkCount,
  )
  return { first, end: after, sealedStart: headLength + first * SEALED_CHUNK_LENGTH, sealedEnd }
}

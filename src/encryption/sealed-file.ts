// Reads a file that may be sealed or not, in whole or in parts, as if it were not.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { ObjectCipher } from './object-cipher.ts'
import {
  CHUNK_LENGTH,
  chunksOf,
  HEADER_LENGTH,
  isSealed,
  type PlainSize,
  plainSizeOf,
  SEALED_CHUNK_LENGTH,
} from './sealed-layout.ts'

/** Read from the disk at once: 1 MiB, and the tags. */
const CHUNKS_AT_ONCE = 16
/** Read from the disk at once where nothing is to be opened. */
const READ_BYTES_MAX = 2 ** 30

export interface OpenFile {
  /** Of what it holds. */
  readonly byteLength: number
  /** Fills the target with the bytes from `position` on, as far as there are so many; gives their number. */
  read(target: Buffer, position: number): Promise<number>
  close(): Promise<void>
}

/** cipherOf: gives what opens a file with these first 92 bytes. Throws SealedError, what that throws, and of the disk. */
export async function openFile(path: string, cipherOf: (header: Buffer) => ObjectCipher): Promise<OpenFile> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const header = Buffer.alloc(HEADER_LENGTH)
    const headerLength = await readPlain(file, header, 0)
    if (!isSealed(header)) {
      return {
        byteLength: size,
        read: (target, position) => readPlain(file, target, position),
        close: () => file.close(),
      }
    }
    const cipher = cipherOf(header.subarray(0, headerLength))
    const plain = plainSizeOf(size)
    return {
      byteLength: plain.byteLength,
      read: (target, position) => readSealed(file, { cipher, plain }, target, position),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readPlain(file: FileHandle, target: Buffer, position: number): Promise<number> {
  let at = 0
  while (at < target.length) {
    const { bytesRead } = await file.read(target, at, Math.min(target.length - at, READ_BYTES_MAX), position + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return at
}

async function readSealed(
  file: FileHandle,
  { cipher, plain }: { readonly cipher: ObjectCipher; readonly plain: PlainSize },
  target: Buffer,
  position: number,
): Promise<number> {
  const { first, end } = chunksOf(plain, position, position + target.length)
  const sealed = Buffer.allocUnsafe(Math.min(CHUNKS_AT_ONCE, end - first) * SEALED_CHUNK_LENGTH)
  let written = 0
  for (let start = first; start < end; start += CHUNKS_AT_ONCE) {
    const count = Math.min(CHUNKS_AT_ONCE, end - start)
    const part = sealed.subarray(0, count * SEALED_CHUNK_LENGTH)
    const length = await readPlain(file, part, HEADER_LENGTH + start * SEALED_CHUNK_LENGTH)
    for (let i = 0; i < count; i++) {
      const index = start + i
      const chunk = part.subarray(i * SEALED_CHUNK_LENGTH, Math.min((i + 1) * SEALED_CHUNK_LENGTH, length))
      const bytes = cipher.open(index, index === plain.chunkCount - 1, chunk)
      const skipped = Math.max(0, position - index * CHUNK_LENGTH)
      written += bytes.copy(target, written, Math.min(skipped, bytes.length))
    }
  }
  return written
}

/** Reads a sealed file on a thread that may wait for the disk: on and on, holding one chunk. */
export class SealedFile {
  readonly byteLength: number
  private readonly descriptor: number
  private readonly cipher: ObjectCipher
  private readonly chunkCount: number
  private readonly sealed = Buffer.allocUnsafe(SEALED_CHUNK_LENGTH)
  private chunk: Buffer = Buffer.alloc(0)
  /** Of the chunk that is held. */
  private index = -1

  /** Throws SealedError, and what the disk throws. To be closed. */
  constructor(path: string, cipher: ObjectCipher) {
    this.cipher = cipher
    this.descriptor = openSync(path, 'r')
    const { byteLength, chunkCount } = plainSizeOf(fstatSync(this.descriptor).size)
    this.byteLength = byteLength
    this.chunkCount = chunkCount
  }

  /** Fills the target with the bytes from `position` on, as far as there are so many in its chunk; 0 at the end. */
  read(target: Uint8Array, position: number): number {
    const index = Math.floor(position / CHUNK_LENGTH)
    if (position >= this.byteLength) return 0
    if (index !== this.index) {
      const at = HEADER_LENGTH + index * SEALED_CHUNK_LENGTH
      const length = readSync(this.descriptor, this.sealed, 0, SEALED_CHUNK_LENGTH, at)
      this.chunk = this.cipher.open(index, index === this.chunkCount - 1, this.sealed.subarray(0, length))
      this.index = index
    }
    const part = this.chunk.subarray(position - index * CHUNK_LENGTH).subarray(0, target.length)
    target.set(part)
    return part.length
  }

  close(): void {
    closeSync(this.descriptor)
  }
}

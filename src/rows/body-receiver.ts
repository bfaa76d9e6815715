// The body of a request from the socket to memory when it is small, to a file when it is not.
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { cipherWith, oneTimeKey, type SealingKey } from '../encryption/key-ring.ts'
import { Sealer } from '../encryption/sealing.ts'
import { ServiceError } from '../errors.ts'
import { BodyFile, type ReceivedBody } from './body-file.ts'

/** Up to here a body is held in memory; a slow sender holds no more. */
export const IN_MEMORY_BYTES_MAX = 2 ** 19
/** Large bodies that are received or read at the same time: each may take the whole limit on the disk. */
const FILES_MAX = 32
/** Written to a file at once. */
const WRITE_BYTES = 2 ** 19
/** Unpacked at once. */
const UNPACK_BYTES = 2 ** 16
/** What a body on its way holds in memory at the most: what waits to be written, and the same sealed. */
export const HELD_BYTES_MAX = 2 ** 21

export interface BodyHeaders {
  readonly 'content-length'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

export class BodyReceiver {
  private readonly folder: string
  private readonly byteLengthMax: number
  /** Those that are there, each until it is gone. */
  private readonly files = new Set<Promise<void>>()
  private readonly isSealed: boolean
  private readonly setting: string
  private sequence = 0

  /**
   * isSealed: files are sealed, each with a key that is nowhere but in memory. setting: what sets the largest body, for what
   * is said of one that is too large.
   */
  constructor(folder: string, byteLengthMax: number, isSealed = false, setting = 'BODY_LIMIT_MB') {
    this.isSealed = isSealed
    this.folder = folder
    this.byteLengthMax = byteLengthMax
    this.setting = setting
  }

  /** Makes the folder anew: what a process that was killed left there belongs to nobody. */
  async open(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
  }

  /**
   * Receives a body, unpacked where it is gzip. The chunks of the payload are the receiver's: those that it writes to a file are
   * freed. Gives a ServiceError when it is too large as sent or unpacked, cut short,
   * no gzip, or cannot be written; what is left of it is not read then.
   */
  receive(payload: Readable, headers: BodyHeaders, done: (error: Error | null, body?: ReceivedBody) => void): void {
    const byteLength = Number(headers['content-length'])
    if (byteLength <= IN_MEMORY_BYTES_MAX && headers['content-encoding'] === undefined) {
      collect(payload, done)
      return
    }
    const received = byteLength > this.byteLengthMax ? Promise.reject(this.tooLarge()) : this.take(payload, headers)
    received.then((body) => done(null, body), done)
  }

  /** Resolves when the files that are there now are gone: their requests are answered. */
  async settled(): Promise<void> {
    await Promise.all(this.files)
  }

  private async take(payload: Readable, headers: BodyHeaders): Promise<ReceivedBody> {
    const source = unpacked(payload, headers['content-encoding'])
    // Not to be destroyed when it is left: that would take the answer with it.
    const parts = source.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>
    const chunks: Buffer[] = []
    let byteLength = 0
    try {
      while (byteLength <= IN_MEMORY_BYTES_MAX) {
        const { value } = await parts.next()
        if (value === undefined) return Buffer.concat(chunks, byteLength)
        byteLength += value.length
        chunks.push(value)
      }
      return await this.takeFile(chunks, parts)
    } catch (error) {
      throw error instanceof ServiceError ? error : cutShort(error as NodeJS.ErrnoException)
    } finally {
      if (source !== payload) payload.unpipe().resume()
    }
  }

  private async takeFile(begun: Buffer[], parts: AsyncIterator<Buffer, undefined>): Promise<BodyFile> {
    if (this.files.size >= FILES_MAX) {
      const detail = `${this.files.size} large bodies are being received or read`
      throw new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 5 })
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.files.add(promise)
    const path = join(this.folder, String(this.sequence++))
    const remove = async (): Promise<void> => {
      this.files.delete(promise)
      await rm(path, { force: true }).finally(resolve)
    }
    const sealing = this.isSealed ? oneTimeKey(path) : undefined
    try {
      return new BodyFile(path, await this.write(path, begun, parts, sealing), sealing, remove)
    } catch (error) {
      await remove()
      throw error
    }
  }

  /** Writes what has come and what comes, and gives the length of all. */
  private async write(
    path: string,
    begun: Buffer[],
    parts: AsyncIterator<Buffer, undefined>,
    sealing: SealingKey | undefined,
  ): Promise<number> {
    const file = await onDisk(open(path, 'wx'))
    const sealer = sealing && new Sealer(cipherWith(sealing))
    try {
      if (sealing !== undefined) await onDisk(file.writeFile(Buffer.from(sealing.header, 'base64')))
      let held = begun
      let heldBytes = begun.reduce((sum, chunk) => sum + chunk.length, 0)
      let written = 0
      for (;;) {
        const { value } = await parts.next()
        if (value !== undefined) {
          held.push(value)
          heldBytes += value.length
        }
        if (written + heldBytes > this.byteLengthMax) throw this.tooLarge()
        if (value !== undefined && heldBytes < WRITE_BYTES) continue
        const chunks = sealer === undefined ? held : held.flatMap((part) => [...sealer.add(part)])
        if (sealer !== undefined && value === undefined) chunks.push(sealer.end())
        await onDisk(writeAll(file, chunks))
        free([...held, ...chunks])
        written += heldBytes
        held = []
        heldBytes = 0
        if (value === undefined) return written
      }
    } finally {
      await file.close()
    }
  }

  private tooLarge(): ServiceError {
    const limit = `${this.byteLengthMax / 2 ** 20} MiB (${this.setting})`
    return new ServiceError('BODY_TOO_LARGE', `the body is larger than ${limit}, as sent or unpacked`)
  }
}

/** A body that is known to be small: without the promises of the long way, which are felt in a small request. */
function collect(payload: Readable, done: (error: Error | null, body?: Buffer) => void): void {
  const chunks: Buffer[] = []
  payload.on('data', (chunk: Buffer) => chunks.push(chunk))
  payload.once('end', () => done(null, Buffer.concat(chunks)))
  payload.once('error', (error) => done(cutShort(error)))
}

function unpacked(payload: Readable, encoding = 'identity'): Readable {
  if (encoding.toLowerCase() === 'identity') return payload
  if (!['gzip', 'x-gzip'].includes(encoding.toLowerCase())) {
    const detail = `the content encoding ${JSON.stringify(encoding.slice(0, 60))} is not taken; expected gzip or none`
    throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', detail)
  }
  const gunzip = createGunzip({ chunkSize: UNPACK_BYTES })
  payload.once('error', (error) => gunzip.destroy(error))
  payload.once('close', () => {
    if (!payload.readableEnded) gunzip.destroy(new Error('aborted'))
  })
  return payload.pipe(gunzip)
}

function cutShort(error: NodeJS.ErrnoException): ServiceError {
  const what = error.code?.startsWith('Z_') ? 'the body is not gzip, or cut short' : 'the body was cut short'
  return new ServiceError('BODY_MALFORMED', `${what}: ${error.message}`, { cause: error })
}

/** The chunks as they are: in one piece they would take their memory twice. */
async function writeAll(file: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  const { bytesWritten } = await file.writev(chunks)
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (bytesWritten < byteLength) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten))
}

/** Memory of chunks that share it with nothing: left to the collector, tens of MB of them would stand. */
function free(chunks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of chunks) {
    const isAlone = buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength
    if (isAlone) buffer.transfer(0)
  }
}

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const detail = `the body could not be written to disk: ${(error as Error).message}`
    throw new ServiceError('DISK_UNAVAILABLE', detail, { cause: error })
  }
}

// A Storage out of a store behind a network: parts, digests, time limits and errors, the same for every driver.
import { createHash, randomUUID } from 'node:crypto'
import { addAbortSignal, Readable } from 'node:stream'
import { bounded } from './bounded.ts'
import { guardedStream } from './guarded-stream.ts'
import { type PartLimits, partBytesFor, partsOf } from './parts-of-stream.ts'
import { type PutRequest, REMOTE_TIMES, type RemoteStore, type RemoteTimes, totalMsOf } from './remote-store.ts'
import { sendParts } from './send-parts.ts'
import {
  type ByteRange,
  checkKey,
  checkLimit,
  checkPresignSeconds,
  checkRange,
  type ListOptions,
  type PresignedPut,
  type PresignPutOptions,
  type Put,
  type PutOptions,
  type Storage,
  StorageError,
  type StoredObject,
} from './storage.ts'
import { storeError } from './store-error.ts'
import { withUnnamedFile } from './unnamed-file.ts'

export interface RemoteStorageOptions {
  /** Takes, during a putContent, what does not fit in one part. Made when it is needed. */
  readonly folder: string
  readonly times?: RemoteTimes
}

export class RemoteStorage implements Storage {
  /** Absent where the store needs none. */
  readonly removeAbandoned?: NonNullable<Storage['removeAbandoned']>
  private readonly store: RemoteStore
  private readonly folder: string
  private readonly times: RemoteTimes

  constructor(store: RemoteStore, { folder, times = REMOTE_TIMES }: RemoteStorageOptions) {
    this.store = store
    this.folder = folder
    this.times = times
    const remove = store.removeAbandoned?.bind(store)
    if (remove === undefined) return
    this.removeAbandoned = (before, signal = new AbortController().signal) =>
      this.told('the parts of puts that never ended', () => remove(before, signal))
  }

  async put(key: string, bytes: Readable, options: PutOptions): Promise<Put> {
    checkKey(key)
    return this.taking(key, bytes, options, (limits) => this.send(key, partsOf(bytes, limits), options))
  }

  /** The key is known after the last byte: what is more than a part waits for it in a file of this machine. */
  putContent(bytes: Readable, options: PutOptions): Promise<Put> {
    return this.taking('an object that is put', bytes, options, async (limits) => {
      const hash = createHash('sha256')
      const { first, all } = await beginningOf(hashed(partsOf(bytes, limits), hash))
      if (all === undefined) return this.send(`sha256/${hash.digest('hex')}`, only(first), options)
      return withUnnamedFile(this.folder, async (file) => {
        for await (const part of all) await file.appendFile(part)
        const key = `sha256/${hash.digest('hex')}`
        const found = await this.stat(key)
        if (found !== undefined) return { ...found, created: false }
        return this.send(key, partsOf(file.createReadStream({ start: 0, autoClose: false }), limits), options)
      })
    })
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    checkKey(key)
    if (range !== undefined) checkRange(range)
    return this.told(key, async () => {
      if (range !== undefined && range.start === range.end) {
        if ((await this.stat(key)) === undefined) throw new StorageError('unknown', `there is no object ${key}`)
        return Readable.from([])
      }
      const opened = await this.request((signal) => this.store.open(key, range, signal))
      if (opened === undefined) return Readable.from([])
      return guardedStream(opened, this.times.requestMs, (error) => storeError(error, key, this.store))
    })
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    return this.told(key, async () => {
      const found = await this.request((signal) => this.store.stat(key, signal))
      return found && { key, byteLength: found.byteLength, storedAt: found.storedAt }
    })
  }

  async list(options: ListOptions): Promise<StoredObject[]> {
    checkLimit(options.limit)
    return this.told('the list of objects', () => this.request((signal) => this.store.list(options, signal)))
  }

  async delete(key: string): Promise<void> {
    checkKey(key)
    try {
      await this.told(key, () => this.request((signal) => this.store.delete(key, signal)))
    } catch (error) {
      if (!(error instanceof StorageError && error.failure === 'unknown')) throw error
    }
  }

  async presignGet(key: string, seconds: number): Promise<string> {
    checkKey(key)
    checkPresignSeconds(seconds)
    return this.told(key, () => this.request(() => this.store.presignGet(key, seconds)))
  }

  objectUrl(key: string): string {
    checkKey(key)
    return this.store.objectUrl(key)
  }

  async presignPut(key: string, options: PresignPutOptions): Promise<PresignedPut> {
    checkKey(key)
    checkPresignSeconds(options.seconds)
    return this.told(key, () => this.request(() => this.store.presignPut(key, options)))
  }

  /** Puts the parts, at once where they are one. Whether the object is ours is asked of the store: an answer may have been lost. */
  private async send(key: string, parts: AsyncGenerator<Buffer>, { signal: given }: PutOptions): Promise<Put> {
    const putId = randomUUID()
    const request = <T>(work: (request: PutRequest) => Promise<T>): Promise<T> =>
      this.request((signal) => work({ putId, signal }), given)
    const { first, all } = await beginningOf(parts)
    let refusal: unknown
    try {
      if (all === undefined) await request((how) => this.store.putWhole(key, first, how))
      else await sendParts(this.store, key, all, request)
    } catch (error) {
      if (error instanceof StorageError || this.store.faultOf(error) !== 'taken') throw error
      refusal = error
    }
    const found = await this.request((signal) => this.store.stat(key, signal), given)
    if (found === undefined) throw refusal ?? new Error('the object was deleted while it was put')
    return { key, byteLength: found.byteLength, storedAt: found.storedAt, created: found.putId === putId }
  }

  private async taking(
    subject: string,
    bytes: Readable,
    { signal, byteLengthMax }: PutOptions,
    work: (limits: PartLimits) => Promise<Put>,
  ): Promise<Put> {
    // A stream that fails before it is read must not end the process; reading it fails then.
    bytes.on('error', () => {})
    if (signal !== undefined) addAbortSignal(signal, bytes)
    try {
      return await this.told(subject, () => work({ partBytes: partBytesFor(byteLengthMax), byteLengthMax }))
    } finally {
      bytes.destroy()
    }
  }

  private request<T>(work: (signal: AbortSignal) => Promise<T>, given?: AbortSignal): Promise<T> {
    return bounded(totalMsOf(this.times), work, given)
  }

  private async told<T>(subject: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeError(error, subject, this.store)
    }
  }
}

/** all: every part, with the first; undefined where that is the only one. Holds two parts. */
async function beginningOf(
  parts: AsyncGenerator<Buffer>,
): Promise<{ readonly first: Buffer; readonly all: AsyncGenerator<Buffer> | undefined }> {
  const first = (await parts.next()).value as Buffer
  const second = await parts.next()
  return { first, all: second.done === true ? undefined : joined([first, second.value], parts) }
}

async function* joined(beginning: Buffer[], others: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  // Each is let go of when it is on its way.
  while (beginning.length > 0) yield beginning.shift() as Buffer
  yield* others
}

async function* hashed(parts: AsyncGenerator<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    hash.update(part)
    yield part
  }
}

async function* only(part: Buffer): AsyncGenerator<Buffer> {
  yield part
}

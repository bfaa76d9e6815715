// A storage whose objects are sealed, around any driver. What was put in the clear before there was a key is read as it is.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { cipherWith, type KeyRing, keyMissing, oneTimeKey } from '../encryption/key-ring.ts'
import {
  CHUNK_LENGTH,
  chunksOf,
  FRONT_LENGTH,
  plainSizeOf,
  SealedError,
  saltIn,
  sealedLengthOf,
} from '../encryption/sealed-layout.ts'
import { Opener } from '../encryption/sealing.ts'
import { opened, readableOf, readOn, SealedSource, unreadable } from './sealed-streams.ts'
import {
  type ByteRange,
  checkKey,
  checkLimit,
  checkRange,
  type ListOptions,
  type Put,
  type PutOptions,
  type Storage,
  StorageError,
  type StoredObject,
} from './storage.ts'

/** Before the keys of sealed objects, in the driver: so what is sealed is known without a look into it. */
export const SEALED_PREFIX = 'mlw-sealed/'
/** Before those of their headers: mlw-keys/<id of the key>/<salt>. Rotation moves these alone. */
export const HEADERS_PREFIX = 'mlw-keys/'
/** Keys that the driver has for itself under this storage. */
const OWN = [HEADERS_PREFIX, SEALED_PREFIX]
/** Comes after all keys of a prefix: no key has such a character. */
export const LAST = '~'

export interface EncryptedStorageParts {
  readonly driver: Storage
  readonly keys: KeyRing
  /** Holds content, sealed with a key of the moment, until its digest is known. Made when it is needed. */
  readonly folder: string
}

/** A driver's object as callers see it. */
interface Found {
  readonly object: StoredObject
  /** Of what the driver has; undefined where it is in the clear. */
  readonly sealedLength: number | undefined
}

/**
 * Without a key it puts, as the driver does, in the clear, and tells what is sealed by the name of its key. Lengths follow
 * from those of the sealed bytes, and are as right as the driver's; bytes are checked before they are given. Keys may have
 * 501 characters. With keys there are no presigned URLs: they would give sealed bytes, and take
 * plain ones.
 */
export class EncryptedStorage implements Storage {
  readonly putFile?: NonNullable<Storage['putFile']>
  readonly presignGet?: NonNullable<Storage['presignGet']>
  readonly presignPut?: NonNullable<Storage['presignPut']>
  readonly objectUrl?: NonNullable<Storage['objectUrl']>
  readonly removeAbandoned?: NonNullable<Storage['removeAbandoned']>
  private readonly driver: Storage
  private readonly keys: KeyRing
  private readonly folder: string

  constructor({ driver, keys, folder }: EncryptedStorageParts) {
    this.driver = driver
    this.keys = keys
    this.folder = folder
    const { putFile, presignGet, presignPut, objectUrl, removeAbandoned } = driver
    if (removeAbandoned !== undefined) this.removeAbandoned = removeAbandoned.bind(driver)
    if (!keys.isEmpty) return
    if (putFile !== undefined) this.putFile = async (key, path) => putFile.call(driver, ownKey(key), path)
    if (presignGet !== undefined)
      this.presignGet = async (key, seconds) => presignGet.call(driver, ownKey(key), seconds)
    if (objectUrl !== undefined) this.objectUrl = (key) => objectUrl.call(driver, ownKey(key))
    if (presignPut !== undefined) this.presignPut = async (key, how) => presignPut.call(driver, ownKey(key), how)
  }

  async put(key: string, bytes: Readable, options: PutOptions): Promise<Put> {
    ownKey(key)
    if (this.keys.isEmpty) return this.driver.put(key, bytes, options)
    const there = await this.find(key)
    if (there !== undefined) {
      bytes.on('error', () => {}).destroy()
      return { ...there.object, created: false }
    }
    return this.putSealed(key, bytes, options)
  }

  async putContent(bytes: Readable, options: PutOptions): Promise<Put> {
    if (this.keys.isEmpty) return this.driver.putContent(bytes, options)
    // The key of an object is bound into its bytes, so that they are not sealed for good before their digest is known.
    const { digest, read, drop } = await this.hold(bytes, options)
    try {
      return await this.put(`sha256/${digest}`, read(), options)
    } finally {
      await drop()
    }
  }

  async get(key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
    checkRange(range)
    const { start, end = Number.POSITIVE_INFINITY } = range
    const found = await this.find(key)
    const { sealedLength } = found ?? {}
    if (sealedLength === undefined) return this.driver.get(key, range)
    return told(key, async () => {
      const sealedKey = SEALED_PREFIX + key
      const size = plainSizeOf(sealedLength, FRONT_LENGTH)
      const cipher = this.keys.cipherOf(await this.headerOf(await this.saltOf(sealedKey)), key)
      const chunks = chunksOf(size, start, end, FRONT_LENGTH)
      if (chunks.first === chunks.end) return Readable.from([])
      const sealed = await this.driver.get(sealedKey, { start: chunks.sealedStart, end: chunks.sealedEnd })
      const part = { key, skip: start % CHUNK_LENGTH, length: end - start }
      return readableOf(opened(sealed, new Opener(cipher, chunks, size.chunkCount), part), sealed)
    })
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    return (await this.find(key))?.object
  }

  async list({ prefix = '', after = '', limit }: ListOptions): Promise<StoredObject[]> {
    checkLimit(limit)
    const sealed = await this.driver.list({
      prefix: SEALED_PREFIX + prefix,
      after: after === '' ? '' : SEALED_PREFIX + after,
      limit,
    })
    const found = new Map<string, StoredObject>()
    for (const object of await this.listPlain({ prefix, after, limit })) found.set(object.key, object)
    for (const object of sealed) {
      const plain = plainOf(object)
      found.set(plain.key, plain)
    }
    return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit)
  }

  async delete(key: string): Promise<void> {
    // In this order, so that rotation, which seals what is plain, does not bring it back: see rotate-storage.ts.
    await this.driver.delete(ownKey(key))
    const sealedKey = SEALED_PREFIX + key
    if ((await this.driver.stat(sealedKey)) === undefined) return
    const salt = await this.saltOf(sealedKey).catch(() => undefined)
    await this.driver.delete(sealedKey)
    if (salt === undefined) return
    for (const id of await this.headerIds()) await this.driver.delete(headerKeyOf(salt, id))
  }

  /** Objects in the clear. */
  async listPlain({ prefix = '', after = '', limit }: ListOptions): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    let last = after
    while (found.length < limit) {
      const page = await this.driver.list({ prefix, after: last, limit })
      found.push(...page.filter(({ key }) => !OWN.some((own) => key.startsWith(own))))
      const end = page.at(-1)?.key
      if (end === undefined || page.length < limit) break
      // All that is ours is passed over at once.
      const own = OWN.find((prefix) => end.startsWith(prefix))
      last = own === undefined ? end : own + LAST
    }
    return found.slice(0, limit)
  }

  /** Seals under the key, whatever is there in the clear. */
  async putSealed(key: string, bytes: Readable, options: PutOptions): Promise<Put> {
    const { byteLengthMax, signal } = options
    bytes.on('error', () => {})
    if (signal !== undefined) addAbortSignal(signal, bytes)
    const sealing = this.keys.newSealingKey(key)
    const header = Buffer.from(sealing.header, 'base64')
    const headerKey = headerKeyOf(saltIn(header), this.keys.ids[0] as string)
    // First, so that an object that is there can be read.
    await this.driver.put(headerKey, Readable.from([header]), { byteLengthMax: header.length })
    const source = new SealedSource(bytes, sealing, byteLengthMax)
    const sealedKey = SEALED_PREFIX + key
    try {
      const sealed = Readable.from(source.bytes(), { objectMode: false })
      const sealedMax = sealedLengthOf(byteLengthMax, FRONT_LENGTH)
      const put = await this.driver.put(sealedKey, sealed, { ...options, byteLengthMax: sealedMax })
      // A driver that asks again, since the answer got lost, finds what it put itself.
      const isOurs = put.created || saltIn(header).equals(await this.saltOf(sealedKey))
      if (!isOurs) await this.driver.delete(headerKey)
      return { ...plainOf(put), created: isOurs }
    } catch (error) {
      // Of what was given in whole nobody knows whether it is there.
      if (!source.isWhole) await this.driver.delete(headerKey)
      throw source.failure ?? error
    } finally {
      bytes.destroy()
    }
  }

  /** What is under a key, sealed or not. */
  private async find(key: string): Promise<Found | undefined> {
    ownKey(key)
    const sealed = async (): Promise<Found | undefined> => {
      const object = await this.driver.stat(SEALED_PREFIX + key)
      return object && { object: plainOf(object), sealedLength: object.byteLength }
    }
    const plain = async (): Promise<Found | undefined> => {
      const object = await this.driver.stat(key)
      return object && { object, sealedLength: undefined }
    }
    return this.keys.isEmpty ? ((await plain()) ?? (await sealed())) : ((await sealed()) ?? (await plain()))
  }

  /** Throws SealedError where it is none of ours. */
  private async saltOf(sealedKey: string): Promise<Buffer> {
    return saltIn(await buffer(await this.driver.get(sealedKey, { start: 0, end: FRONT_LENGTH })))
  }

  /** The header with that salt, under whichever key. Throws SealedError 'key_missing'. */
  private async headerOf(salt: Buffer): Promise<Buffer> {
    // Twice: a rotation may have moved it from a key that is looked at later to one that was looked at before.
    for (const id of [...this.keys.ids, ...this.keys.ids]) {
      const header = await this.driver.get(headerKeyOf(salt, id)).catch(undefinedWhereUnknown)
      if (header !== undefined) return buffer(header)
    }
    const ids: string[] = []
    for (const id of await this.headerIds()) {
      if ((await this.driver.stat(headerKeyOf(salt, id))) !== undefined) ids.push(id)
    }
    throw keyMissing(ids)
  }

  /** The ids of all keys that headers are wrapped by. */
  async headerIds(): Promise<string[]> {
    const ids: string[] = []
    for (let after = ''; ; ) {
      const [next] = await this.driver.list({ prefix: HEADERS_PREFIX, after, limit: 1 })
      const id = next?.key.split('/')[1]
      if (id === undefined) return ids
      ids.push(id)
      after = `${HEADERS_PREFIX}${id}/${LAST}`
    }
  }

  /** Content on the disk, sealed with a key that only this process has, in a file without a name. */
  private async hold(bytes: Readable, { byteLengthMax, signal }: PutOptions) {
    bytes.on('error', () => {})
    if (signal !== undefined) addAbortSignal(signal, bytes)
    return told('content that is put', async () => {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      const path = join(this.folder, randomUUID())
      const file = await open(path, 'wx+', 0o600)
      try {
        await rm(path)
        const hash = createHash('sha256')
        const sealing = oneTimeKey(path)
        const source = new SealedSource(bytes, sealing, byteLengthMax, (part) => hash.update(part))
        for await (const chunk of source.bytes()) await file.writeFile(chunk)
        const { chunkCount } = plainSizeOf((await file.stat()).size, FRONT_LENGTH)
        const read = (): Readable => {
          const opener = new Opener(cipherWith(sealing), { first: 0, end: chunkCount }, chunkCount)
          const part = { key: path, skip: 0, length: Number.POSITIVE_INFINITY }
          return Readable.from(opened(readOn(file, FRONT_LENGTH), opener, part), { objectMode: false })
        }
        return { digest: hash.digest('hex'), read, drop: () => file.close() }
      } catch (error) {
        await file.close()
        throw error
      } finally {
        bytes.destroy()
      }
    })
  }
}

/** Where the driver has the header with that salt, wrapped by that key. */
function headerKeyOf(salt: Buffer, keyId: string): string {
  return `${HEADERS_PREFIX}${keyId}/${salt.toString('hex')}`
}

/** Where content is held until its digest is known. */
export function sealingFolder({ DATA_DIR }: { readonly DATA_DIR: string }): string {
  return join(resolve(DATA_DIR), 'sealing')
}

/** The key, where it may be a caller's. Throws StorageError 'key_invalid'. */
function ownKey(key: string): string {
  checkKey(key)
  const own = OWN.find((prefix) => key.startsWith(prefix))
  if (own === undefined) return key
  throw new StorageError('key_invalid', `the key ${JSON.stringify(key.slice(0, 80))}: ${own} is the storage's own`)
}

/** The driver's object as callers see it. One whose length cannot be has it as it is: reading it tells. */
function plainOf({ key, byteLength, storedAt }: StoredObject): StoredObject {
  const plainKey = key.slice(SEALED_PREFIX.length)
  try {
    return { key: plainKey, byteLength: plainSizeOf(byteLength, FRONT_LENGTH).byteLength, storedAt }
  } catch {
    return { key: plainKey, byteLength, storedAt }
  }
}

function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof StorageError && error.failure === 'unknown') return undefined
  throw error
}

async function told<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StorageError) throw error
    if (error instanceof SealedError) throw unreadable(key, error)
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new StorageError('full', `no room is left for ${key}`, { cause: error })
    throw new StorageError('failed', `${key}: ${message}`, { cause: error })
  }
}

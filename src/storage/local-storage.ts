// Objects as files in a folder: the driver that needs nothing but a disk. Several workers may share the folder.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, type Dirent } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { flushFolder } from '../data-folder/flushed-files.ts'
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
  tooLarge,
} from './storage.ts'

/** Of folders, so that an object "a" and an object "a/b" can be there at once: no part of a key begins with it. */
const FOLDER_MARK = '+'
/** Holds what is being written. No part of a key begins with a dot. */
const PARTS_FOLDER = '.parts'
/** What was being written so long ago belongs to a process that is gone. */
const ABANDONED_MS = 24 * 3_600_000

export class LocalStorage implements Storage {
  private readonly root: string
  private opened: Promise<void> | undefined

  /** Makes no folder until the first put. */
  constructor(folder: string) {
    this.root = resolve(folder)
  }

  async put(key: string, bytes: Readable, options: PutOptions): Promise<Put> {
    checkKey(key)
    return this.write(bytes, options, key)
  }

  async putFile(key: string, path: string): Promise<Put> {
    checkKey(key)
    try {
      return await told(key, async () => {
        await this.makeReady()
        const file = await open(path, 'r')
        try {
          await file.chmod(0o600)
          await file.sync()
        } finally {
          await file.close()
        }
        return this.place(path, key)
      })
    } catch (error) {
      const { cause } = error as { readonly cause?: NodeJS.ErrnoException }
      if (cause?.code !== 'EXDEV') throw error
      return this.put(key, createReadStream(path), { byteLengthMax: Number.POSITIVE_INFINITY })
    }
  }

  putContent(bytes: Readable, options: PutOptions): Promise<Put> {
    return this.write(bytes, options, undefined)
  }

  async get(key: string, range: ByteRange = { start: 0 }): Promise<Readable> {
    checkRange(range)
    const { start, end = Number.POSITIVE_INFINITY } = range
    const path = this.pathOf(key)
    return told(key, async () => {
      const file = await open(path, 'r')
      const { size } = await file.stat()
      const stop = Math.min(end, size)
      if (start < stop) return file.createReadStream({ start, end: stop - 1 })
      await file.close()
      return Readable.from([])
    })
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const path = this.pathOf(key)
    try {
      return await told(key, () => objectAt(key, path))
    } catch (error) {
      if (error instanceof StorageError && error.failure === 'unknown') return undefined
      throw error
    }
  }

  async list({ prefix = '', after = '', limit }: ListOptions): Promise<StoredObject[]> {
    checkLimit(limit)
    const found: StoredObject[] = []
    for await (const key of this.keysBelow(this.root, '', prefix, after)) {
      const object = await this.stat(key)
      // It may have been deleted since.
      if (object !== undefined) found.push(object)
      if (found.length === limit) break
    }
    return found
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key)
    await told(key, async () => {
      await rm(path, { force: true })
      await flushFolder(dirname(path)).catch((error) => {
        if (error.code !== 'ENOENT') throw error
      })
    })
  }

  /**
   * Writes to a file of its own, flushes it, and links it to its name: a name is there with all of its bytes or not at all.
   * given: the key; undefined for that of the content.
   */
  private async write(bytes: Readable, options: PutOptions, given: string | undefined): Promise<Put> {
    // A stream that fails before it is read must not end the process; reading it fails then.
    bytes.on('error', () => {})
    if (options.signal !== undefined) addAbortSignal(options.signal, bytes)
    return told('an object that is put', async () => {
      await this.makeReady()
      const part = join(this.root, PARTS_FOLDER, randomUUID())
      try {
        const hash = given === undefined ? createHash('sha256') : undefined
        await writePart(part, bytes, options, (chunk) => hash?.update(chunk))
        return await this.place(part, given ?? `sha256/${hash?.digest('hex')}`)
      } finally {
        await rm(part, { force: true })
        bytes.destroy()
      }
    })
  }

  private async makeReady(): Promise<void> {
    this.opened ??= this.open()
    await this.opened.catch((error) => {
      this.opened = undefined
      throw error
    })
  }

  /** Gives a file that is flushed the name of an object, unless there is one. */
  private async place(file: string, key: string): Promise<Put> {
    const path = this.pathOf(key)
    await makeFolders(this.root, dirname(path))
    const created = await link(file, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    )
    if (created) await flushFolder(dirname(path))
    return { ...(await objectAt(key, path)), created }
  }

  private async open(): Promise<void> {
    const parts = join(this.root, PARTS_FOLDER)
    await mkdir(parts, { recursive: true, mode: 0o700 })
    for (const name of await readdir(parts)) {
      const { mtimeMs } = (await stat(join(parts, name)).catch(() => undefined)) ?? { mtimeMs: Date.now() }
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(parts, name), { force: true })
    }
  }

  /** Keys in the order of their bytes. Folders that can hold none that is asked for are not read. */
  private async *keysBelow(folder: string, above: string, prefix: string, after: string): AsyncGenerator<string> {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
      if (error.code === 'ENOENT') return [] as Dirent[]
      throw new StorageError('failed', `the folder of the storage cannot be read: ${error.message}`, { cause: error })
    })
    const below: { readonly key: string; readonly folder?: string }[] = []
    for (const entry of entries) {
      const { name } = entry
      if (entry.isFile()) below.push({ key: above + name })
      else if (name.startsWith(FOLDER_MARK))
        below.push({ key: `${above}${name.slice(1)}/`, folder: join(folder, name) })
    }
    below.sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const { key, folder } of below) {
      if (folder === undefined) {
        if (key.startsWith(prefix) && key > after) yield key
      } else if ((key.startsWith(prefix) || prefix.startsWith(key)) && (key > after || after.startsWith(key))) {
        yield* this.keysBelow(folder, key, prefix, after)
      }
    }
  }

  private pathOf(key: string): string {
    checkKey(key)
    const parts = key.split('/')
    const name = parts.pop() as string
    return join(this.root, ...parts.map((part) => FOLDER_MARK + part), name)
  }
}

/** onBytes: told of all that is written. */
async function writePart(
  path: string,
  bytes: Readable,
  { byteLengthMax }: PutOptions,
  onBytes: (chunk: Uint8Array) => void,
): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o600)
  let byteLength = 0
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      byteLength += chunk.byteLength
      if (byteLength > byteLengthMax) throw tooLarge(byteLengthMax)
      onBytes(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a folder below the root, and flushes each folder that got a new one. */
async function makeFolders(root: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length && made !== root; made = dirname(made)) {
    await flushFolder(dirname(made))
  }
}

async function objectAt(key: string, path: string): Promise<StoredObject> {
  const { size, mtimeMs } = await stat(path)
  return { key, byteLength: size, storedAt: mtimeMs }
}

/** Says what failed in the words of StorageError. */
async function told<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StorageError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new StorageError('unknown', `there is no object ${key}`, { cause: error })
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new StorageError('full', `no room is left for ${key}`, { cause: error })
    }
    const failure = ['EACCES', 'EPERM', 'EROFS'].includes(code ?? '') ? 'refused' : 'failed'
    throw new StorageError(failure, `${key}: ${message}`, { cause: error })
  }
}

// Accepted runs on disk: written and flushed before the 200 goes out, taken away when the run has its end.
import { access, constants, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { flushFolder, writeFlushed } from '../data-folder/flushed-files.ts'
import { EncryptionKeyError } from '../encryption/key-file.ts'
import { type KeyRing, NO_KEYS, type SealingKey } from '../encryption/key-ring.ts'
import { resultId, spoolId } from '../encryption/object-ids.ts'
import { HEADER_LENGTH, isSealed, keyIdIn } from '../encryption/sealed-layout.ts'
import { outcomePath, readOutcome, writeOutcome } from './attempt-files.ts'
import type { RewriteKeys } from './erase-rows.ts'
import {
  type AcceptedRun,
  type CipherOf,
  readSpoolEntry,
  type SpoolEntry,
  type TrainingWork,
  writeWork,
} from './spool-file.ts'
import type { TrainingOutcome } from './training-outcome.ts'

const PROBE_BYTES = 4096
/** How long it is believed that the disk takes a file, and how long before that is asked again behind the answer. */
const PROBE_VALID_MS = 10_000
const PROBE_INTERVAL_MS = 1_000
/** The end of the name of a file that cannot be read. */
export const SET_ASIDE = '.bad'

/** What a trainer process is given: keys of these files alone, each to be used once. */
export interface AttemptKeys {
  /** Opens the work; absent where that lies in the clear. */
  readonly work?: SealingKey
  readonly artifact: SealingKey
  readonly outcome: SealingKey
}

/** Files of the spool by the ids of their keys; those in the clear under ''. */
export type FilesByKey = ReadonlyMap<string, number>

export class Spool {
  readonly folder: string
  private readonly keys: KeyRing
  private sequence = 0
  /** When the disk took the last small file, by performance.now(). */
  private probedAtMs = Number.NEGATIVE_INFINITY
  private probing: Promise<void> | undefined

  constructor(folder: string, keys: KeyRing = NO_KEYS) {
    this.folder = folder
    this.keys = keys
  }

  /**
   * Makes the folder, and removes what a process that was killed left: unfinished files, which were never answered with
   * 200, and what a trainer wrote beside a run that had its end already.
   */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await rm(this.probePath, { force: true })
    const names = await readdir(this.folder)
    const runs = new Set(names.filter((name) => name.endsWith('.run')))
    for (const name of names) {
      const [run = ''] = /^.+?\.run(?=\.)/.exec(name) ?? []
      const isOrphan = run !== '' && !runs.has(run) && !name.endsWith(SET_ASIDE)
      if (name.endsWith('.part') || isOrphan) await rm(join(this.folder, name), { force: true })
    }
  }

  /** Writes the work and flushes it with its folder. When this has returned, a restart finds it. */
  add(work: TrainingWork): Promise<SpoolEntry> {
    return this.addWritten(work.run, (path, sealing) => writeWork(path, work, sealing))
  }

  /**
   * The same for work that somebody else writes: `write` is to write the file in whole and flush it, sealed where there is
   * a key.
   */
  async addWritten(
    run: AcceptedRun,
    write: (path: string, sealing: SealingKey | undefined) => Promise<void>,
  ): Promise<SpoolEntry> {
    const time = String(Date.now()).padStart(15, '0')
    const sequence = String(this.sequence++).padStart(9, '0')
    const path = join(this.folder, `${time}-${sequence}-${run.runId}.run`)
    const part = `${path}.part`
    try {
      await write(part, this.newKey(spoolId(path)))
      await rename(part, path)
      await flushFolder(this.folder)
    } catch (error) {
      // What is refused must not be trained after all.
      for (const left of [part, path]) await rm(left, { force: true })
      throw error
    }
    return { path, run }
  }

  /**
   * Throws when the folder cannot be written, or the disk did not take a small file lately. While the disk is well nobody
   * waits for that file: a flush stands behind all that others write.
   */
  async probe(): Promise<void> {
    // With the slash only a folder will do.
    await access(`${this.folder}/`, constants.W_OK)
    const sinceMs = performance.now() - this.probedAtMs
    if (sinceMs < PROBE_INTERVAL_MS) return
    this.probing ??= this.writeProbe().finally(() => {
      this.probing = undefined
    })
    if (sinceMs > PROBE_VALID_MS) await this.probing
    else this.probing.catch(() => {})
  }

  /** Writes, flushes and removes a small file beside the folder, since what is in that is runs. */
  private async writeProbe(): Promise<void> {
    try {
      await writeFlushed(this.probePath, [Buffer.alloc(PROBE_BYTES)])
      this.probedAtMs = performance.now()
    } catch (error) {
      this.probedAtMs = Number.NEGATIVE_INFINITY
      throw error
    } finally {
      await rm(this.probePath, { force: true })
    }
  }

  private get probePath(): string {
    return `${this.folder}-probe`
  }

  /** Paths of the runs that lie here, in the order of their acceptance. */
  async list(): Promise<string[]> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.run')).sort()
    return names.map((name) => join(this.folder, name))
  }

  /** Throws EncryptionKeyError where a run, or what its training left, is sealed with a key that is not there. */
  async requireKeys(): Promise<void> {
    const missing = [...(await this.filesByKey()).keys()].filter((id) => id !== '' && !this.keys.ids.includes(id))
    if (missing.length === 0) return
    const what = `runs that were accepted and not trained lie in ${this.folder}, encrypted with a key that is not named`
    throw new EncryptionKeyError(
      `ENCRYPTION_KEY_FILE: ${what}: id ${missing.join(', ')}; name its file as well, or move them away`,
    )
  }

  /** Counts the files that may be sealed; those that were set aside are left out unless they are asked for. */
  async filesByKey({ withSetAside = false } = {}): Promise<FilesByKey> {
    const kinds = withSetAside ? /\.run(\.outcome|\.\d+\.artifact|\.bad)?$/ : /\.run(\.outcome|\.\d+\.artifact)?$/
    const counts = new Map<string, number>()
    for (const name of await readdir(this.folder)) {
      if (!kinds.test(name)) continue
      const id = await keyIdOfFile(join(this.folder, name))
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    return counts
  }

  readEntry(path: string): Promise<SpoolEntry> {
    return readSpoolEntry(path, this.cipherOf(path))
  }

  /** The outcome of a training that has ended, or undefined. */
  readOutcome(path: string): Promise<TrainingOutcome | undefined> {
    return readOutcome(path, this.cipherOf(outcomePath(path)))
  }

  /** See attempt-files.ts. */
  writeOutcome(path: string, outcome: TrainingOutcome): Promise<void> {
    return writeOutcome(path, outcome, this.newKey(spoolId(outcomePath(path))))
  }

  /** What an attempt to train a run opens and seals with; undefined where nothing is encrypted. */
  async keysOf({ path, run }: SpoolEntry): Promise<AttemptKeys | undefined> {
    if (this.keys.isEmpty) return undefined
    const header = await headerOf(path)
    return {
      ...(isSealed(header) ? { work: this.keys.sealingKeyOf(header, spoolId(path)) } : {}),
      artifact: this.keys.newSealingKey(resultId(run.runId)),
      outcome: this.keys.newSealingKey(spoolId(outcomePath(path))),
    }
  }

  /** What somebody else opens a file with, and seals the one that takes its place. */
  async rewriteKeysOf(path: string): Promise<RewriteKeys> {
    if (this.keys.isEmpty) return {}
    const header = await headerOf(path)
    return {
      ...(isSealed(header) ? { opens: this.keys.sealingKeyOf(header, spoolId(path)) } : {}),
      seals: this.keys.newSealingKey(spoolId(path)),
    }
  }

  private cipherOf(path: string): CipherOf {
    return (header) => this.keys.cipherOf(header, spoolId(path))
  }

  private newKey(objectId: string): SealingKey | undefined {
    return this.keys.isEmpty ? undefined : this.keys.newSealingKey(objectId)
  }

  /** Removes a run and what its training wrote beside it. */
  async remove(path: string): Promise<void> {
    const name = basename(path)
    for (const beside of await readdir(this.folder)) {
      const isOfTraining = beside.startsWith(`${name}.`) && !beside.endsWith(SET_ASIDE)
      if (isOfTraining) await rm(join(this.folder, beside), { force: true })
    }
    // The run itself goes last: as long as it is here, so is what is known of it.
    await rm(path, { force: true })
    await flushFolder(this.folder)
  }

  /** Takes a file that cannot be read out of the way, for an operator to look at. */
  async setAside(path: string): Promise<void> {
    await rename(path, path + SET_ASIDE)
    await flushFolder(this.folder)
  }
}

/** The first bytes of a file, as many as a header has. */
async function headerOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEADER_LENGTH), 0, HEADER_LENGTH, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** '' of a file in the clear, or of the beginning of one; undefined of one that is gone. */
async function keyIdOfFile(path: string): Promise<string | undefined> {
  const header = await headerOf(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (header === undefined) return undefined
  return isSealed(header) && header.length === HEADER_LENGTH ? keyIdIn(header) : ''
}

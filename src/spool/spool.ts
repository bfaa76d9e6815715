// Accepted runs on disk: written and flushed before the 200 goes out, taken away when the run has its end.
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { flushFolder, writeFlushed } from '../data-folder/flushed-files.ts'
import { type AcceptedRun, type SpoolEntry, type TrainingWork, writeWork } from './spool-file.ts'

const PROBE_BYTES = 4096
/** How long it is believed that the disk takes a file, and how long before that is asked again behind the answer. */
const PROBE_VALID_MS = 10_000
const PROBE_INTERVAL_MS = 1_000
/** The end of the name of a file that cannot be read. */
export const SET_ASIDE = '.bad'

export class Spool {
  readonly folder: string
  private sequence = 0
  /** When the disk took the last small file, by performance.now(). */
  private probedAtMs = Number.NEGATIVE_INFINITY
  private probing: Promise<void> | undefined

  constructor(folder: string) {
    this.folder = folder
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
    return this.addWritten(work.run, (path) => writeWork(path, work))
  }

  /** The same for work that somebody else writes: `write` is to write the file in whole and flush it. */
  async addWritten(run: AcceptedRun, write: (path: string) => Promise<void>): Promise<SpoolEntry> {
    const time = String(Date.now()).padStart(15, '0')
    const sequence = String(this.sequence++).padStart(9, '0')
    const path = join(this.folder, `${time}-${sequence}-${run.runId}.run`)
    const part = `${path}.part`
    try {
      await write(part)
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

// The records and logs of runs on disk: two small files a run, the oldest runs removed. Not flushed: a record that a power
// cut takes is missed by nobody but its reader.
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { flushFolder, replaceFlushed } from '../data-folder/flushed-files.ts'
import { parseRunId } from '../model-runs/run-id.ts'
import { fromNdjson, type LogLine, toNdjson } from './log-line.ts'
import { parseRecord, type RunRecord, withoutMentions } from './run-record.ts'
import { type ErasedOfRuns, type RunStore, storedRecord } from './run-store.ts'

/** Runs that are removed at once as too old. */
const REMOVED_AT_ONCE = 50
/** Runs that are kept. With their largest logs they take some 64 MiB. */
const RUNS_MAX = 500

interface KeptRun {
  readonly hasRecord: boolean
  readonly logBytes: number
  readonly correlationId?: string | undefined
}

export class RunFiles implements RunStore {
  private readonly folder: string
  private readonly runsMax: number
  /** What is there, the run that was written to longest ago first. */
  private readonly kept = new Map<number, KeptRun>()

  constructor(folder: string, runsMax = RUNS_MAX) {
    this.folder = folder
    this.runsMax = runsMax
  }

  /** The runs that are there, the one that was written to longest ago first. */
  get runIds(): number[] {
    return [...this.kept.keys()]
  }

  /** True of a run that has ended here. */
  hasRecord(runId: number): boolean {
    return this.kept.get(runId)?.hasRecord === true
  }

  /**
   * Makes the folder, learns what is there and removes what is none of it. Gives the records of
   * those that were made with an Idempotency-Key, without their parameters, the oldest first.
   */
  async open(): Promise<RunRecord[]> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const found = new Map<number, KeptRun & { readonly at: number }>()
    for (const name of await readdir(this.folder)) {
      const [, stem = '', kind] = /^(\d+)\.(json|ndjson)$/.exec(name) ?? []
      const path = join(this.folder, name)
      const id = parseRunId(stem)
      if (id === undefined) {
        await rm(path, { recursive: true, force: true })
        continue
      }
      const { mtimeMs, size } = await stat(path)
      const { hasRecord = false, logBytes = 0, at = 0 } = found.get(id) ?? {}
      found.set(id, {
        hasRecord: hasRecord || kind === 'json',
        logBytes: kind === 'ndjson' ? size : logBytes,
        at: Math.max(at, mtimeMs),
      })
    }
    const oldestFirst = [...found].sort(([, a], [, b]) => a.at - b.at)
    for (const [runId, { hasRecord, logBytes }] of oldestFirst) this.kept.set(runId, { hasRecord, logBytes })
    await this.removeOldest()
    const records: RunRecord[] = []
    for (const [runId, run] of this.kept) {
      const record = await this.readRecord(runId)
      if (record === undefined) continue
      if (record.made !== undefined) records.push({ ...record, parameters: null })
      this.kept.set(runId, { ...run, correlationId: record.correlationId })
    }
    return records
  }

  /** Bytes of the log of a run whose training was cut off; 0 when there is none, or the run has ended. */
  earlierLogBytes(runId: number): number {
    const kept = this.kept.get(runId)
    return kept === undefined || kept.hasRecord ? 0 : kept.logBytes
  }

  async begin(runId: number, at: number): Promise<void> {
    if (!this.hasRecord(runId)) return
    const record = await this.readRecord(runId)
    if (record === undefined || record.endedAt < at) await this.remove(runId)
  }

  async append(runId: number, lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return
    const kept = this.kept.get(runId) ?? { hasRecord: false, logBytes: 0 }
    // A line that was cut off by the end of a process must not take the next one with it.
    const text = (kept.logBytes > 0 ? '\n' : '') + toNdjson(lines)
    await appendFile(this.logPath(runId), text)
    await this.keep(runId, { ...kept, logBytes: kept.logBytes + Buffer.byteLength(text) })
  }

  async writeRecord(record: RunRecord): Promise<void> {
    const { runId } = record
    const text = JSON.stringify(storedRecord(record))
    const part = `${this.recordPath(runId)}.part`
    try {
      await writeFile(part, text)
      await rename(part, this.recordPath(runId))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    const { correlationId } = record
    await this.keep(runId, { hasRecord: true, logBytes: this.kept.get(runId)?.logBytes ?? 0, correlationId })
  }

  async readRecord(runId: number): Promise<RunRecord | undefined> {
    if (!this.hasRecord(runId)) return undefined
    return parseRecord(await readFile(this.recordPath(runId), 'utf8').catch(() => ''))
  }

  async readRecords(runIds: readonly number[]): Promise<ReadonlyMap<number, RunRecord>> {
    const records = await Promise.all(runIds.map((runId) => this.readRecord(runId)))
    return new Map(records.flatMap((record) => (record ? [[record.runId, { ...record, parameters: null }]] : [])))
  }

  async readLog(runId: number, afterId = 0): Promise<LogLine[]> {
    if (!this.kept.has(runId)) return []
    const lines = fromNdjson(await readFile(this.logPath(runId), 'utf8').catch(() => ''))
    return lines.filter(({ id }) => id > afterId)
  }

  async runIdsOf(correlationId: string): Promise<number[]> {
    const found = [...this.kept].filter(([, run]) => run.correlationId === correlationId)
    return found.map(([runId]) => runId).sort((a, b) => b - a)
  }

  /** Runs that ended before that time, in milliseconds since 1970. */
  async endedBefore(at: number): Promise<number[]> {
    const records = await this.readRecords(this.runIds)
    return [...records.values()].filter(({ endedAt }) => endedAt < at).map(({ runId }) => runId)
  }

  /** Removes some of them. Returns how many; 0 when none are left. */
  async removeEndedBefore(at: number): Promise<number> {
    const runIds = (await this.endedBefore(at)).slice(0, REMOVED_AT_ONCE)
    for (const runId of runIds) await this.remove(runId)
    return runIds.length
  }

  async erase(isMentioned: (text: string) => boolean, signal: AbortSignal): Promise<ErasedOfRuns> {
    let [records, lines] = [0, 0]
    const quotingErrors: number[] = []
    for (const runId of this.runIds) {
      signal.throwIfAborted()
      const record = await this.readRecord(runId)
      const rest = record && withoutMentions(record, isMentioned)
      if (record !== undefined && rest !== undefined) {
        await replaceFlushed(this.recordPath(runId), [Buffer.from(JSON.stringify(rest))])
        const kept = this.kept.get(runId)
        if (kept !== undefined) this.kept.set(runId, { ...kept, correlationId: rest.correlationId })
        records += 1
        if (rest.error?.message !== record.error?.message) quotingErrors.push(runId)
      }
      lines += await this.eraseLines(runId, isMentioned)
    }
    await flushFolder(this.folder)
    return { records, lines, quotingErrors }
  }

  /** With what was cut off in the middle, which nobody reads. */
  private async eraseLines(runId: number, isMentioned: (text: string) => boolean): Promise<number> {
    const text = await readFile(this.logPath(runId), 'utf8').catch(() => '')
    const lines = fromNdjson(text)
    const rest = lines.filter((line) => !isMentioned(line.text))
    const isWhole = text.split('\n').filter((line) => line !== '').length === lines.length
    if (rest.length === lines.length && isWhole) return 0
    const bytes = Buffer.from(toNdjson(rest))
    await replaceFlushed(this.logPath(runId), [bytes])
    const kept = this.kept.get(runId)
    if (kept !== undefined) this.kept.set(runId, { ...kept, logBytes: bytes.length })
    return lines.length - rest.length
  }

  private async keep(runId: number, run: KeptRun): Promise<void> {
    this.kept.delete(runId)
    this.kept.set(runId, run)
    await this.removeOldest()
  }

  private async removeOldest(): Promise<void> {
    for (const runId of this.kept.keys()) {
      if (this.kept.size <= this.runsMax) return
      await this.remove(runId)
    }
  }

  private async remove(runId: number): Promise<void> {
    this.kept.delete(runId)
    await rm(this.recordPath(runId), { force: true })
    await rm(this.logPath(runId), { force: true })
  }

  private recordPath(runId: number): string {
    return join(this.folder, `${runId}.json`)
  }

  private logPath(runId: number): string {
    return join(this.folder, `${runId}.ndjson`)
  }
}

// All that is kept of runs: this worker's in files, at once; those of all workers in tables, where the schema ml_worker is.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import type { LogLine } from './log-line.ts'
import type { RunFiles } from './run-files.ts'
import type { RunRecord } from './run-record.ts'
import type { ErasedOfRuns, RunStore } from './run-store.ts'

export interface RunArchiveParts {
  readonly files: RunFiles
  readonly tables: RunStore
  readonly schema: Pick<OwnSchema, 'isUsable' | 'forget'>
  /** Older records in files are not carried to the tables, which would remove them. */
  readonly keptDays: number
  readonly log: Logger
}

/** What is written in this time is carried to the tables together. */
const GATHER_MS = 500
/** How long the tables are left alone when they could not be used. */
const RETRY_MS = 30_000
/** What a stop waits for the tables. */
const CLOSE_MS = 2_000
const DAY_MS = 86_400_000

/**
 * Writes go to the files, which are this worker's and need no database, and are carried from there to the tables: a little
 * later, after the database was away, or at the next start. Reads that the files cannot answer go to the tables; while
 * those are away or absent, a run of another worker is not known. Bounds: those of the files, and the retention of the
 * tables.
 */
export class RunArchive implements Omit<RunStore, 'erase'> {
  private readonly parts: RunArchiveParts
  /** Runs whose files have more than the tables. */
  private readonly ahead = new Set<number>()
  /** Of runs without a record, the last line that the tables have. */
  private readonly sent = new Map<number, number>()
  /** Runs that had ended before this start, until they are compared with the tables. */
  private readonly earlier = new Set<number>()
  private timer: NodeJS.Timeout | undefined
  private carrying: Promise<void> | undefined
  private isClosed = false

  constructor(parts: RunArchiveParts) {
    this.parts = parts
    for (const runId of parts.files.runIds) {
      this.ahead.add(runId)
      if (parts.files.hasRecord(runId)) this.earlier.add(runId)
    }
  }

  /** Carries what the files have to the tables, once the database answers. */
  recover(): void {
    if (this.ahead.size > 0) this.carryAfter(0)
  }

  /** Bytes of the log of a run whose training was cut off here; 0 when there is none, or the run has ended. */
  earlierLogBytes(runId: number): number {
    return this.parts.files.earlierLogBytes(runId)
  }

  begin(runId: number, at: number): Promise<void> {
    return this.parts.files.begin(runId, at)
  }

  async append(runId: number, lines: readonly LogLine[]): Promise<void> {
    if (lines.length === 0) return
    await this.parts.files.append(runId, lines)
    this.isAhead(runId)
  }

  async writeRecord(record: RunRecord): Promise<void> {
    await this.parts.files.writeRecord(record)
    this.isAhead(record.runId)
  }

  async readRecord(runId: number): Promise<RunRecord | undefined> {
    const { files, tables } = this.parts
    if (files.hasRecord(runId)) return files.readRecord(runId)
    return this.fromTables(() => tables.readRecord(runId), undefined)
  }

  async readRecords(runIds: readonly number[]): Promise<ReadonlyMap<number, RunRecord>> {
    const { files, tables } = this.parts
    const own = await files.readRecords(runIds)
    const others = runIds.filter((runId) => !own.has(runId))
    if (others.length === 0) return own
    return new Map([...own, ...(await this.fromTables(() => tables.readRecords(others), new Map()))])
  }

  async readLog(runId: number, afterId = 0): Promise<LogLine[]> {
    const { files, tables } = this.parts
    const own = await files.readLog(runId, afterId)
    if (files.hasRecord(runId)) return own
    // It may have been begun by one worker and ended by another.
    const all = await this.fromTables(() => tables.readLog(runId, afterId), [])
    const byId = new Map([...all, ...own].map((line) => [line.id, line]))
    return [...byId.values()].sort((a, b) => a.id - b.id)
  }

  async runIdsOf(correlationId: string): Promise<number[]> {
    const { files, tables } = this.parts
    const own = await files.runIdsOf(correlationId)
    const all = await this.fromTables(() => tables.runIdsOf(correlationId), [])
    return [...new Set([...own, ...all])].sort((a, b) => b - a)
  }

  /**
   * Erases in the files, by `inTurn` between other writes, and then in the tables, where there are any: to these nothing is
   * carried meanwhile. Throws what the disk or the database throws.
   */
  async erase(
    isMentioned: (text: string) => boolean,
    signal: AbortSignal,
    inTurn: <T>(work: () => Promise<T>) => Promise<T>,
  ): Promise<{ readonly files: ErasedOfRuns; readonly tables: ErasedOfRuns | undefined }> {
    const { files, tables, schema } = this.parts
    while (this.carrying !== undefined) await this.carrying
    const { promise, resolve } = Promise.withResolvers<void>()
    this.carrying = promise
    try {
      const ofFiles = await inTurn(() => files.erase(isMentioned, signal))
      const isUsable = await schema.isUsable()
      return { files: ofFiles, tables: isUsable ? await tables.erase(isMentioned, signal) : undefined }
    } finally {
      this.carrying = undefined
      resolve()
      if (this.ahead.size > 0) this.carryAfter(GATHER_MS)
    }
  }

  /** Carries what is left, for a moment; the next start carries the rest. */
  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    const last = async (): Promise<void> => {
      await this.carrying
      if (this.ahead.size > 0) await this.carry()
    }
    await Promise.race([last(), pause(CLOSE_MS, undefined, { ref: false })])
  }

  private async fromTables<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    if (!(await this.parts.schema.isUsable())) return otherwise
    return read().catch((error) => {
      this.parts.schema.forget()
      this.parts.log.debug({ err: error }, 'the tables of runs could not be read')
      return otherwise
    })
  }

  private isAhead(runId: number): void {
    this.ahead.add(runId)
    this.earlier.delete(runId)
    if (this.timer === undefined) this.carryAfter(GATHER_MS)
  }

  private carryAfter(waitMs: number): void {
    if (this.isClosed) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.carry(), waitMs)
    this.timer.unref()
  }

  /** One at a time. */
  private carry(): Promise<void> {
    this.carrying ??= this.carryAll().finally(() => {
      this.carrying = undefined
    })
    return this.carrying
  }

  private async carryAll(): Promise<void> {
    const { log } = this.parts
    this.timer = undefined
    this.forgetRemoved()
    let isUsable = (await this.parts.schema.isUsable()) && (await this.isCompared())
    for (const runId of [...this.ahead]) {
      if (!isUsable) break
      try {
        // What comes meanwhile is carried the next time.
        if (this.ahead.delete(runId)) await this.carryRun(runId)
      } catch (error) {
        isUsable = !isDatabaseUnavailable(error)
        if (!isUsable) this.ahead.add(runId)
        else log.warn({ err: error, runId }, 'the record or the log of a run could not be written to the tables')
      }
    }
    if (this.ahead.size > 0) this.carryAfter(isUsable ? GATHER_MS : RETRY_MS)
  }

  /** The oldest runs leave the files whether the tables have them or not. */
  private forgetRemoved(): void {
    const kept = new Set(this.parts.files.runIds)
    for (const runId of this.ahead) if (!kept.has(runId)) this.ahead.delete(runId)
    for (const runId of this.sent.keys()) if (!kept.has(runId)) this.sent.delete(runId)
  }

  /** Leaves out what the tables have, and what is too old for them. False when that could not be found out. */
  private async isCompared(): Promise<boolean> {
    const { files, tables, keptDays, log } = this.parts
    if (this.earlier.size === 0) return true
    try {
      const ended = [...this.earlier]
      const [own, known] = await Promise.all([files.readRecords(ended), tables.readRecords(ended)])
      const oldest = Date.now() - keptDays * DAY_MS
      for (const runId of ended) {
        const endedAt = own.get(runId)?.endedAt ?? 0
        if (this.earlier.delete(runId) && (known.has(runId) || endedAt < oldest)) this.ahead.delete(runId)
      }
      return true
    } catch (error) {
      log.debug({ err: error }, 'the tables of runs could not be read')
      return false
    }
  }

  private async carryRun(runId: number): Promise<void> {
    const { files, tables } = this.parts
    const sentId = this.sent.get(runId)
    const record = await files.readRecord(runId)
    const lines = await files.readLog(runId, sentId)
    const [first] = lines
    const at = first === undefined ? record?.endedAt : Date.parse(first.time)
    if (sentId === undefined && at !== undefined) await tables.begin(runId, at)
    await tables.append(runId, lines)
    this.sent.delete(runId)
    if (record !== undefined) await tables.writeRecord(record)
    else if (files.earlierLogBytes(runId) > 0) this.sent.set(runId, lines.at(-1)?.id ?? sentId ?? 0)
  }
}

// Tells the end of every run once: a run is watched from when it is accepted, or from its end where the database was away
// meanwhile, and let go of in the transaction that writes its notice. What a worker that was killed leaves is found by the job
// that looks after all watched runs.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inSavepoint, inTransaction, type Queryable, type Transaction } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { findRun } from '../model-runs/runs-table.ts'
import { readMetrics } from '../model-runs/shown-runs-table.ts'
import type { WriteWithEnd } from '../training/run-ends.ts'
import type { TrainingEvent } from '../training/training-events.ts'
import type { Notices } from './notices.ts'
import { insertWatched, isTableHere, listWatched, takeWatched, type WatchedRun } from './watched-runs-table.ts'

export interface RunEndNoticesParts {
  readonly ownSchema: OwnSchema
  /** Of the runs. */
  readonly pool: Queryable
  readonly notices: Notices
  readonly log: Logger
}

/** Whether another room tells the end of a run, with what it knows of it. */
export type TellsRun = (runId: number) => Promise<boolean>

const PAGE_LENGTH = 200
/** Where the database is away, so many runs are remembered; beyond it the oldest are not told. */
const REMEMBERED_MAX = 10_000
const AGAIN_MS = 5_000
/** How long the end of a run waits for a schema in another database. */
const ELSEWHERE_MS = 5_000
const INSUFFICIENT_PRIVILEGE = '42501'

export class RunEndNotices {
  private readonly parts: RunEndNoticesParts
  private tellsElsewhere: TellsRun = async () => false
  /** To be written down as watched. */
  private readonly begun = new Map<number, WatchedRun>()
  /** That they are watched stands in the table; those of them whose end is not told. */
  private readonly watched = new Set<number>()
  /** The same is written with their end, which may not be kept. */
  private readonly writtenWithEnd = new Set<number>()
  /** Those that have ended here, as far as they are not told. */
  private readonly ended = new Set<number>()
  private working: Promise<void> | undefined
  private timer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(parts: RunEndNoticesParts) {
    this.parts = parts
  }

  /** Ends of runs that `tells` is true of are told by another room. */
  leaveTo(tells: TellsRun): void {
    this.tellsElsewhere = tells
  }

  /** Throws nothing, and waits for nothing. */
  observe(event: TrainingEvent): void {
    if (event.type === 'queued') {
      const { runId, modelName, correlationId = null } = event.run
      this.remember({ runId, modelName, correlationId })
    } else if (event.type === 'ended' || event.type === 'dropped') {
      const { runId } = event
      if (event.type === 'ended' && this.writtenWithEnd.delete(runId)) addTo(this.watched, runId)
      // Not once more: whoever told the end meanwhile would find the run again.
      if (this.watched.has(runId)) this.begun.delete(runId)
      // One that was never accepted here was left by a worker that is gone.
      else if (event.type === 'ended') this.remember({ runId, modelName: event.modelName ?? null, correlationId: null })
      this.ended.add(runId)
    } else {
      if (event.type === 'left') {
        this.writtenWithEnd.delete(event.runId)
        if (!this.ended.has(event.runId)) this.watched.delete(event.runId)
      }
      return
    }
    this.work()
  }

  /** With its end stands that a run is to be told: a worker that is killed then leaves it to the next. */
  readonly writeWithEnd: WriteWithEnd = async (tx, { runId, modelName = null }) => {
    if (this.watched.has(runId)) return
    this.writtenWithEnd.delete(runId)
    const run = this.begun.get(runId) ?? { runId, modelName, correlationId: null }
    try {
      if (await this.watch(tx, run)) addTo(this.writtenWithEnd, runId)
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      // Of a role that may not use the schema: nobody is told anything there.
      if ((error as { code?: unknown }).code === INSUFFICIENT_PRIVILEGE) return
      this.parts.log.warn({ err: error, runId }, 'the end of a run may not be told if the worker is killed now')
    }
  }

  /** False where the schema is not there, or elsewhere and away. */
  private async watch(tx: Transaction, run: WatchedRun): Promise<boolean> {
    const { ownSchema, pool } = this.parts
    if (ownSchema.pool === pool) {
      return inSavepoint(tx, async () => {
        const isHere = await isTableHere(tx)
        if (isHere) await insertWatched(tx, [run])
        return isHere
      })
    }
    const write = async (): Promise<boolean> => {
      if (!(await ownSchema.isUsable())) return false
      await insertWatched(ownSchema.pool, [run])
      return true
    }
    return Promise.race([write().catch(() => false), pause(ELSEWHERE_MS, false, { ref: false })])
  }

  /** Looks at all runs that are watched, whoever trained them. Throws what the databases throw. */
  async sweep(signal: AbortSignal): Promise<void> {
    let after = 0
    for (;;) {
      const page = await listWatched(this.parts.ownSchema.pool, after, PAGE_LENGTH)
      for (const runId of page) {
        signal.throwIfAborted()
        await this.conclude(runId)
        after = runId
      }
      if (page.length < PAGE_LENGTH) return
    }
  }

  /** Resolves when nothing of it is under way. */
  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    await this.working
  }

  private remember(run: WatchedRun): void {
    if (!this.begun.has(run.runId)) this.begun.set(run.runId, run)
    for (const oldest of this.begun.keys()) {
      if (this.begun.size <= REMEMBERED_MAX) break
      this.begun.delete(oldest)
      this.ended.delete(oldest)
    }
  }

  /** One after the other; what comes meanwhile follows. */
  private work(): void {
    this.working ??= this.workNow()
      .catch((error) => {
        this.parts.log.debug({ err: error }, 'ends of runs are told later')
        if (!this.isClosed) this.timer = setTimeout(() => this.work(), AGAIN_MS).unref()
        return 'later'
      })
      .then((result) => {
        this.working = undefined
        if (result !== 'later' && this.begun.size + this.ended.size > 0) this.work()
      })
  }

  private async workNow(): Promise<void> {
    const { ownSchema } = this.parts
    while (this.begun.size + this.ended.size > 0) {
      // Throws while the database is away: then it is known later whether there is a schema.
      if ((await ownSchema.state()).name !== 'current') {
        for (const runs of [this.begun, this.ended, this.watched, this.writtenWithEnd]) runs.clear()
        return
      }
      const begun = [...this.begun.values()]
      const ended = [...this.ended]
      if (begun.length > 0) await insertWatched(ownSchema.pool, begun)
      for (const { runId } of begun) {
        this.begun.delete(runId)
        addTo(this.watched, runId)
      }
      for (const runId of ended) {
        await this.conclude(runId)
        this.ended.delete(runId)
        this.watched.delete(runId)
      }
    }
  }

  private async conclude(runId: number): Promise<void> {
    const { ownSchema, pool, notices } = this.parts
    const run = await findRun(pool, runId)
    const isGone = run === undefined
    if (!isGone && run.status !== 'SUCCESS' && run.status !== 'FAILED') return
    const isElsewhere = await this.tellsElsewhere(runId)
    const code = run?.status === 'FAILED' ? await this.errorCodeOf(runId) : undefined
    await inTransaction(ownSchema.pool, async (tx) => {
      const watched = await takeWatched(tx, runId)
      if (watched === undefined || isGone || isElsewhere) return
      const { correlationId } = watched
      const data = {
        model_run_id: runId,
        model_name: run.modelName,
        status: run.status,
        ...(code === undefined ? {} : { error_code: code }),
        ...(correlationId === null ? {} : { correlation_id: correlationId }),
      }
      await notices.append(tx, { type: 'run.ended', project: undefined, data })
    })
  }

  /** Its words are not told: they may quote rows. */
  private async errorCodeOf(runId: number): Promise<string | undefined> {
    return (await readMetrics(this.parts.pool, [runId]))?.get(runId)?.get('error_code')
  }
}

function addTo(runs: Set<number>, runId: number): void {
  runs.add(runId)
  for (const oldest of runs) {
    if (runs.size <= REMEMBERED_MAX) break
    runs.delete(oldest)
  }
}

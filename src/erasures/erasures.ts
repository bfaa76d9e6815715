// Erasures from when they are asked to their end: one at a time, the value in memory only.
import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { Locks } from '../database/lock-session.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import type { SoughtValue } from '../model/sought-value.ts'
import type { Retry } from '../retry.ts'
import type { Eraser } from './erasers.ts'
import {
  type ErasedCount,
  type ErasureResult,
  type ErasureRow,
  type ErasureState,
  endErasure,
  findErasure,
  insertErasure,
  listErasures,
  listRunningErasures,
} from './erasures-table.ts'
import type { TrainedRuns } from './trained-runs.ts'

export interface ErasureWish extends SoughtValue {
  readonly note: string | null
  readonly idempotencyKey: string | undefined
}

export interface ErasuresParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  /** Of erasures: an erasure that nobody holds is interrupted. */
  readonly locks: Locks
  readonly erasers: { readonly all: readonly Eraser[] }
  /** learnt: runs that learnt from such rows, of which no result has to be read. */
  readonly findTrained: (sought: SoughtValue, learnt: ReadonlySet<number>, signal: AbortSignal) => Promise<TrainedRuns>
  readonly retry: Retry
  readonly log: Logger
}

/** Erasures that wait, the running one included. */
const WAITING_MAX = 100
const KEYS_MAX = 1_000
const NOTHING: ErasureResult = {
  erased: [],
  remaining: [],
  datasets: [],
  inTraining: [],
  trainedOn: [],
  undetermined: [],
}
/** Data sets that are named in a result. */
const DATASETS_MAX = 10_000
const WORKER: Caller = { actor: 'worker/erasures', address: null, requestId: null }

export class Erasures {
  private readonly parts: ErasuresParts
  private readonly queue = new PQueue({ concurrency: 1 })
  private readonly stop = new AbortController()
  /** Those of this worker that have no end yet. */
  private readonly active = new Set<number>()
  /** What was asked with an Idempotency-Key, by a digest with a key that nobody outside of this process has. */
  private readonly keys = new LRUCache<string, { readonly digest: string; readonly erasureId: Promise<number> }>({
    max: KEYS_MAX,
  })
  private readonly secret = randomBytes(32)

  constructor(parts: ErasuresParts) {
    this.parts = parts
  }

  /**
   * Begins an erasure; its end stands in its row. Throws ServiceError NOT_SET_UP, OVERLOADED, SHUTTING_DOWN and
   * IDEMPOTENCY_KEY_REUSED, and what the database throws; then nothing is begun.
   */
  async begin(wish: ErasureWish, caller: Caller): Promise<ErasureRow> {
    await this.parts.ownSchema.require()
    const { idempotencyKey, column, value, note } = wish
    if (idempotencyKey === undefined) return this.require(await this.make(wish, caller))
    const digest = createHmac('sha256', this.secret)
      .update(JSON.stringify([column, value, note]))
      .digest('hex')
    const before = this.keys.get(idempotencyKey)
    if (before !== undefined && before.digest !== digest) {
      const detail = `Idempotency-Key ${JSON.stringify(idempotencyKey)} was used for erasure ${await before.erasureId}, with another body`
      throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
    }
    if (before !== undefined) return this.require(await before.erasureId)
    const erasureId = this.make(wish, caller)
    this.keys.set(idempotencyKey, { digest, erasureId })
    erasureId.catch(() => this.keys.delete(idempotencyKey))
    return this.require(await erasureId)
  }

  /** Throws ServiceError ERASURE_UNKNOWN. */
  async require(erasureId: number): Promise<ErasureRow> {
    const row = await findErasure(this.parts.ownSchema.pool, erasureId)
    if (row === undefined) throw new ServiceError('ERASURE_UNKNOWN', `there is no erasure ${erasureId}`)
    return row
  }

  list(limit: number, before?: number): Promise<ErasureRow[]> {
    return listErasures(this.parts.ownSchema.pool, limit, before)
  }

  /**
   * Marks what no worker is at as interrupted: the value was in the memory of a process that is gone. Does nothing
   * without the schema.
   */
  async sweep(): Promise<void> {
    const { ownSchema, locks } = this.parts
    if (!(await ownSchema.isUsable())) return
    for (const { erasureId, column } of await listRunningErasures(ownSchema.pool)) {
      if (this.active.has(erasureId) || !(await locks.tryLock(erasureId))) continue
      if (this.active.has(erasureId)) continue
      try {
        await this.end(erasureId, column, NOTHING, 'interrupted', INTERRUPTED)
      } finally {
        await locks.unlock(erasureId)
      }
    }
  }

  /** Ends what runs and what waits as interrupted. Resolves when nothing runs. */
  async close(): Promise<void> {
    this.stop.abort(new Error('the worker is stopped'))
    await this.queue.onIdle()
  }

  private async make({ column, value, note }: ErasureWish, caller: Caller): Promise<number> {
    const { ownSchema, audit, locks } = this.parts
    if (this.stop.signal.aborted) {
      throw new ServiceError('SHUTTING_DOWN', 'the worker is shutting down', { retryAfterSeconds: 5 })
    }
    if (this.active.size >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${this.active.size} erasures are waiting`, { retryAfterSeconds: 30 })
    }
    let made: number | undefined
    try {
      const erasureId = await inTransaction(ownSchema.pool, async (tx) => {
        const row = { column, note, requestedAt: new Date(), requestedBy: caller.actor }
        made = await insertErasure(tx, row)
        this.active.add(made)
        // Before anybody can see the row.
        if (!(await locks.tryLock(made))) throw new Error(`another session holds the lock of erasure ${made}`)
        await audit.append(tx, { caller, action: 'erasure.create', resource: `erasure/${made}`, details: { column } })
        return made
      })
      void this.queue.add(() => this.run(erasureId, { column, value }))
      return erasureId
    } catch (error) {
      if (made !== undefined) {
        this.active.delete(made)
        await locks.unlock(made)
      }
      throw error
    }
  }

  /** Throws nothing. */
  private async run(erasureId: number, sought: SoughtValue): Promise<void> {
    const { locks, retry, log } = this.parts
    const { signal } = this.stop
    const { result, reasons } = await this.eraseAll(sought, signal, erasureId)
    const state = signal.aborted ? 'interrupted' : reasons.length > 0 ? 'failed' : 'done'
    const reason = state === 'interrupted' ? INTERRUPTED : reasons.length > 0 ? reasons.join('; ') : null
    try {
      await retry.untilAvailable(() => this.end(erasureId, sought.column, result, state, reason))
    } catch (error) {
      log.error({ err: error, erasureId }, 'the end of an erasure could not be written')
    }
    this.active.delete(erasureId)
    await locks.unlock(erasureId)
  }

  private async eraseAll(
    sought: SoughtValue,
    signal: AbortSignal,
    erasureId: number,
  ): Promise<{ readonly result: ErasureResult; readonly reasons: readonly string[] }> {
    const { erasers, findTrained, log } = this.parts
    const reasons: string[] = []
    const erased: ErasedCount[] = []
    const remaining: ErasureResult['remaining'][number][] = []
    const datasets: ErasureResult['datasets'][number][] = []
    const inTraining = new Set<number>()
    const learnt = new Set<number>()
    let trained: TrainedRuns = { trainedOn: [], undetermined: [] }
    const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
      if (signal.aborted) return
      try {
        await work()
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error, erasureId, room: name }, 'a part of an erasure failed')
        reasons.push(`${name}: ${reasonOf(error)}`)
      }
    }
    for (const eraser of erasers.all) {
      const { name: room } = eraser
      await attempt(room, async () => {
        const done = await eraser.erase(sought, signal)
        for (const [what, count] of Object.entries(done.erased)) if (count > 0) erased.push({ room, what, count })
        for (const runId of done.inTraining ?? []) inTraining.add(runId)
        for (const runId of done.learnt ?? []) learnt.add(runId)
        datasets.push(...(done.datasets ?? []))
        if (done.failure !== undefined) reasons.push(`${room}: ${done.failure}`)
        remaining.push(...(done.remaining ?? []).map((each) => ({ room, ...each })))
      })
    }
    // Last: what was in training may have ended meanwhile.
    await attempt('results', async () => {
      trained = await findTrained(sought, learnt, signal)
    })
    const known = new Set(trained.trainedOn)
    const stillIn = [...inTraining].filter((runId) => !known.has(runId))
    const named = datasets.slice(0, DATASETS_MAX)
    return { result: { erased, remaining, datasets: named, inTraining: stillIn, ...trained }, reasons }
  }

  private async end(
    erasureId: number,
    column: string,
    result: ErasureResult,
    state: ErasureState,
    reason: string | null,
  ): Promise<void> {
    const { ownSchema, audit } = this.parts
    await inTransaction(ownSchema.pool, async (tx) => {
      if (!(await endErasure(tx, erasureId, { ...result, state, endedAt: new Date(), reason }))) return
      const { erased, datasets, inTraining, trainedOn, undetermined } = result
      const counts = { in_training: inTraining.length, trained_on: trainedOn.length, undetermined: undetermined.length }
      const details = { column, state, erased, datasets: datasets.length, ...counts }
      await audit.append(tx, { caller: WORKER, action: 'erasure.end', resource: `erasure/${erasureId}`, details })
    })
  }
}

const INTERRUPTED = 'its worker stopped; the value was kept nowhere: ask again'

/** Without the words of an error that nobody foresaw: they might quote the value. */
function reasonOf(error: unknown): string {
  if (error instanceof ServiceError) return error.message
  if (isDatabaseUnavailable(error)) return 'the database did not answer; ask again'
  const { name = 'Error', code } = (error ?? {}) as { readonly name?: string; readonly code?: string }
  return `an unexpected error (${code ?? name}); the log of the worker has its place`
}

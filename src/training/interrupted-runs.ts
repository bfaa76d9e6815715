// Runs that say RUNNING and that nobody trains: their worker died and did not come back.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Locks } from '../database/lock-session.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { listRunning } from '../model-runs/runs-table.ts'
import { failed } from '../spool/training-outcome.ts'
import type { RunEnds } from './run-ends.ts'

export interface InterruptedRunsParts {
  readonly pool: pg.Pool
  readonly locks: Locks
  /** True for runs that this worker has accepted: they have their turn in its queue. */
  readonly isAccepted: (runId: number) => boolean
  /** How long a run may be RUNNING without an owner, for its own worker to come back to it. */
  readonly graceMs: number
  readonly ends: RunEnds
  readonly log: Logger
}

const SWEEP_INTERVAL_MS = 2_000

export class InterruptedRuns {
  private readonly parts: InterruptedRunsParts
  /** When each run was first seen without an owner, in ms of the monotonic clock. */
  private readonly unheldSince = new Map<number, number>()
  private timer: NodeJS.Timeout | undefined
  private sweeping: Promise<void> = Promise.resolve()

  constructor(parts: InterruptedRunsParts) {
    this.parts = parts
  }

  /** Looks now and at intervals until it is closed. */
  start(): void {
    const look = (): void => {
      this.sweeping = this.sweep().catch((error) => {
        if (!isDatabaseUnavailable(error))
          this.parts.log.error({ err: error }, 'interrupted runs could not be looked for')
      })
      void this.sweeping.then(() => {
        if (this.timer !== undefined) this.timer = setTimeout(look, SWEEP_INTERVAL_MS)
      })
    }
    this.timer = setTimeout(look, 0)
  }

  async close(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    await this.sweeping
  }

  /** Ends every run as FAILED that is RUNNING, not ours, and has been without an owner for longer than the grace. */
  async sweep(now = performance.now()): Promise<void> {
    const { pool, locks, isAccepted, graceMs, ends, log } = this.parts
    const running = (await listRunning(pool)).filter(({ id }) => !isAccepted(id))
    const ids = new Set(running.map(({ id }) => id))
    for (const known of this.unheldSince.keys()) if (!ids.has(known)) this.unheldSince.delete(known)
    for (const { id: runId, modelName } of running) {
      if (!(await locks.tryLock(runId))) {
        this.unheldSince.delete(runId)
        continue
      }
      // Accepted meanwhile: then the lock is that of its training.
      if (isAccepted(runId)) continue
      try {
        const since = this.unheldSince.get(runId) ?? now
        this.unheldSince.set(runId, since)
        if (now - since < graceMs) continue
        const seconds = Math.round(graceMs / 1000)
        const message = `no worker held the run for ${seconds} s; the one that trained it went away`
        const ending = { runId, modelName, log: log.child({ runId, model: modelName }) }
        await ends.write(ending, failed('interrupted', message))
      } finally {
        if (!isAccepted(runId)) await locks.unlock(runId)
      }
    }
  }
}

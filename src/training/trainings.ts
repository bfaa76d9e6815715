// The trainings of this worker from when they are accepted: queued, conducted one at a time, cancelled, taken up again.
import { setTimeout as pause } from 'node:timers/promises'
import PQueue from 'p-queue'
import { ServiceError } from '../errors.ts'
import { checkRun } from '../model-runs/check-run.ts'
import { findRun } from '../model-runs/runs-table.ts'
import { readSpool } from '../spool/spool-contents.ts'
import { type AcceptedRun, acceptedAt, runIdInName, type SpoolEntry, type SpoolFileError } from '../spool/spool-file.ts'
import { failed, failedHere, type TrainingFailure, type TrainingOutcome } from '../spool/training-outcome.ts'
import { type AcceptedState, acceptedState } from './accepted-run.ts'
import { type ConductParts, type ConductResult, conductRun, traceOf } from './conduct.ts'

/** How long a run that cannot have its end here is left alone before it is looked at again. */
const LATER_WAIT_MS = 2_000
/** How long a cancelling call waits for the end to be written. */
const CANCEL_WAIT_MS = 10_000

export class Trainings {
  private readonly parts: ConductParts
  private readonly queue = new PQueue({ concurrency: 1 })
  /** Every run that was accepted and has no end yet. */
  private readonly accepted = new Map<number, AcceptedState>()
  /** Those of them that wait for their turn, in its order. */
  private readonly waiting = new Set<number>()
  private readonly fromBefore: SpoolEntry[] = []
  private readonly damaged: SpoolFileError[] = []
  private conducting: number | undefined
  /** Those that are conducted, or have their turn as soon as nobody is at their files. */
  private readonly begun = new Set<number>()
  /** What is done to the files of runs that are not: their turn waits for it. */
  private readonly atFiles = new Map<number, Promise<unknown>>()
  private isClosed = false

  constructor(parts: ConductParts) {
    this.parts = parts
  }

  /** Runs that wait or are in work. */
  get length(): number {
    return this.accepted.size
  }

  /** Seconds since the oldest of them came; 0 when there is none. */
  get ageSeconds(): number {
    let since = Number.POSITIVE_INFINITY
    for (const state of this.accepted.values()) since = Math.min(since, state.since)
    return since === Number.POSITIVE_INFINITY ? 0 : (Date.now() - since) / 1000
  }

  /** The runs that wait, by their places: 1 is the next to be trained. O(runs). */
  get positions(): ReadonlyMap<number, number> {
    return new Map([...this.waiting].map((runId, i) => [runId, i + 1]))
  }

  /** The place of a run that waits, as in `positions`. */
  positionOf(runId: number): number | undefined {
    if (!this.waiting.has(runId)) return undefined
    let position = 1
    for (const before of this.waiting) {
      if (before === runId) break
      position += 1
    }
    return position
  }

  isAccepted(runId: number): boolean {
    return this.accepted.has(runId)
  }

  /** The digest of an accepted run's request, or undefined. */
  digestOf(runId: number): Promise<string> | undefined {
    return this.accepted.get(runId)?.digest
  }

  refuseWhenClosed(): void {
    if (this.isClosed) throw new ServiceError('SHUTTING_DOWN', 'the worker is shutting down', { retryAfterSeconds: 5 })
  }

  /**
   * Counts a run as accepted while its work is being spooled, and queues it then. Throws when that fails: it is
   * forgotten.
   */
  async add(runId: number, spooled: Promise<SpoolEntry>): Promise<void> {
    // A second request that comes meanwhile waits for the outcome of this one.
    const state = acceptedState(spooled.then((entry) => entry.run.digest))
    this.accepted.set(runId, state)
    try {
      this.enqueue(await spooled)
    } catch (error) {
      if (this.accepted.get(runId) === state) this.accepted.delete(runId)
      throw error
    }
  }

  /**
   * Ends a waiting or running training as FAILED with error_code "cancelled", and resolves when that is written.
   * Throws ServiceError when the run is unknown, finished, or not in this worker, and DATABASE_UNAVAILABLE when the
   * end cannot be written for so long: the training is over all the same.
   */
  async cancel(runId: number): Promise<void> {
    const state = this.accepted.get(runId)
    if (state !== undefined) {
      this.stop(runId, state, failed('cancelled', 'cancelled by a caller'))
      const hasLeft = await Promise.race([state.left.then(() => true), pause(CANCEL_WAIT_MS, false, { ref: false })])
      if (!hasLeft && !state.isElsewhere) {
        const end = isCancelled(state.end ?? state.cancelled) ? 'is stopped; that it is cancelled' : 'is over; its end'
        const detail = `run ${runId} ${end} is written when the database answers`
        throw new ServiceError('DATABASE_UNAVAILABLE', detail, { retryAfterSeconds: 5 })
      }
    }
    const run = await findRun(this.parts.pool, runId)
    if (isCancelled(state?.end) && run?.status === 'FAILED') return
    checkRun(run, runId)
    throw new ServiceError('RUN_HELD_ELSEWHERE', `run ${runId} is ${run?.status}, and was not accepted by this worker`)
  }

  /** Ends an accepted run as that failure, when a caller has been told that it was not accepted. */
  withdraw(runId: number, failure: TrainingFailure): void {
    const state = this.accepted.get(runId)
    if (state !== undefined) this.stop(runId, state, failure)
  }

  /** Does nothing when its end is decided. */
  private stop(runId: number, state: AcceptedState, failure: TrainingFailure): void {
    if (state.end !== undefined) return
    state.cancelled = failure
    if (this.conducting === runId) this.parts.trainer.abort(failure)
    else state.leaveQueue.abort()
  }

  /**
   * Does `work` on the file of an accepted run, whose turn does not come meanwhile. Undefined, without having done it, of a
   * run whose turn has come. One at a time.
   */
  async atFile<T>(runId: number, work: () => Promise<T>): Promise<T | undefined> {
    if (this.begun.has(runId)) return undefined
    const done = work()
    this.atFiles.set(runId, done)
    try {
      return await done
    } finally {
      this.atFiles.delete(runId)
    }
  }

  /** Another worker holds the run now: whatever comes of it here would not count. */
  giveUp(runId: number): void {
    if (this.conducting !== runId) return
    this.parts.trainer.abort(failed('interrupted', 'another worker has taken the run'))
  }

  /** Reads what the spool holds from before, and gives it. Needs no database; to be called before requests are taken. */
  async load(): Promise<readonly AcceptedRun[]> {
    const { entries, damaged } = await readSpool(this.parts.spool)
    this.fromBefore.push(...entries)
    this.damaged.push(...damaged)
    for (const { run } of entries) this.accepted.set(run.runId, acceptedState(Promise.resolve(run.digest)))
    return entries.map(({ run }) => run)
  }

  /** Queues what load() found, in its order, and ends the runs whose files are damaged. Waits for the database. */
  async recover(): Promise<void> {
    const { locks, retry, log } = this.parts
    for (const entry of this.fromBefore.splice(0)) {
      const { runId, modelName } = entry.run
      // At once, so that no other worker takes the run for abandoned while it waits for its turn.
      await retry.untilAvailable(() => locks.tryLock(runId))
      log.info({ runId, model: modelName }, 'a training from before the start is queued again')
      this.enqueue(entry)
    }
    for (const error of this.damaged.splice(0)) {
      log.error({ err: error, path: error.path }, 'a spool file cannot be read')
      await this.endDamaged(error).catch((reason) =>
        log.fatal({ err: reason, path: error.path }, 'a damaged spool file is left for the next start'),
      )
    }
  }

  private async endDamaged(error: SpoolFileError): Promise<void> {
    const runId = runIdInName(error.path)
    if (runId !== undefined && !this.accepted.has(runId)) {
      if ((await this.fail(runId, undefined, failed('spool_damaged', error.message))) === 'kept') return
    }
    await this.parts.spool.setAside(error.path)
  }

  /**
   * No more work is accepted or begun; what waits stays in the spool. The running training has `graceMs` to end and
   * stays in the spool otherwise. Resolves when nothing runs.
   */
  async close(graceMs: number): Promise<void> {
    this.isClosed = true
    this.queue.pause()
    this.queue.clear()
    let timer: NodeJS.Timeout | undefined
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs)
    })
    await Promise.race([this.queue.onPendingZero(), grace])
    clearTimeout(timer)
    this.parts.retry.end()
    this.parts.trainer.close()
    await this.queue.onPendingZero()
    for (const state of this.accepted.values()) state.leave()
  }

  private enqueue(entry: SpoolEntry): void {
    const { run } = entry
    const { runId } = run
    const { signal } = (this.accepted.get(runId) as AcceptedState).leaveQueue
    this.waiting.add(runId)
    this.parts.events.emit({ type: 'queued', run, acceptedAt: acceptedAt(entry.path) })
    const { size: position } = this.waiting
    this.parts.log.debug({ runId, model: run.modelName, ...traceOf(run), position }, 'a training is queued')
    this.queue
      .add(() => this.conduct(entry), { signal })
      .catch((error) => {
        // Cancelled while it waited: its end needs no turn.
        if (signal.aborted && this.conducting !== runId) void this.conduct(entry)
        else this.parts.log.fatal({ err: error, runId }, 'a training could not be conducted; it stays in the spool')
      })
  }

  private async conduct(entry: SpoolEntry): Promise<void> {
    const { runId } = entry.run
    const state = this.accepted.get(runId)
    if (state === undefined) return
    this.waiting.delete(runId)
    const isTurn = state.cancelled === undefined
    if (isTurn) this.conducting = runId
    this.begun.add(runId)
    await this.atFiles.get(runId)?.catch(() => {})
    const result = await conductRun(this.parts, entry, state).catch((error) => this.breakOff(entry, state, error))
    if (isTurn) this.conducting = undefined
    this.begun.delete(runId)
    this.parts.events.emit({ type: 'left', runId })
    state.isElsewhere = result === 'elsewhere'
    if (result !== 'ended') state.end = undefined
    if ((result === 'elsewhere' || result === 'refused') && !this.isClosed) {
      void this.parts.retry.wait(LATER_WAIT_MS).then(() => {
        if (!this.isClosed) this.enqueue(entry)
      })
      return
    }
    this.accepted.delete(runId)
    state.leave()
  }

  /** What nobody foresaw ends the run as FAILED. When the database refuses even that, it is tried again later. */
  private async breakOff(entry: SpoolEntry, state: AcceptedState, error: unknown): Promise<ConductResult | 'refused'> {
    const { log, spool } = this.parts
    const { runId, modelName } = entry.run
    log.fatal({ err: error, runId }, 'a training ended in an unexpected error of the worker')
    try {
      state.end = failedHere(error)
      const result = await this.fail(runId, modelName, state.end)
      if (result === 'ended') await spool.remove(entry.path)
      return result
    } catch (reason) {
      log.fatal({ err: reason, runId }, 'its end cannot be written; that is tried again')
      return 'refused'
    }
  }

  /** Ends a run as FAILED outside of its turn, when it can be had. Throws when the database refuses. */
  private async fail(runId: number, modelName: string | undefined, outcome: TrainingFailure): Promise<ConductResult> {
    const { locks, retry, ends } = this.parts
    const log = this.parts.log.child({ runId, model: modelName })
    const result = await retry.untilAvailable(async (): Promise<ConductResult> => {
      if (!(await locks.tryLock(runId))) return 'elsewhere'
      const written = await ends.writeUntilAnswered({ runId, modelName, log }, outcome, retry)
      if (written === undefined) return 'kept'
      await locks.unlock(runId)
      return written === 'not held' ? 'elsewhere' : 'ended'
    })
    return result ?? 'kept'
  }
}

function isCancelled(end: TrainingOutcome | undefined): boolean {
  return end?.type === 'failed' && end.code === 'cancelled'
}

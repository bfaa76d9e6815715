// The end of a run: written in one transaction, and told as it was written.
import { stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Locks } from '../database/lock-session.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import {
  type ArtifactFile,
  completeRun,
  failRun,
  findRun,
  insertMetrics,
  insertRun,
  notifyEnd,
  startRun,
} from '../model-runs/runs-table.ts'
import { RESULT_BYTES_MAX } from '../model-runs/transfer-time.ts'
import type { Retry } from '../retry.ts'
import { artifactPath } from '../spool/attempt-files.ts'
import {
  type FailureCode,
  failed,
  type TrainingFailure,
  type TrainingOutcome,
  UNEXPECTED,
} from '../spool/training-outcome.ts'
import { placesOf } from '../stack-places.ts'
import type { TrainingEvents } from './training-events.ts'

export interface RunEndsParts {
  readonly locks: Locks
  readonly pool: Queryable
  readonly events: TrainingEvents
  /** On which the database tells of each end; empty for none. */
  readonly notifyChannel: string
}

/** A run whose end is written. */
export interface EndingRun {
  readonly runId: number
  /** Not known of a damaged spool file. */
  readonly modelName: string | undefined
  /** Its spool file, beside which the artifact of a training lies; absent where there can be none. */
  readonly path?: string
  /** Its row is made in the same transaction, for this model: nobody sees it before its end. */
  readonly madeFor?: string
  /** With the run's own words in each line. */
  readonly log: Logger
}

/**
 * Writes what another room needs in the transaction that ends a run, so that both stand there or neither does. Throws only
 * what the line throws: an end is never held up by what goes with it.
 */
export type WriteWithEnd = (tx: Transaction, run: Pick<EndingRun, 'runId' | 'modelName'>) => Promise<void>

/** "written" now, "over" when the run had its end already, "not held" when it is not ours to end. */
export type EndResult = 'written' | 'over' | 'not held'

/**
 * The one door by which a run ends. It writes the end in one transaction, of the session that holds the run, and then
 * tells what it wrote: the log, and by the events the figures, the record and the spans.
 */
export class RunEnds {
  private readonly locks: Locks
  private readonly pool: Queryable
  private readonly events: TrainingEvents
  private readonly notifyChannel: string
  private readonly writers: WriteWithEnd[] = []

  constructor({ locks, pool, events, notifyChannel }: RunEndsParts) {
    this.locks = locks
    this.pool = pool
    this.events = events
    this.notifyChannel = notifyChannel
  }

  /** With each end `write` is written from now on. */
  writeWith(write: WriteWithEnd): void {
    this.writers.push(write)
  }

  /** Throws when the database does not answer: then the end may be written or not, and nothing is told. */
  async write(run: EndingRun, outcome: TrainingOutcome): Promise<EndResult> {
    return this.told(run, outcome, await this.transact(run, outcome))
  }

  /**
   * The same, again and again until the database answers; undefined when the worker stops before. Where an answer got
   * lost and the end is there at the next look, it was ours: nobody else could write while the run was held.
   */
  async writeUntilAnswered(run: EndingRun, outcome: TrainingOutcome, retry: Retry): Promise<EndResult | undefined> {
    const { runId } = run
    const status = outcome.type === 'trained' ? 'SUCCESS' : 'FAILED'
    let isUnanswered = false
    const result = await retry.untilAvailable(async () => {
      try {
        const written = await this.transact(run, outcome)
        if (written !== 'over' || !isUnanswered) return written
        const found = await this.locks.transaction(runId, (tx) => findRun(tx, runId))
        return found?.status === status ? 'written' : written
      } catch (error) {
        isUnanswered = true
        throw error
      }
    })
    return result === undefined ? undefined : this.told(run, outcome, result)
  }

  /**
   * Somebody else has changed the run: its row stays as it is, and the log and the run's own say what is lost. outcome:
   * of its training, where that was begun.
   */
  async tellDropped(ending: EndingRun, outcome?: TrainingOutcome['type']): Promise<void> {
    const { runId, log } = ending
    await this.locks.transaction(runId, (tx) => this.writeOthers(tx, ending)).catch(() => {})
    const run = await findRun(this.pool, runId).catch(() => undefined)
    const status = run?.status ?? null
    this.events.emit({
      type: 'dropped',
      runId,
      at: Date.now(),
      status,
      ...(outcome === undefined ? {} : { outcome }),
    })
    log.warn({ status, outcome }, 'the status of the run was changed from elsewhere; its training is dropped')
  }

  private told({ runId, modelName, log }: EndingRun, outcome: TrainingOutcome, result: EndResult): EndResult {
    if (result !== 'written') return result
    logEnd(log, outcome)
    this.events.emit({ type: 'ended', runId, modelName, at: Date.now(), outcome })
    return result
  }

  private async writeOthers(tx: Transaction, run: EndingRun): Promise<void> {
    for (const write of this.writers) await write(tx, run)
  }

  private async transact(run: EndingRun, outcome: TrainingOutcome): Promise<EndResult> {
    const { runId, path, madeFor } = run
    const artifact = outcome.type === 'trained' ? await artifactFileOf(path, outcome.attempt) : undefined
    const isEnded = await this.locks.transaction(runId, async (tx) => {
      if (madeFor !== undefined) {
        await insertRun(tx, runId, madeFor)
        await startRun(tx, runId)
      }
      const isOurs = artifact === undefined ? await failRun(tx, runId) : await completeRun(tx, runId, artifact)
      if (!isOurs) return false
      await insertMetrics(tx, runId, metricsOf(outcome))
      await this.writeOthers(tx, run)
      await notifyEnd(tx, this.notifyChannel, noticeOf(runId, outcome))
      return true
    })
    if (isEnded === undefined) return 'not held'
    return isEnded ? 'written' : 'over'
  }
}

async function artifactFileOf(path: string | undefined, attempt: number): Promise<ArtifactFile> {
  if (path === undefined) throw new Error('a training that succeeded has no spool file')
  const file = artifactPath(path, attempt)
  return { path: file, byteLength: (await stat(file)).size }
}

function metricsOf(outcome: TrainingOutcome): (readonly [name: string, value: string])[] {
  if (outcome.type === 'trained') return Object.entries(outcome.metrics).map(([name, value]) => [name, String(value)])
  return [
    ['error_code', outcome.code],
    ['error_message', outcome.message],
  ]
}

function noticeOf(runId: number, outcome: TrainingOutcome): Readonly<Record<string, unknown>> {
  if (outcome.type === 'trained') return { model_run_id: runId, status: 'SUCCESS' }
  return { model_run_id: runId, status: 'FAILED', error_code: outcome.code }
}

function logEnd(log: Logger, outcome: TrainingOutcome): void {
  if (outcome.type === 'trained') log.info({ durationMs: Math.round(outcome.durationMs) }, 'training succeeded')
  else if (outcome.code === 'cancelled') log.info('training was cancelled')
  else log.error({ errorCode: outcome.code, ...explainedWithoutData(outcome) }, 'training failed')
}

/** The outcome, or what ends the run where the database cannot take its artifact. */
export async function storableOf(
  path: string,
  outcome: TrainingOutcome,
  loadableMax: number,
): Promise<TrainingOutcome> {
  if (outcome.type === 'failed') return outcome
  const { size } = await stat(artifactPath(path, outcome.attempt))
  if (size > RESULT_BYTES_MAX) {
    const figures = `${size} bytes, and the database takes ${RESULT_BYTES_MAX}`
    return failed('artifact_too_large', `the fitted pipeline has ${figures}`)
  }
  if (size > loadableMax) {
    const figures = `${size} bytes, and with MEMORY_BUDGET_MB ${loadableMax} can be loaded to predict`
    return failed('artifact_too_large', `the fitted pipeline has ${figures}`)
  }
  return outcome
}

/** Failures that the model class, or what it was given, has words about: these may quote values out of the rows. */
const QUOTING: ReadonlySet<FailureCode> = new Set([
  'data_unusable',
  'disk_full',
  'model_failed',
  'parameters_invalid',
  'worker_failed',
])

/** The words of an exception stand in the run's metrics and its own log only. */
function explainedWithoutData({ code, message, stack }: TrainingFailure): { errorMessage: string } | { stack: string } {
  if (!QUOTING.has(code)) return { errorMessage: message }
  return { stack: placesOf(stack, message.replace(UNEXPECTED, '')) }
}

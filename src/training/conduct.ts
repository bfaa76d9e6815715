// One accepted run from its turn in the queue to its end in the database.
import { stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { LockSession } from '../database/lock-session.ts'
import type { Retry } from '../database/retry.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { AcceptedState } from './accepted-run.ts'
import { artifactPath, readAttempts, readOutcome, writeAttempts, writeOutcome } from './attempt-files.ts'
import { failed, type TrainingFailure, type TrainingOutcome } from './messages.ts'
import { completeRun, failRun, findRun, insertMetrics, notifyEnd, startRun } from './runs-table.ts'
import type { Spool } from './spool.ts'
import type { AcceptedRun, SpoolEntry } from './spool-file.ts'
import type { Trainer } from './trainer.ts'
import type { TrainingObserver } from './training-observer.ts'

export interface ConductParts {
  readonly locks: LockSession
  readonly registry: ModelRegistry
  readonly spool: Spool
  readonly trainer: Trainer
  readonly retry: Retry
  readonly observer: TrainingObserver
  /** On which the database tells of each end; empty for none. */
  readonly notifyChannel: string
  /** Bytes of an artifact that can be loaded to predict. */
  readonly artifactBytesMax: number
  readonly log: Logger
}

/** How often a training is begun at the most: one that kills its worker must not do so for ever. */
const ATTEMPTS_MAX = 3
/** What PostgreSQL takes as one value, with what goes around it: its messages end at 2^30 bytes. */
const ARTIFACT_BYTES_MAX = 2 ** 30 - 2 ** 16

/**
 * "ended": the run has its end and the spool lets it go. "kept": the worker stops, and it stays in the spool for the
 * next start. "elsewhere": another worker holds the run; it must be looked at again later.
 */
export type ConductResult = 'ended' | 'kept' | 'elsewhere'

/** What others say and ask of a run while it is conducted. */
export type ConductState = Pick<AcceptedState, 'cancelled' | 'end'>

/**
 * Never throws on what the model class or its process do, nor when the database is away. Begins no training that is
 * cancelled. The end is decided once, as `state.end`, before it is written: whoever cancels after that comes too late.
 */
export async function conductRun(
  parts: ConductParts,
  { path, run }: SpoolEntry,
  state: ConductState,
): Promise<ConductResult> {
  const { locks, spool, retry } = parts
  const { runId } = run
  const log = parts.log.child({ runId, model: run.modelName, ...traceOf(run) })
  const start = await retry.untilAvailable(async () => {
    if (!(await locks.tryLock(runId))) return 'elsewhere'
    const isStarted = await locks.transaction(runId, (tx) => startRun(tx, runId))
    return isStarted === undefined ? 'elsewhere' : isStarted ? 'ours' : 'over'
  })
  if (start === undefined) return 'kept'
  if (start === 'elsewhere') {
    log.debug('another worker holds the run; it is looked at again later')
    return 'elsewhere'
  }
  if (start === 'over') {
    log.warn('the run is gone or finished; its training is dropped')
  } else {
    const outcome = state.cancelled ?? (await outcomeOf(parts, { path, run }, state, log))
    if (outcome === undefined) {
      log.warn('the training was interrupted by the stop of the worker; it stays in the spool')
      return 'kept'
    }
    const storable = await storableOf(path, outcome, parts.artifactBytesMax)
    const end = state.cancelled ?? storable
    state.end = end
    const written = await writeEnd(parts, runId, path, end)
    if (written === undefined) return 'kept'
    if (written === 'not held') return 'elsewhere'
    logEnd(log, end, written)
    if (written === 'written') {
      const { modelName } = run
      parts.observer.observe({ type: 'ended', runId, modelName, at: Date.now(), outcome: end })
    }
    if (end.type === 'failed' && end.code === 'spool_damaged') await spool.setAside(path)
  }
  await spool.remove(path)
  await locks.unlock(runId)
  return 'ended'
}

/** The trace of a run and what its caller calls it, for the log. */
export function traceOf({ traceparent, correlationId }: AcceptedRun): {
  readonly traceId?: string
  readonly correlationId?: string
} {
  const traceId = traceparent?.split('-')[1]
  return { ...(traceId === undefined ? {} : { traceId }), ...(correlationId === undefined ? {} : { correlationId }) }
}

/** The outcome that was left before, or that of an attempt now. Undefined when the worker stops meanwhile. */
async function outcomeOf(
  parts: ConductParts,
  { path, run }: SpoolEntry,
  state: ConductState,
  log: Logger,
): Promise<TrainingOutcome | undefined> {
  const before = await readOutcome(path)
  if (before !== undefined) {
    log.debug('the training had ended before the start; its outcome is written')
    return before
  }
  const found = parts.registry.find(run.modelName)
  if (found === undefined) return failed('model_unavailable', `no class has the name "${run.modelName}" any more`)
  const attempts = await readAttempts(path)
  if (attempts >= ATTEMPTS_MAX) {
    return failed('interrupted_repeatedly', `the worker was cut off in this training ${attempts} times`)
  }
  const attempt = attempts + 1
  await writeAttempts(path, attempt)
  // The last look before there is a process that cancelling ends.
  if (state.cancelled !== undefined) return state.cancelled
  log.info({ attempt }, 'training begins')
  const { runId } = run
  const { observer } = parts
  observer.observe({ type: 'begun', run, at: Date.now(), attempt })
  const job = { spoolPath: path, module: found.module, attempt }
  const end = await parts.trainer.train(job, {
    progressed({ at, phase, step, done, of }) {
      log.debug({ phase, step, done, of }, 'training goes on')
      observer.observe({ type: 'progressed', runId, at, progress: { phase, step, done, of } })
    },
    printed: (source, line) => observer.observe({ type: 'printed', runId, at: Date.now(), source, line }),
  })
  observer.observe({ type: 'stopped', runId, at: Date.now() })
  // What was written before the process was gone counts, however it went.
  const outcome = await readOutcome(path)
  if (outcome !== undefined) return outcome
  if (end.type === 'interrupted') {
    // A stop in good order is not the training's fault.
    await writeAttempts(path, attempts)
    return undefined
  }
  const failure =
    end.type === 'failed' ? end : failed('trainer_died', 'its process said that it had ended, and left no outcome')
  // It goes into the database all the same: a full disk may be why the training failed.
  await writeOutcome(path, failure).catch((error) =>
    log.warn({ err: error }, 'the outcome could not be written to disk'),
  )
  return failure
}

/** What an end needs to be written. */
export type EndParts = Pick<ConductParts, 'locks' | 'notifyChannel'>

/** "written" now, "over" when the run had its end already, "not held" when it is not ours to end. */
type EndResult = 'written' | 'over' | 'not held'

/** The outcome, or what ends the run where the database cannot take its artifact. */
async function storableOf(path: string, outcome: TrainingOutcome, loadableMax: number): Promise<TrainingOutcome> {
  if (outcome.type === 'failed') return outcome
  const { size } = await stat(artifactPath(path, outcome.attempt))
  if (size > ARTIFACT_BYTES_MAX) {
    const figures = `${size} bytes, and the database takes ${ARTIFACT_BYTES_MAX}`
    return failed('artifact_too_large', `the fitted pipeline has ${figures}`)
  }
  if (size > loadableMax) {
    const figures = `${size} bytes, and with MEMORY_BUDGET_MB ${loadableMax} can be loaded to predict`
    return failed('artifact_too_large', `the fitted pipeline has ${figures}`)
  }
  return outcome
}

/**
 * Writes the end of a run, again and again until the database answers; undefined when the worker stops before. Where an
 * answer got lost and the end is there at the next look, it was ours: nobody else could write while the run was held.
 */
export async function writeEnd(
  parts: Pick<ConductParts, 'locks' | 'retry' | 'notifyChannel'>,
  runId: number,
  path: string,
  outcome: TrainingOutcome,
): Promise<EndResult | undefined> {
  const status = outcome.type === 'trained' ? 'SUCCESS' : 'FAILED'
  let isUnanswered = false
  const { locks, retry } = parts
  return retry.untilAvailable(async () => {
    try {
      const result = await endRun(parts, runId, path, outcome)
      if (result !== 'over' || !isUnanswered) return result
      const run = await locks.transaction(runId, (tx) => findRun(tx, runId))
      return run?.status === status ? 'written' : result
    } catch (error) {
      isUnanswered = true
      throw error
    }
  })
}

/** One transaction in the session that holds the run. */
async function endRun(parts: EndParts, runId: number, path: string, outcome: TrainingOutcome): Promise<EndResult> {
  if (outcome.type === 'failed') return writeFailure(parts, runId, outcome)
  const { locks, notifyChannel } = parts
  const artifact = artifactPath(path, outcome.attempt)
  const { size } = await stat(artifact)
  const metrics = Object.entries(outcome.metrics).map(([name, value]) => [name, String(value)] as const)
  const isEnded = await locks.transaction(runId, async (tx) => {
    if (!(await completeRun(tx, runId, { path: artifact, byteLength: size }))) return false
    await insertMetrics(tx, runId, metrics)
    await notifyEnd(tx, notifyChannel, { model_run_id: runId, status: 'SUCCESS' })
    return true
  })
  return endResultOf(isEnded)
}

/** Ends a run as FAILED with its reason, in the session that holds it. */
export async function writeFailure(
  { locks, notifyChannel }: EndParts,
  runId: number,
  { code, message }: TrainingFailure,
): Promise<EndResult> {
  const isEnded = await locks.transaction(runId, async (tx) => {
    if (!(await failRun(tx, runId))) return false
    await insertMetrics(tx, runId, [
      ['error_code', code],
      ['error_message', message],
    ])
    await notifyEnd(tx, notifyChannel, { model_run_id: runId, status: 'FAILED', error_code: code })
    return true
  })
  return endResultOf(isEnded)
}

function endResultOf(isEnded: boolean | undefined): EndResult {
  if (isEnded === undefined) return 'not held'
  return isEnded ? 'written' : 'over'
}

function logEnd(log: Logger, outcome: TrainingOutcome, end: EndResult): void {
  if (end === 'over') log.warn({ outcome: outcome.type }, 'the run had its end from elsewhere; the outcome is dropped')
  else if (outcome.type === 'trained') log.info({ durationMs: Math.round(outcome.durationMs) }, 'training succeeded')
  else if (outcome.code === 'cancelled') log.info('training was cancelled')
  else log.error({ errorCode: outcome.code, ...explainedWithoutData(outcome) }, 'training failed')
}

/** The words of an exception may quote values out of the rows: they stand in the run's metrics and its own log only. */
function explainedWithoutData({ message, stack }: TrainingFailure): { errorMessage: string } | { stack: string } {
  if (stack === undefined) return { errorMessage: message }
  return {
    stack: stack
      .split('\n')
      .filter((line) => /^ {4}at /.test(line))
      .join('\n'),
  }
}

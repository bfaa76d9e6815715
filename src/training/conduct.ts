// One accepted run from its turn in the queue to its end in the database.
import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { LockSession } from '../database/lock-session.ts'
import type { Retry } from '../database/retry.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { failed, type TrainingFailure, type TrainingOutcome } from './messages.ts'
import { completeRun, failRun, insertMetrics, startRun } from './runs-table.ts'
import {
  artifactPath,
  readAttempts,
  readOutcome,
  type Spool,
  type SpoolEntry,
  writeAttempts,
  writeOutcome,
} from './spool.ts'
import type { Trainer } from './trainer.ts'
import type { TrainingObserver } from './training-observer.ts'

export interface ConductParts {
  readonly locks: LockSession
  readonly registry: ModelRegistry
  readonly spool: Spool
  readonly trainer: Trainer
  readonly retry: Retry
  readonly observer: TrainingObserver
  readonly log: Logger
}

/** How often a training is begun at the most: one that kills its worker must not do so for ever. */
const ATTEMPTS_MAX = 3

/**
 * "ended": the run has its end and the spool lets it go. "kept": the worker stops, and it stays in the spool for the
 * next start. "elsewhere": another worker holds the run; it must be looked at again later.
 */
export type ConductResult = 'ended' | 'kept' | 'elsewhere'

/** Never throws on what the model class, its process or the database do. Begins no training when `isCancelled` says so. */
export async function conductRun(
  parts: ConductParts,
  { path, run }: SpoolEntry,
  isCancelled: () => TrainingFailure | undefined,
): Promise<ConductResult> {
  const { locks, spool, retry } = parts
  const { runId } = run
  const log = parts.log.child({ runId, model: run.modelName })
  const start = await retry.untilAvailable(async () => {
    if (!(await locks.tryLock(runId))) return 'elsewhere'
    const isStarted = await locks.transaction(runId, (tx) => startRun(tx, runId))
    return isStarted === undefined ? 'elsewhere' : isStarted ? 'ours' : 'over'
  })
  if (start === undefined) return 'kept'
  if (start === 'elsewhere') return 'elsewhere'
  if (start === 'over') {
    log.warn('the run is gone or finished; its training is dropped')
  } else {
    const outcome = isCancelled() ?? (await outcomeOf(parts, { path, run }, isCancelled, log))
    if (outcome === undefined) {
      log.warn('the training was interrupted by the stop of the worker; it stays in the spool')
      return 'kept'
    }
    const isEnded = await retry.untilAvailable(async () => endRun(locks, runId, path, isCancelled() ?? outcome))
    if (isEnded === undefined) return 'kept'
    const end = isCancelled() ?? outcome
    logEnd(log, end, isEnded)
    if (isEnded) parts.observer.ended(figuresOf(run.modelName, end))
    if (outcome.type === 'failed' && outcome.code === 'spool_damaged') await spool.setAside(path)
  }
  await spool.remove(path)
  await locks.unlock(runId)
  return 'ended'
}

/** The outcome that was left before, or that of an attempt now. Undefined when the worker stops meanwhile. */
async function outcomeOf(
  parts: ConductParts,
  { path, run }: SpoolEntry,
  isCancelled: () => TrainingFailure | undefined,
  log: Logger,
): Promise<TrainingOutcome | undefined> {
  const before = await readOutcome(path)
  if (before !== undefined) return before
  const found = parts.registry.find(run.modelName)
  if (found === undefined) return failed('model_unavailable', `no class has the name "${run.modelName}" any more`)
  const attempts = await readAttempts(path)
  if (attempts >= ATTEMPTS_MAX) {
    return failed('interrupted_repeatedly', `the worker was cut off in this training ${attempts} times`)
  }
  const attempt = attempts + 1
  await writeAttempts(path, attempt)
  // The last look before there is a process that cancelling ends.
  const cancelled = isCancelled()
  if (cancelled !== undefined) return cancelled
  log.info({ attempt }, 'training begins')
  const job = { spoolPath: path, module: found.module, attempt }
  const end = await parts.trainer.train(job, ({ done, of, step }) => log.debug({ done, of, step }, 'training goes on'))
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
  await writeOutcome(path, failure)
  return failure
}

/** One transaction in the session that holds the run. False when the run has its end already, or is not ours any more. */
async function endRun(locks: LockSession, runId: number, path: string, outcome: TrainingOutcome): Promise<boolean> {
  if (outcome.type === 'failed') return writeFailure(locks, runId, outcome)
  const artifact = await readFile(artifactPath(path, outcome.attempt))
  const metrics = Object.entries(outcome.metrics).map(([name, value]) => [name, String(value)] as const)
  const isEnded = await locks.transaction(runId, async (tx) => {
    if (!(await completeRun(tx, runId, artifact))) return false
    await insertMetrics(tx, runId, metrics)
    return true
  })
  return isEnded ?? false
}

/** Ends a run as FAILED with its reason, in the session that holds it. False when it has its end already, or is not held. */
export async function writeFailure(
  locks: LockSession,
  runId: number,
  { code, message }: TrainingFailure,
): Promise<boolean> {
  const isEnded = await locks.transaction(runId, async (tx) => {
    if (!(await failRun(tx, runId))) return false
    await insertMetrics(tx, runId, [
      ['error_code', code],
      ['error_message', message],
    ])
    return true
  })
  return isEnded ?? false
}

function figuresOf(modelName: string, outcome: TrainingOutcome): Parameters<TrainingObserver['ended']>[0] {
  if (outcome.type === 'failed') return { modelName, outcome: outcome.code }
  const { durationMs, metrics } = outcome
  return { modelName, outcome: 'success', seconds: durationMs / 1000, rowCount: Number(metrics['training_rows']) }
}

function logEnd(log: Logger, outcome: TrainingOutcome, isEnded: boolean): void {
  if (!isEnded) log.warn({ outcome: outcome.type }, 'the run had its end from elsewhere; the outcome is dropped')
  else if (outcome.type === 'trained') log.info({ durationMs: Math.round(outcome.durationMs) }, 'training succeeded')
  else log.error({ errorCode: outcome.code, errorMessage: outcome.message, stack: outcome.stack }, 'training failed')
}

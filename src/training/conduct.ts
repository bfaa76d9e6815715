// One accepted run from its turn in the queue to its end in the database.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Locks } from '../database/lock-session.ts'
import { startRun } from '../model-runs/runs-table.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Retry } from '../retry.ts'
import { readAttempts, writeAttempts } from '../spool/attempt-files.ts'
import type { Spool } from '../spool/spool.ts'
import type { AcceptedRun, SpoolEntry } from '../spool/spool-file.ts'
import { failed, type TrainingOutcome } from '../spool/training-outcome.ts'
import type { Trainer } from '../trainer/trainer.ts'
import type { AcceptedState } from './accepted-run.ts'
import { type RunEnds, storableOf } from './run-ends.ts'
import type { TrainingEvents } from './training-events.ts'

export interface ConductParts {
  readonly pool: pg.Pool
  readonly locks: Locks
  readonly registry: ModelRegistry
  readonly spool: Spool
  readonly trainer: Trainer
  readonly retry: Retry
  readonly ends: RunEnds
  readonly events: TrainingEvents
  /** Bytes of an artifact that can be loaded to predict. */
  readonly artifactBytesMax: number
  readonly log: Logger
}

/** How often a training is begun at the most: one that kills its worker must not do so for ever. */
const ATTEMPTS_MAX = 3

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
  const { locks, spool, retry, ends } = parts
  const { runId, modelName } = run
  const log = parts.log.child({ runId, model: modelName, ...traceOf(run) })
  const ending = { runId, modelName, path, log }
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
    await ends.tellDropped(ending)
  } else {
    const outcome = state.cancelled ?? (await outcomeOf(parts, { path, run }, state, log))
    if (outcome === undefined) {
      log.warn('the training was interrupted by the stop of the worker; it stays in the spool')
      return 'kept'
    }
    const storable = await storableOf(path, outcome, parts.artifactBytesMax)
    const end = state.cancelled ?? storable
    state.end = end
    const written = await ends.writeUntilAnswered(ending, end, retry)
    if (written === undefined) return 'kept'
    if (written === 'not held') return 'elsewhere'
    if (written === 'over') await ends.tellDropped(ending, end.type)
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
  const { spool } = parts
  const before = await spool.readOutcome(path)
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
  const { events } = parts
  events.emit({ type: 'begun', run, at: Date.now(), attempt })
  const keys = await spool.keysOf({ path, run })
  const job = { spoolPath: path, module: found.module, attempt, ...(keys === undefined ? {} : { keys }) }
  const end = await parts.trainer.train(job, {
    progressed({ at, phase, step, done, of }) {
      log.debug({ phase, step, done, of }, 'training goes on')
      events.emit({ type: 'progressed', runId, at, progress: { phase, step, done, of } })
    },
    printed: (source, line) => events.emit({ type: 'printed', runId, at: Date.now(), source, line }),
  })
  events.emit({ type: 'stopped', runId, at: Date.now() })
  // What was written before the process was gone counts, however it went.
  const outcome = await spool.readOutcome(path)
  if (outcome !== undefined) return outcome
  if (end.type === 'interrupted') {
    // A stop in good order is not the training's fault.
    await writeAttempts(path, attempts)
    return undefined
  }
  const failure =
    end.type === 'failed' ? end : failed('trainer_died', 'its process said that it had ended, and left no outcome')
  // It goes into the database all the same: a full disk may be why the training failed.
  await spool
    .writeOutcome(path, failure)
    .catch((error) => log.warn({ err: error }, 'the outcome could not be written to disk'))
  return failure
}

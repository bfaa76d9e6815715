// The end of a run in the database: one transaction, written again and again until it is known to be there.
import { stat } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { LockSession } from '../database/lock-session.ts'
import type { Retry } from '../database/retry.ts'
import { completeRun, failRun, findRun, insertMetrics, notifyEnd } from '../model-runs/runs-table.ts'
import { artifactPath } from '../spool/attempt-files.ts'
import {
  type FailureCode,
  failed,
  type TrainingFailure,
  type TrainingOutcome,
  UNEXPECTED,
} from '../spool/training-outcome.ts'
import { placesOf } from '../stack-places.ts'

/** What PostgreSQL takes as one value, with what goes around it: its messages end at 2^30 bytes. */
const ARTIFACT_BYTES_MAX = 2 ** 30 - 2 ** 16

/** What an end needs to be written. */
export interface EndParts {
  readonly locks: LockSession
  /** On which the database tells of each end; empty for none. */
  readonly notifyChannel: string
}

/** "written" now, "over" when the run had its end already, "not held" when it is not ours to end. */
export type EndResult = 'written' | 'over' | 'not held'

/** The outcome, or what ends the run where the database cannot take its artifact. */
export async function storableOf(
  path: string,
  outcome: TrainingOutcome,
  loadableMax: number,
): Promise<TrainingOutcome> {
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
  parts: EndParts & { readonly retry: Retry },
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

export function logEnd(log: Logger, outcome: TrainingOutcome): void {
  if (outcome.type === 'trained') log.info({ durationMs: Math.round(outcome.durationMs) }, 'training succeeded')
  else if (outcome.code === 'cancelled') log.info('training was cancelled')
  else log.error({ errorCode: outcome.code, ...explainedWithoutData(outcome) }, 'training failed')
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

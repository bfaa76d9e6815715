// How a training ended, as it lies in the spool before it stands in the database.
import type { Warning } from '../learning/warnings.ts'
import type { Metrics } from '../model/model.ts'

/** How a training ended. It is written to the spool before the database, so that it is not repeated. */
export type TrainingOutcome =
  | {
      readonly type: 'trained'
      readonly metrics: Metrics
      /** Absent in what an earlier version wrote. */
      readonly warnings?: readonly Warning[]
      readonly durationMs: number
      /** The attempt whose artifact it is. */
      readonly attempt: number
      /** What a search has found, or what an import says of its file: parameters. */
      readonly found?: Readonly<Record<string, unknown>>
    }
  | {
      readonly type: 'failed'
      readonly code: FailureCode
      readonly message: string
      readonly stack?: string | undefined
    }

export type TrainingFailure = Extract<TrainingOutcome, { type: 'failed' }>

/** Why a training ended as FAILED: the value of the metric `error_code`. */
export const FAILURE_CODES = [
  'artifact_too_large',
  'cancelled',
  'data_unusable',
  'disk_full',
  'interrupted',
  'interrupted_repeatedly',
  'model_failed',
  'model_unavailable',
  'model_unusable',
  'not_accepted',
  'out_of_memory',
  'parameters_invalid',
  'spool_damaged',
  'timed_out',
  'trainer_died',
  'worker_failed',
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

/** A training that ended without a word from its model class. */
export function failed(code: FailureCode, message: string): TrainingFailure {
  return { type: 'failed', code, message }
}

/** Stands before the words of an error that nobody foresaw. */
export const UNEXPECTED = 'an unexpected error of the worker: '

/** For what went wrong in the worker itself: its disk, or a fault of its own. */
export function failedHere(error: unknown): TrainingFailure {
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>
  if (isDiskFull(error)) return { ...failed('disk_full', message), stack }
  return { ...failed('worker_failed', `${UNEXPECTED}${message}`), stack }
}

/** Whether it, or what caused it, is a disk without room. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < CAUSES_MAX; at = at.cause, depth++) {
    if (['ENOSPC', 'EDQUOT'].includes((at as NodeJS.ErrnoException).code ?? '')) return true
  }
  return false
}
const CAUSES_MAX = 10

// Whether a run has a result, or the reason why not.
import { ServiceError } from '../errors.ts'

/** Throws ServiceError RUN_UNKNOWN, RUN_FAILED or RUN_NOT_READY, unless the run ended in SUCCESS. */
export function requireResult<Run extends { readonly status: string }>(
  runId: number,
  run: Run | undefined,
): asserts run is Run {
  if (run === undefined) throw new ServiceError('RUN_UNKNOWN', `model_runs has no row with id ${runId}`)
  if (run.status === 'FAILED') throw new ServiceError('RUN_FAILED', `run ${runId} is FAILED; it has no result`)
  if (run.status !== 'SUCCESS') {
    throw new ServiceError('RUN_NOT_READY', `run ${runId} is ${run.status}; its result comes later`)
  }
}

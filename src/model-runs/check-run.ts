// Whether a run can be accepted for training.
import { ServiceError } from '../errors.ts'
import type { RunRow } from './runs-table.ts'

/** Throws ServiceError unless the run is there, of that model when one is named, and neither finished nor begun. */
export function checkRun(run: RunRow | undefined, runId: number, modelName = run?.modelName): void {
  if (run === undefined) throw new ServiceError('RUN_UNKNOWN', `model_runs has no row with id ${runId}`)
  if (run.modelName !== modelName) {
    const detail = `run ${runId} belongs to model "${run.modelName}", not to "${modelName}"`
    throw new ServiceError('RUN_OF_ANOTHER_MODEL', detail)
  }
  if (run.status === 'SUCCESS' || run.status === 'FAILED') {
    throw new ServiceError('RUN_FINISHED', `run ${runId} is finished with ${run.status}`)
  }
  if (run.status === 'RUNNING') {
    throw new ServiceError('RUN_HELD_ELSEWHERE', `run ${runId} is RUNNING, and not in this worker`)
  }
}

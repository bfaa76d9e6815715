// The id of a run that is to be made: one that nobody has asked for already.
import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import { reserveRunId } from '../model-runs/runs-table.ts'

/** Ids that are reserved for a new run at the most. */
const ATTEMPTS_MAX = 20

/** An id that isFree says yes of. Throws ServiceError OVERLOADED where it says no to all of them. */
export async function reserveFreeId(
  pool: pg.Pool,
  modelName: string,
  isFree: (runId: number) => boolean | Promise<boolean>,
): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const runId = await reserveRunId(pool, modelName)
    if (await isFree(runId)) return runId
  }
  throw new ServiceError('OVERLOADED', `${ATTEMPTS_MAX} ids of new runs were taken by others before they were given`)
}

// Removes records and logs of runs that are older than the tables keep them.
import type { Queryable } from '../database/pool.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { deleteOlderThan } from './run-records-table.ts'

const EVERY_SECONDS = 3_600

/** days: how long the tables keep them. */
export function keepRecordsFor(days: number, jobs: Pick<Jobs, 'repeat'>, client: Queryable): void {
  jobs.repeat('run-records-retention', { everySeconds: EVERY_SECONDS }, async (signal) => {
    while (!signal.aborted && (await deleteOlderThan(client, days)) > 0);
  })
}

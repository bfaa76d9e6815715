// How long records and logs of runs are kept: in the tables of all workers, and in the files of this one.
import type { Queryable } from '../database/pool.ts'
import type { KeptKind } from '../retention/retention.ts'
import type { RunFiles } from './run-files.ts'
import { countOlderThan, deleteOlderThan } from './run-records-table.ts'

const DAY_MS = 86_400_000

/** isThere: whether there are tables. */
export function keptInTables(
  client: Queryable,
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind {
  return {
    name: 'run-records',
    keptDays,
    describe: 'records and lines of logs of ended runs, in the tables run_records and run_log_lines: RUN_RECORDS_DAYS',
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOlderThan(client, keptDays) : 0),
    deleteOld: () => deleteOlderThan(client, keptDays),
  }
}

/** The files have no more than the last 500 runs; what is old goes from them too, with the schema or without. */
export function keptInFiles(files: RunFiles, keptDays: number): KeptKind {
  const oldest = (): number => Date.now() - keptDays * DAY_MS
  return {
    name: 'run-files',
    keptDays,
    describe: 'records and logs of runs that ended in this worker, in DATA_DIR/runs: RUN_RECORDS_DAYS, and 500 runs',
    reach: 'worker',
    countOld: async () => (await files.endedBefore(oldest())).length,
    deleteOld: () => files.removeEndedBefore(oldest()),
  }
}

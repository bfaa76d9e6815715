// How long rows and units of experiments are kept once these are concluded. Looks stay, and the experiments.
import type { Queryable } from '../database/pool.ts'
import { keptRows } from '../retention/kept-rows-table.ts'
import type { KeptKind } from '../retention/retention.ts'
import { CONCLUDED_LONG_AGO } from './experiments-table.ts'

const DELETED_AT_ONCE = 20_000

/** isThere: whether there are tables. */
export function keptExperimentRows(
  client: Queryable,
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind[] {
  const kept = { keptDays, where: CONCLUDED_LONG_AGO, atOnce: DELETED_AT_ONCE }
  const rows = {
    ...{ ...kept, name: 'experiment-rows', table: 'experiment_rows', since: 'predicted_at' },
    describe: 'predictions of experiments, in the table experiment_rows, after their conclusion: EXPERIMENT_ROWS_DAYS',
  }
  const units = {
    ...{ ...kept, name: 'experiment-units', table: 'experiment_units', since: 'exposed_at' },
    describe: 'keys of experiments, in the table experiment_units, after their conclusion: EXPERIMENT_ROWS_DAYS',
  }
  return [keptRows(client, rows, isThere), keptRows(client, units, isThere)]
}

// How long levels that the training never saw are kept: as long as the predictions of their project.
import type { Queryable } from '../../database/pool.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { DEFAULT_WORDS } from '../log/monitoring-schemas.ts'
import { countOldUnseen, deleteOldUnseen } from './unseen-levels-table.ts'

const DELETED_AT_ONCE = 5_000
const KEPT_DAYS = DEFAULT_WORDS.retention_days

/** isThere: whether there is the table. */
export function keptUnseen(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  return {
    name: 'unseen-levels',
    keptDays: KEPT_DAYS,
    describe: `levels of rows that the training never saw, in the table unseen_levels: ${KEPT_DAYS} days, or what the monitoring of a project says`,
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOldUnseen(client, KEPT_DAYS) : 0),
    deleteOld: async () => ((await isThere()) ? deleteOldUnseen(client, KEPT_DAYS, DELETED_AT_ONCE) : 0),
  }
}

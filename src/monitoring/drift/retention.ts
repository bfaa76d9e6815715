// How long looks are kept.
import type { Queryable } from '../../database/pool.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { countOldLooks, deleteOldLooks } from './looks-table.ts'

/** A year, and the month before to compare with. */
const KEPT_DAYS = 400
const DELETED_AT_ONCE = 1_000

/** isThere: whether there is the table. */
export function keptLooks(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  return {
    name: 'drift-looks',
    keptDays: KEPT_DAYS,
    describe: `looks at drift, in the table drift_looks: ${KEPT_DAYS} days, without a setting`,
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOldLooks(client, KEPT_DAYS) : 0),
    deleteOld: async () => ((await isThere()) ? deleteOldLooks(client, KEPT_DAYS, DELETED_AT_ONCE) : 0),
  }
}

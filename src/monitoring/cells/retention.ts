// How long counts are kept.
import type { Queryable } from '../../database/pool.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { countOldHours, deleteOldHours } from './cell-counts-table.ts'

/** A season, and what it is held against. */
const KEPT_DAYS = 400
const DELETED_AT_ONCE = 10_000

/** isThere: whether there is the table. */
export function keptCounts(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  return {
    name: 'cell-counts',
    keptDays: KEPT_DAYS,
    describe: `rows that deployments predicted, counted by hour and cell, in the table cell_counts: ${KEPT_DAYS} days, without a setting`,
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOldHours(client, KEPT_DAYS) : 0),
    deleteOld: async () => ((await isThere()) ? deleteOldHours(client, KEPT_DAYS, DELETED_AT_ONCE) : 0),
  }
}

// How long counts are kept.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'

/** A season, and what it is held against. */
const KEPT_DAYS = 400
const DELETED_AT_ONCE = 10_000

/** isThere: whether there is the table. */
export function keptCounts(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  const words = `rows that deployments predicted, counted by hour and cell, in the table cell_counts: ${KEPT_DAYS} days, without a setting`
  const kept = { name: 'cell-counts', keptDays: KEPT_DAYS, describe: words }
  return keptRows(client, { ...kept, table: 'cell_counts', since: 'hour', atOnce: DELETED_AT_ONCE }, isThere)
}

// How long looks are kept.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'

/** A year, and the month before to compare with. */
const KEPT_DAYS = 400
const DELETED_AT_ONCE = 1_000

/** isThere: whether there is the table. */
export function keptLooks(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  const words = `looks at drift, in the table drift_looks: ${KEPT_DAYS} days, without a setting`
  const kept = { name: 'drift-looks', keptDays: KEPT_DAYS, describe: words }
  return keptRows(client, { ...kept, table: 'drift_looks', since: 'made_at', atOnce: DELETED_AT_ONCE }, isThere)
}

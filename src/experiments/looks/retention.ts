// How long looks are kept.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'

/** Longer than an experiment may take. */
const KEPT_DAYS = 800
const DELETED_AT_ONCE = 1_000

/** isThere: whether there is the table. */
export function keptLooks(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  const words = `looks at experiments, in the table experiment_looks: ${KEPT_DAYS} days, without a setting; those that decided stay`
  const kept = { name: 'experiment-looks', keptDays: KEPT_DAYS, describe: words, where: 'not is_deciding' }
  return keptRows(client, { ...kept, table: 'experiment_looks', since: 'looked_at', atOnce: DELETED_AT_ONCE }, isThere)
}

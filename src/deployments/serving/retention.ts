// How long figures of deployments are kept.
import type { Queryable } from '../../database/pool.ts'
import { keptRows } from '../../retention/kept-rows-table.ts'
import type { KeptKind } from '../../retention/retention.ts'

/** The longest window is 7 days; more is there for whoever looks back. */
const KEPT_DAYS = 30
const DELETED_AT_ONCE = 10_000

/** isThere: whether there is the table. */
export function keptFigures(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  const words = `figures of deployments by minute, in the table deployment_metrics: ${KEPT_DAYS} days, without a setting`
  const kept = { name: 'deployment-metrics', keptDays: KEPT_DAYS, describe: words }
  return keptRows(client, { ...kept, table: 'deployment_metrics', since: 'minute', atOnce: DELETED_AT_ONCE }, isThere)
}

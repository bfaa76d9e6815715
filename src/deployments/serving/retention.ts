// How long figures of deployments are kept.
import type { Queryable } from '../../database/pool.ts'
import type { KeptKind } from '../../retention/retention.ts'
import { countOldMinutes, deleteOldMinutes } from './metrics-table.ts'

/** The longest window is 7 days; more is there for whoever looks back. */
const KEPT_DAYS = 30
const DELETED_AT_ONCE = 10_000

/** isThere: whether there is the table. */
export function keptFigures(client: Queryable, isThere: () => Promise<boolean> = async () => true): KeptKind {
  return {
    name: 'deployment-metrics',
    keptDays: KEPT_DAYS,
    describe: `figures of deployments by minute, in the table deployment_metrics: ${KEPT_DAYS} days, without a setting`,
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOldMinutes(client, KEPT_DAYS) : 0),
    deleteOld: async () => ((await isThere()) ? deleteOldMinutes(client, KEPT_DAYS, DELETED_AT_ONCE) : 0),
  }
}

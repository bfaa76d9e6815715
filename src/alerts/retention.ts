// How long resolved alerts are kept, and the windows that alerts were judged by.
import type { Queryable } from '../database/pool.ts'
import type { KeptKind } from '../retention/retention.ts'
import { countOldAlerts, deleteOldAlerts } from './alerts-table.ts'
import { countOldWindows, deleteOldWindows } from './series-table.ts'

const DELETED_AT_ONCE = 5_000

/** isThere: whether there are tables. */
export function keptAlerts(
  client: Queryable,
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind[] {
  return [
    {
      name: 'alerts',
      keptDays,
      describe: 'resolved alerts with their history, in the tables alerts and alert_events: ALERTS_DAYS',
      reach: 'shared',
      countOld: async () => ((await isThere()) ? countOldAlerts(client, keptDays) : 0),
      deleteOld: () => deleteOldAlerts(client, keptDays, DELETED_AT_ONCE),
    },
    {
      name: 'alert-windows',
      keptDays,
      describe: 'windows that alerts were judged by, in the table alert_windows: ALERTS_DAYS',
      reach: 'shared',
      countOld: async () => ((await isThere()) ? countOldWindows(client, keptDays) : 0),
      deleteOld: () => deleteOldWindows(client, keptDays, DELETED_AT_ONCE),
    },
  ]
}

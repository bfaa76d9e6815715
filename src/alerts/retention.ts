// How long resolved alerts are kept, and the windows that alerts were judged by.
import type { Queryable } from '../database/pool.ts'
import { keptRows } from '../retention/kept-rows-table.ts'
import type { KeptKind } from '../retention/retention.ts'

const DELETED_AT_ONCE = 5_000

/** isThere: whether there are tables. */
export function keptAlerts(
  client: Queryable,
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind[] {
  const alerts = {
    name: 'alerts',
    keptDays,
    // Their history goes with them.
    describe: 'resolved alerts with their history, in the tables alerts and alert_events: ALERTS_DAYS',
    ...{ table: 'alerts', since: 'resolved_at', atOnce: DELETED_AT_ONCE },
  }
  const windows = {
    name: 'alert-windows',
    keptDays,
    describe: 'windows that alerts were judged by, in the table alert_windows: ALERTS_DAYS',
    ...{ table: 'alert_windows', since: 'told_at', atOnce: DELETED_AT_ONCE },
  }
  return [keptRows(client, alerts, isThere), keptRows(client, windows, isThere)]
}

// How long notices, and ended deliveries of them, are kept.
import type { Queryable } from '../database/pool.ts'
import type { KeptKind } from '../retention/retention.ts'
import { countOld, deleteOld } from './deliveries-table.ts'

/** The deliveries first: a notice goes after the last of its own. isThere: whether there are tables. */
export function keptNotifications(
  client: Queryable,
  keptDays: number,
  isThere: () => Promise<boolean> = async () => true,
): KeptKind[] {
  const kind = (name: string, table: Parameters<typeof countOld>[1], describe: string): KeptKind => ({
    name,
    keptDays,
    describe: `${describe}: WEBHOOK_DELIVERIES_DAYS`,
    reach: 'shared',
    countOld: async () => ((await isThere()) ? countOld(client, table, keptDays) : 0),
    deleteOld: () => deleteOld(client, table, keptDays),
  })
  return [
    kind('webhook-deliveries', 'webhook_deliveries', 'ended deliveries, in the table webhook_deliveries'),
    kind('notices', 'notices', 'notices without a delivery, in the table notices'),
  ]
}

// What no window brings about: alerts that are to be told after a mute or once more, and alerts that no window will resolve.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import type { Notices } from '../notifications/notices.ts'
import { type Alert, WORKER } from './alert.ts'
import { AlertChanges } from './alert-changes.ts'
import { findOpen, listLeft, listToTell } from './alerts-table.ts'
import { lockSeriesById } from './series-table.ts'

export interface UpkeepParts {
  readonly ownSchema: OwnSchema
  readonly notices: Notices
  readonly now: () => Date
}

/** The rest follows in the next turn. */
const AT_ONCE = 200

/** Throws what the database throws. */
export async function keepUp(parts: UpkeepParts, signal: AbortSignal): Promise<void> {
  const { pool } = parts.ownSchema
  for (const { seriesId, alertId, reason } of await listLeft(pool, parts.now(), AT_ONCE)) {
    signal.throwIfAborted()
    await change(parts, seriesId, alertId, (changes, alert) => changes.resolve(alert, { actor: WORKER, note: reason }))
  }
  for (const listed of await listToTell(pool, parts.now(), AT_ONCE)) {
    signal.throwIfAborted()
    await change(parts, listed.seriesId, listed.alertId, async (changes, alert) => {
      // A window, a caller or another worker may have been faster.
      const isSame = alert.state === 'firing' && alert.toldAt?.getTime() === listed.toldAt?.getTime()
      if (isSame && alert.acknowledgedAt?.getTime() === listed.acknowledgedAt?.getTime()) await changes.remind(alert)
    })
  }
}

async function change(
  { ownSchema, notices, now }: UpkeepParts,
  seriesId: number,
  alertId: number,
  work: (changes: AlertChanges, alert: Alert) => Promise<unknown>,
): Promise<void> {
  await inTransaction(ownSchema.pool, async (tx) => {
    await lockSeriesById(tx, seriesId)
    const alert = await findOpen(tx, seriesId)
    if (alert?.alertId === alertId) await work(new AlertChanges(tx, notices, now()), alert)
  })
}

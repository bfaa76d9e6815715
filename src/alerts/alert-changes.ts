// The one door by which an alert changes: with its event and its notice, in one transaction. The series must be locked in it.
import type { Transaction } from '../database/pool.ts'
import type { Notices } from '../notifications/notices.ts'
import { type Alert, type AlertEvent, isMuted, WORKER } from './alert.ts'
import { firingNotice, resolvedNotice, tellsEnd } from './alert-notices.ts'
import { insertAlert, insertEvent, type NewAlert, writeAlert } from './alerts-table.ts'
import { closeWindows, writeMute } from './series-table.ts'
import { isAtLeast, type Severity } from './signals.ts'

/** What a bad window says of an alert. */
export type BadWindow = Pick<Alert, 'severity' | 'details' | 'windowFrom' | 'windowTo'>

interface Said {
  /** As in the audit; WORKER where no caller asked for it. */
  readonly actor: string
  readonly note?: string | undefined
}

export class AlertChanges {
  private readonly tx: Transaction
  private readonly notices: Notices
  private readonly now: Date

  /** now: when all of these changes happen. */
  constructor(tx: Transaction, notices: Notices, now: Date) {
    this.tx = tx
    this.notices = notices
    this.now = now
  }

  async begin(made: NewAlert): Promise<Alert> {
    const alert = await insertAlert(this.tx, made)
    await this.event(alert, 'pending', { actor: WORKER }, alert)
    return alert
  }

  /** Of one that is pending or firing: what it is by another bad window; a pending one stays so. */
  async update(alert: Alert, bad: BadWindow): Promise<Alert> {
    const after = { ...alert, ...bad }
    const { state, severity, toldSeverity } = alert
    const isWorse = state === 'firing' && [severity, toldSeverity].every((known) => isWorseThan(bad.severity, known))
    if (!isWorse) {
      await writeAlert(this.tx, after)
      return after
    }
    await this.event(after, 'escalated', { actor: WORKER }, bad)
    return this.tell(after, false)
  }

  async fire(alert: Alert, bad: BadWindow): Promise<Alert> {
    const after: Alert = { ...alert, ...bad, state: 'firing', firedAt: this.now }
    await this.event(after, 'firing', { actor: WORKER }, bad)
    return this.tell(after, false)
  }

  /** Once more: nobody was told while it was muted, or it is to be told again. */
  async remind(alert: Alert): Promise<Alert> {
    await this.event(alert, 'reminded', { actor: WORKER })
    return this.tell(alert, alert.toldAt !== null)
  }

  /** Windows that were told so far count for no other alert. */
  async resolve(alert: Alert, { actor, note }: Said): Promise<Alert> {
    const after: Alert = {
      ...alert,
      state: 'resolved',
      resolvedAt: this.now,
      resolvedBy: actor,
      resolvedReason: note ?? null,
    }
    await writeAlert(this.tx, after)
    await closeWindows(this.tx, alert.seriesId, alert.firedAt === null ? null : this.now)
    await this.event(after, 'resolved', { actor, note })
    if (tellsEnd(after, this.now)) await this.append(resolvedNotice(after))
    return after
  }

  async acknowledge(alert: Alert, said: Said): Promise<Alert> {
    const after: Alert = { ...alert, acknowledgedAt: this.now, acknowledgedBy: said.actor }
    await writeAlert(this.tx, after)
    await this.event(after, 'acknowledged', said)
    return after
  }

  /** until: null ends it. */
  async mute(alert: Alert, until: Date | null, said: Said): Promise<Alert> {
    const mutedBy = until === null ? null : said.actor
    await writeMute(this.tx, alert.seriesId, until, mutedBy)
    await this.event(alert, until === null ? 'unmuted' : 'muted', said)
    return { ...alert, mutedUntil: until, mutedBy }
  }

  /** Nobody, where it is muted: then it is told when that is over, if it still fires. */
  private async tell(alert: Alert, isReminder: boolean): Promise<Alert> {
    if (isMuted(alert, this.now)) {
      await writeAlert(this.tx, alert)
      return alert
    }
    const after: Alert = { ...alert, toldAt: this.now, toldSeverity: alert.severity }
    await writeAlert(this.tx, after)
    await this.append(firingNotice(after, isReminder))
    return after
  }

  private append(notice: Parameters<Notices['append']>[1]): Promise<void> {
    return this.notices.append(this.tx, { ...notice, happenedAt: this.now })
  }

  private event(
    { alertId, severity }: Alert,
    event: string,
    { actor, note }: Said,
    window: Partial<Pick<AlertEvent, 'windowFrom' | 'windowTo'>> = {},
  ): Promise<void> {
    const { windowFrom = null, windowTo = null } = window
    const told = { event, severity, note: note ?? null, windowFrom, windowTo, happenedAt: this.now, actor }
    return insertEvent(this.tx, alertId, told)
  }
}

function isWorseThan(severity: Severity, known: Severity | null): boolean {
  return known === null || !isAtLeast(known, severity)
}

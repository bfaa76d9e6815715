// Alerts as routes show them, and as callers handle them: each change with its entry in the audit.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import type { Notices } from '../notifications/notices.ts'
import type { Projects } from '../projects/projects.ts'
import { type Alert, type AlertEvent, isMuted } from './alert.ts'
import { AlertChanges } from './alert-changes.ts'
import { type AlertFilter, findAlert, listAlerts, listEvents } from './alerts-table.ts'
import { lockSeriesById } from './series-table.ts'

export interface AlertsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
  readonly projects: Pick<Projects, 'find'>
  readonly now: () => Date
}

export interface AlertStory {
  readonly alert: Alert
  readonly events: readonly AlertEvent[]
}

/** What a caller does with an alert. */
export interface Handling {
  readonly note: string | undefined
  readonly caller: Caller
}

/** Of the history of an alert, the newest that are shown. */
const EVENTS_SHOWN_MAX = 500

export class Alerts {
  private readonly parts: AlertsParts

  constructor(parts: AlertsParts) {
    this.parts = parts
  }

  /** The newest first; project: a name or an id. Throws ServiceError PROJECT_UNKNOWN. */
  async list(
    project: string | undefined,
    filter: Omit<AlertFilter, 'projectId'>,
    limit: number,
    before?: number,
  ): Promise<Alert[]> {
    const { ownSchema, projects, now } = this.parts
    await ownSchema.require()
    const projectId = project === undefined ? undefined : (await projects.find(project)).projectId
    return listAlerts(ownSchema.pool, { ...filter, projectId }, now(), limit, before)
  }

  /** Throws ServiceError ALERT_UNKNOWN. */
  async find(alertId: number): Promise<AlertStory> {
    const { ownSchema } = this.parts
    await ownSchema.require()
    const alert = (await findAlert(ownSchema.pool, alertId)) ?? unknown(alertId)
    return { alert, events: await listEvents(ownSchema.pool, alertId, EVENTS_SHOWN_MAX) }
  }

  /** It is told no more until it is resolved or worse; twice is as good as once. Throws ServiceError ALERT_UNKNOWN, ALERT_RESOLVED. */
  acknowledge(alertId: number, handling: Handling): Promise<AlertStory> {
    return this.change(alertId, 'alert.acknowledge', handling, (changes, alert) =>
      alert.acknowledgedAt === null
        ? changes.acknowledge(alert, { actor: handling.caller.actor, note: handling.note })
        : undefined,
    )
  }

  /** Nothing of its fingerprint is told until then. Throws ServiceError ALERT_UNKNOWN, ALERT_RESOLVED. */
  mute(alertId: number, until: Date, handling: Handling): Promise<AlertStory> {
    const { caller, note } = handling
    return this.change(
      alertId,
      'alert.mute',
      handling,
      (changes, alert) => changes.mute(alert, until, { actor: caller.actor, note }),
      { until: until.toISOString() },
    )
  }

  /** Ends a mute; where it still fires it is told within a minute. Throws ServiceError ALERT_UNKNOWN, ALERT_RESOLVED. */
  unmute(alertId: number, handling: Handling): Promise<AlertStory> {
    const { caller, note } = handling
    return this.change(alertId, 'alert.unmute', handling, (changes, alert) =>
      isMuted(alert, this.parts.now()) ? changes.mute(alert, null, { actor: caller.actor, note }) : undefined,
    )
  }

  /** By hand: windows that were told so far count for no other alert. Throws ServiceError ALERT_UNKNOWN, ALERT_RESOLVED. */
  resolve(alertId: number, handling: Handling): Promise<AlertStory> {
    const { caller, note } = handling
    return this.change(alertId, 'alert.resolve', handling, (changes, alert) =>
      changes.resolve(alert, { actor: caller.actor, note }),
    )
  }

  /** work: undefined where there is nothing to change; then the audit has no entry either. */
  private async change(
    alertId: number,
    action: string,
    { caller }: Handling,
    work: (changes: AlertChanges, alert: Alert) => Promise<Alert> | undefined,
    details: Readonly<Record<string, unknown>> = {},
  ): Promise<AlertStory> {
    const { ownSchema, audit, notices, now } = this.parts
    await ownSchema.require()
    await inTransaction(ownSchema.pool, async (tx) => {
      const { seriesId } = (await findAlert(tx, alertId)) ?? unknown(alertId)
      await lockSeriesById(tx, seriesId)
      // It may have been changed, or removed, between the two looks.
      const alert = (await findAlert(tx, alertId)) ?? unknown(alertId)
      if (alert.state === 'resolved') {
        throw new ServiceError('ALERT_RESOLVED', `alert ${alertId} was resolved at ${alert.resolvedAt?.toISOString()}`)
      }
      const changed = work(new AlertChanges(tx, notices, now()), alert)
      if (changed === undefined) return
      await changed
      const { kind, fingerprint, projectName: project, environment, version } = alert
      const about = { kind, fingerprint, project, environment, version, ...details }
      await audit.append(tx, { caller, action, resource: `alert/${alertId}`, details: about })
    })
    return this.find(alertId)
  }
}

function unknown(alertId: number): never {
  throw new ServiceError('ALERT_UNKNOWN', `there is no alert ${alertId}`)
}

// What others are told of an alert: that it fires, with its twin that it is resolved. Both have the fingerprint of the alert.
import type { Notice } from '../notifications/notices.ts'
import { type Alert, isMuted } from './alert.ts'

/** isReminder: it was told before, and nothing is new. */
export function firingNotice(alert: Alert, isReminder: boolean): Notice {
  return { ...headOf(alert), type: 'alert.firing', data: { ...dataOf(alert), reminder: isReminder } }
}

export function resolvedNotice(alert: Alert): Notice {
  const { resolvedAt, resolvedReason, resolvedBy } = alert
  const end = {
    resolved_at: resolvedAt?.toISOString(),
    resolved_by: resolvedBy,
    ...(resolvedReason === null ? {} : { reason: resolvedReason }),
  }
  return { ...headOf(alert), type: 'alert.resolved', data: { ...dataOf(alert), ...end } }
}

/** Whether its end is told: somebody was told of its beginning, and it is not muted. */
export function tellsEnd(alert: Alert, now: Date): boolean {
  return alert.toldAt !== null && !isMuted(alert, now)
}

function headOf({ projectId, projectName }: Alert): Pick<Notice, 'project'> {
  const isOfProject = projectId !== null && projectName !== null
  return { project: isOfProject ? { id: projectId, name: projectName } : undefined }
}

function dataOf(alert: Alert): Record<string, unknown> {
  const { alertId, fingerprint, kind, environment, version, state, severity, firedAt, labels, details } = alert
  return {
    ...{ alert: alertId, fingerprint, kind, state, severity },
    ...(environment === null ? {} : { environment }),
    ...(version === null ? {} : { version }),
    ...{ started_at: alert.startedAt.toISOString(), fired_at: firedAt?.toISOString() },
    window: { from: alert.windowFrom.toISOString(), to: alert.windowTo.toISOString() },
    ...{ labels, details },
  }
}

// A message about an alert in the form in which Alertmanager sends its own: version 4 of its webhooks.

import { mailTextOf } from './mail-text.ts'
import type { Message } from './message.ts'

/** What Alertmanager says of an alert that has no end. */
const NO_END = '0001-01-01T00:00:00Z'
const RECEIVER = 'ml-worker'

type Labels = Readonly<Record<string, string>>

/** Of alert.firing, alert.resolved and webhook.test. One alert a message: an alert is a group of its own. */
export function alertmanagerBodyOf(message: Message): string {
  const alert = alertOf(message)
  const { alertname, project, environment, version } = alert.labels
  const groupLabels = defined({ alertname, environment, project, version })
  return JSON.stringify({
    receiver: RECEIVER,
    status: alert.status,
    alerts: [alert],
    groupLabels,
    commonLabels: alert.labels,
    commonAnnotations: alert.annotations,
    externalURL: '',
    version: '4',
    groupKey: `{}:${textOf(groupLabels)}`,
    truncatedAlerts: 0,
  })
}

function alertOf(message: Message) {
  const { type, data, happenedAt, project } = message
  const { subject, text } = mailTextOf(message)
  const isResolved = type === 'alert.resolved'
  const { kind = 'test', severity = 'low', environment, version, fired_at: firedAt } = data
  return {
    status: isResolved ? 'resolved' : 'firing',
    labels: {
      // Ours come last: a rule cannot take their places.
      ...(data['labels'] as Labels | undefined),
      alertname: alertNameOf(String(kind)),
      severity: String(severity),
      ...defined({ project: project?.name, environment, version }),
    } as Labels,
    annotations: { description: text, summary: subject },
    startsAt: typeof firedAt === 'string' ? firedAt : happenedAt.toISOString(),
    endsAt: isResolved ? happenedAt.toISOString() : NO_END,
    generatorURL: '',
    fingerprint: String(data['fingerprint'] ?? '0'.repeat(16)),
  }
}

/** data_quality: MlWorkerDataQuality. */
function alertNameOf(kind: string): string {
  const words = kind.split('_').map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  return `MlWorker${words.join('')}`
}

/** Without the members that are undefined; the others as texts. */
function defined(members: Readonly<Record<string, unknown>>): Labels {
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]))
}

/** As Alertmanager writes a set of labels. */
function textOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${pairs.join(', ')}}`
}

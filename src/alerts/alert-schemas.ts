// What callers say of alerts and of their rules, and what they see of them.
import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../pages.ts'
import { AnyObject, Moment, ProjectParts, present } from '../projects/project-schemas.ts'
import { ALERT_EVENTS, ALERT_STATES, type Alert, type AlertState, isMuted } from './alert.ts'
import type { AlertStory } from './alerts.ts'
import { RULE_SECONDS_MAX, RULE_WINDOWS_MAX, type Rule } from './rule.ts'
import { SEVERITIES, type Severity, SIGNAL_KINDS, type SignalKind } from './signals.ts'

export const LABELS_MAX = 20

const Kind = Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...SIGNAL_KINDS] })
const SeverityAnswer = Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...SEVERITIES] })
const SaidSeverity = (description: string) =>
  Type.Optional(Type.String({ pattern: `^(${SEVERITIES.join('|')})$`, enum: [...SEVERITIES], description }))
const Windows = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: RULE_WINDOWS_MAX, description }))
const Seconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: RULE_SECONDS_MAX, description }))
const Threshold = (description: string) => Type.Optional(Type.Number({ minimum: 0, format: 'double', description }))

const Labels = AnyObject(`Up to ${LABELS_MAX} texts by name, which its alerts and what is told of them carry`)
const RULE_WORDS = {
  enabled: 'false: no alert of this kind begins, and open ones are resolved',
  severity_at_least: 'A bad window counts where it is at least so severe',
  resolve_below: 'A bad window that is less severe than this counts as a good one; between both it counts as neither',
  bad_windows: 'An alert fires when so many …',
  of_windows: '… of so many last windows are bad',
  good_windows: 'It resolves when so many windows in a row, up to the last one, are good',
  cooldown_seconds: 'For so long after a resolution no alert of the same fingerprint fires',
  repeat_seconds:
    'A firing alert is told again after so long, until it is acknowledged, muted or resolved; 0: it is told once',
  threshold:
    'Of latency (milliseconds of the 95th percentile), errors (share of the requests) and queue (seconds): from here on a window is of medium severity, from twice as much high, from four times critical',
  resolve_threshold: 'Of the same: from here to the threshold a window is of low severity, below it is good',
}

/** Absent members are those of the default rule. */
export const PutRule = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ description: RULE_WORDS.enabled })),
    severity_at_least: SaidSeverity(RULE_WORDS.severity_at_least),
    resolve_below: SaidSeverity(RULE_WORDS.resolve_below),
    bad_windows: Windows(RULE_WORDS.bad_windows),
    of_windows: Windows(RULE_WORDS.of_windows),
    good_windows: Windows(RULE_WORDS.good_windows),
    cooldown_seconds: Seconds(RULE_WORDS.cooldown_seconds),
    repeat_seconds: Seconds(RULE_WORDS.repeat_seconds),
    threshold: Threshold(RULE_WORDS.threshold),
    resolve_threshold: Threshold(RULE_WORDS.resolve_threshold),
    labels: Type.Optional(Labels),
  },
  { additionalProperties: false, title: 'PutAlertRule' },
)

export const RuleAnswer = Type.Object(
  {
    kind: Kind,
    revision: Type.Integer({ description: '0: the default rule. Else its ETag: what If-Match of a change says' }),
    enabled: Type.Boolean({ description: RULE_WORDS.enabled }),
    severity_at_least: SeverityAnswer,
    resolve_below: SeverityAnswer,
    bad_windows: Type.Integer({ description: RULE_WORDS.bad_windows }),
    of_windows: Type.Integer({ description: RULE_WORDS.of_windows }),
    good_windows: Type.Integer({ description: RULE_WORDS.good_windows }),
    cooldown_seconds: Type.Integer({ description: RULE_WORDS.cooldown_seconds }),
    repeat_seconds: Type.Integer({ description: RULE_WORDS.repeat_seconds }),
    threshold: Type.Optional(Type.Number({ format: 'double', description: RULE_WORDS.threshold })),
    resolve_threshold: Type.Optional(Type.Number({ format: 'double', description: RULE_WORDS.resolve_threshold })),
    labels: Labels,
    changed_at: Type.Optional(Moment('When it was changed last; absent of the default rule')),
    changed_by: Type.Optional(Type.String({ description: 'As in the audit' })),
  },
  { title: 'AlertRule' },
)
export const RuleList = Type.Object(
  { rules: Type.Array(RuleAnswer, { description: 'One of each kind' }) },
  { title: 'AlertRuleList' },
)

const KindParam = Type.Unsafe<SignalKind>({ type: 'string', enum: [...SIGNAL_KINDS], description: 'What is watched' })
export const RulePath = Type.Object({ ...ProjectParts, kind: KindParam })

const Window = Type.Object(
  { from: Moment('Its start'), to: Moment('Its end') },
  { title: 'AlertWindow', description: 'The bad window that it is about, or that brought an event about' },
)
const MEMBERS = {
  id: Type.Integer({ format: 'int64' }),
  fingerprint: Type.String({ description: 'The same for all alerts of one kind, project, environment and version' }),
  kind: Kind,
  project: Type.Optional(Type.String()),
  project_id: Type.Optional(Type.Integer({ format: 'int64' })),
  environment: Type.Optional(Type.String()),
  version: Type.Optional(Type.Integer()),
  state: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...ALERT_STATES] }),
  severity: SeverityAnswer,
  labels: Labels,
  window: Window,
  details: AnyObject('What was found in it: columns and figures'),
  started_at: Moment('The start of its first bad window'),
  fired_at: Type.Optional(Moment('Since when it fires, or fired')),
  resolved_at: Type.Optional(Moment('When it was resolved')),
  resolved_by: Type.Optional(Type.String({ description: 'As in the audit; worker/alerts where windows were good' })),
  resolved_reason: Type.Optional(Type.String()),
  acknowledged_at: Type.Optional(Moment('When somebody took it on')),
  acknowledged_by: Type.Optional(Type.String()),
  muted_until: Type.Optional(Moment('Until then nothing of its fingerprint is told')),
  muted_by: Type.Optional(Type.String()),
  told_at: Type.Optional(Moment('When it was told last that it fires; absent: nobody was told')),
}
export const AlertAnswer = Type.Object(MEMBERS, { title: 'Alert' })
export const AlertList = Type.Object(
  { alerts: Type.Array(AlertAnswer, { description: 'The newest first' }), next: NextPage },
  { title: 'AlertList' },
)
export const AlertStoryAnswer = Type.Object(
  {
    ...MEMBERS,
    events: Type.Array(
      Type.Object(
        {
          event: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...ALERT_EVENTS] }),
          severity: Type.Optional(SeverityAnswer),
          note: Type.Optional(Type.String()),
          window: Type.Optional(Window),
          at: Moment('When it happened'),
          by: Type.String({ description: 'As in the audit; worker/alerts where no caller asked for it' }),
        },
        { title: 'AlertEvent' },
      ),
      { description: 'The oldest first; of more than 500 the newest' },
    ),
  },
  { title: 'AlertStory' },
)

export const AlertFilterParts = {
  state: Type.Optional(
    Type.Unsafe<AlertState>({ type: 'string', enum: [...ALERT_STATES], description: 'Only those in this state' }),
  ),
  kind: Type.Optional(KindParam),
  severity: Type.Optional(
    Type.Unsafe<Severity>({ type: 'string', enum: [...SEVERITIES], description: 'Only those of this severity' }),
  ),
  environment: Type.Optional(Type.String({ maxLength: 40, description: 'Only those of this environment' })),
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Only those of this version' })),
  acknowledged: Type.Optional(Type.Boolean({ description: 'Only those that somebody took on, or nobody did' })),
  muted: Type.Optional(Type.Boolean({ description: 'Only those that are muted now, or are not' })),
}

export const AlertPath = Type.Object({
  alert_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' }),
})
const Note = Type.Optional(
  Type.String({ maxLength: 2000, pattern: '^[^\\u0000]*$', description: 'For whoever looks later' }),
)
export const HandleAlert = Type.Object({ note: Note }, { additionalProperties: false, title: 'HandleAlert' })
export const MuteAlert = Type.Object(
  {
    until: Type.String({
      maxLength: 40,
      description: 'A time to come, within a year, such as 2026-03-01T00:00:00Z',
    }),
    note: Note,
  },
  { additionalProperties: false, title: 'MuteAlert' },
)

export function ruleAnswerOf(rule: Rule): Static<typeof RuleAnswer> {
  const { threshold, resolveThreshold, changedAt, changedBy } = rule
  return {
    kind: rule.kind,
    revision: rule.revision,
    enabled: rule.isEnabled,
    severity_at_least: rule.severityMin,
    resolve_below: rule.resolveBelow,
    bad_windows: rule.badWindows,
    of_windows: rule.ofWindows,
    good_windows: rule.goodWindows,
    cooldown_seconds: rule.cooldownSeconds,
    repeat_seconds: rule.repeatSeconds,
    ...present({ threshold, resolve_threshold: resolveThreshold }),
    labels: rule.labels,
    ...present({ changed_at: changedAt?.toISOString() ?? null, changed_by: changedBy }),
  }
}

/** now: a mute that is over is not shown. */
export function alertAnswerOf(alert: Alert, now: Date): Static<typeof AlertAnswer> {
  const { projectName, projectId, environment, version, firedAt, resolvedAt, acknowledgedAt, toldAt } = alert
  const { mutedUntil, mutedBy } = isMuted(alert, now) ? alert : { mutedUntil: null, mutedBy: null }
  return {
    id: alert.alertId,
    fingerprint: alert.fingerprint,
    kind: alert.kind,
    ...present({ project: projectName, project_id: projectId, environment, version }),
    state: alert.state,
    severity: alert.severity,
    labels: alert.labels,
    window: { from: alert.windowFrom.toISOString(), to: alert.windowTo.toISOString() },
    details: alert.details,
    started_at: alert.startedAt.toISOString(),
    ...present({
      fired_at: firedAt?.toISOString() ?? null,
      resolved_at: resolvedAt?.toISOString() ?? null,
      resolved_by: alert.resolvedBy,
      resolved_reason: alert.resolvedReason,
      acknowledged_at: acknowledgedAt?.toISOString() ?? null,
      acknowledged_by: alert.acknowledgedBy,
      muted_until: mutedUntil?.toISOString() ?? null,
      muted_by: mutedBy,
      told_at: toldAt?.toISOString() ?? null,
    }),
  }
}

export function alertStoryOf({ alert, events }: AlertStory, now: Date): Static<typeof AlertStoryAnswer> {
  const told = events.map(({ event, severity, note, windowFrom: from, windowTo: to, happenedAt, actor }) => ({
    event,
    ...present({ severity, note }),
    ...(from === null || to === null ? {} : { window: { from: from.toISOString(), to: to.toISOString() } }),
    at: happenedAt.toISOString(),
    by: actor,
  }))
  return { ...alertAnswerOf(alert, now), events: told }
}

// What an alert is, as it is kept.
import type { Severity, SignalKind } from './signals.ts'

export const ALERT_STATES = ['pending', 'firing', 'resolved'] as const
export type AlertState = (typeof ALERT_STATES)[number]

export const ALERT_EVENTS = [
  ...['pending', 'firing', 'escalated', 'reminded', 'resolved'],
  ...['acknowledged', 'muted', 'unmuted'],
] as const

/** Who changes alerts where no caller asked for it. */
export const WORKER = 'worker/alerts'

/** What windows are of: one alert at the most is open of each. */
export interface SeriesKey {
  readonly kind: SignalKind
  readonly projectId: number | null
  readonly environment: string | null
  readonly version: number | null
}

export interface Alert extends SeriesKey {
  readonly alertId: number
  readonly seriesId: number
  /** 16 hexadecimal digits: the same for all alerts of one kind, project, environment and version. */
  readonly fingerprint: string
  readonly projectName: string | null
  readonly state: AlertState
  readonly severity: Severity
  /** Of the rule, when it began. */
  readonly labels: Readonly<Record<string, string>>
  /** Of the last bad window. */
  readonly details: Readonly<Record<string, unknown>>
  readonly windowFrom: Date
  readonly windowTo: Date
  readonly startedAt: Date
  readonly firedAt: Date | null
  readonly resolvedAt: Date | null
  readonly resolvedBy: string | null
  readonly resolvedReason: string | null
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
  /** Until then nothing of its fingerprint is told. It may be over. */
  readonly mutedUntil: Date | null
  readonly mutedBy: string | null
  /** When it was told last that it fires, and how severe it was then; null: nobody was told. */
  readonly toldAt: Date | null
  readonly toldSeverity: Severity | null
}

export interface AlertEvent {
  readonly event: string
  readonly severity: Severity | null
  readonly note: string | null
  readonly windowFrom: Date | null
  readonly windowTo: Date | null
  readonly happenedAt: Date
  /** As in the audit. */
  readonly actor: string
}

export function isMuted({ mutedUntil }: Pick<Alert, 'mutedUntil'>, now: Date): boolean {
  return mutedUntil !== null && mutedUntil > now
}

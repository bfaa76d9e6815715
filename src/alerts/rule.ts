// What a rule is: which windows of a kind count as bad and as good, and how many of them change an alert. Every project has
// one rule of each kind; what it does not say is as here.
import type { Severity, SignalKind } from './signals.ts'

/** What can be said and changed of a rule. */
export interface RuleContent {
  readonly isEnabled: boolean
  /** A bad window counts where its severity is at least this. */
  readonly severityMin: Severity
  /** A bad window of a severity below this counts as a good one. What lies between both counts as neither. */
  readonly resolveBelow: Severity
  /** An alert fires when so many … */
  readonly badWindows: number
  /** … of so many last windows are bad. */
  readonly ofWindows: number
  /** It resolves when so many windows in a row, up to the last one, are good. */
  readonly goodWindows: number
  /** For so long after a resolution no alert of the same fingerprint fires; it waits as a pending one. */
  readonly cooldownSeconds: number
  /** A firing alert is told again after so long, until it is acknowledged, muted or resolved; 0: it is told once. */
  readonly repeatSeconds: number
  /** Of a measured kind: from here on a window is of medium severity, from twice as much high, from four times critical. */
  readonly threshold: number | null
  /** Of a measured kind: from here to the threshold a window is of low severity, below it is good. */
  readonly resolveThreshold: number | null
  readonly labels: Readonly<Record<string, string>>
}

export interface Rule extends RuleContent {
  readonly kind: SignalKind
  /** 0: the project has said nothing, and this is the default. */
  readonly revision: number
  readonly changedAt: Date | null
  readonly changedBy: string | null
}

export const RULE_WINDOWS_MAX = 50
export const RULE_SECONDS_MAX = 30 * 86_400

/** Kinds whose windows the worker measures itself, with what the threshold is in, and its most. */
export const MEASURED: Readonly<Partial<Record<SignalKind, { readonly unit: string; readonly max: number }>>> = {
  latency: { unit: 'milliseconds of the 95th percentile', max: 1_800_000 },
  errors: { unit: 'share of the requests', max: 1 },
  queue: { unit: 'seconds that the oldest training has waited or run', max: RULE_SECONDS_MAX },
}

/** Of windows of a day, which a look has judged against its own level already. */
const JUDGED: RuleContent = {
  isEnabled: true,
  severityMin: 'medium',
  resolveBelow: 'medium',
  badWindows: 1,
  ofWindows: 1,
  goodWindows: 2,
  cooldownSeconds: 0,
  repeatSeconds: 0,
  threshold: null,
  resolveThreshold: null,
  labels: {},
}
/** Of things that go wrong or well once: the next one that goes well resolves. */
const HAPPENED: RuleContent = { ...JUDGED, goodWindows: 1 }
/** Of windows of five minutes. */
const OF_MINUTES: RuleContent = {
  ...JUDGED,
  resolveBelow: 'low',
  badWindows: 3,
  ofWindows: 5,
  goodWindows: 3,
  cooldownSeconds: 600,
}

export const DEFAULT_RULES: Readonly<Record<SignalKind, RuleContent>> = {
  drift: JUDGED,
  performance: JUDGED,
  data_quality: JUDGED,
  coverage: { ...JUDGED, badWindows: 2, ofWindows: 3 },
  latency: { ...OF_MINUTES, threshold: 1_000, resolveThreshold: 800 },
  errors: { ...OF_MINUTES, threshold: 0.05, resolveThreshold: 0.02 },
  training_failed: HAPPENED,
  deployment_failed: HAPPENED,
  // Longer than a training may take by default.
  queue: { ...OF_MINUTES, badWindows: 2, ofWindows: 3, threshold: 4_000, resolveThreshold: 3_000 },
}

export function defaultRule(kind: SignalKind): Rule {
  return { ...DEFAULT_RULES[kind], kind, revision: 0, changedAt: null, changedBy: null }
}

// What a look at a window tells the alerts: good windows too, since an alert needs several bad ones to fire and several good
// ones to resolve.
import type { Transaction } from '../database/pool.ts'

export const SIGNAL_KINDS = [
  'drift',
  'performance',
  'data_quality',
  'coverage',
  'latency',
  'errors',
  'training_failed',
  'deployment_failed',
  'queue',
] as const
export type SignalKind = (typeof SIGNAL_KINDS)[number]

/** In ascending order. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const VERDICTS = ['bad', 'good', 'insufficient_data'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Signal {
  readonly kind: SignalKind
  /** Undefined where it is about no project; then the rule is the default one. */
  readonly projectId: number | undefined
  readonly environment: string | undefined
  readonly version: number | undefined
  /** from is before to. Windows of one kind, project, environment and version are ordered by their ends. */
  readonly window: { readonly from: Date; readonly to: Date }
  /** insufficient_data counts neither for an alert nor against it, and the same window may be told again with a verdict. */
  readonly verdict: Verdict
  /** Of a bad window; undefined is medium. Of others it is not looked at. */
  readonly severity: Severity | undefined
  /** Small JSON for people, in snake_case: columns and their figures, no values of rows. What exceeds 8 KiB is cut off. */
  readonly details: Readonly<Record<string, unknown>>
}

export interface Signals {
  /**
   * Counts the window, and changes the state of its alert, in the transaction of the look. A window that was told before
   * counts once. Throws RangeError for a window that does not end after its start, and what the database throws while it is
   * away; any other failure of the alerts is logged and counted, and the transaction goes on without it.
   */
  tell(tx: Transaction, signal: Signal): Promise<void>
}

/** Whether a is as severe as b, or more so. */
export function isAtLeast(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b)
}

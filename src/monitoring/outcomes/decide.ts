// Which outcome of a prediction counts, where there are several: deciding only.
import { type KeptOutcome, type OutcomeKind, type OutcomeValue, timeOf } from './outcome.ts'

export interface Decision {
  readonly kind: Extract<OutcomeKind, 'added' | 'corrected' | 'unchanged' | 'older'>
  /** What counts from now on. */
  readonly kept: KeptOutcome
  /** What does not: kept beside it. */
  readonly replaced: KeptOutcome | undefined
}

/**
 * The one with the latest time counts; of equal times the one that came last. The same value again, from no later time or
 * without one, changes nothing: a request that is sent twice counts once.
 */
export function decide(present: KeptOutcome | undefined, given: OutcomeValue, now: number): Decision {
  const { outcome, number = null, occurredAt = null } = given
  const next: KeptOutcome = { outcome, number, occurredAt, receivedAt: now }
  if (present === undefined) return { kind: 'added', kept: next, replaced: undefined }
  const isSame = present.outcome === outcome
  if (isSame && (occurredAt === null || occurredAt === present.occurredAt)) {
    return { kind: 'unchanged', kept: present, replaced: undefined }
  }
  if (timeOf(next) < timeOf(present)) return { kind: 'older', kept: present, replaced: next }
  return { kind: 'corrected', kept: next, replaced: present }
}

// What callers say of the policy for retrainings of a project, and what they see of it.
import { type Static, Type } from '@sinclair/typebox'
import { SEVERITIES } from '../../alerts/signals.ts'
import type { MemberFaults, WellFormed } from '../../rows/member-faults.ts'
import { DEFAULT_POLICY, type RetrainingPolicy, SIGNALLED, type StoredPolicy } from './retraining.ts'
import { nextAfter } from './schedule.ts'

const oneOf = <const Names extends readonly string[]>(names: Names, fallback: Names[number], description: string) =>
  Type.String({ pattern: `^(${names.join('|')})$`, enum: [...names], default: fallback, description })
const whole = (minimum: number, maximum: number, fallback: number, description: string) =>
  Type.Integer({ minimum, maximum, default: fallback, description })

export const EnvironmentName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[a-z][a-z0-9_.-]{0,99}$',
  default: DEFAULT_POLICY.environment,
  description: 'Where the champion answers, and where a challenger is deployed',
})

export const PutRetrainingPolicy = Type.Object(
  {
    environment: Type.Optional(EnvironmentName),
    mode: Type.Optional(
      oneOf(
        ['suggest', 'automatic'],
        DEFAULT_POLICY.mode,
        'suggest: what the schedule or a signal begins waits for a person',
      ),
    ),
    cron: Type.Optional(
      Type.String({ minLength: 9, maxLength: 100, description: 'In UTC: minute, hour, day, month, weekday' }),
    ),
    on: Type.Optional(
      Type.Array(Type.String({ enum: [...SIGNALLED], pattern: `^(${SIGNALLED.join('|')})$` }), {
        maxItems: SIGNALLED.length,
        uniqueItems: true,
        description: 'What looks tell of that begins a retraining',
      }),
    ),
    severity: Type.Optional(oneOf(SEVERITIES, DEFAULT_POLICY.severity, 'A window is bad from this severity on')),
    bad_windows: Type.Optional(whole(1, 30, DEFAULT_POLICY.badWindows, 'So many windows must be bad')),
    of_windows: Type.Optional(whole(1, 30, DEFAULT_POLICY.ofWindows, 'of the last so many')),
    cooldown_days: Type.Optional(
      whole(0, 365, DEFAULT_POLICY.cooldownDays, 'After a retraining none begins by itself for so long'),
    ),
    promote: Type.Optional(
      oneOf(
        ['review', 'deploy'],
        DEFAULT_POLICY.promote,
        'Of a challenger that is better: its review is requested; deploy: and once the policy of reviews approves it, it is deployed',
      ),
    ),
    evaluation_dataset: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Challenger and champion are judged on the newest data set of this name: recent rows with labels, which neither was trained on. Without it on the rows that both held out, where they are the same',
      }),
    ),
  },
  { additionalProperties: false, title: 'PutRetrainingPolicy' },
)

export const RetrainingPolicyAnswer = Type.Object(
  {
    revision: Type.Integer({ description: 'For If-Match, in quotes; 0 while nobody has said anything' }),
    environment: Type.String(),
    mode: Type.String(),
    cron: Type.Optional(Type.String()),
    on: Type.Array(Type.String()),
    severity: Type.String(),
    bad_windows: Type.Integer(),
    of_windows: Type.Integer(),
    cooldown_days: Type.Integer(),
    promote: Type.String(),
    evaluation_dataset: Type.Optional(Type.String()),
    next_due_at: Type.Optional(Type.String({ format: 'date-time', description: 'By the schedule' })),
    changed_at: Type.Optional(Type.String({ format: 'date-time' })),
    changed_by: Type.Optional(Type.String({ description: 'As in the audit' })),
  },
  { title: 'RetrainingPolicy' },
)

type GivenPolicy = WellFormed<Static<typeof PutRetrainingPolicy>>

/** What is said, and the defaults of all else. */
export function policyOf(given: GivenPolicy): RetrainingPolicy {
  const { environment, mode, cron, on, severity, bad_windows, of_windows, cooldown_days, promote } = given
  return {
    environment: environment ?? DEFAULT_POLICY.environment,
    mode: (mode ?? DEFAULT_POLICY.mode) as RetrainingPolicy['mode'],
    cron: cron ?? null,
    on: SIGNALLED.filter((cause) => on?.includes(cause)),
    severity: (severity ?? DEFAULT_POLICY.severity) as RetrainingPolicy['severity'],
    badWindows: bad_windows ?? DEFAULT_POLICY.badWindows,
    ofWindows: of_windows ?? Math.max(DEFAULT_POLICY.ofWindows, bad_windows ?? 0),
    cooldownDays: cooldown_days ?? DEFAULT_POLICY.cooldownDays,
    promote: (promote ?? DEFAULT_POLICY.promote) as RetrainingPolicy['promote'],
    evaluationDataset: given.evaluation_dataset ?? null,
  }
}

/** Adds what its members cannot mean. */
export function addPolicyFaults(given: GivenPolicy, now: Date, faults: MemberFaults): void {
  const { badWindows, ofWindows } = policyOf(given)
  if (faults.areSound('bad_windows', 'of_windows') && badWindows > ofWindows) {
    const detail = `expected of_windows, ${ofWindows}, at the most, got ${badWindows}`
    faults.add({ in: 'body', parameter: 'bad_windows', detail })
  }
  const { cron } = given
  try {
    if (cron !== undefined && nextAfter(cron, now) === undefined) throw new Error('it is never due')
  } catch (error) {
    faults.add({ in: 'body', parameter: 'cron', detail: (error as Error).message })
  }
}

/** stored: undefined while nobody has said anything. */
export function policyAnswerOf(stored: StoredPolicy | undefined): Static<typeof RetrainingPolicyAnswer> {
  const { environment, mode, cron, on, severity, promote, ...others } = stored?.policy ?? DEFAULT_POLICY
  const { badWindows, ofWindows, cooldownDays, evaluationDataset } = others
  return {
    revision: stored?.revision ?? 0,
    environment,
    mode,
    ...(cron === null ? {} : { cron }),
    on: [...on],
    severity,
    bad_windows: badWindows,
    of_windows: ofWindows,
    cooldown_days: cooldownDays,
    promote,
    ...(evaluationDataset === null ? {} : { evaluation_dataset: evaluationDataset }),
    ...(stored?.nextDueAt == null ? {} : { next_due_at: stored.nextDueAt.toISOString() }),
    ...(stored === undefined ? {} : { changed_at: stored.changedAt.toISOString(), changed_by: stored.changedBy }),
  }
}

// What callers say of the policy for retrainings of a project, and what they see of it.
import { type Static, Type } from '@sinclair/typebox'
import { SEVERITIES } from '../../alerts/signals.ts'
import type { MemberFaults, WellFormed } from '../../rows/member-faults.ts'
import { DATA, DEFAULT_POLICY, type RetrainingPolicy, SIGNALLED, type StoredPolicy } from './retraining.ts'
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

/** What a challenger learns from; without their defaults of one retraining, which has those of the policy. */
export const LogMembers = {
  data: Type.Optional(
    oneOf(
      DATA,
      DEFAULT_POLICY.data,
      'log: logged predictions with outcomes; dataset: the newest data set of the project',
    ),
  ),
  log_days: Type.Optional(
    whole(
      1,
      3650,
      DEFAULT_POLICY.logDays,
      'Of the log: the last so many days, before those whose outcomes may still come',
    ),
  ),
  log_since_last: Type.Optional(
    Type.Boolean({
      default: DEFAULT_POLICY.logSinceLast,
      description: 'Of the log: no predictions that the last retraining has taken already',
    }),
  ),
  log_rows_min: Type.Optional(
    whole(
      50,
      500_000,
      DEFAULT_POLICY.logRowsMin,
      'With fewer rows of the log nothing is trained; those held back count',
    ),
  ),
  log_held_back: Type.Optional(
    Type.Number({
      minimum: 0.05,
      maximum: 0.5,
      default: DEFAULT_POLICY.logHeldBack,
      format: 'double',
      description: 'The share of the rows of the log, the newest ones, that challenger and champion are judged on',
    }),
  ),
}

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
        'Of a challenger that is better: its review is requested; deploy: and once it is approved, by the policy of reviews or by a person, it is deployed',
      ),
    ),
    review_days: Type.Optional(
      whole(
        1,
        365,
        DEFAULT_POLICY.reviewDays,
        'With promote=deploy: for so long a retraining waits for the review of its challenger; then it ends as expired',
      ),
    ),
    evaluation_dataset: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          'Challenger and champion are judged on the newest data set of this name: recent rows with labels, which neither was trained on. Without it on the rows that both held out, where they are the same. Not with data=log, which holds rows back',
      }),
    ),
    ...LogMembers,
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
    review_days: Type.Integer(),
    evaluation_dataset: Type.Optional(Type.String()),
    data: Type.String(),
    log_days: Type.Integer(),
    log_since_last: Type.Boolean(),
    log_rows_min: Type.Integer(),
    log_held_back: Type.Number({ format: 'double' }),
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
    reviewDays: given.review_days ?? DEFAULT_POLICY.reviewDays,
    evaluationDataset: given.evaluation_dataset ?? null,
    ...withLog(DEFAULT_POLICY, given),
  }
}

/** Adds what its members cannot mean. */
export function addPolicyFaults(given: GivenPolicy, now: Date, faults: MemberFaults): void {
  const { badWindows, ofWindows, data, evaluationDataset } = policyOf(given)
  if (data === 'log' && evaluationDataset !== null) {
    const detail = 'expected none with data=log: challenger and champion are judged on the rows that are held back'
    faults.add({ in: 'body', parameter: 'evaluation_dataset', detail })
  }
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

export type GivenLog = { readonly [Name in keyof typeof LogMembers]?: Static<(typeof LogMembers)[Name]> | undefined }

/** What is said of the data, and what stands there of all else. */
export function withLog(
  before: RetrainingPolicy,
  given: GivenLog,
): Pick<RetrainingPolicy, 'data' | 'logDays' | 'logSinceLast' | 'logRowsMin' | 'logHeldBack'> {
  return {
    data: (given.data ?? before.data) as RetrainingPolicy['data'],
    logDays: given.log_days ?? before.logDays,
    logSinceLast: given.log_since_last ?? before.logSinceLast,
    logRowsMin: given.log_rows_min ?? before.logRowsMin,
    logHeldBack: given.log_held_back ?? before.logHeldBack,
  }
}

/** stored: undefined while nobody has said anything. */
export function policyAnswerOf(stored: StoredPolicy | undefined): Static<typeof RetrainingPolicyAnswer> {
  const { environment, mode, cron, on, severity, promote, data, ...others } = stored?.policy ?? DEFAULT_POLICY
  const { badWindows, ofWindows, cooldownDays, reviewDays, evaluationDataset } = others
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
    review_days: reviewDays,
    ...(evaluationDataset === null ? {} : { evaluation_dataset: evaluationDataset }),
    data,
    log_days: others.logDays,
    log_since_last: others.logSinceLast,
    log_rows_min: others.logRowsMin,
    log_held_back: others.logHeldBack,
    ...(stored?.nextDueAt == null ? {} : { next_due_at: stored.nextDueAt.toISOString() }),
    ...(stored === undefined ? {} : { changed_at: stored.changedAt.toISOString(), changed_by: stored.changedBy }),
  }
}

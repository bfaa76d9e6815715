// What a project says of its monitoring, and what callers see of that.
import { type Static, Type } from '@sinclair/typebox'
import { ANOMALY_SHARE_MAX } from '../../cells/row-forest.ts'
import { notAName } from '../../model/column-name.ts'
import type { MemberFaults, WellFormed } from '../../rows/member-faults.ts'

export const LOG_MODES = ['off', 'sampled', 'all'] as const
export type LogMode = (typeof LOG_MODES)[number]

/** What is judged by itself, window by window. */
export const LOOK_KINDS = ['drift', 'data_quality', 'performance', 'coverage'] as const
export type LookKind = (typeof LOOK_KINDS)[number]

const DAYS_MAX = 3_650

/** What is said of a key of a project that takes none. */
export const NO_KEY_COLUMN = 'the monitoring of the project names no key_column'

const KeyColumn = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\u0000]*$',
  description:
    'A column of the rows that the caller knows predictions by: it is kept with them, and outcomes may name it. Where it is no feature of a version, the version does not see it',
})

const Words = {
  log: Type.String({
    pattern: `^(${LOG_MODES.join('|')})$`,
    enum: [...LOG_MODES],
    default: 'off',
    description: 'Whether predictions are kept with their rows: none, a share of them, or all',
  }),
  rate: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.1,
    format: 'double',
    description: 'With log=sampled the share of the predictions that is kept',
  }),
  retention_days: Type.Integer({
    minimum: 1,
    maximum: DAYS_MAX,
    default: 30,
    description: 'For how many days kept predictions stay',
  }),
  looks: Type.Array(Type.String({ pattern: `^(${LOOK_KINDS.join('|')})$`, enum: [...LOOK_KINDS] }), {
    uniqueItems: true,
    maxItems: LOOK_KINDS.length,
    default: [...LOOK_KINDS],
    description: 'What is judged by itself, window by window',
  }),
  window_hours: Type.Integer({
    minimum: 1,
    maximum: 168,
    default: 24,
    description: 'How long a window is that is judged',
  }),
  window_hours_max: Type.Integer({
    minimum: 1,
    maximum: 2_160,
    default: 168,
    description: 'A window with too few rows to judge grows by those before it, up to so long',
  }),
  days_per_false_alarm: Type.Integer({
    minimum: 1,
    maximum: DAYS_MAX,
    default: 90,
    description: 'While nothing changes, one false alarm is allowed in so many days',
  }),
  calibration_windows: Type.Integer({
    minimum: 0,
    maximum: 100,
    default: 14,
    description:
      'The first windows of a version say how much windows differ by themselves, when there are so many; later ones, up to 60, make that surer; 0 takes its rows as independent',
  }),
  sequential: Type.Boolean({
    default: false,
    description: 'Whether evidence of drift is collected over windows too, which finds small changes that stay',
  }),
  anomaly_share: Type.Number({
    minimum: 0,
    maximum: ANOMALY_SHARE_MAX,
    default: 0,
    format: 'double',
    description:
      'Each predicted row is scored by an isolation forest of the training, and called anomalous where at most this share of ordinary rows scores as high; 0 scores none',
  }),
  outcome_days: Type.Integer({
    minimum: 0,
    maximum: 365,
    default: 7,
    description: 'How many days outcomes may take: performance is judged of older days only',
  }),
}

export const PutMonitoring = Type.Object(
  {
    log: Type.Optional(Words.log),
    rate: Type.Optional(Words.rate),
    retention_days: Type.Optional(Words.retention_days),
    looks: Type.Optional(Words.looks),
    window_hours: Type.Optional(Words.window_hours),
    window_hours_max: Type.Optional(Words.window_hours_max),
    days_per_false_alarm: Type.Optional(Words.days_per_false_alarm),
    calibration_windows: Type.Optional(Words.calibration_windows),
    sequential: Type.Optional(Words.sequential),
    anomaly_share: Type.Optional(Words.anomaly_share),
    outcome_days: Type.Optional(Words.outcome_days),
    key_column: Type.Optional(KeyColumn),
  },
  { additionalProperties: false, title: 'PutMonitoring', description: 'What is absent has its default' },
)

export const MonitoringAnswer = Type.Object(
  {
    log: Type.Unsafe<LogMode>({ type: 'string', 'x-extensible-enum': [...LOG_MODES] }),
    rate: Type.Number({ format: 'double' }),
    retention_days: Type.Integer(),
    looks: Type.Array(Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...LOOK_KINDS] })),
    window_hours: Type.Integer(),
    window_hours_max: Type.Integer(),
    days_per_false_alarm: Type.Integer(),
    calibration_windows: Type.Integer(),
    sequential: Type.Boolean(),
    anomaly_share: Type.Number({ format: 'double' }),
    outcome_days: Type.Integer(),
    key_column: Type.Optional(Type.String({ description: 'Absent where there is none' })),
    revision: Type.Optional(
      Type.Integer({ description: 'Its ETag: what If-Match of a change says; absent while nobody has set anything' }),
    ),
    changed_at: Type.Optional(Type.String({ format: 'date-time' })),
    changed_by: Type.Optional(Type.String({ description: 'As in the audit' })),
  },
  { title: 'Monitoring' },
)

/** What a project says. */
export type MonitoringWords = { readonly [Name in keyof typeof Words]: Static<(typeof Words)[Name]> } & {
  /** Absent where the rows have none. */
  readonly key_column?: string
}

export interface StoredMonitoring {
  readonly words: MonitoringWords
  readonly revision: number
  readonly changedAt: Date
  readonly changedBy: string
}

/** Of a project that has said nothing. */
export const DEFAULT_WORDS = Object.fromEntries(
  Object.entries(Words).map(([name, schema]) => [name, schema.default]),
) as unknown as MonitoringWords

/** Members that were added since something was stored have their defaults. */
export function wordsOf(stored: Partial<MonitoringWords>): MonitoringWords {
  return { ...DEFAULT_WORDS, ...stored }
}

/** Adds what the words of a project cannot mean together. */
export function addWordFaults(given: WellFormed<Static<typeof PutMonitoring>>, faults: MemberFaults): void {
  const { window_hours, window_hours_max, key_column = '' } = wordsOf(given)
  if (faults.areSound('window_hours', 'window_hours_max') && window_hours_max < window_hours) {
    const detail = `expected at least window_hours, ${window_hours}, got ${window_hours_max}`
    faults.add({ in: 'body', parameter: 'window_hours_max', detail })
  }
  const wrongName = notAName(key_column)
  if (wrongName !== undefined) faults.add({ in: 'body', parameter: 'key_column', detail: wrongName })
}

export function answerOf(
  words: MonitoringWords,
  stored: StoredMonitoring | undefined,
): Static<typeof MonitoringAnswer> {
  const { log, looks, ...rest } = words
  const said = { log: log as LogMode, looks: [...looks], ...rest }
  if (stored === undefined) return said
  const { revision, changedAt, changedBy } = stored
  return { ...said, revision, changed_at: changedAt.toISOString(), changed_by: changedBy }
}

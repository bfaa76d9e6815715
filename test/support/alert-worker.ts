// The parts of the room of alerts over a database, as several workers have them, with a clock that a test moves.
import pino from 'pino'
import type { Test } from 'tap'
import { AlertRules } from '../../src/alerts/alert-rules.ts'
import { AlertSignals } from '../../src/alerts/alert-signals.ts'
import { Alerts } from '../../src/alerts/alerts.ts'
import { defaultRule, type RuleContent } from '../../src/alerts/rule.ts'
import type { Severity, Signal, SignalKind } from '../../src/alerts/signals.ts'
import { keepUp } from '../../src/alerts/upkeep.ts'
import { Audit } from '../../src/audit/audit.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool, inTransaction, type Transaction } from '../../src/database/pool.ts'
import { type Notice, openNotices } from '../../src/notifications/notices.ts'
import { Projects } from '../../src/projects/projects.ts'
import type { TestDatabase } from './database.ts'

export const TESTER = { actor: 'token/tester', address: null, requestId: null }

export interface AlertWorker {
  readonly signals: AlertSignals
  readonly alerts: Alerts
  readonly rules: AlertRules
  readonly ownSchema: OwnSchema
  /** Lines of the log at warn and above. */
  readonly logged: Record<string, unknown>[]
  readonly outcomes: string[]
  /** Each signal in a transaction of its own. */
  tell(...signals: Signal[]): Promise<void>
  keepUp(): Promise<void>
  /** Moves the clock of this worker on. */
  pass(seconds: number): void
  readonly now: () => Date
}

/** onNotice: called in the transaction before each notice is appended; it may throw. */
export function openAlertWorker(
  t: Test,
  { url }: Pick<TestDatabase, 'url'>,
  { onNotice = () => {} }: { readonly onNotice?: (notice: Notice) => void } = {},
): AlertWorker {
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const pool = createPool(url, log)
  const ownSchema = new OwnSchema({ pool })
  const audit = new Audit({ ownSchema, isRequired: true, onLost: () => {}, log })
  const projects = new Projects({ ownSchema, audit, check: async () => {} })
  const stored = openNotices(() => {})
  const notices = {
    append: async (tx: Transaction, notice: Notice) => {
      onNotice(notice)
      await stored.append(tx, notice)
    },
  }
  let offsetMs = 0
  const now = (): Date => new Date(Date.now() + offsetMs)
  const outcomes: string[] = []
  const onSignal = ({ kind }: Signal, outcome: string): void => void outcomes.push(`${kind} ${outcome}`)
  const signals = new AlertSignals({ notices, onSignal, log, now })
  t.teardown(() => pool.close())
  return {
    signals,
    alerts: new Alerts({ ownSchema, audit, notices, projects, now }),
    rules: new AlertRules({ ownSchema, audit, projects }),
    ownSchema,
    logged,
    outcomes,
    async tell(...told) {
      for (const signal of told) await inTransaction(pool, (tx) => signals.tell(tx, signal))
    },
    keepUp: () => keepUp({ ownSchema, notices, now }, new AbortController().signal),
    pass(seconds) {
      offsetMs += seconds * 1000
    },
    now,
  }
}

const DAY_MS = 86_400_000
const START = Date.parse('2026-03-01T00:00:00Z')

/** The window of a day, counted from 0. severity: undefined is a good one. */
export function windowOf(
  projectId: number | undefined,
  day: number,
  severity: Severity | undefined,
  more: Partial<Signal> = {},
): Signal {
  return {
    kind: 'drift',
    projectId,
    environment: undefined,
    version: undefined,
    window: { from: new Date(START + day * DAY_MS), to: new Date(START + (day + 1) * DAY_MS) },
    verdict: severity === undefined ? 'good' : 'bad',
    severity,
    details: { day },
    ...more,
  }
}

/** The default rule of a kind, but for what is said. */
export function ruleWith(kind: SignalKind, said: Partial<RuleContent>): RuleContent {
  const { kind: _kind, revision: _revision, changedAt: _at, changedBy: _by, ...content } = defaultRule(kind)
  return { ...content, ...said }
}

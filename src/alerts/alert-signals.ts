// Takes what looks tell: counts each window once, and moves its alert on, in the transaction of the look.
import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { inSavepoint, type Transaction } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import type { Notices } from '../notifications/notices.ts'
import { type SeriesKey, WORKER } from './alert.ts'
import { AlertChanges, type BadWindow } from './alert-changes.ts'
import { findOpen } from './alerts-table.ts'
import { boundedDetails } from './bounded-details.ts'
import { isBad, type JudgedWindow, judge } from './judge.ts'
import { defaultRule, RULE_WINDOWS_MAX, type Rule } from './rule.ts'
import { findRule } from './rules-table.ts'
import { forgetWindows, insertWindow, listWindows, lockSeries, type Series } from './series-table.ts'
import type { Signal, Signals } from './signals.ts'

export interface AlertSignalsParts {
  readonly notices: Notices
  /** Called for each signal that counts, or that failed to. */
  readonly onSignal: (signal: Signal, outcome: 'counted' | 'failed') => void
  readonly log: Logger
  readonly now: () => Date
}

/** Windows of a series that are known; a rule looks at fewer. */
const WINDOWS_KEPT = 2 * RULE_WINDOWS_MAX

export class AlertSignals implements Signals {
  private readonly parts: AlertSignalsParts

  constructor(parts: AlertSignalsParts) {
    this.parts = parts
  }

  async tell(tx: Transaction, signal: Signal): Promise<void> {
    const { from, to } = signal.window
    if (!(from < to)) {
      throw new RangeError(
        `a window of ${signal.kind}: expected an end after its start, ${String(from)}, got ${String(to)}`,
      )
    }
    if (signal.verdict === 'insufficient_data') {
      this.parts.onSignal(signal, 'counted')
      return
    }
    try {
      if (await inSavepoint(tx, () => this.count(tx, signal))) this.parts.onSignal(signal, 'counted')
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      this.parts.onSignal(signal, 'failed')
      const { kind, projectId, environment, version } = signal
      this.parts.log.warn({ err: error, kind, projectId, environment, version }, 'a signal could not be counted')
    }
  }

  /** False where the window was told before, or is too old. */
  private async count(tx: Transaction, signal: Signal): Promise<boolean> {
    const now = this.parts.now()
    const key = keyOf(signal)
    const series = await lockSeries(tx, fingerprintOf(key), key)
    const { window } = signal
    const { seriesId, forgottenUntil } = series
    if (forgottenUntil !== null && window.to <= forgottenUntil) return false
    if (!(await insertWindow(tx, seriesId, { ...window, ...windowIn(signal) }, now))) return false
    await forgetWindows(tx, seriesId, WINDOWS_KEPT)
    const rule = await ruleOf(tx, key)
    if (rule.isEnabled) await this.move(tx, series, rule, signal, now)
    return true
  }

  private async move(tx: Transaction, series: Series, rule: Rule, signal: Signal, now: Date): Promise<void> {
    const windows = await listWindows(tx, series, Math.max(rule.ofWindows, rule.goodWindows))
    const open = await findOpen(tx, series.seriesId)
    const { resolvedAt } = series
    const isCooling = resolvedAt !== null && now.getTime() < resolvedAt.getTime() + rule.cooldownSeconds * 1000
    const state = open?.state === 'firing' ? 'firing' : open === undefined ? 'none' : 'pending'
    const judgement = judge(rule, windows, { state, isCooling })
    const changes = new AlertChanges(tx, this.parts.notices, now)
    if (judgement.step === 'none') return
    if (judgement.step === 'resolve') {
      if (open !== undefined) await changes.resolve(open, { actor: WORKER })
      return
    }
    // Nothing begins with a window that is not bad: a rule that was changed, or a cooldown that is over, waits for the next one.
    if (!isBad(rule, windowIn(signal))) return
    const { from: windowFrom, to: windowTo } = signal.window
    const came = { details: boundedDetails(signal.details), windowFrom, windowTo }
    // Those of the last bad window stay where an earlier one comes late.
    const last = open !== undefined && open.windowTo > windowTo ? open : came
    const bad: BadWindow = {
      severity: judgement.severity,
      details: last.details,
      windowFrom: last.windowFrom,
      windowTo: last.windowTo,
    }
    const made = { ...bad, seriesId: series.seriesId, labels: rule.labels, startedAt: windowFrom }
    const alert = open ?? (await changes.begin(made))
    if (judgement.step === 'fire' && alert.state === 'pending') await changes.fire(alert, bad)
    else if (open !== undefined) await changes.update(alert, bad)
  }
}

function windowIn({ verdict, severity }: Signal): JudgedWindow {
  return verdict === 'bad' ? { verdict, severity: severity ?? 'medium' } : { verdict: 'good', severity: null }
}

/** 16 hexadecimal digits of the SHA-256 of what windows are of. */
export function fingerprintOf({ kind, projectId, environment, version }: SeriesKey): string {
  const text = JSON.stringify([kind, projectId, environment, version])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function keyOf({ kind, projectId, environment, version }: Signal): SeriesKey {
  return { kind, projectId: projectId ?? null, environment: environment ?? null, version: version ?? null }
}

/** The project's own, else the default one. */
async function ruleOf(tx: Transaction, { projectId, kind }: SeriesKey): Promise<Rule> {
  const own = projectId === null ? undefined : await findRule(tx, projectId, kind)
  return own ?? defaultRule(kind)
}

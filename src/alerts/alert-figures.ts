// Figures of alerts for Prometheus.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { AlertSignalsParts } from './alert-signals.ts'
import { type AlertCount, countOpen } from './alerts-table.ts'
import type { LooksParts } from './looks.ts'

/** Prometheus waits no longer for the database. */
const LOOK_MS = 1_000

/** Returns what counts a signal, and a part of a look that failed. */
export function countAlerts(
  telemetry: Telemetry,
  ownSchema: OwnSchema,
): Pick<AlertSignalsParts, 'onSignal'> & Pick<LooksParts, 'onFailed'> {
  const signals = telemetry.counter({
    name: 'ml_worker_alert_signals_total',
    help: 'Windows that looks of this worker told the alerts, by kind and verdict; outcome failed: they could not be counted',
    labelNames: ['kind', 'verdict', 'outcome'],
  })
  const failures = telemetry.counter({
    name: 'ml_worker_alert_look_failures_total',
    help: 'Looks of this worker for alerts that failed, by what was looked at; they are made again',
    labelNames: ['look'],
  })
  const look = async (): Promise<readonly AlertCount[]> =>
    (await ownSchema.isUsable()) ? countOpen(ownSchema.pool) : []
  telemetry.gauge({
    name: 'ml_worker_alerts',
    help: 'Alerts of all workers that are not resolved, by state and severity; absent while the database is away',
    labelNames: ['state', 'severity'],
    async collect() {
      const late = new Promise<readonly AlertCount[]>((resolve) => setTimeout(resolve, LOOK_MS, []).unref())
      const counts = await Promise.race([look().catch(() => []), late])
      this.reset()
      for (const { state, severity, count } of counts) this.set({ state, severity }, count)
    },
  })
  return {
    onSignal: ({ kind, verdict }, outcome) => signals.inc({ kind, verdict, outcome }),
    onFailed: (part) => failures.inc({ look: part }),
  }
}

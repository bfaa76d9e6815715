// What a look tells the alerts: one signal about drift, and one about the quality of the data.
import type { Signal, Verdict } from '../../alerts/signals.ts'
import type { LookState, NewLook, QualityState } from './look.ts'

/** Columns that a signal names. */
const COLUMNS_MAX = 10
const VERDICTS: Readonly<Record<LookState | QualityState, Verdict>> = {
  ok: 'good',
  drift: 'bad',
  bad: 'bad',
  insufficient_data: 'insufficient_data',
  no_baseline: 'insufficient_data',
}

/** told: the kinds that the project wants to be judged. */
export function signalsOf({ slot, window, rowCount, ...look }: NewLook, told: readonly string[]): Signal[] {
  const shared = { ...slot, window }
  const drifted = look.worst.filter(({ state }) => state === 'drift')
  const bad = look.columns.filter(({ findings }) => findings.length > 0).slice(0, COLUMNS_MAX)
  const signals: Signal[] = [
    {
      ...shared,
      kind: 'drift',
      verdict: VERDICTS[look.state],
      severity: look.state === 'drift' ? look.severity : undefined,
      details: {
        rows: rowCount,
        drifted: look.drifted,
        columns: drifted.map(({ name, role, severity, psiExcess }) => ({
          name,
          role,
          severity,
          psi_excess: psiExcess,
        })),
      },
    },
    {
      ...shared,
      kind: 'data_quality',
      verdict: VERDICTS[look.qualityState],
      severity: look.qualityState === 'bad' ? look.qualitySeverity : undefined,
      details: { rows: rowCount, columns: bad.map(({ name, role, findings }) => ({ name, role, findings })) },
    },
  ]
  return signals.filter(({ kind }) => told.includes(kind))
}

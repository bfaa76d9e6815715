// What metrics are to be compared with: those of an answer that has learned nothing, and how far chance may move them.
import type { Estimator } from '../learning/estimator.ts'
import { type Interval, regressionIntervals, shareInterval } from '../learning/metrics/intervals.ts'
import { baselineOf } from '../model/doubts/baseline.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { Metrics } from '../model/model.ts'
import type { Column, Table } from '../model/table.ts'
import { LIMITS } from './limits.ts'

export interface Compared {
  /** By the names of the metrics. */
  readonly baselines: ReadonlyMap<string, number>
  readonly intervals: ReadonlyMap<string, Interval>
}

interface Judged {
  readonly labels: Table
  readonly metrics: Metrics
  /** Of all those rows. */
  readonly predictions: Predictions | undefined
}

/**
 * Baselines of the rows that are judged, from what the training rows say; and intervals where these are held out, for
 * of the training rows they would say nothing. O(rows).
 */
export function compareMetrics(
  kind: Estimator['kind'],
  training: { readonly labels: Table },
  judged: Judged,
  isHeldOut: boolean,
): Compared {
  const baselines = new Map<string, number>()
  const intervals = new Map<string, Interval>()
  for (const label of training.labels.columns.slice(0, LIMITS.labels)) {
    const prefix = training.labels.columns.length > 1 ? `${label.name}.` : ''
    const actual = columnOf(judged.labels, label.name)
    const baseline = actual && baselineOf(label, actual, kind)
    if (baseline === undefined) continue
    for (const [name, value] of Object.entries(baseline.metrics)) baselines.set(prefix + name, value)
    if (!isHeldOut) continue
    if (kind === 'classifier') {
      const accuracy = shareInterval(judged.metrics[`${prefix}accuracy`] ?? Number.NaN, judged.labels.rowCount)
      if (accuracy !== undefined) intervals.set(`${prefix}accuracy`, accuracy)
      continue
    }
    const predicted = judged.predictions && columnOf(judged.predictions.labels, label.name)
    if (actual?.kind !== 'numeric' || predicted?.kind !== 'numeric') continue
    for (const [name, interval] of regressionIntervals(actual.values, predicted.values) ?? []) {
      intervals.set(prefix + name, interval)
    }
  }
  return { baselines, intervals }
}

function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name)
}

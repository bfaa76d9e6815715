// What a calibration changed, and how a threshold was found.
import type { CrossFittingReport } from '../../training-summary/cross-fitting-data.ts'
import type { ClassifierReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatNumber } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { CALIBRATION_AXES, diagonal } from './curve-charts.ts'
import { nameFor } from './evaluated.ts'

type Calibrated = NonNullable<CrossFittingReport['calibration']>[number]

const SIDES = { before: COLORS.second, after: COLORS.main } as const

export function calibratedChart(
  { crossFitting }: ReportData,
  label: ClassifierReport,
  index: number,
): Chart | undefined {
  const calibrated = crossFitting?.calibration?.find((one) => one.label === label.name)
  if (calibrated === undefined) return undefined
  const { before, after, rows, method } = calibrated
  const scale = { domain: Object.keys(SIDES), range: Object.values(SIDES) }
  const color = { field: 'probabilities', scale, legend: null }
  return chartOf({
    name: nameFor('calibration_before_after', index),
    group: 'result',
    label: label.name,
    title: 'Calibration before and after',
    description: `How often classes came true, by the probability that they were given, on ${countOf(rows, 'training row')} that the models of the folds had not seen; calibrated (${method}) without the rows of their own fold. Log loss ${formatNumber(before.logLoss)} before, ${formatNumber(after.logLoss)} after; Brier score ${formatNumber(before.brier)} before, ${formatNumber(after.brier)} after.`,
    fields: {
      probabilities: 'Probabilities',
      mean_probability: 'Mean probability given',
      fraction_true: 'Share that came true',
      rows: 'Rows',
    },
    values: [...pointsOf('before', before), ...pointsOf('after', after)],
    height: 320,
    spec: {
      layer: [
        diagonal(0, 1),
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { ...CALIBRATION_AXES, color } },
        { mark: { type: 'point', filled: true, opacity: 1, size: 40 }, encoding: { ...CALIBRATION_AXES, color } },
      ],
    },
    legend: Object.entries(SIDES).map(([text, side]) => ({ color: side, text })),
  })
}

function pointsOf(side: keyof typeof SIDES, { bins }: Calibrated['before']) {
  return bins.counts.map((rows, i) => ({
    probabilities: side,
    mean_probability: bins.probabilities[i] as number,
    fraction_true: bins.fractions[i] as number,
    rows,
  }))
}

export function thresholdChart(
  { crossFitting }: ReportData,
  label: ClassifierReport,
  index: number,
): Chart | undefined {
  const { threshold } = crossFitting ?? {}
  if (threshold === undefined || threshold.label !== label.name) return undefined
  const { positive, value, goal, score, thresholds, scores } = threshold
  const rule = `Rows whose probability of ${positive} is at least ${formatNumber(value)} are taken for ${positive}`
  const found =
    goal === undefined || score === undefined
      ? 'The request gave the number.'
      : `It was tuned for ${goal} on rows that the models of the folds had not seen: ${formatNumber(score)} there, the mean of the folds.`
  const isTuned = thresholds.length > 0
  const y = { field: 'score', type: 'quantitative', scale: { zero: false }, axis: { title: goal ?? '', tickCount: 5 } }
  const x = {
    field: 'threshold',
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: { title: 'threshold', tickCount: 5 },
  }
  const mark = {
    data: { values: [{ threshold: value }] },
    mark: { type: 'rule', color: COLORS.second, strokeWidth: 2 },
    encoding: { x },
  }
  return chartOf({
    name: nameFor('decision_threshold', index),
    group: 'result',
    label: label.name,
    title: 'Decision threshold',
    description: `${rule}. ${found}`,
    fields: { threshold: 'Threshold', score: goal ?? 'Score' },
    values: thresholds.map((at, i) => ({ threshold: at, score: scores[i] as number })),
    spec: isTuned
      ? { layer: [mark, { mark: { type: 'line', color: COLORS.main, strokeWidth: 2 }, encoding: { x, y } }] }
      : null,
    legend: isTuned ? [{ color: COLORS.second, text: `the threshold, ${formatNumber(value)}` }] : [],
  })
}

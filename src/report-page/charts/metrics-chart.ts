// Metrics of the training and of the held-out rows, side by side.
import type { ReportData } from '../../training-summary/report-data.ts'
import { formatNumber } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'

/** Metrics from 0 to 1 as pairs of dots; undefined without rows held out, or without two such metrics. */
export function metricsChart({ metrics }: ReportData): Chart | undefined {
  const isShare = (value: number | null): value is number => value !== null && value >= 0 && value <= 1
  const paired = metrics
    .filter(({ name, training, validation }) => !/loss|error/.test(name) && isShare(training) && isShare(validation))
    .slice(0, 12)
  if (paired.length < 2) return undefined
  const names = paired.map(({ name }) => name)
  const worst = paired.reduce((a, b) => (gapOf(b) > gapOf(a) ? b : a))
  const values = paired.flatMap(({ name, training, validation }) => [
    { metric: name, rows: 'training', value: training },
    { metric: name, rows: 'held out', value: validation },
  ])
  const y = {
    field: 'metric',
    type: 'nominal',
    scale: { domain: names },
    axis: { title: null, labelLimit: 140, grid: false, ticks: false, domain: false },
  }
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { zero: false, nice: true },
    axis: { title: null, tickCount: 5 },
  }
  return chartOf({
    name: 'metrics',
    group: 'result',
    title: 'Training against held-out rows',
    description: `Metrics of the training rows and of the held-out rows. The largest gap is that of ${worst.name}: ${formatNumber(worst.training)} on training rows, ${formatNumber(worst.validation)} on held-out rows.`,
    fields: { metric: 'Metric', rows: 'Rows', value: 'Value' },
    values,
    height: 50 + 26 * paired.length,
    spec: {
      layer: [
        { mark: { type: 'line', color: COLORS.line, strokeWidth: 3 }, encoding: { x, y, detail: { field: 'metric' } } },
        {
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: {
            x,
            y,
            color: {
              field: 'rows',
              scale: { domain: ['training', 'held out'], range: [COLORS.second, COLORS.main] },
              legend: null,
            },
          },
        },
      ],
    },
    legend: [
      { color: COLORS.second, text: 'training rows' },
      { color: COLORS.main, text: 'held-out rows' },
    ],
  })
}

function gapOf({ training, validation }: ReportData['metrics'][0]): number {
  return Math.abs((training ?? 0) - (validation ?? 0))
}

// How estimates of a number compare with what it was.
import type { RegressorReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import type { HistogramReport } from '../../training-summary/report-parts.ts'
import { countOf, formatNumber } from '../format.ts'
import { type Chart, COLORS, chartOf, type DataRow } from './chart.ts'
import { diagonal } from './curve-charts.ts'
import { evaluatedRowsText, nameFor } from './evaluated.ts'

export function predictedActualChart(report: ReportData, label: RegressorReport, index: number): Chart | undefined {
  const { scatter } = label
  if (scatter === null || scatter.actual.length === 0) return undefined
  const values = scatter.actual.map((actual, i) => ({ actual, predicted: scatter.predicted[i] as number }))
  const all = [...scatter.actual, ...scatter.predicted]
  const [least, most] = [Math.min(...all), Math.max(...all)]
  const r2 = report.metrics.find(({ name }) => name === (report.labelCount > 1 ? `${label.name}.r2` : 'r2'))
  const figure =
    r2 === undefined ? '' : ` R² is ${formatNumber(report.evaluatedOn === 'validation' ? r2.validation : r2.training)}.`
  return chartOf({
    name: nameFor('predicted_actual', index),
    group: 'result',
    label: label.name,
    title: 'Predicted against actual',
    description: `${countOf(values.length, 'row')} of the ${evaluatedRowsText(report)}; on the diagonal the prediction is right.${figure}`,
    fields: { actual: 'Actual', predicted: 'Predicted' },
    values,
    height: 320,
    spec: {
      layer: [
        diagonal(least, most),
        {
          mark: { type: 'point', filled: true, color: COLORS.main, size: 22, opacity: 0.45 },
          encoding: axes('actual', 'predicted', all),
        },
      ],
    },
  })
}

export function residualsChart(label: RegressorReport, index: number): Chart | undefined {
  const { scatter, residuals } = label
  if (scatter === null || residuals === null) return undefined
  const values = scatter.actual.map((actual, i) => {
    const predicted = scatter.predicted[i] as number
    return { predicted, residual: Number((actual - predicted).toPrecision(6)) }
  })
  return chartOf({
    name: nameFor('residuals', index),
    group: 'result',
    label: label.name,
    title: 'Residuals',
    description: `Actual less predicted, by prediction. Their mean is ${formatNumber(residuals.mean)}, their standard deviation ${formatNumber(residuals.deviation)}. A pattern about the line at 0 is something that the model has not learned.`,
    fields: { predicted: 'Predicted', residual: 'Actual less predicted' },
    values,
    height: 320,
    spec: {
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: 'rule', color: COLORS.muted, strokeDash: [3, 4] },
          encoding: { y: { field: 'zero', type: 'quantitative' } },
        },
        {
          mark: { type: 'point', filled: true, color: COLORS.main, size: 22, opacity: 0.45 },
          encoding: axes('predicted', 'residual', scatter.actual),
        },
      ],
    },
  })
}

export function residualDistributionChart(
  report: ReportData,
  label: RegressorReport,
  index: number,
): Chart | undefined {
  const { residuals } = label
  if (residuals === null) return undefined
  return chartOf({
    name: nameFor('residual_distribution', index),
    group: 'result',
    label: label.name,
    title: 'Distribution of residuals',
    description: `Actual less predicted, of all ${evaluatedRowsText(report)}, ${rangeText(residuals.histogram)}; the median is ${formatNumber(residuals.median)}.`,
    fields: BIN_FIELDS,
    values: binsOf(residuals.histogram),
    height: 320,
    spec: histogramSpec('actual less predicted', COLORS.main, residuals.histogram),
  })
}

export function targetChart(report: ReportData, label: RegressorReport, index: number): Chart | undefined {
  if (label.target === null) return undefined
  return chartOf({
    name: nameFor('label_distribution', index),
    group: 'result',
    label: label.name,
    title: 'Distribution of the label',
    description: `Values of ${countOf(report.trainingRows, 'training row')}, ${rangeText(label.target)}.`,
    fields: BIN_FIELDS,
    values: binsOf(label.target),
    height: 320,
    spec: histogramSpec(label.name, COLORS.second, label.target),
  })
}

export const BIN_FIELDS = { from: 'From', to: 'To', rows: 'Rows' }

export function binsOf({
  from,
  to,
  counts,
}: HistogramReport): (DataRow & { from: number; to: number; rows: number })[] {
  const width = (to - from) / counts.length
  return counts.map((rows, bin) => ({ from: edge(from + bin * width), to: edge(from + (bin + 1) * width), rows }))
}

/** Without what rounding leaves at the fifteenth digit. */
function edge(value: number): number {
  return Number(value.toPrecision(12))
}

export function histogramSpec(title: string | null, color: string, histogram: HistogramReport): object {
  const { from, to } = histogram
  const isOfWholes = hasBinPerWhole(histogram)
  return {
    mark: { type: 'bar', color, binSpacing: 1 },
    encoding: {
      x: {
        field: 'from',
        type: 'quantitative',
        bin: { binned: true },
        axis: {
          title,
          tickCount: 5,
          grid: false,
          labelOverlap: true,
          labelSeparation: 6,
          tickMinStep: isOfWholes ? 1 : 0,
          ...axisFormat([from, to]),
        },
      },
      x2: { field: 'to' },
      y: { field: 'rows', type: 'quantitative', axis: { title: null, tickCount: 4, format: '~s' } },
    },
  }
}

/** The least and the largest value: bins of whole numbers begin and end a half beyond them. */
export function rangeText(histogram: HistogramReport): string {
  const { from, to, counts } = histogram
  const isOfWholes = hasBinPerWhole(histogram)
  const [least, most] = isOfWholes
    ? [from + 0.5, to - 0.5]
    : counts.length === 1
      ? [(from + to) / 2, (from + to) / 2]
      : [from, to]
  return least === most ? `all ${formatNumber(least)}` : `from ${formatNumber(least)} to ${formatNumber(most)}`
}

function hasBinPerWhole({ from, to, counts }: HistogramReport): boolean {
  return counts.length === to - from && Math.abs(from % 1) === 0.5
}

/** k and M on an axis of large numbers; as they come below. */
export function axisFormat(values: readonly number[]): { format?: string } {
  return values.some((value) => Math.abs(value) >= 10_000) ? { format: '~s' } : {}
}

function axes(x: string, y: string, values: readonly number[]): object {
  const encode = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { zero: false, nice: true },
    axis: { title: field, tickCount: 5, ...axisFormat(values) },
  })
  return { x: encode(x), y: encode(y) }
}

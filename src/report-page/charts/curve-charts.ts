// How well probabilities rank, and how far they can be taken at their word.
import type { ClassifierReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import type { CurveReport } from '../../training-summary/report-parts.ts'
import { countOf, formatNumber, formatPercent } from '../format.ts'
import { type Chart, COLORS, chartOf, type DataRow, type LegendEntry, SERIES } from './chart.ts'
import { distinct } from './class-charts.ts'
import { evaluatedRowsText, nameFor } from './evaluated.ts'

const COORDINATE = 10_000

interface Line {
  readonly text: string
  readonly curve: CurveReport
  readonly area: number
  readonly color: string
  readonly isDashed: boolean
  /** The one that the description tells of. */
  readonly isMain?: boolean
}

export function rocChart(report: ReportData, label: ClassifierReport, index: number): Chart | undefined {
  const { curves } = label
  if (curves === null) return undefined
  const lines = linesOf(label, (of) => ({ curve: of.roc, area: of.rocAuc }))
  if (curves.macroRoc !== null) {
    const { roc, rocAuc } = curves.macroRoc
    const color = lines.some((line) => line.color === COLORS.faint) ? COLORS.second : COLORS.muted
    lines.push({ text: 'mean of the classes (macro)', curve: roc, area: rocAuc, color, isDashed: true })
  }
  if (lines.length === 0) return undefined
  const main = lines.find(({ isMain }) => isMain) ?? (lines[0] as Line)
  return chartOf({
    name: nameFor('roc_curve', index),
    group: 'result',
    label: label.name,
    title: 'ROC curve',
    description: `True against false positive rate as the threshold falls, on ${countOf(curves.rows, 'row')} of the ${evaluatedRowsText(report)}. Area ${formatNumber(main.area)} (${main.text}); 0.5 is chance.`,
    fields: { curve: 'Curve', false_positive_rate: 'False positive rate', true_positive_rate: 'True positive rate' },
    values: rowsOf(lines, 'false_positive_rate', 'true_positive_rate'),
    height: 320,
    spec: curveSpec(lines, 'false_positive_rate', 'true_positive_rate', true),
    legend: legendOf(lines, 'area'),
  })
}

export function precisionRecallChart(report: ReportData, label: ClassifierReport, index: number): Chart | undefined {
  const { curves } = label
  if (curves === null) return undefined
  const lines = linesOf(label, (of) => ({ curve: of.precisionRecall, area: of.averagePrecision }))
  if (lines.length === 0) return undefined
  const main = lines.find(({ isMain }) => isMain) ?? (lines[0] as Line)
  return chartOf({
    name: nameFor('precision_recall_curve', index),
    group: 'result',
    label: label.name,
    title: 'Precision and recall',
    description: `Precision against recall as the threshold falls, on ${countOf(curves.rows, 'row')} of the ${evaluatedRowsText(report)}. Average precision ${formatNumber(main.area)} (${main.text}).`,
    fields: { curve: 'Curve', recall: 'Recall', precision: 'Precision' },
    values: rowsOf(lines, 'recall', 'precision'),
    height: 320,
    spec: curveSpec(lines, 'recall', 'precision', false),
    legend: legendOf(lines, 'average precision'),
  })
}

const CALIBRATION_AXIS = { type: 'quantitative', scale: { domain: [0, 1] } }
/** How often it came true, by the probability given. */
export const CALIBRATION_AXES = {
  x: { ...CALIBRATION_AXIS, field: 'mean_probability', axis: { title: 'probability given', tickCount: 5 } },
  y: { ...CALIBRATION_AXIS, field: 'fraction_true', axis: { title: 'share that came true', tickCount: 5 } },
}

export function calibrationChart(report: ReportData, label: ClassifierReport, index: number): Chart | undefined {
  const { calibration } = label
  if (calibration === null || calibration.counts.length === 0) return undefined
  const { counts, probabilities, fractions, rows } = calibration
  const error = counts.reduce(
    (sum, count, i) => sum + (count / rows) * Math.abs((probabilities[i] as number) - (fractions[i] as number)),
    0,
  )
  const of = calibration.class === null ? 'the predicted class' : `class ${calibration.class}`
  return chartOf({
    name: nameFor('calibration', index),
    group: 'result',
    label: label.name,
    title: 'Calibration',
    description: `How often ${of} came true, by the probability that it was given, on ${countOf(rows, 'row')} of the ${evaluatedRowsText(report)}. On the diagonal, probabilities can be taken at their word; they are off by ${formatPercent(error)} on average.`,
    fields: { mean_probability: 'Mean probability given', fraction_true: 'Share that came true', rows: 'Rows' },
    values: counts.map((count, i) => ({
      mean_probability: probabilities[i] as number,
      fraction_true: fractions[i] as number,
      rows: count,
    })),
    height: 320,
    spec: {
      layer: [
        diagonal(0, 1),
        { mark: { type: 'line', color: COLORS.main, strokeWidth: 2 }, encoding: CALIBRATION_AXES },
        {
          mark: { type: 'point', filled: true, color: COLORS.main, opacity: 1 },
          encoding: {
            ...CALIBRATION_AXES,
            size: { field: 'rows', type: 'quantitative', scale: { range: [25, 260] }, legend: null },
          },
        },
      ],
    },
    legend: [{ color: COLORS.main, text: 'probabilities in steps of 0.1; the larger the dot, the more rows' }],
  })
}

/** A straight dashed line from (from, from) to (to, to), behind the rest. */
export function diagonal(from: number, to: number): object {
  return {
    data: {
      values: [
        { a: from, b: from },
        { a: to, b: to },
      ],
    },
    mark: { type: 'line', color: COLORS.muted, strokeDash: [3, 4], strokeWidth: 1 },
    encoding: { x: { field: 'a', type: 'quantitative' }, y: { field: 'b', type: 'quantitative' } },
  }
}

type ClassCurves = NonNullable<NonNullable<ClassifierReport['curves']>['micro']>

/** Of the second of two classes; of every class in a colour where they are few, in grey where they are many; of all. */
function linesOf(
  { curves, classes }: ClassifierReport,
  pick: (of: ClassCurves) => { curve: CurveReport; area: number },
): Line[] {
  if (curves === null) return []
  const isBinary = curves.classes.length === 1
  const names = isBinary ? [classes.names[1] ?? classes.names[0] ?? ''] : distinct(classes.names)
  const isFew = names.length <= SERIES.length
  const lines = curves.classes.flatMap((of, i): Line[] => {
    if (of === null) return []
    const color = isBinary ? COLORS.main : isFew ? (SERIES[i] as string) : COLORS.faint
    return [{ text: names[i] as string, ...pick(of), color, isDashed: false, isMain: isBinary }]
  })
  if (curves.micro === null) return lines
  const text = 'all classes together (micro)'
  const color = isFew ? COLORS.ink : COLORS.main
  return [...lines, { text, ...pick(curves.micro), color, isDashed: false, isMain: true }]
}

function rowsOf(lines: readonly Line[], x: string, y: string): DataRow[] {
  return lines.flatMap(({ text, curve }) =>
    curve.x.map((at, i) => ({ curve: text, [x]: at / COORDINATE, [y]: (curve.y[i] as number) / COORDINATE })),
  )
}

function curveSpec(lines: readonly Line[], x: string, y: string, hasDiagonal: boolean): object {
  const title = (field: string): string => field.replaceAll('_', ' ')
  const axis = { tickCount: 5 }
  const texts = lines.map(({ text }) => text)
  const colors = lines.map(({ color }) => color)
  const curve = {
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { field: x, type: 'quantitative', scale: { domain: [0, 1] }, axis: { ...axis, title: title(x) } },
      y: { field: y, type: 'quantitative', scale: { domain: [0, 1] }, axis: { ...axis, title: title(y) } },
      order: { field: x, type: 'quantitative' },
      detail: { field: 'curve' },
      color: { field: 'curve', scale: { domain: texts, range: colors }, legend: null },
      ...(lines.some(({ color }) => color === COLORS.faint) ? { strokeWidth: widthsOf(lines) } : {}),
      ...(lines.some(({ isDashed }) => isDashed) ? { strokeDash: dashesOf(lines) } : {}),
    },
  }
  return { layer: hasDiagonal ? [diagonal(0, 1), curve] : [curve] }
}

/** Lines of single classes, where they are many, are thin. */
function widthsOf(lines: readonly Line[]): object {
  const range = lines.map(({ color }) => (color === COLORS.faint ? 1 : 2))
  return { field: 'curve', scale: { type: 'ordinal', domain: lines.map(({ text }) => text), range }, legend: null }
}

function dashesOf(lines: readonly Line[]): object {
  const range = lines.map(({ isDashed }) => (isDashed ? [6, 4] : [1, 0]))
  return { field: 'curve', scale: { domain: lines.map(({ text }) => text), range }, legend: null }
}

function legendOf(lines: readonly Line[], area: string): LegendEntry[] {
  const faint = lines.filter(({ color }) => color === COLORS.faint)
  const entries = lines
    .filter(({ color }) => color !== COLORS.faint)
    .map(({ text, color, isDashed, area: of }) => ({ color, isDashed, text: `${text}: ${area} ${formatNumber(of)}` }))
  if (faint.length === 0) return entries
  const areas = faint.map((line) => line.area)
  const range = `${formatNumber(Math.min(...areas))} to ${formatNumber(Math.max(...areas))}`
  return [...entries, { color: COLORS.faint, text: `each class: ${area} ${range}` }]
}

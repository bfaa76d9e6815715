// Which classes there are, and which are taken for which.
import type { ClassifierReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatCount, formatPercent } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { evaluatedRowsText, nameFor } from './evaluated.ts'

/** Classes beyond which cells hold no numbers. */
const NUMBERED_CLASSES_MAX = 10

export function confusionChart(report: ReportData, label: ClassifierReport, index: number): Chart | undefined {
  const { confusion, classes } = label
  if (confusion === null || confusion.length === 0) return undefined
  const names = distinct(confusion.map((_, i) => classes.names[i] ?? 'all others'))
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  const total = totals.reduce((sum, count) => sum + count, 0)
  const correct = confusion.reduce((sum, row, i) => sum + (i < classes.names.length ? (row[i] as number) : 0), 0)
  const values = confusion.flatMap((row, i) =>
    row.map((count, j) => ({
      actual: names[i] as string,
      predicted: names[j] as string,
      rows: count,
      share_of_actual: (totals[i] as number) === 0 ? 0 : count / (totals[i] as number),
      is_correct: i === j && i < classes.names.length,
    })),
  )
  const wrong = values.filter(({ is_correct, rows }) => !is_correct && rows > 0).sort((a, b) => b.rows - a.rows)[0]
  const axis = { labelLimit: 95, ticks: false, domain: false, grid: false }
  const isNumbered = names.length <= NUMBERED_CLASSES_MAX
  const isDense = names.length > 16
  const axisFont = { labelFontSize: isDense ? 8 : 11, labelOverlap: true }
  const isShort = names.every((name) => name.length <= 2)
  const x = {
    field: 'predicted',
    type: 'nominal',
    scale: { domain: names, paddingInner: isDense ? 0.05 : 0.04 },
    axis: {
      ...axis,
      ...axisFont,
      title: 'predicted',
      orient: 'top',
      labelAngle: isShort || names.length <= 3 ? 0 : -45,
    },
  }
  const y = {
    field: 'actual',
    type: 'nominal',
    scale: { domain: names, paddingInner: isDense ? 0.05 : 0.04 },
    axis: { ...axis, ...axisFont, title: 'actual' },
  }
  const cells = {
    mark: { type: 'rect', cornerRadius: isDense ? 1 : 3 },
    encoding: {
      x,
      y,
      color: {
        field: 'is_correct',
        scale: { domain: [true, false], range: [COLORS.main, COLORS.warning] },
        legend: null,
      },
      // What is rare can be seen all the same.
      fillOpacity: {
        field: 'share_of_actual',
        type: 'quantitative',
        scale: { type: 'sqrt', domain: [0, 1], range: [0.06, 1] },
        legend: null,
      },
    },
  }
  const numbers = {
    mark: { type: 'text', fontSize: names.length <= 6 ? 13 : 10 },
    encoding: {
      x,
      y,
      text: { field: 'rows', type: 'quantitative', format: ',d' },
      color: { condition: { test: 'datum.share_of_actual > 0.35', value: COLORS.onMain }, value: COLORS.ink },
    },
  }
  const most =
    wrong === undefined
      ? ''
      : ` Most often ${wrong.actual} was taken for ${wrong.predicted}: ${countOf(wrong.rows, 'row')}.`
  return chartOf({
    name: nameFor('confusion_matrix', index),
    group: 'result',
    label: label.name,
    title: 'Confusion matrix',
    description: `${formatCount(correct)} of ${countOf(total, 'row')} (${formatPercent(correct / total)}) of the ${evaluatedRowsText(report)} got their own class.${most}`,
    fields: {
      actual: 'Actual class',
      predicted: 'Predicted class',
      rows: 'Rows',
      share_of_actual: 'Share of the actual class',
      is_correct: 'Correct',
    },
    values,
    height: names.length <= 3 ? 300 : 340,
    widthMax: isDense ? 620 : names.length > 6 ? 520 : 440,
    spec: { layer: isNumbered ? [cells, numbers] : [cells] },
    legend: [
      { color: COLORS.main, text: 'right' },
      { color: COLORS.warning, text: 'wrong; the stronger, the larger its share of the class' },
    ],
  })
}

export function classBalanceChart(report: ReportData, label: ClassifierReport, index: number): Chart | undefined {
  const { names, training } = label.classes
  if (names.length < 2) return undefined
  const unique = distinct(names)
  const values = unique.map((name, i) => ({ class: name, training_rows: training[i] as number }))
  const [most, least] = [Math.max(...training), Math.min(...training)]
  const rest = report.trainingRows - training.reduce((sum, count) => sum + count, 0)
  const others = rest > 0 ? ` ${countOf(rest, 'row')} of other classes are not shown.` : ''
  return chartOf({
    name: nameFor('class_balance', index),
    group: 'result',
    label: label.name,
    title: 'Classes',
    description: `Training rows of each of ${countOf(unique.length, 'class', 'classes')}: from ${formatCount(least)} to ${formatCount(most)}.${others}`,
    fields: { class: 'Class', training_rows: 'Training rows' },
    values,
    height: Math.max(120, 44 + Math.min(22, 420 / unique.length) * unique.length),
    spec: barsOf('class', 'training_rows', unique, COLORS.main, 'training rows'),
  })
}

/** Horizontal bars in the order of the names. format: d3's, of the values; that for counts unless given; '' for none. */
export function barsOf(
  nameField: string,
  valueField: string,
  names: readonly string[],
  color: string,
  title: string | null,
  format = '~s',
): object {
  const isDense = names.length > 18
  return {
    mark: { type: 'bar', color, height: { band: 0.72 } },
    encoding: {
      y: {
        field: nameField,
        type: 'nominal',
        scale: { domain: names },
        axis: {
          title: null,
          labelLimit: 130,
          grid: false,
          ticks: false,
          domain: false,
          labelFontSize: isDense ? 9 : 11,
        },
      },
      x: {
        field: valueField,
        type: 'quantitative',
        axis: { title, tickCount: 4, ...(format === '' ? {} : { format }) },
      },
    },
  }
}

/** Names of which some were cut to the same text get numbers. */
export function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name} (${count})`
  })
}

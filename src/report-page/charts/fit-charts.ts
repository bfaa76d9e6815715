// What a model has learned: importances, coefficients, the course of its loss, its first tree.
import type { ImportancesReport } from '../../training-summary/fit-report.ts'
import type { ClassifierReport, RegressorReport } from '../../training-summary/label-report.ts'
import type { ReportData } from '../../training-summary/report-data.ts'
import { countOf, formatCount, formatNumber } from '../format.ts'
import { type Chart, COLORS, chartOf } from './chart.ts'
import { barsOf, distinct } from './class-charts.ts'
import { evaluatedRowsText, nameFor } from './evaluated.ts'
import { divergingCells } from './group-charts.ts'

type FittedReport = ClassifierReport | RegressorReport

/** Bars that are drawn; the data has more. */
const BARS_MAX = 20

export function importancesChart(report: ReportData, label: FittedReport, index: number): Chart | undefined {
  const { importances } = label
  return importances === null ? undefined : chartOfImportances(report, label, importances, OWN, index)
}

/** What counts on rows that were not trained on: a feature that is only learned by heart counts for nothing there. */
export function heldOutImportancesChart(report: ReportData, label: FittedReport, index: number): Chart | undefined {
  const importances = label.heldOutImportances ?? null
  return importances === null ? undefined : chartOfImportances(report, label, importances, HELD_OUT, index)
}

const OWN = { name: 'feature_importances', title: 'Importance of features' }
const HELD_OUT = { name: 'held_out_importances', title: 'Importance on held-out rows' }

function chartOfImportances(
  report: ReportData,
  label: FittedReport,
  importances: ImportancesReport,
  { name, title }: typeof OWN,
  index: number,
): Chart {
  const names = distinct(importances.names)
  const values = names.map((feature, i) => ({ feature, importance: importances.values[i] as number }))
  const shown = names.slice(0, BARS_MAX)
  const how =
    importances.rows === null
      ? 'By what its splits improve; all importances add up to 1.'
      : `By what is lost when its values change places among ${countOf(importances.rows, 'row')} of the ${evaluatedRowsText(report)}: ${label.kind === 'classifier' ? 'of the probability that the right class is given' : 'of R²'}.`
  const first = values.slice(0, 3).map(({ feature, importance }) => `${feature} ${formatNumber(importance)}`)
  const rest =
    importances.columnCount > shown.length
      ? ` Drawn are the first ${shown.length} of ${formatCount(importances.columnCount)}.`
      : ''
  return chartOf({
    name: nameFor(name, index),
    group: 'inside',
    label: label.name,
    title,
    description: `${how} The most important: ${first.join(', ')}.${rest}`,
    fields: { feature: 'Feature', importance: 'Importance' },
    values,
    height: 48 + 20 * shown.length,
    spec: {
      data: { values: values.slice(0, BARS_MAX) },
      ...barsOf('feature', 'importance', shown, COLORS.main, null, ''),
    },
  })
}

export function coefficientsChart(label: FittedReport, index: number): Chart | undefined {
  const { coefficients } = label
  if (coefficients === null || coefficients.columns.length === 0) return undefined
  const columns = distinct(coefficients.columns)
  // Reports of earlier versions say it of all columns at once.
  const isStandardized = (j: number): boolean => coefficients.standardized?.[j] ?? coefficients.isStandardized
  const lines = distinct(coefficients.lines.map((line) => line ?? ''))
  const values = lines.flatMap((line, k) =>
    columns.map((column, j) => ({
      column,
      class: coefficients.lines[k] === null ? null : line,
      coefficient: coefficients.values[k]?.[j] as number,
      per: isStandardized(j) ? 'standard deviation' : 'unit',
    })),
  )
  const scaled = columns.filter((_, j) => isStandardized(j)).length
  const unit =
    scaled === columns.length
      ? 'per standard deviation of the column'
      : scaled === 0
        ? 'per unit of the column'
        : `per standard deviation of ${countOf(scaled, 'standardized column')}, per unit of the others`
  const rest =
    columns.length < coefficients.columnCount
      ? ` Shown are the largest ${columns.length} of ${formatCount(coefficients.columnCount)} columns.`
      : ''
  const what =
    lines.length > 1
      ? `What each column adds to the score of each of ${countOf(lines.length, 'class', 'classes')}`
      : coefficients.lines[0] === null
        ? `What each column adds to ${learned(label) ?? 'the prediction'}`
        : `What each column adds to the log odds of class ${coefficients.lines[0]}`
  const intercept = lines.length === 1 ? ` The intercept is ${formatNumber(coefficients.intercepts[0] as number)}.` : ''
  const largest = values.reduce((a, b) => (Math.abs(b.coefficient) > Math.abs(a.coefficient) ? b : a))
  return chartOf({
    name: nameFor('coefficients', index),
    group: 'inside',
    label: label.name,
    title: 'Coefficients',
    description: `${what}, ${unit}. The largest is that of ${largest.column}: ${formatNumber(largest.coefficient)}.${intercept}${rest}`,
    fields: { column: 'Column', class: 'Class', coefficient: 'Coefficient', per: 'Per' },
    values,
    height: (lines.length > 1 ? 64 : 48) + 20 * columns.length,
    widthMax: lines.length > 10 ? 620 : 440,
    spec:
      lines.length > 1
        ? divergingCells('class', lines, 'column', columns, 'coefficient', undefined)
        : signedBars(columns),
    legend: [
      { color: COLORS.main, text: 'above 0' },
      { color: COLORS.warning, text: 'below 0' },
    ],
  })
}

/** The function of the label that was learned, where it is not the label. */
function learned(label: FittedReport): string | undefined {
  const name = label.kind === 'regressor' ? label.learnedAs : undefined
  return name === undefined ? undefined : `${name} of the label`
}

function signedBars(columns: readonly string[]): object {
  return {
    mark: { type: 'bar', height: { band: 0.72 } },
    encoding: {
      y: {
        field: 'column',
        type: 'nominal',
        scale: { domain: columns },
        axis: { title: null, labelLimit: 130, grid: false, ticks: false, domain: false },
      },
      x: { field: 'coefficient', type: 'quantitative', axis: { title: null, tickCount: 5 } },
      color: { condition: { test: 'datum.coefficient < 0', value: COLORS.warning }, value: COLORS.main },
    },
  }
}

export function lossChart(label: FittedReport, index: number): Chart | undefined {
  const { loss } = label
  if (loss === null) return undefined
  const rowsFor = (rows: string, losses: readonly number[]) =>
    losses.map((value, i) => ({ iteration: loss.iterations[i] as number, rows, loss: value }))
  const of = learned(label)
  const hasValidation = loss.validation.length > 0
  const training = `${formatNumber(loss.training[0] as number)} to ${formatNumber(loss.training.at(-1) as number)}`
  const validation = hasValidation
    ? ` On the rows that early stopping holds out it ends at ${formatNumber(loss.validation.at(-1) as number)}.`
    : ' No rows were held out for early stopping.'
  return chartOf({
    name: nameFor('loss', index),
    group: 'inside',
    label: label.name,
    title: 'Loss by iteration',
    description: `Mean loss${of === undefined ? '' : `, of ${of},`} over ${countOf(loss.iterations.at(-1) as number, 'iteration')}: on training rows it falls from ${training}.${validation}`,
    fields: { iteration: 'Iteration', rows: 'Rows', loss: 'Mean loss' },
    values: [...rowsFor('training', loss.training), ...rowsFor('held out', loss.validation)],
    spec: {
      mark: { type: 'line', strokeWidth: 2 },
      encoding: {
        x: { field: 'iteration', type: 'quantitative', axis: { title: 'iteration', tickCount: 5 } },
        y: {
          field: 'loss',
          type: 'quantitative',
          axis: { title: 'mean loss', tickCount: 5 },
          scale: { zero: false },
        },
        color: {
          field: 'rows',
          scale: { domain: ['training', 'held out'], range: [COLORS.second, COLORS.main] },
          legend: null,
        },
      },
    },
    legend: [
      { color: COLORS.second, text: 'training rows' },
      ...(hasValidation ? [{ color: COLORS.main, text: 'rows held out for early stopping' }] : []),
    ],
  })
}

/** The data of the tree; the page shows it as an outline. */
export function treeChart(label: FittedReport, index: number): Chart | undefined {
  const { tree } = label
  if (tree === null || tree.nodes.length < 2) return undefined
  const parentOf = new Map(
    tree.nodes.flatMap(({ split }, at) =>
      split === null
        ? []
        : [
            [split.left, at],
            [split.right, at],
          ],
    ),
  )
  const values = tree.nodes.map(({ split, rows, isCut, value, names, counts }, node) => {
    const parent = parentOf.get(node)
    return {
      node,
      parent: parent ?? null,
      is_left: parent === undefined ? null : tree.nodes[parent]?.split?.left === node,
      column: split?.column ?? null,
      threshold: split?.threshold ?? null,
      categories: split?.categories?.join(', ') ?? null,
      missing_left: split?.missingLeft ?? null,
      rows,
      is_cut: isCut,
      class: names[0] ?? null,
      class_rows: counts[0] ?? null,
      mean: value,
    }
  })
  const which = tree.treeCount === 1 ? 'The tree' : `The first of ${formatCount(tree.treeCount)} trees`
  return chartOf({
    name: nameFor('tree', index),
    group: 'inside',
    label: label.name,
    title: tree.treeCount === 1 ? 'The tree' : 'The first tree',
    description: `${which}, down to three splits one below the other, and what becomes of ${countOf(tree.rows, 'training row')} in it. It splits by ${tree.nodes[0]?.split?.column} first.`,
    fields: {
      node: 'Node',
      parent: 'Parent',
      is_left: 'Left of its parent',
      column: 'Splits by',
      threshold: 'Left up to',
      categories: 'Left for',
      missing_left: 'Missing goes left',
      rows: 'Rows',
      is_cut: 'More splits follow',
      class: 'Most frequent class',
      class_rows: 'Rows of it',
      mean: 'Mean',
    },
    values,
    spec: null,
  })
}

// The tables of a report: metrics, parameters, columns, classes, and the data behind each chart.
import type { CrossValidatedReport } from '../../training-summary/cross-fitting-data.ts'
import type { ClassifierReport } from '../../training-summary/label-report.ts'
import type { FeatureReport, ReportData } from '../../training-summary/report-data.ts'
import type { Chart, DataRow } from '../charts/chart.ts'
import { rangeText } from '../charts/number-charts.ts'
import { clipped, countOf, formatCount, formatNumber, formatPercent } from '../format.ts'
import { type Html, html } from './html.ts'
import type { ReportHead } from './report-head.ts'

/** Rows of a chart's data that the page holds; /artifacts has all. */
const DATA_ROWS_MAX = 30

export function metricsTable({ metrics, validationRows }: ReportData): Html {
  const isHeldOut = validationRows !== null
  const hasBaselines = metrics.some(({ baseline }) => baseline !== undefined)
  const hasIntervals = metrics.some(({ interval }) => interval !== undefined)
  const cell = (text: string): Html => html`<td class="n">${text}</td>`
  const rows = metrics.map(({ name, training, validation, baseline, interval }) => {
    const range = interval === undefined ? '' : `${formatNumber(interval.from)} to ${formatNumber(interval.to)}`
    return html`<tr><th scope="row">${breakable(name)}</th>${cell(formatNumber(training))}${isHeldOut && cell(formatNumber(validation))}${hasIntervals && cell(range)}${hasBaselines && cell(baseline === undefined ? '' : formatNumber(baseline))}</tr>`
  })
  const heads = html`<th scope="col">Metric</th><th scope="col" class="n">Training</th>${isHeldOut && html`<th scope="col" class="n">Held out</th>`}${hasIntervals && html`<th scope="col" class="n">95 % interval</th>`}${hasBaselines && html`<th scope="col" class="n">Baseline</th>`}`
  return html`<table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>`
}

/** Means over the folds of a cross-validation, and how far the folds differ. */
export function foldsTable({ metrics }: CrossValidatedReport): Html {
  const cell = (text: string): Html => html`<td class="n">${text}</td>`
  const rows = metrics.map(({ name, mean, deviation, from, to, folds }) => {
    const interval = `${formatNumber(from)} to ${formatNumber(to)}`
    const range = `${formatNumber(Math.min(...folds))} to ${formatNumber(Math.max(...folds))}`
    return html`<tr><th scope="row">${breakable(name)}</th>${cell(formatNumber(mean))}${cell(interval)}${cell(formatNumber(deviation))}${cell(range)}</tr>`
  })
  return html`<table><thead><tr><th scope="col">Metric</th><th scope="col" class="n">Mean</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n">Deviation</th><th scope="col" class="n">Folds</th></tr></thead><tbody>${rows}</tbody></table>`
}

/** May be broken behind its parts, rather than anywhere. */
function breakable(name: string): Html {
  return html`${name.split(/(?<=[._])/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr>${part}`))}`
}

/** What a training comes of, and what would make it again. */
export function originTable(
  { seed, splitSeed, validationRows, dataDigest, versions }: ReportData,
  { runId, runDate, trainingSeconds }: ReportHead,
): Html {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['Run', runId],
    ['Made at', runDate],
    [
      'Fitted in',
      trainingSeconds === undefined ? undefined : `${formatNumber(Number(trainingSeconds.toPrecision(3)))} s`,
    ],
    ['Split seed', validationRows === null ? undefined : splitSeed],
    ['Seed where random_state is null', seed],
    ['Worker', versions?.worker],
    ['Node', versions?.node],
    ['SHA-256 of the rows', dataDigest],
  ]
  const rows = facts.map(
    ([name, value]) => value !== undefined && html`<tr><th scope="row">${name}</th><td><code>${value}</code></td></tr>`,
  )
  return html`<table><tbody>${rows}</tbody></table>`
}

export function parametersTable({ parameters }: ReportData): Html {
  const rows = parameters.map(
    ({ name, value, isDefault }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td class="n${isDefault ? '' : ' changed'}"><code>${value}</code></td><td class="n">${isDefault ? 'default' : 'given'}</td></tr>`,
  )
  return html`<table><thead><tr><th scope="col">Parameter</th><th scope="col" class="n">Value</th><th scope="col" class="n">Set by</th></tr></thead><tbody>${rows}</tbody></table>`
}

export function featuresTable({ features, featureRows }: ReportData): Html {
  const rows = features.map((feature) => {
    const missing = feature.missing === 0 ? '–' : formatPercent(feature.missing / featureRows)
    return html`<tr><th scope="row"><bdi>${breakable(feature.name)}</bdi></th><td class="k">${feature.kind}</td><td><bdi>${valuesText(feature)}</bdi></td><td class="n">${missing}</td></tr>`
  })
  return html`<table><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Values</th><th scope="col" class="n">Missing</th></tr></thead><tbody>${rows}</tbody></table>`
}

function valuesText(feature: FeatureReport): string {
  if (feature.kind === 'numeric') return feature.histogram === null ? 'no finite value' : rangeText(feature.histogram)
  const named = feature.names.slice(0, 4).map(clipped).join(', ')
  const more = feature.categoryCount > 4 ? ', …' : ''
  return feature.categoryCount === 0
    ? 'no category'
    : `${countOf(feature.categoryCount, 'category', 'categories')}: ${named}${more}`
}

/** Precision, recall and F1 of each class, from the confusion matrix. */
export function classesTable({ classes, confusion }: ClassifierReport): Html | null {
  if (confusion === null) return null
  const rows = classes.names.map((name, i) => {
    const hits = confusion[i]?.[i] as number
    const actual = (confusion[i] as number[]).reduce((sum, count) => sum + count, 0)
    const predicted = confusion.reduce((sum, row) => sum + (row[i] as number), 0)
    const share = (of: number): number | null => (of === 0 ? null : hits / of)
    const figures = [
      share(predicted),
      share(actual),
      actual + predicted === 0 ? null : (2 * hits) / (actual + predicted),
    ]
    return html`<tr><th scope="row"><bdi>${name}</bdi></th>${figures.map((figure) => html`<td class="n">${figure === null ? '–' : figure.toFixed(3)}</td>`)}<td class="n">${formatCount(actual)}</td></tr>`
  })
  const heads = ['Precision', 'Recall', 'F1', 'Rows'].map((head) => html`<th scope="col" class="n">${head}</th>`)
  return html`<table><thead><tr><th scope="col">Class</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`
}

/** The first rows of a chart's data, to be opened. */
export function dataTable({ fields, values, title }: Chart): Html | null {
  if (values.length === 0) return null
  const names = Object.keys(fields).filter((field) => values.some((row) => row[field] !== null))
  const isNumber = (field: string): boolean =>
    values.every((row) => row[field] === null || typeof row[field] === 'number')
  const cell = (row: DataRow, field: string): Html => {
    const value = row[field] ?? null
    const text = typeof value === 'number' ? formatNumber(value) : value === null ? '–' : String(value)
    return html`<td class="${isNumber(field) ? 'n' : ''}"><bdi>${text}</bdi></td>`
  }
  const heads = names.map((field) => html`<th scope="col" class="${isNumber(field) ? 'n' : ''}">${fields[field]}</th>`)
  const rows = values.slice(0, DATA_ROWS_MAX).map((row) => html`<tr>${names.map((field) => cell(row, field))}</tr>`)
  const rest =
    values.length > DATA_ROWS_MAX
      ? html`<p>The first ${DATA_ROWS_MAX} of ${formatCount(values.length)} rows.</p>`
      : null
  return html`<details><summary>Data</summary><div class="scroll" tabindex="0" role="group" aria-label="Data of: ${title}"><table class="data"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table>${rest}</div></details>`
}

// The page of a data set: how good its rows are for learning, and what its columns hold. Without scripts.
import { clipped, countOf, formatCount, formatNumber, formatPercent } from '../../report-page/format.ts'
import { documentOf, PAGE_POLICY } from '../../report-page/page/document.ts'
import { type Html, html } from '../../report-page/page/html.ts'
import type { Dataset } from '../dataset.ts'
import type { ColumnStatistics, LabelCandidate, TableStatistics } from '../statistics/table-statistics.ts'
import { barsOf, histogramOf } from './column-charts.ts'

export const REPORT_POLICY = PAGE_POLICY

/** Columns that are drawn, and findings that are listed. */
const COLUMNS_MAX = 200
const FINDINGS_MAX = 50
const TOP_MAX = 6

export function reportPageOf(dataset: Dataset, statistics: TableStatistics): string {
  const title = `${dataset.name}, version ${dataset.version}`
  return documentOf({
    title,
    header: headerOf(dataset, statistics),
    main: html`${findingsSection(statistics)}
${labelsSection(statistics)}
${columnsSection(statistics)}
${originSection(dataset)}`,
    footer: html`Made by ml-worker when the data set was kept. The numbers behind this page are at <code>/api/datasets/${dataset.datasetId}/statistics</code>.`,
  })
}

function headerOf(dataset: Dataset, statistics: TableStatistics): Html {
  const { rows, columns, completeness, missing_cells: missing, duplicate_rows: equal } = statistics
  const facts = [`Data set ${dataset.datasetId}`, dataset.createdAt.toISOString().slice(0, 16).replace('T', ' ')]
  return html`<header>
<p class="over">${facts.join(' · ')}</p>
<h1><bdi>${dataset.name}</bdi>, version ${dataset.version}</h1>
<p class="lead"><strong>${countOf(rows, 'row')}</strong> of <strong>${countOf(columns.length, 'column')}</strong>${dataset.description !== null && html`. <bdi>${dataset.description}</bdi>`}</p>
<dl class="figures">
${figure('Completeness', formatPercent(completeness), 'of all cells have a value')}
${figure('Missing cells', formatCount(missing), `in ${countOf(columns.filter((column) => column.missing > 0).length, 'column')}`)}
${figure('Equal rows', `${equal.is_exact ? '' : '≈ '}${formatCount(equal.count)}`, 'equal an earlier row')}
${balanceFigure(statistics.label_candidates, dataset.labels)}
</dl>
</header>`
}

function figure(name: string, value: string, about: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${about}</small></dd></div>`
}

/** Of the label column that was named, or else of the last column that may be one. */
function balanceFigure(candidates: readonly LabelCandidate[], labels: readonly string[]): Html | null {
  const candidate = candidates.find(({ column }) => labels.includes(column)) ?? candidates.at(-1)
  if (candidate === undefined) return null
  const { classes, balance, column } = candidate
  return figure(
    'Balance',
    formatPercent(balance),
    `${countOf(classes.length, 'class', 'classes')} of ${clipped(column)}`,
  )
}

function findingsSection({ findings }: TableStatistics): Html {
  if (findings.length === 0) return html`<h2>What stands out</h2><p>Nothing.</p>`
  const shown = findings.slice(0, FINDINGS_MAX)
  const more = findings.length - shown.length
  const rows = shown.map(
    ({ column, message, code }) =>
      html`<tr><th scope="row">${column === undefined ? 'All columns' : html`<bdi>${column}</bdi>`}</th><td>${message}<br><code>${code}</code></td></tr>`,
  )
  return html`<h2>What stands out</h2>
<p>Look at these before you train.${more > 0 && ` ${formatCount(more)} more are in the statistics.`}</p>
<div class="cards"><section class="card full"><table><tbody>${rows}</tbody></table></section></div>`
}

function labelsSection({ label_candidates: candidates }: TableStatistics): Html | null {
  if (candidates.length === 0) return null
  const cards = candidates.map(
    ({ column, classes, balance, told_by: telling }) => html`<section class="card"><h3><bdi>${column}</bdi></h3>
<p>Balance ${formatPercent(balance)}${telling.length > 0 && html`; given away by <bdi>${telling.join(', ')}</bdi>`}.</p>${barsOf(classes)}</section>`,
  )
  return html`<h2>What may be a label</h2><p>Columns of few values, and how their classes are balanced: 100 % where all are equally frequent.</p><div class="cards">${cards}</div>`
}

function columnsSection({ columns, rows, sample_rows: sampled }: TableStatistics): Html {
  const shown = columns.slice(0, COLUMNS_MAX)
  const cut = shown.length < columns.length ? ` Shown are the first ${formatCount(shown.length)}.` : ''
  const drawn = sampled < rows ? ` Quantiles and histograms are of ${formatCount(sampled)} rows, drawn evenly.` : ''
  return html`<h2>The columns</h2><p>${countOf(columns.length, 'column')}.${cut}${drawn}</p><div class="cards">${shown.map((column) => columnCard(column, rows))}</div>`
}

function columnCard(column: ColumnStatistics, rows: number): Html {
  const { name, kind, missing, distinct, numbers, top } = column
  const few = top !== undefined && distinct.count <= TOP_MAX
  const picture =
    numbers?.histogram !== undefined && !few ? histogramOf(numbers.histogram) : barsOf((top ?? []).slice(0, TOP_MAX))
  const figures = numbers && [
    ['mean', numbers.mean],
    ['std', numbers.std ?? null],
    ['min', numbers.min],
    ['median', numbers.quantiles['0.5'] ?? null],
    ['max', numbers.max],
  ]
  const about = [
    kind,
    `${distinct.is_exact ? '' : 'about '}${countOf(distinct.count, 'distinct value')}`,
    missing === 0 ? 'none missing' : `${formatCount(missing)} missing (${formatPercent(missing / rows)})`,
  ]
  const table =
    figures &&
    html`<table><tbody>${figures.map(([what, value]) => html`<tr><th scope="row">${what}</th><td class="n">${formatNumber(value as number | null)}</td></tr>`)}</tbody></table>`
  return html`<section class="card"><h3><bdi>${name}</bdi></h3><p>${about.join(' · ')}</p>${picture}${table}</section>`
}

function originSection(dataset: Dataset): Html {
  const facts = [
    ['Made by', dataset.createdBy],
    ['Format', dataset.form],
    ['Bytes', formatCount(dataset.byteLength)],
    ['SHA-256', dataset.sha256],
    ['Labels', dataset.labels.join(', ') || '–'],
  ]
  const rows = facts.map(
    ([name, value]) => html`<tr><th scope="row" class="k">${name}</th><td><code>${value}</code></td></tr>`,
  )
  const decisions = dataset.decisions.map(({ message }) => html`<li>${message}</li>`)
  return html`<h2>Where it comes from</h2><p>The same bytes have the same digest.</p>
<div class="cards"><section class="card half"><h3>Origin</h3><table><tbody>${rows}</tbody></table></section></div>
${decisions.length > 0 && html`<div class="note"><ul>${decisions}</ul></div>`}`
}

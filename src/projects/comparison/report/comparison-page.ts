// The page of a comparison: which version is better, how sure that is, and what else is different. Without scripts.
import { clipped, countOf, formatCount, formatNumber } from '../../../report-page/format.ts'
import { documentOf } from '../../../report-page/page/document.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { ComparisonAnswer } from '../schemas.ts'
import { intervalChartOf } from './interval-chart.ts'

type Label = ComparisonAnswer['labels'][number]
type Metric = Label['metrics'][number]
type Pair = Metric['pairs'][number]

const TESTS: Readonly<Record<string, string>> = {
  mcnemar: "McNemar's exact test",
  paired_t_squared_errors: 'paired t test on the squared errors',
  paired_t_absolute_errors: 'paired t test on the absolute errors',
  wilcoxon: "Wilcoxon's signed-rank test on the absolute errors",
  bootstrap: 'paired bootstrap tests',
}
const VERDICTS: Readonly<Record<string, string>> = {
  better: 'better',
  worse: 'worse',
  no_difference_shown: 'no difference shown',
}
/** Columns of each sort that are named. */
const NAMES_MAX = 30

export function comparisonPageOf(comparison: ComparisonAnswer): string {
  const numbers = comparison.versions.map(({ version }) => version)
  const query = `versions=${numbers.join(',')}${comparison.rows.held_out ? '' : `&dataset=${comparison.rows.dataset.id}`}`
  return documentOf({
    title: `${comparison.project}: versions ${listOf(numbers)}`,
    header: headerOf(comparison, numbers),
    main: html`${comparison.labels.map((label) => labelSection(label, comparison))}
${differencesSection(comparison)}
${versionsSection(comparison)}`,
    footer: html`Made by ml-worker from predictions of the same rows. The numbers behind this page are at <code>/api/projects/${comparison.project}/comparison?${query}</code>.`,
  })
}

function headerOf(comparison: ComparisonAnswer, numbers: readonly number[]): Html {
  const { project, rows, metric, winner, labels, warnings } = comparison
  const { dataset, count, groups } = rows
  const facts = [`Project ${project}`, `data set ${clipped(dataset.name)}, version ${dataset.version}`]
  const decided = labels.find(({ label }) => label === comparison.label)?.metrics.find((one) => one.metric === metric)
  const figures = decided?.versions.map(({ version, value, from, to }) => {
    const about =
      from === undefined || to === undefined ? metricName(metric) : `${formatNumber(from)} to ${formatNumber(to)}`
    return html`<div><dt>Version ${version}${version === winner && ' · better'}</dt><dd>${formatNumber(value)}<small>${about}</small></dd></div>`
  })
  const judged = rows.held_out
    ? html`Judged on <strong>${countOf(count, 'row')}</strong> that none of them was trained on`
    : html`Judged on all <strong>${countOf(count, 'row')}</strong> of another data set`
  return html`<header>
<p class="over">${facts.join(' · ')}</p>
<h1>Versions ${listOf(numbers)}</h1>
<p class="lead"><strong>${resultOf(comparison)}</strong> ${judged}${groups !== undefined && `, in ${countOf(groups, 'group')}`}. The figures are of ${metricName(metric)}, ${comparison.lower_is_better ? 'lower' : 'higher'} is better.</p>
${warnings.length > 0 && html`<div class="note warning">${countOf(warnings.length, 'warning')}:<ul>${warnings.map(({ code, message }) => html`<li><code>${code}</code>: ${message}</li>`)}</ul></div>`}
<dl class="figures">${figures ?? null}</dl>
</header>`
}

function resultOf({ winner, metric, versions }: ComparisonAnswer): string {
  if (winner !== undefined) {
    const others = versions.length === 2 ? 'the other' : 'every other one'
    return `Version ${winner} is better than ${others} by ${metricName(metric)}, and chance does not explain it.`
  }
  return `No version is shown to be better than ${versions.length === 2 ? 'the other' : 'all others'} by ${metricName(metric)}.`
}

function labelSection(
  { label, metrics }: Label,
  { winner, labels, metric: decides, label: of, resamples }: ComparisonAnswer,
): Html {
  const heading = labels.length > 1 ? html`How they compare: <bdi>${label}</bdi>` : 'How they compare'
  const cards = metrics.map((metric) => {
    const isDeciding = metric.metric === decides && label === of
    return html`<section class="card half long"><h3>${metricName(metric.metric)}${isDeciding && ' (decides)'}</h3><p>${metric.lower_is_better ? 'Lower' : 'Higher'} is better. ${methodOf(metric)}</p>${intervalChartOf(metric, isDeciding ? winner : undefined)}${pairsTable(metric)}</section>`
  })
  const drawn =
    resamples.count === 0
      ? 'There are too few rows for intervals and tests.'
      : `Dots are values, lines hold in 95 of 100 cases. Resamples: ${formatCount(resamples.count)}, the same for all versions. A difference counts where its p-value, corrected over all pairs (Holm), is below 0.05. Intervals are of one pair by itself, and may come from another method than the test: one that leaves 0 out can stand beside “no difference shown”, and the verdict goes by p (Holm).`
  return html`<h2>${heading}</h2><p>${drawn}</p><div class="cards">${cards}</div>`
}

function methodOf({ versions, pairs }: Metric): string {
  const interval = { wilson: "Wilson's intervals", bootstrap: 'Bootstrap intervals' }[versions[0]?.method ?? '']
  const test = TESTS[pairs[0]?.test ?? '']
  const parts = [interval, test].filter((text) => text !== undefined)
  const text = parts.join('; ')
  return text === '' ? '' : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

function pairsTable({ pairs, metric }: Metric): Html | null {
  if (pairs.length === 0) return null
  const rows = pairs.map(
    (pair) =>
      html`<tr><th scope="row" class="k">${pair.version} against ${pair.other}</th><td class="n">${formatNumber(pair.difference)}${endsOf(pair)}</td><td class="n">${pText(pair.adjusted_p_value)}</td><td class="${pair.verdict === 'no_difference_shown' ? 'k' : 'k changed'}">${VERDICTS[pair.verdict] ?? pair.verdict}</td></tr>`,
  )
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Pairs by ${metricName(metric)}"><table><thead><tr><th scope="col">Versions</th><th scope="col" class="n">Difference</th><th scope="col" class="n">p (Holm)</th><th scope="col">Verdict</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

function endsOf({ from, to }: Pair): Html | null {
  if (from === undefined || to === undefined) return null
  return html`<br><small>${formatNumber(from)} to ${formatNumber(to)}</small>`
}

function pText(p: number | undefined): string {
  if (p === undefined) return '–'
  return p < 0.001 ? '< 0.001' : p.toFixed(3)
}

function differencesSection({ differences, versions }: ComparisonAnswer): Html {
  const { parameters, options, columns } = differences
  const values = [...options, ...parameters]
  const rows = values.map(({ name, values: byVersion }) => {
    const lines = versions.map(
      ({ version }) => html`<div>${version}: ${shownValue((byVersion as Record<string, unknown>)[version])}</div>`,
    )
    return html`<tr><th scope="row">${clipped(name)}</th><td>${lines}</td></tr>`
  })
  const table = html`<p>By the numbers of the versions.</p><div class="scroll" tabindex="0" role="group" aria-label="Parameters that differ"><table><tbody>${rows}</tbody></table></div>`
  const columnRows = columns.map(
    ({ version, added, gone, changed, count }) =>
      html`<tr><th scope="row" class="k">${version}</th><td>${count === 0 ? 'the same columns' : [namesOf('added', added), namesOf('gone', gone), namesOf('of another kind', changed)]}</td></tr>`,
  )
  return html`<h2>What differs</h2><p>What is not listed is equal.</p><div class="cards">
<section class="card half"><h3>Parameters and options</h3>${values.length === 0 ? html`<p>None.</p>` : table}</section>
<section class="card half"><h3>Columns</h3><p>Against version ${versions[0]?.version ?? ''}.</p><table><tbody>${columnRows}</tbody></table></section>
</div>`
}

function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '–'
  return clipped(typeof value === 'string' ? value : JSON.stringify(value))
}

function namesOf(what: string, names: readonly string[]): Html | null {
  if (names.length === 0) return null
  const more = names.length > NAMES_MAX && ` and ${formatCount(names.length - NAMES_MAX)} more`
  const shown = names.slice(0, NAMES_MAX).map((name, i) => html`${i > 0 && ', '}<bdi>${name}</bdi>`)
  return html`<div>${what}: ${shown}${more}</div>`
}

function versionsSection({ versions }: ComparisonAnswer): Html {
  const rows = versions.map(
    (
      each,
    ) => html`<tr><th scope="row" class="n">${each.version}</th><td><bdi>${each.model_name}</bdi>${each.description !== undefined && html`<br><small><bdi>${each.description}</bdi></small>`}</td>
<td class="n">${formatCount(each.features)}</td><td class="n">${each.training_seconds === undefined ? '–' : formatNumber(Number(each.training_seconds.toPrecision(3)))}</td><td class="n">${formatNumber(Number(each.predict_ms.toPrecision(3)))}</td><td class="n">${formatCount(each.artifact_bytes)}</td><td class="k">${each.created_at.slice(0, 16).replace('T', ' ')}</td></tr>`,
  )
  const heads = ['Columns', 'Training, s', 'Prediction, ms', 'Bytes'].map(
    (head) => html`<th scope="col" class="n">${head}</th>`,
  )
  return html`<h2>The versions</h2><p>What each is, and what it takes.</p><div class="cards"><section class="card full"><div class="scroll" tabindex="0" role="group" aria-label="The versions"><table><thead><tr><th scope="col" class="n">Version</th><th scope="col">Model</th>${heads}<th scope="col">Made</th></tr></thead><tbody>${rows}</tbody></table></div></section></div>`
}

function metricName(metric: string): string {
  return metric.replaceAll('_', ' ')
}

function listOf(numbers: readonly number[]): string {
  return numbers.length < 2 ? numbers.join('') : `${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`
}

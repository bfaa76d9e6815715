// The page of the monitoring of a version: what drifted, since when, and how good its data is. Without scripts.
import { clipped, countOf, formatCount, formatNumber, formatPercent } from '../../../report-page/format.ts'
import { documentOf } from '../../../report-page/page/document.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { figuresOf } from '../../performance/schemas.ts'
import type { DriftAnswer, LookAnswer, QualityAnswer } from '../schemas.ts'
import { cellsChartOf } from './cells-chart.ts'
import { timelineChartOf } from './timeline-chart.ts'

type Column = DriftAnswer['columns'][number]
type Quality = QualityAnswer['columns'][number]

type PerformanceFigures = ReturnType<typeof figuresOf>

export interface MonitoringPageParts {
  readonly drift: DriftAnswer
  readonly quality: QualityAnswer
  /** Of the environment and version, the newest first. */
  readonly looks: readonly LookAnswer[]
  /** How right the answers of the days before were, as far as outcomes are known. */
  readonly performance: PerformanceFigures
}

/** Columns that are drawn: those with drift, then those with the largest effect. */
const COLUMNS_MAX = 60
const FINDINGS_MAX = 50
/** Levels of a finding that are named. */
const LEVELS_MAX = 5
/** Until the end of the window. */
export const PERFORMANCE_DAYS = 30
const ROLE_WORDS: Readonly<Record<string, string>> = {
  answer: 'answer of the version',
  confidence: 'confidence of the version',
  row: 'rows that are strange as a whole',
}
const STATES: Readonly<Record<string, string>> = {
  ok: 'no drift',
  drift: 'drift',
  insufficient_data: 'too few rows to judge',
  no_baseline: 'no baseline',
  constant: 'one value, then and now',
  failed: 'could not be judged',
}
const FINDINGS: Readonly<Record<string, string>> = {
  missing: 'missing',
  unseen: 'levels that the training had not',
  below: 'below the least number of the training',
  above: 'above the largest number of the training',
}

export function monitoringPageOf({ drift, quality, looks, performance }: MonitoringPageParts): string {
  const { project, version } = drift
  return documentOf({
    title: `${project}: monitoring of version ${version}`,
    header: headerOf(drift, quality),
    main: html`${timelineSection(looks)}
${performanceSection(performance)}
${qualitySection(quality)}
${columnsSection(drift)}
${basisSection(drift)}`,
    footer: html`Made by ml-worker from counts of all predictions. The numbers behind this page are at <code>${pathOf(drift)}</code>.`,
  })
}

function pathOf({ look_id: id, project, environment, version, from, to }: DriftAnswer): string {
  const path = `/api/projects/${project}/drift`
  if (id !== undefined) return `${path}/history/${id}`
  return `${path}?environment=${environment}&version=${version}&from=${from}&to=${to}`
}

function headerOf(drift: DriftAnswer, quality: QualityAnswer): Html {
  const { project, environment, version, rows, columns, drifted, severity, basis } = drift
  const facts = [`Project ${project}`, environment, `${momentOf(drift.from)} to ${momentOf(drift.to)}`]
  return html`<header>
<p class="over">${facts.join(' · ')}</p>
<h1>Version ${version} in ${environment}</h1>
<p class="lead"><strong>${resultOf(drift)}</strong></p>
<dl class="figures">
${figure('Predicted rows', formatCount(rows), `${neededOf(basis)}, against ${formatCount(basis.baseline_rows)} of the training`)}
${figure('Columns with drift', formatCount(drifted), `of ${formatCount(columns.length)}`)}
${figure('Severity', severity ?? '–', 'of the gravest')}
${figure('Bad data', formatCount(quality.bad), 'columns with values missing, unseen or out of range')}
</dl>
</header>`
}

function figure(name: string, value: string, about: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${about}</small></dd></div>`
}

function resultOf({ state, drifted, basis }: DriftAnswer): string {
  if (state === 'drift' && drifted === 0)
    return 'No single window shows it, but all together do: there is a small drift.'
  if (state === 'drift') {
    return `${countOf(drifted, 'column has', 'columns have')} drifted: chance does not explain it, and it is large.`
  }
  if (state === 'ok') return 'No drift was found.'
  if (state === 'no_baseline') return 'The version has no baseline: it was trained before the worker kept one.'
  return `There are too few rows to judge, ${neededOf(basis)}: that is not the same as no drift.`
}

function neededOf({ rows_needed: needed }: DriftAnswer['basis']): string {
  return needed === undefined ? 'the training had too few rows for a judgement' : `${formatCount(needed)} are needed`
}

function timelineSection(looks: readonly LookAnswer[]): Html {
  if (looks.length === 0) return html`<h2>Over time</h2><p>No window has been looked at yet.</p>`
  const rows = looks
    .slice(0, FINDINGS_MAX)
    .map(
      (look) =>
        html`<tr><th scope="row" class="k">${momentOf(look.to)}</th><td>${STATES[look.state] ?? look.state}${look.drifted > 0 && html`: ${namesOf(look)}`}</td><td class="n">${look.severity ?? '–'}</td><td class="n">${formatCount(look.rows)}</td></tr>`,
    )
  return html`<h2>Over time</h2><p>The largest effect of each look; from 0.1 it is medium, from 0.25 high, from 0.5 critical. Orange is drift, grey had too few rows.</p>
<div class="cards"><section class="card half"><h3>Largest effect</h3>${timelineChartOf([...looks].reverse())}</section>
<section class="card half long"><h3>Looks</h3><div class="scroll" tabindex="0" role="group" aria-label="Looks"><table><thead><tr><th scope="col">Until</th><th scope="col">Found</th><th scope="col" class="n">Severity</th><th scope="col" class="n">Rows</th></tr></thead><tbody>${rows}</tbody></table></div></section></div>`
}

function namesOf({ worst, drifted }: LookAnswer): Html {
  const names = worst.filter(({ state }) => state === 'drift').slice(0, 3)
  const more = drifted - names.length
  return html`${names.map(({ name }, i) => html`${i > 0 && ', '}<bdi>${clipped(name)}</bdi>`)}${more > 0 && ` and ${formatCount(more)} more`}`
}

function performanceSection({ outcomes, coverage, metrics, estimated }: PerformanceFigures): Html {
  const known =
    outcomes === 0
      ? 'No outcome is known: send them to be told how right it is.'
      : `Of the ${PERFORMANCE_DAYS} days until the end of the window, from ${countOf(outcomes, 'outcome')}: ${formatPercent(coverage ?? 0)} of the logged predictions.`
  if (metrics.length + estimated.length === 0) return html`<h2>How right it was</h2><p>${known}</p>`
  const rows = metrics.map(
    ({ name, value, from, to }) =>
      html`<tr><th scope="row">${nameOf(name)}</th><td class="n">${formatNumber(value)}</td><td class="n">${from === undefined || to === undefined ? '–' : `${formatNumber(from)} to ${formatNumber(to)}`}</td></tr>`,
  )
  const promised = estimated.map(
    ({ name, value }) => html`<tr><th scope="row">${nameOf(name)}</th><td class="n">${formatNumber(value)}</td></tr>`,
  )
  return html`<h2>How right it was</h2><p>${known}</p><div class="cards">
${rows.length > 0 && html`<section class="card half"><h3>Measured</h3><div class="scroll" tabindex="0" role="group" aria-label="Metrics"><table><thead><tr><th scope="col">Metric</th><th scope="col" class="n">Value</th><th scope="col" class="n">95 of 100</th></tr></thead><tbody>${rows}</tbody></table></div></section>`}
${promised.length > 0 && html`<section class="card half"><h3>Estimated from confidences</h3><p>Of all logged predictions, with an outcome or without. It is no measurement: it holds as far as confidences do.</p><table><tbody>${promised}</tbody></table></section>`}</div>`
}

function nameOf(metric: string): string {
  return metric.replaceAll('_', ' ')
}

function qualitySection({ columns }: QualityAnswer): Html {
  const bad = columns.filter(({ state }) => state === 'bad')
  if (bad.length === 0) return html`<h2>Quality of the data</h2><p>Nothing stands out.</p>`
  const rows = bad
    .slice(0, FINDINGS_MAX)
    .map(
      (column) =>
        html`<tr><th scope="row"><bdi>${column.name}</bdi></th><td>${column.findings.map((finding) => html`<div>${findingOf(column, finding)}</div>`)}</td><td class="n">${column.severity ?? '–'}</td></tr>`,
    )
  return html`<h2>Quality of the data</h2><p>Columns that are worse than in the training.</p>
<div class="cards"><section class="card full"><div class="scroll" tabindex="0" role="group" aria-label="Bad columns"><table><thead><tr><th scope="col">Column</th><th scope="col">What</th><th scope="col" class="n">Severity</th></tr></thead><tbody>${rows}</tbody></table></div></section></div>`
}

function findingOf(column: Quality, finding: string): Html {
  if (finding === 'one_cell') return html`all values are in one cell, and those of the training were not`
  if (finding === 'wrong_type') return refusedOf(column)
  const share = column[finding as 'missing' | 'unseen' | 'below' | 'above']
  const levels = finding === 'unseen' ? levelsOf(column) : null
  return html`${formatPercent(share?.current ?? 0)} ${FINDINGS[finding] ?? finding}, ${formatPercent(share?.baseline ?? 0)} in the training${levels}`
}

/** The most frequent ones. */
function levelsOf({ unseen_levels: levels = [] }: Quality): Html | null {
  if (levels.length === 0) return null
  const named = levels
    .slice(0, LEVELS_MAX)
    .map(({ level, rows }, i) => html`${i > 0 && ', '}<bdi>${clipped(level)}</bdi> (${formatCount(rows)})`)
  return html`: ${named}${levels.length > LEVELS_MAX && ' and others'}`
}

function refusedOf({ wrong_type: refused }: Quality): Html {
  const got = Object.entries(refused?.got ?? {}).map(([type, count]) => `${type} ${formatCount(count)}`)
  return html`${formatPercent(refused?.share ?? 0)} of ${formatCount(refused?.requests ?? 0)} requests were refused for its type: ${got.join(', ')}`
}

function columnsSection({ columns }: DriftAnswer): Html {
  const shown = columns.slice(0, COLUMNS_MAX)
  const cut =
    shown.length < columns.length ? ` Shown are ${formatCount(shown.length)} of ${formatCount(columns.length)}.` : ''
  return html`<h2>The columns, then and now</h2><p>The upper bar of each pair is the training, the lower one the window. Those with drift come first.${cut}</p>
<div class="cards">${shown.map(columnCard)}</div>`
}

function columnCard(column: Column): Html {
  const { name, role, state, severity, psi_excess: effect, p_value: p, cells, error } = column
  const about = [
    ROLE_WORDS[role] ?? null,
    state === 'drift' ? `drift, ${severity ?? 'low'}` : (STATES[state] ?? state),
    effect === undefined ? null : `effect ${formatNumber(effect)}`,
    p === undefined ? null : `p ${p < 0.001 ? '< 0.001' : p.toFixed(3)}`,
    error ?? null,
  ]
  return html`<section class="card"><h3><bdi>${name}</bdi></h3><p>${about.filter((text) => text !== null).join(' · ')}</p>${cells === undefined ? null : cellsChartOf(name, cells)}</section>`
}

function basisSection({ basis }: DriftAnswer): Html {
  const facts: readonly (readonly [string, string])[] = [
    ['False alarms that are allowed', `one in ${formatNumber(basis.days_per_false_alarm)} days`],
    ['Tests', `${countOf(basis.tests, 'column')}, ${countOf(basis.looks_per_day, 'look')} a day`],
    ['Level of a column', formatNumber(basis.level)],
    ['Rows that are needed', basis.rows_needed === undefined ? '–' : formatCount(basis.rows_needed)],
    ['Calibration windows', formatCount(basis.calibration_windows)],
  ]
  return html`<h2>How it is judged</h2><p>Drift is what is significant at the level, and large: an effect is PSI less its mean where nothing has changed.</p>
<div class="cards"><section class="card half"><h3>Level</h3><table><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="n">${value}</td></tr>`)}</tbody></table></section></div>`
}

function momentOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}

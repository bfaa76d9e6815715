// The page of an experiment: what it found in words first, then in pictures and tables. Without scripts.
import { clipped, countOf, formatCount, formatNumber, formatPercent } from '../../../report-page/format.ts'
import { documentOf } from '../../../report-page/page/document.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { LookAnswer, ResultsAnswer } from '../result-schemas.ts'
import { guardrailSection, ratioSection } from './health-sections.ts'
import { metricSection } from './metric-sections.ts'

export interface ResultsPageParts {
  readonly results: ResultsAnswer
  /** From the first to the one that is shown, the oldest first. */
  readonly looks: readonly LookAnswer[]
}

/** Looks that stand in the table: the newest. */
const LISTED_MAX = 40
const OUTCOMES: Readonly<Record<string, string>> = {
  winner: 'An arm has won',
  keep_control: 'The control is kept',
  equivalent: 'The arms are alike',
  no_decision: 'No decision',
  guardrail_stop: 'Stopped by a guardrail',
  invalid: 'Not valid',
  stopped_by_user: 'Stopped',
}

export function resultsPageOf({ results, looks }: ResultsPageParts): string {
  const { experiment, look_id: look } = results
  const { project, name, id } = experiment
  return documentOf({
    title: `${project}: experiment ${name}`,
    header: headerOf(results),
    main: html`${armsSection(results)}
${metricSection(results, looks)}
${guardrailSection(results, looks)}
${ratioSection(results, looks)}
${looksSection(looks)}
${planSection(results)}`,
    footer: html`Made by ml-worker. The numbers behind this page are at <code>/api/projects/${project}/experiments/${id}/results?look=${look}</code>.`,
  })
}

function headerOf(results: ResultsAnswer): Html {
  const { experiment, summary, sample, days_left: days, warnings, arms } = results
  const { project, environment, name, state, is_paused: isPaused, outcome, started_at: from } = experiment
  const facts = [`Project ${project}`, environment, ...(from === undefined ? [] : [`since ${momentOf(from)}`])]
  const standing = outcome === undefined ? (isPaused ? 'paused' : state) : (OUTCOMES[outcome] ?? outcome)
  const units = arms.reduce((sum, arm) => sum + arm.units, 0)
  return html`<header>
<p class="over">${facts.join(' · ')}</p>
<h1><bdi>${name}</bdi></h1>
<p class="lead"><strong>${summary}</strong></p>
<dl class="figures">
${figure('State', standing, `as of ${momentOf(results.looked_at)}`)}
${figure('Keys', formatCount(units), `in ${countOf(arms.length, 'arm')}`)}
${figure('With an outcome', formatCount(sample.reached), `of ${formatCount(sample.needed)} that each arm needs`)}
${figure('Days left', days === undefined ? '–' : formatNumber(Number(days.toFixed(1))), 'until nobody is assigned any more')}
</dl>
${warnings.length > 0 && html`<div class="note warning"><strong>What makes this doubtful</strong><ul>${warnings.map(({ detail }) => html`<li>${detail}</li>`)}</ul></div>`}
</header>`
}

function figure(name: string, value: string, about: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}<small>${about}</small></dd></div>`
}

function armsSection({ arms }: ResultsAnswer): Html {
  const hasClasses = arms.some(({ accuracy }) => accuracy !== undefined)
  const hasNumbers = arms.some(({ mean_absolute_error: error }) => error !== undefined)
  const share = (value: number | undefined): string => (value === undefined ? '–' : formatPercent(value))
  const number = (value: number | undefined): string =>
    formatNumber(value === undefined ? null : Number(value.toPrecision(4)))
  const rows = arms.map(
    (
      arm,
    ) => html`<tr><th scope="row" class="k"><bdi>${clipped(arm.arm)}</bdi>${arm.is_control && ' (control)'}</th><td class="n">${arm.version}</td><td class="n">${formatCount(arm.units)}</td><td class="n">${formatCount(arm.labelled)}</td><td class="n">${share(arm.labelled_share)}</td>
${hasClasses && html`<td class="n">${share(arm.accuracy)}</td><td class="n">${number(arm.f1_macro)}</td>`}${hasNumbers && html`<td class="n">${number(arm.mean_absolute_error)}</td><td class="n">${number(arm.mean_squared_error)}</td>`}
<td class="n">${formatCount(arm.failed)}</td><td class="n">${share(arm.failed_share)}</td><td class="n">${number(arm.p50_ms)}</td><td class="n">${number(arm.p95_ms)}</td><td class="n">${number(arm.p99_ms)}</td></tr>`,
  )
  const head = (words: string): Html => html`<th scope="col" class="n">${words}</th>`
  return html`<h2>The arms</h2><p>Each key counts once: by the arm that it met first, and by its first row whose outcome is known. Times are in milliseconds, of the predictions alone.</p>
<div class="cards"><section class="card full"><div class="scroll" tabindex="0" role="group" aria-label="Arms"><table><thead><tr><th scope="col">Arm</th>${head('Version')}${head('Keys')}${head('With outcome')}${head('Share')}${hasClasses && html`${head('Accuracy')}${head('F1')}`}${hasNumbers && html`${head('Mean |error|')}${head('Mean error²')}`}${head('Failed keys')}${head('Share')}${head('p50')}${head('p95')}${head('p99')}</tr></thead><tbody>${rows}</tbody></table></div></section></div>`
}

function looksSection(looks: readonly LookAnswer[]): Html {
  const rows = [...looks]
    .reverse()
    .slice(0, LISTED_MAX)
    .map(({ looked_at: at, is_deciding: isDeciding, units, labelled, metrics, warnings }) => {
      const primary = metrics.filter((metric) => metric.is_primary)
      const found = primary.map(({ arm, difference, p }) => {
        const values = difference === undefined ? '–' : formatNumber(Number(difference.toPrecision(3)))
        return html`<div><bdi>${clipped(arm)}</bdi> ${values}${p !== undefined && `, p ${p < 0.001 ? '< 0.001' : p.toFixed(3)}`}</div>`
      })
      return html`<tr><th scope="row" class="k">${momentOf(at)}${isDeciding && ' (decided)'}</th><td class="n">${formatCount(units)}</td><td class="n">${formatCount(labelled)}</td><td class="k">${found}</td><td class="n">${formatCount(warnings.length)}</td></tr>`
    })
  return html`<h2>Looks</h2><p>The newest first; of the time before the last six hours one an hour. However often it is looked at, a wrong decision is no likelier.</p>
<div class="cards"><section class="card full long"><div class="scroll" tabindex="0" role="group" aria-label="Looks"><table><thead><tr><th scope="col">At</th><th scope="col" class="n">Keys</th><th scope="col" class="n">With outcome</th><th scope="col">Difference</th><th scope="col" class="n">Warnings</th></tr></thead><tbody>${rows}</tbody></table></div></section></div>`
}

function planSection({ experiment: plan, multiply_exposed: several }: ResultsAnswer): Html {
  const facts: readonly (readonly [string, string])[] = [
    ['Mode', plan.mode],
    ['Decides', plan.success_metrics.map(wordsOf).join(', ')],
    [
      'False alarms that are allowed',
      `in ${formatPercent(plan.significance_level)} of experiments without a difference`,
    ],
    ['Keys with an outcome that an arm needs', formatCount(plan.min_sample_size)],
    ['Nobody is assigned after', countOf(plan.max_duration_days, 'day')],
    ['Outcomes are waited for', countOf(plan.label_window_hours, 'hour')],
    ['Shares were changed', `${countOf(plan.phases.length - 1, 'time')}; ${countOf(several, 'key')} met several arms`],
    ['A winner is deployed', plan.auto_promote ? 'at once' : 'by hand'],
  ]
  return html`<h2>The plan</h2><p>What was settled before the first key.</p>
<div class="cards"><section class="card half"><h3>Plan</h3><table><tbody>${facts.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table></section></div>`
}

export function wordsOf(metric: string): string {
  return metric.replaceAll('_', ' ')
}

function momentOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}

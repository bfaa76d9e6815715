// The best trials of a search as a table.
import { rankTrials, type SearchReport } from '../../training-summary/search-report.ts'
import { countOf, formatCount, formatNumber } from '../format.ts'
import { type Html, html } from './html.ts'

const TRIALS_MAX = 20
const STATES = { finished: '', ended_early: 'ended early', dropped: 'dropped', failed: 'failed' } as const

/** The first twenty, from the best on. */
export function searchTable(search: SearchReport): Html {
  const { parameters, trials, scoring } = search
  const rows = rankTrials(search)
    .slice(0, TRIALS_MAX)
    .map((trial, rank) => {
      const { values, mean, deviation, state, rows, reason } = trials[trial] as SearchReport['trials'][0]
      const cells = values.map((value) => html`<td class="n"><code>${value}</code></td>`)
      const said = reason === undefined ? STATES[state] : `failed: ${reason}`
      return html`<tr><th scope="row">${rank + 1}</th><td class="n">${trial + 1}</td>${cells}<td class="n">${formatNumber(mean)}</td><td class="n">${formatNumber(deviation)}</td><td class="n">${formatCount(rows)}</td><td><bdi>${said}</bdi></td></tr>`
    })
  const heads = [...parameters.map(({ name }) => html`<code>${name}</code>`), scoring, 'deviation', 'rows'].map(
    (head) => html`<th scope="col" class="n">${head}</th>`,
  )
  return html`<table><thead><tr><th scope="col">Rank</th><th scope="col" class="n">Trial</th>${heads}<th scope="col">State</th></tr></thead><tbody>${rows}</tbody></table>`
}

/** What was looked for, and how. */
export function searchText({ strategy, trials, folds, scoring, lowerIsBetter, seed, blend }: SearchReport): string {
  const repeats = folds.repeats > 1 ? `, ${folds.repeats} times` : ''
  const by = folds.column === undefined ? '' : ` by ${folds.column}`
  const where =
    folds.count > 1
      ? `${folds.count} ${folds.kind} folds${by}${repeats} of the training rows`
      : 'a part of the training rows that was held out'
  const members = blend?.map(({ trial, weight }) => `${trial + 1} (${formatNumber(weight)})`).join(', ')
  const chosen =
    members === undefined
      ? 'The best parameters were then fitted on all training rows.'
      : `The candidates of trials ${members} were then fitted on all training rows; predictions are their mean with these weights.`
  return `${countOf(trials.length, 'trial')} by the strategy ${strategy} with seed ${seed}, each judged by its mean ${scoring} (${lowerIsBetter ? 'lower' : 'higher'} is better) on ${where}. ${chosen}`
}

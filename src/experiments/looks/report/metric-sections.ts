// What success metrics show, arm by arm: the difference with what is possible, and the evidence for it.
import { clipped, formatCount, formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { LookAnswer, ResultsAnswer } from '../result-schemas.ts'
import { type DifferenceAt, differenceChartOf, wordsOf as differenceWords, signed } from './difference-chart.ts'
import { evidenceChartOf, evidenceWords } from './evidence-chart.ts'

type Metric = ResultsAnswer['metrics'][number]

const METHODS: Readonly<Record<string, string>> = {
  paired_e_process: 'rows that both predicted, and only one of them rightly',
  binomial_e_process: 'wrong predictions, by the arm that made them',
  paired_asymptotic_sequence: 'differences row by row',
  asymptotic_sequence: 'means of the two arms',
}

export function metricSection({ metrics, equivalence }: ResultsAnswer, looks: readonly LookAnswer[]): Html {
  const cards = metrics.map((metric) => {
    const past = looks.map((look) => {
      return {
        at: look.looked_at,
        of: look.metrics.find((each) => each.metric === metric.metric && each.arm === metric.arm),
      }
    })
    const differences = past.flatMap(({ at, of }): DifferenceAt[] =>
      of?.difference === undefined ? [] : [{ at, difference: of.difference, interval: intervalOf(of) }],
    )
    const evidence = past.flatMap(({ at, of }) => (of?.ln_e === undefined ? [] : [{ at, lnE: of.ln_e }]))
    const name = `${nameOf(metric.metric)} of ${clipped(metric.arm)} against the control`
    const margin = metric.is_primary ? equivalence?.margin : undefined
    return html`<section class="card half"><h3><bdi>${name}</bdi></h3><p>${wordsOfMetric(metric)}</p>
${differenceChartOf(`Difference of ${name}`, differences, margin)}</section>
<section class="card half"><h3><bdi>Evidence: ${name}</bdi></h3><p>${evidenceOf(metric)}</p>
${evidenceChartOf(`Evidence that ${name} differs`, evidence, metric.threshold)}</section>`
  })
  return html`<h2>Which arm is better</h2><p>The shaded band is what is possible: it is valid at any time, however often it is looked at. Once the evidence crosses the broken line the experiment is decided.</p>
<div class="cards">${cards}</div>`
}

function wordsOfMetric(metric: Metric): Html {
  const { control, treatment, difference, discordant, arm, least_detectable: least, method } = metric
  if (difference === undefined) return html`Nothing can be said yet: outcomes are missing.`
  const values = `${value(treatment)} against ${value(control)}: ${differenceWords({ difference, interval: intervalOf(metric) })}.`
  const of = discordant && discordant.control_right + discordant.treatment_right
  const pairs =
    discordant &&
    html` Of ${formatCount(of ?? 0)} rows where they differ, <bdi>${clipped(arm)}</bdi> was right in ${formatCount(discordant.treatment_right)}.`
  const still =
    least === undefined
      ? ''
      : ` A difference of ${signed(least).replace('+', '')} would be found by now in 4 of 5 cases.`
  return html`${values}${pairs}${still} Compared by ${METHODS[method] ?? method}.`
}

function evidenceOf({ ln_e: lnE, p, threshold, verdict }: Metric): string {
  if (lnE === undefined || p === undefined) return 'There is none yet: outcomes are missing, or too few.'
  const reached =
    verdict === 'wins'
      ? ' It is reached: the arm is better.'
      : verdict === 'loses'
        ? ' It is reached: the arm is worse.'
        : ''
  return `${evidenceWords(lnE)}, and ${value(threshold)} is needed. That is p ${p < 0.001 ? '< 0.001' : p.toFixed(3)}, below ${value(1 / threshold)} it decides.${reached}`
}

function intervalOf({ interval }: Metric): readonly [number, number] | null {
  return interval?.high === undefined ? null : [interval.low, interval.high]
}

function value(number: number | undefined): string {
  return formatNumber(number === undefined ? null : Number(number.toPrecision(4)))
}

function nameOf(metric: string): string {
  const words = metric.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

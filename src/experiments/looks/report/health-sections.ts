// What must not go wrong: guardrails, and whether keys fall into the arms as they should.
import { clipped, countOf, formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { LookAnswer, ResultsAnswer } from '../result-schemas.ts'
import { evidenceChartOf, evidenceWords } from './evidence-chart.ts'
import { sharesChartOf } from './shares-chart.ts'

type Guardrail = ResultsAnswer['guardrails'][number]

export function guardrailSection({ guardrails }: ResultsAnswer, looks: readonly LookAnswer[]): Html {
  if (guardrails.length === 0) return html`<h2>Guardrails</h2><p>The plan has none.</p>`
  const cards = guardrails.map((guardrail) => {
    const { metric, arm, threshold } = guardrail
    const points = looks.flatMap((look) => {
      const of = look.guardrails.find((each) => each.metric === metric && each.arm === arm)
      return of?.ln_e === undefined ? [] : [{ at: look.looked_at, lnE: of.ln_e }]
    })
    const name = `${metric === 'errors' ? 'Errors' : 'Slow requests'} of ${clipped(arm)}`
    return html`<section class="card half"><h3><bdi>${name}</bdi></h3><p>${wordsOf(guardrail)}</p>
${evidenceChartOf(`Evidence that ${name} are more than in the control`, points, threshold)}</section>`
  })
  return html`<h2>Guardrails</h2><p>They are looked at from the first request. Once the evidence that an arm is worse crosses the broken line, the experiment is stopped and the control answers everybody.</p>
<div class="cards">${cards}</div>`
}

function wordsOf({
  metric,
  arm,
  control,
  treatment,
  ln_e: lnE,
  threshold,
  rate_ratio: ratio,
  is_broken: isBroken,
}: Guardrail): Html {
  const what = metric === 'errors' ? 'a failed request' : 'a slow request'
  const times = ratio === undefined ? '' : `, ${formatNumber(Number(ratio.toPrecision(3)))} times as often`
  const evidence =
    lnE === undefined
      ? 'Nothing can be said yet.'
      : `The evidence is ${evidenceWords(lnE)}, and ${formatNumber(Number(threshold.toPrecision(3)))} stops the experiment.`
  return html`${countOf(treatment, 'key')} of <bdi>${clipped(arm)}</bdi> had ${what}, and ${countOf(control, 'key')} of the control${times}. ${evidence}${isBroken && ' It is broken.'}`
}

export function ratioSection({ sample_ratio: ratio, arms }: ResultsAnswer, looks: readonly LookAnswer[]): Html {
  const shares = arms.map(({ arm }, i) => {
    return { arm, expected: ratio.expected_shares[i] ?? 0, observed: ratio.observed_shares[i] ?? 0 }
  })
  const points = looks.flatMap(({ looked_at: at, sample_ratio: { ln_e: lnE } }) =>
    lnE === undefined ? [] : [{ at, lnE }],
  )
  const words =
    ratio.ln_e === undefined
      ? 'Nothing can be said yet.'
      : `The evidence that they do not is ${evidenceWords(ratio.ln_e)}; from ${formatNumber(ratio.threshold)} on the experiment is not valid.`
  return html`<h2>Do keys fall into the arms as they should?</h2><p>If not, something sends some of them elsewhere, and nothing that was measured can be trusted.</p>
<div class="cards"><section class="card half"><h3>Shares</h3><p>The upper bar is the share as configured, the lower one as it came.</p>${sharesChartOf(shares)}</section>
<section class="card half"><h3>Evidence against the shares</h3><p>${words}</p>${evidenceChartOf('Evidence that keys do not fall as they should', points, ratio.threshold)}</section></div>`
}

// A picture of evidence over looks against what it has to reach, on a scale of powers.
import { formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import { AXIS_HEIGHT, fixed, HEIGHT, levelOf, placesOf, timeAxisOf, WIDTH } from './time-axis.ts'

export interface EvidenceAt {
  /** As ISO 8601. */
  readonly at: string
  /** The natural logarithm of the evidence. */
  readonly lnE: number
}

/** Below it a line runs along the bottom: less evidence against a difference means the same. */
const LOWEST = Math.log(0.01)
const BARS_LEAST = Math.log(10)

/** Null without a look that has evidence. about: what it is evidence of. */
export function evidenceChartOf(about: string, points: readonly EvidenceAt[], threshold: number): Html | null {
  const last = points.at(-1)
  if (last === undefined) return null
  const goal = Math.log(threshold)
  const highest = Math.max(goal + BARS_LEAST, ...points.map(({ lnE }) => lnE))
  const times = points.map(({ at }) => at)
  const xOf = placesOf(times)
  const yOf = (lnE: number): number => HEIGHT * (1 - (Math.max(LOWEST, lnE) - LOWEST) / (highest - LOWEST))
  const isReached = last.lnE >= goal
  const color = isReached ? 'var(--c-warning)' : 'var(--c-main)'
  const line = points.map(({ at, lnE }) => `${fixed(xOf(at))},${fixed(yOf(lnE))}`).join(' ')
  const label = `${about} over looks: ${evidenceWords(last.lnE)}; ${formatNumber(threshold)} is needed`
  return html`<svg class="chart" data-size="440" viewBox="0 0 ${WIDTH} ${HEIGHT + AXIS_HEIGHT}" role="img" aria-label="${label}">
${levelOf(yOf(LOWEST), '1/100')}${levelOf(yOf(0), '1')}${levelOf(yOf(goal), formatNumber(Number(threshold.toPrecision(3))), 'var(--c-warning)', true)}
<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>
<circle cx="${fixed(xOf(last.at))}" cy="${fixed(yOf(last.lnE))}" r="3.5" fill="${color}"/>
${timeAxisOf(times)}</svg>`
}

/** Of evidence, in words: how many times as well a difference explains what came. */
export function evidenceWords(lnE: number): string {
  if (lnE > Math.log(1e6)) return 'more than 1,000,000'
  if (lnE < LOWEST) return 'less than 1/100'
  const evidence = Math.exp(lnE)
  return evidence >= 1
    ? formatNumber(Number(evidence.toPrecision(3)))
    : `1/${formatNumber(Number((1 / evidence).toPrecision(3)))}`
}

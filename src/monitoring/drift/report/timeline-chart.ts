// A picture of looks over time: the largest effect of each, with the lines from which it is medium, high and critical.
import { formatCount, formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { LookAnswer } from '../schemas.ts'

const WIDTH = 300
const HEIGHT = 110
const LEFT = 30
const AXIS_HEIGHT = 20
/** From which on an effect is medium, high and critical. */
const LINES = [0.1, 0.25, 0.5]
/** Beyond it a bar ends at the top. */
const EFFECT_MAX = 0.6

/** looks: the oldest first, one at the least. */
export function timelineChartOf(looks: readonly LookAnswer[]): Html {
  const width = (WIDTH - LEFT) / looks.length
  const heightOf = (effect: number): number => (HEIGHT * Math.min(Math.max(effect, 0), EFFECT_MAX)) / EFFECT_MAX
  const bars = looks.map(({ worst, state }, i) => {
    const height = Math.max(2, heightOf(worst[0]?.psi_excess ?? 0))
    const color = state === 'drift' ? 'var(--c-warning)' : state === 'ok' ? 'var(--c-main)' : 'var(--c-faint)'
    const gap = width > 3 ? 1 : 0
    return html`<rect x="${(LEFT + i * width).toFixed(2)}" y="${(HEIGHT - height).toFixed(2)}" width="${(Math.min(width, 24) - gap).toFixed(2)}" height="${height.toFixed(2)}" fill="${color}"/>`
  })
  const lines = LINES.map((effect) => {
    const y = (HEIGHT - heightOf(effect)).toFixed(2)
    return html`<line x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}" stroke="var(--line)"/><text x="0" y="${Number(y) + 4}" font-size="11" fill="var(--muted)">${formatNumber(effect)}</text>`
  })
  const drifted = looks.filter(({ state }) => state === 'drift').length
  const label = `Largest effect of ${formatCount(looks.length)} looks, ${formatCount(drifted)} of them with drift`
  return html`<svg class="chart" data-size="440" viewBox="0 0 ${WIDTH} ${HEIGHT + AXIS_HEIGHT}" role="img" aria-label="${label}">${lines}${bars}
<line x1="${LEFT}" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}" stroke="var(--line)"/>
<text x="${LEFT}" y="${HEIGHT + 14}" font-size="11" fill="var(--muted)">${dayOf(looks[0])}</text>
${looks.length > 1 && html`<text x="${WIDTH}" y="${HEIGHT + 14}" font-size="11" text-anchor="end" fill="var(--muted)">${dayOf(looks.at(-1))}</text>`}</svg>`
}

function dayOf(look: LookAnswer | undefined): string {
  return look?.to.slice(0, 10) ?? ''
}

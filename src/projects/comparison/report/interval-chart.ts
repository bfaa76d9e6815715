// A picture of one metric: a dot for each version's value, and a line for its interval.
import { formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { ComparisonAnswer } from '../schemas.ts'

type Metric = ComparisonAnswer['labels'][number]['metrics'][number]

const WIDTH = 300
const ROW_HEIGHT = 26
const LEFT = 34
const RIGHT = 8
const AXIS_HEIGHT = 22

/** winner: the version that stands out; undefined where none does. */
export function intervalChartOf({ metric, versions }: Metric, winner: number | undefined): Html {
  const ends = versions.flatMap(({ value, from, to }) => [value, from ?? value, to ?? value])
  const [low, high] = [Math.min(...ends), Math.max(...ends)]
  const span = high - low || Math.abs(high) || 1
  const at = (value: number): string => (LEFT + 6 + ((value - low) / span) * (WIDTH - LEFT - RIGHT - 12)).toFixed(2)
  const height = versions.length * ROW_HEIGHT
  const rows = versions.map(({ version, value, from, to }, i) => {
    const y = i * ROW_HEIGHT + ROW_HEIGHT / 2
    const color = version === winner ? 'var(--c-main)' : 'var(--c-second)'
    const line =
      from !== undefined &&
      to !== undefined &&
      html`<line x1="${at(from)}" x2="${at(to)}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3" stroke-linecap="round"/>`
    return html`<text x="0" y="${y + 4}" font-size="12" fill="var(--ink)">${version}</text>
<line x1="${LEFT}" x2="${WIDTH}" y1="${y}" y2="${y}" stroke="var(--line)"/>${line}
<circle cx="${at(value)}" cy="${y}" r="5" fill="${color}" stroke="var(--card)" stroke-width="1.5"/>`
  })
  const said = versions.map(
    ({ version, value, from, to }) =>
      `version ${version} ${formatNumber(value)}${from === undefined || to === undefined ? '' : `, from ${formatNumber(from)} to ${formatNumber(to)}`}`,
  )
  const label = `${metric}: ${said.join('; ')}`
  return html`<svg class="chart" data-size="440" viewBox="0 0 ${WIDTH} ${height + AXIS_HEIGHT}" role="img" aria-label="${label}">${rows}
<text x="${LEFT}" y="${height + 14}" font-size="11" fill="var(--muted)">${formatNumber(low)}</text>
<text x="${WIDTH}" y="${height + 14}" font-size="11" text-anchor="end" fill="var(--muted)">${formatNumber(high)}</text></svg>`
}

// Small pictures of a column: a histogram, and bars of the most frequent values.
import { clipped, formatCount, formatNumber, formatPercent } from '../../report-page/format.ts'
import { type Html, html } from '../../report-page/page/html.ts'
import type { ColumnStatistics } from '../statistics/table-statistics.ts'

const WIDTH = 300
const HEIGHT = 90
const BAR_HEIGHT = 26

type Histogram = NonNullable<NonNullable<ColumnStatistics['numbers']>['histogram']>

export function histogramOf({ from, to, counts }: Histogram): Html {
  const most = Math.max(1, ...counts)
  const width = WIDTH / counts.length
  const bars = counts.map((count, i) => {
    const height = (HEIGHT * count) / most
    const x = (i * width).toFixed(2)
    const gap = counts.length > 40 ? 0 : 1
    return html`<rect x="${x}" y="${(HEIGHT - height).toFixed(2)}" width="${(width - gap).toFixed(2)}" height="${height.toFixed(2)}" fill="var(--c-main)"/>`
  })
  const label = `Histogram from ${formatNumber(from)} to ${formatNumber(to)}, the fullest bin has ${formatCount(most)} rows`
  return html`<svg class="chart" data-size="300" viewBox="0 0 ${WIDTH} ${HEIGHT + 18}" role="img" aria-label="${label}">${bars}
<line x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}" stroke="var(--line)"/>
<text x="0" y="${HEIGHT + 14}" font-size="11" fill="var(--muted)">${formatNumber(from)}</text>
<text x="${WIDTH}" y="${HEIGHT + 14}" font-size="11" text-anchor="end" fill="var(--muted)">${formatNumber(to)}</text></svg>`
}

/** One bar a value, as long as its share. */
export function barsOf(values: NonNullable<ColumnStatistics['top']>): Html | null {
  if (values.length === 0) return null
  const bars = values.map(({ value, share, count }, i) => {
    const y = i * BAR_HEIGHT
    const text = String(value)
    return html`<text x="0" y="${y + 10}" font-size="11" fill="var(--ink)">${text === '' ? '(empty)' : clipped(text)}</text>
<text x="${WIDTH}" y="${y + 10}" font-size="11" text-anchor="end" fill="var(--muted)">${formatCount(count)} · ${formatPercent(share)}</text>
<rect x="0" y="${y + 14}" width="${WIDTH}" height="5" fill="var(--tint)"/>
<rect x="0" y="${y + 14}" width="${(WIDTH * share).toFixed(2)}" height="5" fill="var(--c-main)"/>`
  })
  return html`<svg class="chart" data-size="300" viewBox="0 0 ${WIDTH} ${values.length * BAR_HEIGHT}" role="img" aria-label="The most frequent values and their shares">${bars}</svg>`
}

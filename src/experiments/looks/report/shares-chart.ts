// A picture of the shares of arms: as they should be, and as keys fell into them.
import { clipped, formatPercent } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'

const WIDTH = 420
const ROW_HEIGHT = 34

export interface ArmShare {
  readonly arm: string
  readonly expected: number
  readonly observed: number
}

/** Two bars an arm: the upper one as configured, the lower one as it came. */
export function sharesChartOf(shares: readonly ArmShare[]): Html {
  const widthOf = (share: number): string => (WIDTH * share).toFixed(2)
  const words = shares.map(
    ({ arm, expected, observed }) => `${arm} ${formatPercent(observed)} of ${formatPercent(expected)}`,
  )
  const bars = shares.map(({ arm, expected, observed }, i) => {
    const y = i * ROW_HEIGHT
    return html`<text x="0" y="${y + 10}" font-size="11" fill="var(--ink)">${clipped(arm)}</text>
<text x="${WIDTH}" y="${y + 10}" font-size="11" text-anchor="end" fill="var(--muted)">${formatPercent(expected)} → ${formatPercent(observed)}</text>
<rect x="0" y="${y + 14}" width="${widthOf(expected)}" height="5" fill="var(--c-second)"/>
<rect x="0" y="${y + 20}" width="${widthOf(observed)}" height="5" fill="var(--c-main)"/>`
  })
  return html`<svg class="chart" data-size="440" viewBox="0 0 ${WIDTH} ${shares.length * ROW_HEIGHT}" role="img" aria-label="${`Shares of keys: ${words.join(', ')}`}">${bars}</svg>`
}

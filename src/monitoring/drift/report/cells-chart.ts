// A picture of one column: the shares of its cells in the training and in the window, two bars a cell,
// each as long as its share of the largest.
import { clipped, formatCount, formatNumber, formatPercent } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import type { DriftAnswer } from '../schemas.ts'

type Cell = NonNullable<DriftAnswer['columns'][number]['cells']>[number]

const WIDTH = 300
const ROW_HEIGHT = 32
/** Cells that are drawn: of more those whose share changed the most. */
const CELLS_MAX = 14

/** Null where neither the training nor the window has rows. */
export function cellsChartOf(name: string, cells: readonly Cell[]): Html | null {
  const baselineRows = cells.reduce((sum, { baseline }) => sum + baseline, 0)
  const rows = cells.reduce((sum, { current }) => sum + current, 0)
  if (baselineRows + rows === 0) return null
  const shares = cells.map((each) => {
    const { baseline, current } = each
    return { cell: labelOf(each), before: baseline / Math.max(1, baselineRows), now: current / Math.max(1, rows) }
  })
  const changeOf = ({ before, now }: (typeof shares)[number]): number => Math.abs(now - before)
  const filled = shares.filter(({ before, now }) => before + now > 0)
  const least = filled.map(changeOf).sort((a, b) => b - a)[CELLS_MAX - 1] ?? 0
  const drawn = filled.filter((share) => changeOf(share) >= least).slice(0, CELLS_MAX)
  const largest = Math.max(...drawn.flatMap(({ before, now }) => [before, now]))
  const widthOf = (share: number): string => ((WIDTH * share) / largest).toFixed(2)
  const bars = drawn.map(({ cell, before, now }, i) => {
    const y = i * ROW_HEIGHT
    return html`<text x="0" y="${y + 10}" font-size="11" fill="var(--ink)">${cell}</text>
<text x="${WIDTH}" y="${y + 10}" font-size="11" text-anchor="end" fill="var(--muted)">${formatPercent(before)} → ${formatPercent(now)}</text>
<rect x="0" y="${y + 14}" width="${widthOf(before)}" height="5" fill="var(--c-second)"/>
<rect x="0" y="${y + 20}" width="${widthOf(now)}" height="5" fill="var(--c-main)"/>`
  })
  const left = filled.length - drawn.length
  const label = `Shares of the cells of ${clipped(name)}, in the training and in the window`
  return html`<svg class="chart" data-size="300" viewBox="0 0 ${WIDTH} ${drawn.length * ROW_HEIGHT}" role="img" aria-label="${label}">${bars}</svg>${left > 0 && html`<p>${formatCount(left)} more cells changed less.</p>`}`
}

function labelOf({ cell, from, to }: Cell): string {
  return from === undefined || to === undefined ? clipped(cell) : `${formatNumber(from)} to ${formatNumber(to)}`
}

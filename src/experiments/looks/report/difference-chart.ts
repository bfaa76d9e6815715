// A picture of a difference over looks: a line within the interval that holds at any time, and the line of no difference.
import { formatNumber } from '../../../report-page/format.ts'
import { type Html, html } from '../../../report-page/page/html.ts'
import { AXIS_HEIGHT, fixed, HEIGHT, levelOf, placesOf, timeAxisOf, WIDTH } from './time-axis.ts'

export interface DifferenceAt {
  /** As ISO 8601. */
  readonly at: string
  readonly difference: number
  /** Null before it can be said. */
  readonly interval: readonly [low: number, high: number] | null
}

/**
 * Early intervals are wide, and are cut off at the edges: the scale is that of the later half. Null without a look that has a
 * difference. about: what the difference is of. margin: of equivalence, where it is looked for.
 */
export function differenceChartOf(about: string, points: readonly DifferenceAt[], margin?: number): Html | null {
  const last = points.at(-1)
  if (last === undefined) return null
  const times = points.map(({ at }) => at)
  const later = points.slice(Math.floor(points.length / 2))
  const ends = later.flatMap(({ difference, interval }) => [difference, ...(interval ?? [])]).map(Math.abs)
  const reach = 1.1 * Math.max(...ends, margin ?? 0, 1e-9)
  const xOf = placesOf(times)
  const yOf = (value: number): number => (HEIGHT / 2) * (1 - Math.min(1, Math.max(-1, value / reach)))
  const line = points.map(({ at, difference }) => `${fixed(xOf(at))},${fixed(yOf(difference))}`).join(' ')
  const banded = points.filter(({ interval }) => interval !== null)
  const edge = (of: readonly DifferenceAt[], end: 0 | 1): string =>
    of
      .map(({ at, interval }) => `${fixed(xOf(at))},${fixed(yOf((interval as readonly number[])[end] as number))}`)
      .join(' ')
  const band = html`<polygon points="${edge(banded, 1)} ${edge([...banded].reverse(), 0)}" fill="var(--c-main)" fill-opacity="0.18" stroke="var(--c-main)" stroke-opacity="0.35"/>`
  /** Words of two levels do not cover each other. */
  const isApart = (y: number): boolean => Math.abs(y - yOf(0)) >= 13 && y >= 13 && y <= HEIGHT - 13
  const margins = margin === undefined ? [] : [margin, -margin]
  return html`<svg class="chart" data-size="440" viewBox="0 0 ${WIDTH} ${HEIGHT + AXIS_HEIGHT}" role="img" aria-label="${`${about} over looks: ${wordsOf(last)}`}">
${levelOf(0, signed(reach))}${levelOf(HEIGHT, signed(-reach))}${levelOf(yOf(0), '0', 'var(--ink)')}
${margins.map((value) => levelOf(yOf(value), isApart(yOf(value)) ? signed(value) : '', 'var(--c-second)', true))}
${banded.length > 0 && band}<polyline points="${line}" fill="none" stroke="var(--c-main)" stroke-width="2"/>
<circle cx="${fixed(xOf(last.at))}" cy="${fixed(yOf(last.difference))}" r="3.5" fill="var(--c-main)"/>
${timeAxisOf(times)}</svg>`
}

/** Of one look, in words. */
export function wordsOf({ difference, interval }: Omit<DifferenceAt, 'at'>): string {
  if (interval === null) return `${signed(difference)}; what else is possible cannot be said yet`
  return `${signed(difference)}, and anything from ${signed(interval[0])} to ${signed(interval[1])} is possible`
}

export function signed(value: number): string {
  const rounded = Number(value.toPrecision(3))
  return rounded > 0 ? `+${formatNumber(rounded)}` : formatNumber(rounded)
}

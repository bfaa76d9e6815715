// What pictures of looks share: where a time is, and its axis.
import { type Html, html } from '../../../report-page/page/html.ts'

export const WIDTH = 420
export const HEIGHT = 150
/** Left of it stand the words of the other axis. */
export const LEFT = 58
export const AXIS_HEIGHT = 20

/** Of a time, as ISO 8601. times: ascending, one at the least. */
export function placesOf(times: readonly string[]): (time: string) => number {
  const [first, last] = [Date.parse(times[0] as string), Date.parse(times.at(-1) as string)]
  return (time) => LEFT + ((WIDTH - LEFT) * (Date.parse(time) - first)) / Math.max(1, last - first)
}

export function timeAxisOf(times: readonly string[]): Html {
  const y = HEIGHT + 14
  const words = (time: string): string => time.slice(0, 16).replace('T', ' ')
  return html`<line x1="${LEFT}" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}" stroke="var(--line)"/>
<text x="${LEFT}" y="${y}" font-size="11" fill="var(--muted)">${words(times[0] as string)}</text>
${times.length > 1 && html`<text x="${WIDTH}" y="${y}" font-size="11" text-anchor="end" fill="var(--muted)">${words(times.at(-1) as string)}</text>`}`
}

/** A line across, with its words at the left. */
export function levelOf(y: number, words: string, color = 'var(--line)', isDashed = false): Html {
  return html`<line x1="${LEFT}" x2="${WIDTH}" y1="${fixed(y)}" y2="${fixed(y)}" stroke="${color}"${isDashed && html` stroke-dasharray="5 4"`}/><text x="${LEFT - 6}" y="${fixed(y + 4)}" font-size="11" text-anchor="end" fill="var(--muted)">${words}</text>`
}

export function fixed(value: number): string {
  return value.toFixed(2)
}

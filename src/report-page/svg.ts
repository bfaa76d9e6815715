// A chart drawn: Vega-Lite to SVG, in the page's colours, with a title and a description that are read out.
import type { Chart } from './charts/chart.ts'
import { cleanText, escapeText } from './page/html.ts'

/** Draws charts as SVG elements for a page that holds the style sheet of page/style.ts. */
export type Draw = (chart: Chart & { readonly spec: object }) => Promise<string>

/** Loads the libraries, which takes some hundred milliseconds and as many megabytes as the service itself. */
export async function loadDrawing(): Promise<Draw> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')])
  const { textMetrics } = vega as unknown as { textMetrics: { width: (item: TextItem, text: unknown) => number } }
  // There is no canvas to measure with, and Vega's guess suits only the widest letters. What has a limit will be cut.
  textMetrics.width = (item, text) =>
    Math.min(widthOf(String(text), item.fontSize ?? 11), item.limit || Number.POSITIVE_INFINITY)
  const logger = vega.logger(vega.None)
  return async (chart) => {
    const { spec } = vegaLite.compile(
      drawable({
        ...THEME,
        data: { values: chart.values },
        width: chart.width,
        height: chart.height,
        ...chart.spec,
      }) as never,
      { logger: logger as never },
    )
    const view = new vega.View(vega.parse(spec), { renderer: 'none', logger })
    const svg = await view.toSVG()
    view.finalize()
    return describe(svg, chart)
  }
}

/** Vega keeps names in plain objects: one of an object's own, such as __proto__, gets a space without width behind it. */
function drawable(spec: object): object {
  const textOf = (text: string): string => (text in Object.prototype ? `${text}\u200b` : cleanText(text))
  return JSON.parse(JSON.stringify(spec), (_, value) => (typeof value === 'string' ? textOf(value) : value))
}

interface TextItem {
  readonly fontSize?: number
  /** The width that a label may have; 0 for any. */
  readonly limit?: number
}

const THEME = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  autosize: { type: 'fit', contains: 'padding' },
  background: null,
  padding: 2,
  config: {
    aria: false,
    font: 'sans-serif',
    view: { stroke: null },
    axis: {
      labelColor: 'var(--muted)',
      titleColor: 'var(--muted)',
      titleFontWeight: 'normal',
      labelFontSize: 11,
      titleFontSize: 11,
      titlePadding: 8,
      labelPadding: 5,
      gridColor: 'var(--line)',
      domainColor: 'var(--line)',
      tickColor: 'var(--line)',
      tickSize: 4,
      labelFlush: false,
    },
    axisX: { grid: true },
    axisY: { domain: false, ticks: false },
  },
}

/** Widths of letters in a sans-serif face, in hundredths of its size; what is none of them is wide. */
function widthOf(text: string, fontSize: number): number {
  let width = 0
  for (const letter of text) {
    if (/[iljtfrI.,:;|'!()[\] ]/.test(letter)) width += 34
    else if (/[mwMW%@—]/.test(letter)) width += 90
    else if (/[A-ZÄÖÜ]/.test(letter)) width += 70
    else if (/[\u0020-\u024f–−…]/.test(letter)) width += 62
    else width += 100
  }
  return (width * fontSize) / 100
}

/**
 * Vega escapes what stands in texts; attributes hold only what the charts say. So all that is between < and > is
 * markup, and can be made slim.
 */
function describe(svg: string, { name, title, description, widthMax }: Chart): string {
  const body = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<path class="(?:background|foreground)"[^>]*\/>/g, '')
    .replace(/<[^>]*>/g, (tag) =>
      tag
        .replace(/ (?:class|role|aria-[a-z]+|pointer-events|font-family|xmlns:xlink)="[^"]*"/g, '')
        .replace(/ opacity="1"/g, '')
        .replace(/(\d\.\d{2})\d+/g, '$1'),
    )
  const viewBox = /viewBox="([^"]*)"/.exec(svg)?.[1] ?? '0 0 340 280'
  const id = `chart-${name}`
  return (
    `<svg class="chart" data-size="${widthMax}" role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="${viewBox}">` +
    `<title id="${id}-title">${escapeText(title)}</title><desc id="${id}-desc">${escapeText(description)}</desc>${body}`
  )
}

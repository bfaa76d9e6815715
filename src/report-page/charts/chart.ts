// What a chart is before it is drawn: its name, what it shows in words, its data as tidy rows, and how to draw them.

/** One row of a chart's data. Keys are the names of `fields`. */
export interface DataRow {
  readonly [field: string]: string | number | boolean | null
}

/** An entry of the legend: one of the page's colours, and what it stands for. */
export interface LegendEntry {
  readonly color: string
  readonly isDashed?: boolean
  readonly text: string
}

export interface Chart {
  /** Unique in a report: letters, digits, - and _. */
  readonly name: string
  readonly group: 'result' | 'inside' | 'search' | 'features'
  readonly title: string
  /** What is to be seen, with the key figures: for those who cannot see it, too. */
  readonly description: string
  /** The label column that it is about; null where it is about none. */
  readonly label: string | null
  /** What each field of the rows holds. */
  readonly fields: { readonly [field: string]: string }
  readonly values: readonly DataRow[]
  /** Vega-Lite, without data, size and theme; null for what the page shows as text. */
  readonly spec: object | null
  /** Width ÷ height, and how wide it is drawn, in CSS pixels at scale 1. */
  readonly width: number
  readonly height: number
  /** How wide the page may stretch it. */
  readonly widthMax: number
  readonly legend: readonly LegendEntry[]
}

type Given = Omit<Chart, 'label' | 'width' | 'height' | 'widthMax' | 'legend'> & Partial<Chart>

/** A chart of the usual size, which suits a phone at scale 1, and a third of a wide page. */
export function chartOf(given: Given): Chart {
  return { label: null, width: 340, height: 280, widthMax: 440, legend: [], ...given }
}

/** The colours of lines and bars, as the page's style sheet names them; both themes have their own. */
export const COLORS = {
  main: 'var(--c-main)',
  second: 'var(--c-second)',
  warning: 'var(--c-warning)',
  faint: 'var(--c-faint)',
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  line: 'var(--line)',
  onMain: 'var(--on-main)',
} as const

/** Colours that can be told apart side by side; more classes than these share one. */
export const SERIES = ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)', 'var(--s6)'] as const

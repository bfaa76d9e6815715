// The results as a Markdown table.
import { scoreNames } from './cases.ts'
import type { TaskKind } from './data-file.ts'

/** The medians of one library's measurements, or why there are none. */
export interface Outcome {
  readonly library: string
  readonly fitSeconds: number
  readonly predictSeconds: number
  readonly peakMb: number
  readonly beforeMb: number
  readonly modelBytes: number
  readonly score: number
  readonly repeats: number
}

export interface Row {
  readonly estimator: string
  readonly task: TaskKind
  readonly dataset: string
  readonly rows: number
  readonly testRows: number
  readonly threads: number
  readonly parameters: { readonly [name: string]: unknown }
  /** Why there is no outcome of a library, by its name. */
  readonly failures: { readonly [library: string]: string }
  readonly outcomes: readonly Outcome[]
  /** The power of the row count by which our fit's cost grew since the smaller synthetic size. */
  readonly growth?: number
}

const HEADS = [
  'estimator',
  'data',
  'threads',
  'fit s',
  'rows/s',
  'predict s',
  'rows/s',
  'score',
  'peak MB (over the data)',
  'model bytes',
  'growth',
  'theirs: fit s',
  'predict s',
  'score',
  'peak MB',
  'bytes',
  'fit ratio',
  'predict ratio',
]

export const tableHead = `${line(HEADS)}\n${line(HEADS.map((_, i) => (i < 2 ? '---' : '--:')))}`

/** One line per library that ours is compared with, or one line for ours alone. A ratio below 1 means ours is faster. */
export function tableLines(row: Row): string {
  const ours = row.outcomes.find((outcome) => outcome.library === 'ours')
  const given = Object.entries(row.parameters).filter(([name]) => name !== 'random_state')
  const parameters = given.map(([name, value]) => `${name}=${value}`).join(', ')
  const first = [
    `${row.estimator}${parameters && ` (${parameters})`}`,
    row.dataset,
    row.threads === 0 ? '' : String(row.threads),
  ]
  const own = ours
    ? [
        seconds(ours.fitSeconds),
        count(row.rows / ours.fitSeconds),
        seconds(ours.predictSeconds),
        count(row.testRows / ours.predictSeconds),
        `${scoreNames[row.task]} ${ours.score.toFixed(4)}`,
        `${ours.peakMb.toFixed(0)} (${(ours.peakMb - ours.beforeMb).toFixed(0)})`,
        count(ours.modelBytes),
        row.growth === undefined ? '' : row.growth.toFixed(2),
      ]
    : [row.failures['ours'] ?? '', ...Array<string>(7).fill('')]
  const others = row.outcomes.filter((outcome) => outcome.library !== 'ours')
  const lines = others.map((theirs) =>
    line([
      ...first,
      ...own,
      `${theirs.library} ${seconds(theirs.fitSeconds)}`,
      seconds(theirs.predictSeconds),
      theirs.score.toFixed(4),
      `${theirs.peakMb.toFixed(0)} (${(theirs.peakMb - theirs.beforeMb).toFixed(0)})`,
      count(theirs.modelBytes),
      ours ? (ours.fitSeconds / theirs.fitSeconds).toFixed(2) : '',
      ours ? (ours.predictSeconds / theirs.predictSeconds).toFixed(2) : '',
    ]),
  )
  for (const [library, reason] of Object.entries(row.failures)) {
    if (library !== 'ours') lines.push(line([...first, ...own, `${library}: ${reason}`, '', '', '', '', '', '']))
  }
  return lines.length > 0 ? lines.join('\n') : line([...first, ...own, '', '', '', '', '', '', ''])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function seconds(value: number): string {
  return value >= 10 ? value.toFixed(1) : value >= 0.1 ? value.toFixed(2) : value.toFixed(4)
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

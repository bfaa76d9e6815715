// The quality of a column in a window: values that are missing, unseen or out of the range of the training, and a column that
// lost its variety.
import { SPECIAL_CELLS } from '../../cells/baseline.ts'
import type { WrongTypes } from '../quality/quality-counts.ts'
import { totalOf } from '../statistics/chi-square-test.ts'
import { compareCounts } from '../statistics/compare-counts.ts'
import { gravestOf, type Severity } from '../statistics/severity.ts'
import type { ColumnCounts } from './column-counts.ts'
import type { Finding, QualityState } from './look.ts'

/** Shares of the rows that rose are told as findings: what is bad about them. */
export type SharedFinding = Exclude<Finding, 'one_cell' | 'wrong_type'>

export interface RowShare {
  readonly baseline: number
  readonly current: number
  /** Of the window. */
  readonly rows: number
}

export interface ColumnQuality {
  readonly state: QualityState
  readonly severity: Severity | undefined
  readonly findings: readonly Finding[]
  readonly rows: number
  /** Of numbers missing, below and above; of categories missing and unseen. */
  readonly shares: { readonly [Name in SharedFinding]?: RowShare }
  readonly isOneCell: boolean
  /** Of the requests of the window those that were refused for the type of the column: 0 to 1. */
  readonly refusedShare: number
}

/** A share is bad that rose by so much, and significantly. */
const RISES: readonly (readonly [Severity, number])[] = [
  ['critical', 0.2],
  ['high', 0.1],
  ['medium', 0.05],
]
/** With fewer rows nothing is said. */
const ROWS_MIN = 30
/** Tests of a column: its shares. */
const TESTS = 3
/** Rows with and without what a share is of. */
const SHARE = { kind: 'categorical' } as const

/**
 * level: of the test of a column. Requests that were refused for a type need no test: the training had none by its making. O(cells).
 */
export function judgeQuality({ cells, baseline, counts, wrongTypes }: ColumnCounts, level: number): ColumnQuality {
  const [then, rows] = [totalOf(baseline), totalOf(counts)]
  const names: readonly SharedFinding[] = SPECIAL_CELLS[cells.kind]
  const first = counts.length - names.length
  const shares = Object.fromEntries(
    names.map((name, i) => {
      const [before, now] = [baseline[first + i] ?? 0, counts[first + i] ?? 0]
      return [name, { baseline: before / Math.max(1, then), current: now / Math.max(1, rows), rows: now }]
    }),
  ) as ColumnQuality['shares']
  const isOneCell = filledCells(counts, first) === 1 && filledCells(baseline, first) > 1
  const found: { readonly finding: Finding; readonly severity: Severity }[] = []
  if (then > 0 && rows >= ROWS_MIN) {
    for (const finding of names) {
      const { baseline: share, current, rows: now } = shares[finding] as RowShare
      const severity = RISES.find(([, rise]) => current - share >= rise)?.[0]
      if (severity === undefined) continue
      const before = Math.round(share * then)
      const counted = { cells: SHARE, reference: [then - before, before], current: [rows - now, now] }
      const test = compareCounts(counted, { level: level / TESTS })
      if (test !== undefined && test.pValue <= level / TESTS) found.push({ finding, severity })
    }
    if (isOneCell) found.push({ finding: 'one_cell', severity: 'high' })
  }
  const refusedShare = refusedShareOf(wrongTypes)
  if (wrongTypes !== undefined && wrongTypes.requests >= ROWS_MIN) {
    const severity = RISES.find(([, rise]) => refusedShare >= rise)?.[0]
    if (severity !== undefined) found.push({ finding: 'wrong_type', severity })
  }
  const state = stateOf(found.length, then, rows)
  return {
    state,
    severity: gravestOf(found.map(({ severity }) => severity)),
    findings: found.map(({ finding }) => finding),
    rows,
    shares,
    isOneCell,
    refusedShare,
  }
}

function stateOf(findings: number, then: number, rows: number): QualityState {
  if (findings > 0) return 'bad'
  return then === 0 ? 'no_baseline' : rows < ROWS_MIN ? 'insufficient_data' : 'ok'
}

function refusedShareOf(wrongTypes: WrongTypes | undefined): number {
  if (wrongTypes === undefined) return 0
  const refused = Object.values(wrongTypes.byType).reduce((sum, count) => sum + count, 0)
  return refused / Math.max(1, wrongTypes.requests)
}

/** Cells with values that have rows: the special ones are left out. */
function filledCells(counts: readonly number[], valueCells: number): number {
  return counts.slice(0, valueCells).filter((count) => count > 0).length
}

/** Of all columns together. */
export function qualityOf(columns: readonly ColumnQuality[]): {
  readonly state: QualityState
  readonly severity: Severity | undefined
} {
  const states = columns.map(({ state }) => state)
  const state = (['bad', 'ok', 'insufficient_data'] as const).find((each) => states.includes(each)) ?? 'no_baseline'
  return { state, severity: gravestOf(columns.map(({ severity }) => severity)) }
}

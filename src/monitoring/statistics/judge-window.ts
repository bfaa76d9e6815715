// What the counts of a window say, column by column and together: the one way in which looks, detections and the benchmark
// judge.
import type { Severity } from '../../alerts/signals.ts'
import type { CellShape } from './cell-shape.ts'
import { totalOf } from './chi-square-test.ts'
import { type CountsComparison, compareCounts } from './compare-counts.ts'
import { type AllowedAlarms, levelOf, noncentralityToFind, rowsForSize } from './level.ts'
import type { Overdispersion } from './overdispersion.ts'
import { gravestOf } from './severity.ts'

/**
 * ok: no drift of the size that is to be found. drift: a change that chance does not explain and that is large enough.
 * constant: all rows of both samples are in one cell. insufficient_data: too few rows to say that nothing has changed.
 * no_baseline: the reference has no rows, or no cells.
 */
export const COLUMN_STATES = ['ok', 'drift', 'constant', 'insufficient_data', 'no_baseline'] as const
export type ColumnState = (typeof COLUMN_STATES)[number]

export interface WindowColumn {
  readonly name: string
  readonly cells: CellShape
  /** Rows by cell, in the order of cellNames; undefined without a baseline. */
  readonly reference: ArrayLike<number> | undefined
  readonly current: ArrayLike<number>
  /** Undefined where rows are independent of each other. */
  readonly overdispersion?: Overdispersion | undefined
}

export interface JudgeOptions extends AllowedAlarms {
  /** Population stability index of the change that rows must suffice to find, in 4 of 5 cases; 0.1 by default. */
  readonly psiToFind?: number
}

export interface ColumnJudgement {
  readonly name: string
  readonly state: ColumnState
  /** Of a drift. */
  readonly severity: Severity | undefined
  /** Undefined where one of the samples has no rows. */
  readonly comparison: CountsComparison | undefined
  /** How much more than of independent rows the counts of days differ; 1 where that is not asked. */
  readonly overdispersion: number
  /** Rows from which `ok` can be said; undefined where the reference is too small for any. */
  readonly rowsNeeded: number | undefined
}

export interface WindowJudgement {
  /** drift where a column drifts; insufficient_data where none drifts and none is ok or constant; else ok. */
  readonly state: 'ok' | 'drift' | 'insufficient_data'
  /** The gravest of the columns that drift. */
  readonly severity: Severity | undefined
  /** The level that each column was tested at. */
  readonly level: number
  readonly columns: readonly ColumnJudgement[]
}

const PSI_TO_FIND = 0.1

/**
 * Every column is judged by itself at the same level, so that one which cannot be judged fails no other. The same counts give the same
 * judgement. O(columns) comparisons.
 */
export function judgeWindow(columns: readonly WindowColumn[], options: JudgeOptions): WindowJudgement {
  const level = levelOf(options)
  const known = new Map<number, number>()
  const noncentralityOf = (df: number): number => {
    const noncentrality = known.get(df) ?? noncentralityToFind(level, df)
    known.set(df, noncentrality)
    return noncentrality
  }
  const judged = columns.map((column) => judgeColumn(column, level, noncentralityOf, options))
  const drifting = judged.filter(({ state }) => state === 'drift')
  const isKnown = judged.some(({ state }) => state === 'ok' || state === 'constant')
  return {
    state: drifting.length > 0 ? 'drift' : isKnown ? 'ok' : 'insufficient_data',
    severity: gravestOf(drifting.map(({ severity }) => severity)),
    level,
    columns: judged,
  }
}

function judgeColumn(
  { name, cells, reference, current, overdispersion }: WindowColumn,
  level: number,
  noncentralityOf: (df: number) => number,
  { psiToFind = PSI_TO_FIND }: JudgeOptions,
): ColumnJudgement {
  const nothing = { name, severity: undefined, comparison: undefined, overdispersion: 1, rowsNeeded: undefined }
  if (reference === undefined || totalOf(reference) === 0) return { ...nothing, state: 'no_baseline' }
  const { factor } = overdispersion ?? { factor: 1 }
  const comparison = compareCounts({ cells, reference, current }, { level, overdispersion })
  const df = Math.max(1, comparison?.df ?? usedCells(reference) - 1)
  const size = Math.ceil((factor * noncentralityOf(df)) / psiToFind)
  const known = { ...nothing, overdispersion: factor, rowsNeeded: rowsForSize(size, totalOf(reference)) }
  if (comparison === undefined) return { ...known, state: 'insufficient_data' }
  if (comparison.df === 0) return { ...known, state: 'constant', comparison }
  if (comparison.pValue <= level && comparison.severity !== undefined) {
    return { ...known, state: 'drift', severity: comparison.severity, comparison }
  }
  return { ...known, state: comparison.effectiveSize < size ? 'insufficient_data' : 'ok', comparison }
}

function usedCells(counts: ArrayLike<number>): number {
  return Array.from(counts).filter((count) => count > 0).length
}

// Two samples in the same cells: whether they differ by more than chance, and by how much.
import type { Severity } from '../../alerts/signals.ts'
import { chiSquareTail } from '../../learning/distributions/chi-square.ts'
import { fTail } from '../../learning/distributions/f-distribution.ts'
import type { CellShape } from './cell-shape.ts'
import { chiSquareTest, totalOf } from './chi-square-test.ts'
import { comparableCounts } from './comparable-counts.ts'
import { type Effects, effectsOf } from './effects.ts'
import { joinRareCells } from './join-rare-cells.ts'
import { effectiveSize } from './level.ts'
import type { Overdispersion } from './overdispersion.ts'
import { DIVISIONS_MAX, permutationTest } from './permutation-test.ts'
import { severityOf } from './severity.ts'

/**
 * Where p comes from. chi2: the chi-square distribution, or F where the overdispersion is estimated. Where a cell expects less
 * than 5 of a sample, permutation: rows divided at random; or joined: rare cells taken together, where that is clear by
 * itself, or where the level is below what permutations can reach.
 */
export type TestMethod = 'chi2' | 'permutation' | 'joined'

export interface CountsComparison extends Effects {
  readonly referenceRows: number
  readonly currentRows: number
  readonly effectiveSize: number
  /** Of the two-sample chi-square test on comparable cells, without overdispersion. */
  readonly statistic: number
  readonly df: number
  readonly pValue: number
  readonly method: TestMethod
  /** How grave the change is, whether chance explains it or not; undefined of one too small to matter. */
  readonly severity: Severity | undefined
}

export interface ComparedCounts {
  readonly cells: CellShape
  /** Rows by cell, in the order of cellNames; both as long. */
  readonly reference: ArrayLike<number>
  readonly current: ArrayLike<number>
}

export interface TestOptions {
  /** Of the test: bounds the permutations. */
  readonly level: number
  readonly overdispersion?: Overdispersion | undefined
}

const EXPECTED_MIN = 5
/** Divisions for each level: at the level itself so many of them reach the statistic in the mean. */
const REACHED_AT_LEVEL = 20
/** Where joined cells say so at a hundredth of the level, nothing is divided: that makes one alarm in a hundred more. */
const CLEAR_SHARE = 0.01

/**
 * Undefined where one of the samples has no rows. The same counts give the same comparison. O(cells), with permutations up to
 * 100,000 times that.
 */
export function compareCounts(
  { cells, ...counts }: ComparedCounts,
  options: TestOptions,
): CountsComparison | undefined {
  const { reference, current } = comparableCounts(cells, counts, options)
  const [referenceRows, currentRows] = [totalOf(reference), totalOf(current)]
  if (referenceRows === 0 || currentRows === 0) return undefined
  const { statistic, df } = chiSquareTest(reference, current)
  const effects = effectsOf(cells, reference, current, statistic)
  return {
    referenceRows,
    currentRows,
    effectiveSize: effectiveSize(referenceRows, currentRows),
    statistic,
    df,
    ...testOf(reference, current, options),
    ...effects,
    severity: severityOf(cells, effects.psiExcess, reference, current),
  }
}

function testOf(
  reference: readonly number[],
  current: readonly number[],
  { level, overdispersion }: TestOptions,
): { readonly pValue: number; readonly method: TestMethod } {
  const { statistic, df, expectedMin } = chiSquareTest(reference, current)
  if (df === 0) return { pValue: 1, method: 'chi2' }
  if (expectedMin >= EXPECTED_MIN) return { pValue: tailOf(statistic, df, overdispersion), method: 'chi2' }
  const joined = joinRareCells(reference, current, EXPECTED_MIN)
  const rest = chiSquareTest(joined.reference, joined.current)
  const pJoined = rest.df === 0 ? 1 : tailOf(rest.statistic, rest.df, overdispersion)
  if (level * DIVISIONS_MAX < 1 || pJoined <= CLEAR_SHARE * level) return { pValue: pJoined, method: 'joined' }
  const divisionsMax = Math.min(DIVISIONS_MAX, Math.ceil(REACHED_AT_LEVEL / level))
  return {
    pValue: permutationTest(reference, current, statistic, divisionsMax, overdispersion).pValue,
    method: 'permutation',
  }
}

/** With an estimated overdispersion the ratio of two mean squares, which is F's: its own uncertainty counts. */
function tailOf(statistic: number, df: number, overdispersion: Overdispersion | undefined): number {
  if (overdispersion === undefined) return chiSquareTail(statistic, df)
  const { factor, df: known } = overdispersion
  return Number.isFinite(known) ? fTail(statistic / (df * factor), df, known) : chiSquareTail(statistic / factor, df)
}

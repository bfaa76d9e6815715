// One run of the simulation: a reference, then day after day, judged as looks judge.
import { Random } from '../../src/learning/random.ts'
import {
  type JudgeOptions,
  judgeWindow,
  type WindowColumn,
  type WindowJudgement,
} from '../../src/monitoring/statistics/judge-window.ts'
import { overdispersionsOf, QUIET_LOOKS_MAX, type QuietLook } from '../../src/monitoring/statistics/overdispersion.ts'
import { collectEvidence, pOfDay } from '../../src/monitoring/statistics/shiryaev-roberts.ts'
import { categoriesDrift, numbersDrift } from './evidently-defaults.ts'
import { countIn, drawRows, type ReferenceColumn, referenceOf, simulatedColumns } from './samples.ts'
import { makeStrange, strangeRowsOf } from './strange-rows.ts'

export interface Scenario {
  readonly columnCount: number
  readonly referenceRows: number
  readonly rowsPerDay: number
  readonly days: number
  /** By column, in turn: rows in a cluster are alike in it. */
  readonly clusterSizes: readonly number[]
  readonly change?: {
    /** The first day of it. */
    readonly fromDay: number
    /** Of the first column, in standard deviations. */
    readonly shift?: number
    /** The share of the rows in which every number lies in the outermost tenths of its column. */
    readonly strange?: number
  }
  readonly options: Omit<JudgeOptions, 'tests'>
  /** Quiet days by which the overdispersion is estimated; 0 takes rows as independent. */
  readonly calibrationDays: number
  /** Rows are scored, and judged once for each share of ordinary ones that may be anomalous. */
  readonly anomalyShares?: readonly number[]
  /** Whether Evidently's rules judge the same rows, too. */
  readonly isPeerAsked: boolean
}

export interface RunFigures {
  /** Days on which the looks said drift, counted from 0. */
  readonly alarmDays: readonly number[]
  /** By share: days on which the anomalous rows were the drift, or one of them. */
  readonly strangeDays: readonly (readonly number[])[]
  /** Columns flagged by Evidently's rules over all days, and days with one at least. */
  readonly peerColumns: number
  readonly peerDays: number
  /** The first alarm of the sequential detector. */
  readonly sequentialAlarmDay: number | undefined
}

export async function simulateRun(scenario: Scenario, seed: number): Promise<RunFigures> {
  const { columnCount, referenceRows, rowsPerDay, days, clusterSizes, change, options, isPeerAsked } = scenario
  const random = new Random(seed)
  const columns = simulatedColumns(columnCount).map((column) => referenceOf(column, random, referenceRows))
  const references = columns.map(({ values }) => values.slice().sort())
  const { anomalyShares = [] } = scenario
  const strange = anomalyShares.length === 0 ? undefined : await strangeRowsOf(columns, anomalyShares, seed)
  const judge = judgeOf(scenario)
  const judgeStrange = anomalyShares.map(() => judgeOf(scenario))
  const alarmDays: number[] = []
  const strangeDays = anomalyShares.map((): number[] => [])
  let [peerColumns, peerDays, collected] = [0, 0, 0]
  let sequentialAlarmDay: number | undefined
  for (let day = 0; day < days; day++) {
    const isChanged = change !== undefined && day >= change.fromDay
    const rows = columns.map((column, i) => {
      const shift = isChanged && i === 0 ? (change.shift ?? 0) : 0
      const clusterSize = clusterSizes[i % clusterSizes.length] as number
      return drawRows(column, random, rowsPerDay, { clusterSize, shift })
    })
    if (isChanged) makeStrange(columns, rows, change.strange ?? 0, random)
    const counts = columns.map(({ cells }, i) => countIn(cells, rows[i] as Float64Array))
    const asked = columns.map(({ name, cells, counts: reference }, i) => {
      return { name, cells, reference, current: counts[i] as number[] }
    })
    const judged = judge(asked)
    if (judged.state === 'drift') alarmDays.push(day)
    strange?.(rows).forEach((column, share) => {
      const last = judgeStrange[share]?.([...asked, column]).columns.at(-1)
      if (last?.state === 'drift') strangeDays[share]?.push(day)
    })
    collected = collectEvidence(collected, pOfDay(judged.columns.map(({ comparison }) => comparison?.pValue ?? 1)))
    if (collected >= options.daysPerFalseAlarm) sequentialAlarmDay ??= day
    if (!isPeerAsked) continue
    const flagged = columns.filter((column, i) =>
      peerFlags(column, references[i] as Float64Array, rows[i] as Float64Array, counts[i] as number[]),
    ).length
    peerColumns += flagged
    if (flagged > 0) peerDays += 1
  }
  return { alarmDays, strangeDays, peerColumns, peerDays, sequentialAlarmDay }
}

/** Alarms on days that follow each other are one. */
export function incidentsOf(alarmDays: readonly number[]): number {
  return alarmDays.filter((day, i) => alarmDays[i - 1] !== day - 1).length
}

/** Judges day after day, as looks do: columns that did not drift say how much days differ. */
function judgeOf({ options, calibrationDays }: Scenario) {
  const quiet: QuietLook[][] = []
  return (columns: readonly WindowColumn[]): WindowJudgement => {
    const looks = columns.map((_, i) => (quiet[i] ??= []))
    const overdispersions = overdispersionsOf(looks, calibrationDays)
    const asked = columns.map((column, i) => ({ ...column, overdispersion: overdispersions[i] }))
    const judged = judgeWindow(asked, { ...options, tests: columns.length })
    judged.columns.forEach(({ state, comparison }, i) => {
      if (state === 'drift' || comparison === undefined || looks[i]?.length === QUIET_LOOKS_MAX) return
      looks[i]?.push({ statistic: comparison.statistic, df: comparison.df })
    })
    return judged
  }
}

function peerFlags(
  { levelCount, counts }: ReferenceColumn,
  reference: Float64Array,
  rows: Float64Array,
  current: readonly number[],
): boolean {
  return levelCount === undefined ? numbersDrift(reference, rows.slice().sort()) : categoriesDrift(counts, current)
}

// One run of the simulation: a reference, then day after day, judged as looks judge.
import { Random } from '../../src/learning/random.ts'
import { type JudgeOptions, judgeWindow } from '../../src/monitoring/statistics/judge-window.ts'
import { QUIET_LOOKS_MAX, type QuietLook } from '../../src/monitoring/statistics/overdispersion.ts'
import { collectEvidence, pOfDay } from '../../src/monitoring/statistics/shiryaev-roberts.ts'
import { categoriesDrift, numbersDrift } from './evidently-defaults.ts'
import { countIn, drawRows, type ReferenceColumn, referenceOf, simulatedColumns } from './samples.ts'

export interface Scenario {
  readonly columnCount: number
  readonly referenceRows: number
  readonly rowsPerDay: number
  readonly days: number
  readonly clusterSize: number
  /** From this day on the first column is shifted by so many standard deviations. */
  readonly shift?: { readonly fromDay: number; readonly by: number }
  readonly options: JudgeOptions
  /** Whether Evidently's rules judge the same rows, too. */
  readonly isPeerAsked: boolean
}

export interface RunFigures {
  /** Days on which the looks said drift, counted from 0. */
  readonly alarmDays: readonly number[]
  /** Alarms on days that follow each other are one incident. */
  readonly incidents: number
  /** Columns flagged by Evidently's rules over all days, and days with one at least. */
  readonly peerColumns: number
  readonly peerDays: number
  /** The first alarm of the sequential detector. */
  readonly sequentialAlarmDay: number | undefined
}

export function simulateRun(scenario: Scenario, seed: number): RunFigures {
  const { columnCount, referenceRows, rowsPerDay, days, clusterSize, shift, options, isPeerAsked } = scenario
  const random = new Random(seed)
  const columns = simulatedColumns(columnCount).map((column) => referenceOf(column, random, referenceRows))
  const references = columns.map(({ values }) => values.slice().sort())
  const quiet = columns.map((): QuietLook[] => [])
  const alarmDays: number[] = []
  let [incidents, peerColumns, peerDays, collected] = [0, 0, 0, 0]
  let sequentialAlarmDay: number | undefined
  for (let day = 0; day < days; day++) {
    const rows = columns.map((column, i) => {
      const by = i === 0 && shift !== undefined && day >= shift.fromDay ? shift.by : 0
      return drawRows(column, random, rowsPerDay, { clusterSize, shift: by })
    })
    const counts = columns.map(({ cells }, i) => countIn(cells, rows[i] as Float64Array))
    const judged = judgeWindow(
      columns.map(({ name, cells, counts: reference }, i) => ({
        name,
        cells,
        reference,
        current: counts[i] as number[],
        quietLooks: quiet[i] as QuietLook[],
      })),
      options,
    )
    judged.columns.forEach(({ state, comparison }, i) => {
      const looks = quiet[i] as QuietLook[]
      if (state === 'drift' || comparison === undefined || looks.length === QUIET_LOOKS_MAX) return
      looks.push({ statistic: comparison.statistic, df: comparison.df })
    })
    if (judged.state === 'drift') {
      if (alarmDays.at(-1) !== day - 1) incidents += 1
      alarmDays.push(day)
    }
    collected = collectEvidence(collected, pOfDay(judged.columns.map(({ comparison }) => comparison?.pValue ?? 1)))
    if (collected >= options.daysPerFalseAlarm) sequentialAlarmDay ??= day
    if (!isPeerAsked) continue
    const flagged = columns.filter((column, i) =>
      peerFlags(column, references[i] as Float64Array, rows[i] as Float64Array, counts[i] as number[]),
    ).length
    peerColumns += flagged
    if (flagged > 0) peerDays += 1
  }
  return { alarmDays, incidents, peerColumns, peerDays, sequentialAlarmDay }
}

function peerFlags(
  { levelCount, counts }: ReferenceColumn,
  reference: Float64Array,
  rows: Float64Array,
  current: readonly number[],
): boolean {
  return levelCount === undefined ? numbersDrift(reference, rows.slice().sort()) : categoriesDrift(counts, current)
}

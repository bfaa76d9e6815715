// How often drift is said where nothing has changed, and how soon where something has: `npm run bench:monitoring`.
// --runs 200 --days 90 --columns 20 --only quiet,found,unlike,strange; some 25 minutes. Draws are seeded: the same figures each time.
import { parseArgs } from 'node:util'
import { invertTail } from '../../src/learning/distributions/invert-tail.ts'
import { normalTail } from '../../src/learning/distributions/normal.ts'
import { CALIBRATION_DAYS, QUIET_LOOKS_MAX } from '../../src/monitoring/statistics/overdispersion.ts'
import { incidentsOf, type RunFigures, type Scenario, simulateRun } from './simulate.ts'
import { unlikeColumns } from './unlike-columns.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    days: { type: 'string', default: '90' },
    columns: { type: 'string', default: '20' },
    only: { type: 'string' },
  },
})
const only = (part: string): boolean => values.only?.split(',').includes(part) ?? true
const [runCount, days, columnCount] = [values.runs, values.days, values.columns].map(Number) as [number, number, number]

const PSI = 0.1
/** With a reference of 5,000: an effective size of 306. */
const ROWS_AT_306 = 326
/** The default of the setting, as pages name it, and a strict one. */
const ANOMALY_SHARES = [0.01, 0.001]
/** Rows in which every number lies in the outermost tenths of its column, of a day that has changed. */
const STRANGE = [0.02, 0.03, 0.05]
const base = { columnCount, referenceRows: 5_000, days, isPeerAsked: false, options: { daysPerFalseAlarm: 90 } }
const INDEPENDENT = [1]

async function runAll(scenario: Scenario): Promise<RunFigures[]> {
  const figures: RunFigures[] = []
  for (let run = 1; run <= runCount; run++) figures.push(await simulateRun(scenario, run))
  return figures
}

/** The shift of a normal variable, in standard deviations, whose index over the tenths is this. */
function shiftOfPsi(psi: number): number {
  const edges = Array.from({ length: 9 }, (_, i) => (i < 4 ? -tenth(i + 1) : i === 4 ? 0 : tenth(9 - i)))
  const indexOf = (shift: number): number => {
    const tails = [1, ...edges.map((edge) => normalTail(edge - shift)), 0]
    return tails.slice(1).reduce((sum, tail, i) => {
      const share = (tails[i] as number) - tail
      return sum + (share - 0.1) * Math.log(share / 0.1)
    }, 0)
  }
  // A falling function, as it is inverted.
  return invertTail((shift) => Math.exp(-indexOf(shift)), Math.exp(-psi))
}

/** The value that k tenths of a normal variable are above. */
function tenth(k: number): number {
  return invertTail(normalTail, k / 10)
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

async function quiet(name: string, clusterSizes: readonly number[], calibrationDays: number): Promise<void> {
  const started = performance.now()
  const figures = await runAll({ ...base, rowsPerDay: 500, clusterSizes, calibrationDays, isPeerAsked: true })
  const incidents = figures.map(({ alarmDays }) => incidentsOf(alarmDays))
  const cells = [
    name,
    mean(incidents).toFixed(2),
    percent(incidents.filter((count) => count >= 2).length / runCount),
    mean(figures.map(({ alarmDays }) => alarmDays.length)).toFixed(2),
    percent(figures.filter(({ sequentialAlarmDay }) => sequentialAlarmDay !== undefined).length / runCount),
    mean(figures.map(({ peerDays }) => peerDays)).toFixed(1),
    percent(mean(figures.map(({ peerColumns }) => peerColumns)) / (days * columnCount)),
    secondsSince(started),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

/** After so many quiet days. */
async function found(name: string, fromDay: number, calibrationDays: number, clusterSizes = INDEPENDENT) {
  const change = { fromDay, shift: shiftOfPsi(PSI) }
  const figures = await runAll({
    ...{ ...base, rowsPerDay: ROWS_AT_306, days: fromDay + 3, clusterSizes, change, calibrationDays },
  })
  const shares = [0, 1, 2].map((later) =>
    percent(
      shareFound(
        figures.map(({ alarmDays }) => alarmDays),
        fromDay,
        later,
      ),
    ),
  )
  console.log(`| ${[name, ...shares].join(' | ')} |`)
}

/** By share of ordinary rows that may be anomalous. */
async function strangeRows(): Promise<void> {
  const started = performance.now()
  const fromDay = CALIBRATION_DAYS
  const scenario = {
    ...{ ...base, rowsPerDay: 500, clusterSizes: INDEPENDENT, calibrationDays: CALIBRATION_DAYS },
    anomalyShares: ANOMALY_SHARES,
  }
  const still = await runAll(scenario)
  const changed: RunFigures[][] = []
  for (const strange of STRANGE) {
    changed.push(await runAll({ ...scenario, days: fromDay + 1, change: { fromDay, strange } }))
  }
  for (const [i, share] of ANOMALY_SHARES.entries()) {
    const daysOf = (figures: readonly RunFigures[]) => figures.map(({ strangeDays }) => strangeDays[i] ?? [])
    const quietDays = daysOf(still)
    const cells = [
      `${100 * share} %`,
      mean(quietDays.map(incidentsOf)).toFixed(3),
      mean(quietDays.map((alarms) => alarms.length)).toFixed(3),
      ...changed.map((figures) => percent(shareFound(daysOf(figures), fromDay, 0))),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const byColumns = changed.map((figures) => {
    return percent(
      shareFound(
        figures.map(({ alarmDays }) => alarmDays),
        fromDay,
        0,
      ),
    )
  })
  console.log(`| the other columns | | | ${byColumns.join(' | ')} |`)
  console.log(`\nThat took ${secondsSince(started)}.`)
}

/** The share of the runs with an alarm from the first day of a change on, so many days later at the latest. */
function shareFound(alarmDays: readonly (readonly number[])[], fromDay: number, later: number): number {
  return alarmDays.filter((alarms) => alarms.some((at) => at >= fromDay && at <= fromDay + later)).length / runCount
}

const secondsSince = (started: number): string => `${((performance.now() - started) / 1000).toFixed(0)} s`

if (only('quiet')) {
  console.log(
    `${days} quiet days, ${columnCount} columns, 500 rows a day, a reference of 5,000, ${runCount} runs. One false alarm`,
  )
  console.log(
    'in 90 days is allowed. Incidents: alarms on days in a row are one. Evidently: its default rules, written anew.\n',
  )
  console.log(
    '| rows | incidents | two or more | days of alarm | sequential alarm | Evidently: days of alarm | columns flagged | took |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  await quiet('independent', INDEPENDENT, CALIBRATION_DAYS)
  await quiet('in pairs', [2], CALIBRATION_DAYS)
  await quiet('in fours', [4], CALIBRATION_DAYS)
  await quiet('in fours in each second column', [1, 4], CALIBRATION_DAYS)
  await quiet('in pairs in each second column', [1, 2], CALIBRATION_DAYS)
  await quiet('independent, taken as such', INDEPENDENT, 0)
  await quiet('in pairs, taken as independent', [2], 0)
}

if (only('found')) {
  console.log(`\nA shift of one column by PSI ${PSI} at ${ROWS_AT_306} rows a day (effective size 306): found by`)
  console.log('\n| after | the first day | the second | the third |')
  console.log('|---|---|---|---|')
  await found('no day, rows taken as independent', 0, 0)
  for (const quietDays of [CALIBRATION_DAYS, 30, QUIET_LOOKS_MAX]) {
    await found(`${quietDays} quiet days`, quietDays, CALIBRATION_DAYS)
  }
  await found(
    `${CALIBRATION_DAYS} quiet days, fours in one column of five`,
    CALIBRATION_DAYS,
    CALIBRATION_DAYS,
    [1, 1, 1, 1, 4],
  )
}

if (only('unlike')) {
  const rounds = 5 * runCount
  console.log(
    `\nWhere columns differ in their overdispersion: false alarms where one is allowed, and how often a shift by PSI ${PSI} is`,
  )
  console.log(
    `found, after ${CALIBRATION_DAYS} quiet days; ${rounds} rounds. Alone: each column by itself. Expected values by the distributions.\n`,
  )
  console.log('| overdispersion of the columns | false alarms, alone | shared | found, alone | shared |')
  console.log('|---|--:|--:|--:|--:|')
  for (const { name, falseAlarms, found: shares } of unlikeColumns(rounds, base.options.daysPerFalseAlarm)) {
    console.log(`| ${[name, ...falseAlarms.map((count) => count.toFixed(2)), ...shares.map(percent)].join(' | ')} |`)
  }
}

if (only('strange')) {
  const part = (1 / (columnCount + 1)).toFixed(3)
  console.log(
    `\nThe share of anomalous rows as one more column, 500 rows a day, ${days} quiet days: ${part} of the false alarm is its`,
  )
  console.log(
    `part. Changed: so many rows in which every number lies in the outermost tenths of its column; found the first day,`,
  )
  console.log(`after ${CALIBRATION_DAYS} quiet days.\n`)
  console.log(
    `| ordinary rows that may be anomalous | incidents | days of alarm | ${STRANGE.map(percent).join(' | ')} |`,
  )
  console.log('|---|---|---|---|---|---|')
  await strangeRows()
}

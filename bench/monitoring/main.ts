// How often drift is said where nothing has changed, and how soon where something has: `npm run bench:monitoring`.
// --runs 200 --days 90 --columns 20; some minutes. Draws are seeded: the same figures each time.
import { parseArgs } from 'node:util'
import { invertTail } from '../../src/learning/distributions/invert-tail.ts'
import { normalTail } from '../../src/learning/distributions/normal.ts'
import { CALIBRATION_DAYS, type JudgeOptions } from '../../src/monitoring/statistics/judge-window.ts'
import { QUIET_LOOKS_MAX } from '../../src/monitoring/statistics/overdispersion.ts'
import { type RunFigures, type Scenario, simulateRun } from './simulate.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    days: { type: 'string', default: '90' },
    columns: { type: 'string', default: '20' },
  },
})
const [runCount, days, columnCount] = [values.runs, values.days, values.columns].map(Number) as [number, number, number]

const PSI = 0.1
/** With a reference of 5,000: an effective size of 306. */
const ROWS_AT_306 = 326
const base = { columnCount, referenceRows: 5_000, days, isPeerAsked: true }
const promise = { daysPerFalseAlarm: 90, tests: columnCount }
const calibrated: JudgeOptions = { ...promise, calibrationDays: CALIBRATION_DAYS }
const independent: JudgeOptions = { ...promise, calibrationDays: 0 }

function runAll(scenario: Scenario): RunFigures[] {
  return Array.from({ length: runCount }, (_, run) => simulateRun(scenario, run + 1))
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

function quiet(name: string, clusterSize: number, options: JudgeOptions): void {
  const started = performance.now()
  const figures = runAll({ ...base, rowsPerDay: 500, clusterSize, options })
  const several = figures.filter(({ incidents }) => incidents >= 2).length / runCount
  const sequential = figures.filter(({ sequentialAlarmDay }) => sequentialAlarmDay !== undefined).length / runCount
  const cells = [
    name,
    mean(figures.map(({ incidents }) => incidents)).toFixed(2),
    percent(several),
    mean(figures.map(({ alarmDays }) => alarmDays.length)).toFixed(2),
    percent(sequential),
    mean(figures.map(({ peerDays }) => peerDays)).toFixed(1),
    percent(mean(figures.map(({ peerColumns }) => peerColumns)) / (days * columnCount)),
    `${((performance.now() - started) / 1000).toFixed(0)} s`,
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

function found(name: string, fromDay: number, options: JudgeOptions): void {
  const by = shiftOfPsi(PSI)
  const scenario: Scenario = {
    ...base,
    rowsPerDay: ROWS_AT_306,
    days: fromDay + 3,
    clusterSize: 1,
    shift: { fromDay, by },
    options,
    isPeerAsked: false,
  }
  const figures = runAll(scenario)
  const share = (day: number): string =>
    percent(
      figures.filter(({ alarmDays }) => alarmDays.some((at) => at >= fromDay && at <= fromDay + day)).length / runCount,
    )
  console.log(`| ${name} | ${share(0)} | ${share(1)} | ${share(2)} |`)
}

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
quiet('independent', 1, calibrated)
quiet('in pairs', 2, calibrated)
quiet('in fours', 4, calibrated)
quiet('independent, taken as such', 1, independent)
quiet('in pairs, taken as independent', 2, independent)

console.log(`\nA shift of one column by PSI ${PSI} at ${ROWS_AT_306} rows a day (effective size 306): found by`)
console.log('\n| after | the first day | the second | the third |')
console.log('|---|---|---|---|')
found('no day, rows taken as independent', 0, independent)
found(`${CALIBRATION_DAYS} quiet days`, CALIBRATION_DAYS, calibrated)
found('30 quiet days', 30, calibrated)
found(`${QUIET_LOOKS_MAX} quiet days`, QUIET_LOOKS_MAX, calibrated)

// How often experiments are decided where nothing differs, and how soon where something does: `npm run bench:experiments`.
// --cost measures what a request of a split takes of the worker's time, and nothing else. --runs 2000; some minutes. --pictures FOLDER writes the pictures of docs/experiments.md. Draws are seeded: the same figures each time.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawPicture } from './picture.ts'
import { requestCost } from './request-cost.ts'
import { type ClassRun, type ClassScenario, simulateClasses } from './simulate-classes.ts'
import { type ErrorScenario, simulateErrors } from './simulate-errors.ts'
import { simulateClusteredFailures, simulateClusteredRows, simulateFailures, simulateSplit } from './simulate-units.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    pictures: { type: 'string' },
    cost: { type: 'boolean', default: false },
  },
})
const runCount = Number(values.runs)
const ROWS = 20_000
const LOOK_EVERY = 100

const base: ClassScenario = {
  ...{
    metric: 'accuracy',
    isPaired: false,
    accuracy: 0.9,
    gain: 0,
    discordantShare: 0.06,
    share: 0.5,
    classShare: 0.5,
  },
  ...{ minSampleSize: 100, rows: ROWS, lookEvery: LOOK_EVERY, isWatchedToTheEnd: false },
}

type Runs = <Figures>(simulate: (seed: number) => Figures) => Figures[]
const runs: Runs = (simulate) => Array.from({ length: runCount }, (_, run) => simulate(run + 1))
const percent = (part: number): string => `${((100 * part) / runCount).toFixed(1)} %`
const countOf = (found: readonly (number | undefined)[], within = Number.POSITIVE_INFINITY): number =>
  found.filter((at) => at !== undefined && at <= within).length
const medianOf = (found: readonly (number | undefined)[], most: number): string => {
  const sorted = found.map((at) => at ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] as number
  return Number.isFinite(middle) ? middle.toLocaleString('en') : `> ${most.toLocaleString('en')}`
}
const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`)
const heading = (text: string, ...cells: readonly string[]): void => {
  console.log(`\n${text}\n`)
  row(...cells)
  console.log(`|${cells.map(() => '---').join('|')}|`)
}

/** The share of runs that were decided by each look. */
const course = (found: readonly (number | undefined)[]): number[] =>
  Array.from({ length: ROWS / LOOK_EVERY }, (_, look) => countOf(found, (look + 1) * LOOK_EVERY) / runCount)

function withoutDifference(): Map<string, ClassRun[]> {
  heading(
    `No difference: looked at each ${LOOK_EVERY} rows up to ${ROWS.toLocaleString('en')}, ${runCount} runs.`,
    ...['rows', 'false decisions', 'interval ever left the truth', 'a fixed test at each look: false'],
  )
  const all = new Map<string, ClassRun[]>()
  const one = (name: string, changes: Partial<ClassScenario>): void => {
    const found = runs((seed) => simulateClasses({ ...base, isWatchedToTheEnd: true, ...changes }, seed))
    all.set(name, found)
    const isAccuracy = (changes.metric ?? 'accuracy') === 'accuracy'
    row(
      name,
      percent(countOf(found.map(({ decidedAt }) => decidedAt))),
      percent(countOf(found.map(({ leftAt }) => leftAt))),
      isAccuracy ? percent(countOf(found.map(({ naiveAt }) => naiveAt))) : '',
    )
  }
  one('accuracy, split', {})
  one('accuracy, paired', { isPaired: true })
  const rare = { accuracy: 0.99, discordantShare: 0.006 }
  one('accuracy 99 %, split 90/10', { ...rare, share: 0.1 })
  one('accuracy 99 %, paired', { ...rare, isPaired: true })
  one('F1, split', { metric: 'f1_macro' })
  one('F1, paired', { metric: 'f1_macro', isPaired: true })
  one('F1, one class of 2 %, split', { metric: 'f1_macro', classShare: 0.02 })
  one('F1, one class of 2 %, paired', { metric: 'f1_macro', classShare: 0.02, isPaired: true })
  one('F1, one class of 2 %, split 90/10', { metric: 'f1_macro', classShare: 0.02, share: 0.1 })
  const errors = (name: string, changes: Partial<ErrorScenario>): void => {
    const scenario = { isPaired: false, isHeavy: false, minSampleSize: 100, rows: ROWS, lookEvery: LOOK_EVERY }
    const found = runs((seed) => simulateErrors({ metric: 'mean_squared_error', ...scenario, ...changes }, seed))
    row(name, percent(countOf(found)), '', '')
  }
  errors('absolute error, split', { metric: 'mean_absolute_error' })
  errors('squared error, split', {})
  errors('squared error, paired', { isPaired: true })
  errors('squared error with heavy tails, split', { isHeavy: true })
  errors('squared error with heavy tails, paired', { isHeavy: true, isPaired: true })
  return all
}

function withDifference(): Map<string, (number | undefined)[]> {
  heading(
    `A better challenger: accuracy 90 %, 6 % of rows tell the arms apart, ${runCount} runs. Decided by`,
    ...['gain', 'rows', '2,000', '5,000', '10,000', '20,000', 'median rows'],
  )
  const all = new Map<string, (number | undefined)[]>()
  for (const isPaired of [false, true]) {
    for (const points of [1, 2, 3]) {
      const found = runs((seed) => simulateClasses({ ...base, isPaired, gain: points / 100 }, seed).decidedAt)
      const kind = isPaired ? 'paired' : 'split'
      all.set(`+${points}, ${kind}`, found)
      const by = [2000, 5000, 10_000, 20_000].map((rows) => (countOf(found, rows) / runCount).toFixed(2))
      row(`+ ${points}`, kind, ...by, medianOf(found, ROWS))
    }
  }
  return all
}

function guardrails(): void {
  heading(
    `The guardrail of errors: 0.5 % in the control, half and half, looked at each 25 requests up to ${ROWS.toLocaleString('en')}.`,
    ...['errors of the challenger', 'stopped', 'median requests'],
  )
  for (const rate of [0.005, 0.0025, 0.01, 0.015, 0.025, 0.05]) {
    const found = runs((seed) => simulateFailures([0.005, rate], ROWS, 25, seed))
    row(`${100 * rate} %`, percent(countOf(found)), medianOf(found, ROWS))
  }
}

function splits(): void {
  const units = 40_000
  heading(
    `A split that should be half and half, looked at each 100 units up to ${units.toLocaleString('en')}.`,
    ...['is', 'called broken', 'median units'],
  )
  for (const share of [0.5, 0.505, 0.52, 0.55]) {
    const found = runs((seed) => simulateSplit(share, units, 100, seed))
    row(
      `${(100 - 100 * share).toFixed(1)}/${(100 * share).toFixed(1)}`,
      percent(countOf(found)),
      medianOf(found, units),
    )
  }
}

function clusters(): void {
  heading(
    'No difference, and 25 requests of each of 4,000 keys: false alarms',
    ...['of', 'counting every request', 'counting the first of a key'],
  )
  const failures = runs((seed) => simulateClusteredFailures(4000, 25, seed))
  const rows = runs((seed) => simulateClusteredRows(4000, 25, 20, seed))
  for (const [name, found] of [
    ['failures', failures],
    ['accuracy', rows],
  ] as const) {
    const [byRequest, byKey] = [found.filter((run) => run.byRequest), found.filter((run) => run.byKey)]
    row(name, percent(byRequest.length), percent(byKey.length))
  }
}

if (values.cost) {
  const { plain, split } = await requestCost()
  console.log(
    `µs of processor time a request: ${plain.toFixed(2)} without an experiment, ${split.toFixed(2)} with a split`,
  )
  process.exit()
}

const quiet = withoutDifference()
const better = withDifference()
guardrails()
splits()
clusters()

if (values.pictures !== undefined) {
  const falseCourse = (name: string, of: 'decidedAt' | 'naiveAt'): number[] =>
    course((quiet.get(name) ?? []).map((run) => run[of]))
  const falseWinners = drawPicture({
    title: 'Experiments between two versions that are equally good',
    description: `The share of ${runCount} experiments in which a difference was declared although there is none. With a usual test at each look it rises with every look; with the evidence that looks use it stays below 5 %.`,
    ...{ rows: ROWS, shareMax: 0.5 },
    promise: { share: 0.05, name: '5 %: what was promised' },
    lines: [
      { name: 'a usual test, split', colour: '#d1495b', shares: falseCourse('accuracy, split', 'naiveAt') },
      { name: 'a usual test, paired', colour: '#e07b39', shares: falseCourse('accuracy, paired', 'naiveAt') },
      { name: 'ml-worker, split', colour: '#2a78d6', shares: falseCourse('accuracy, split', 'decidedAt') },
      { name: 'ml-worker, paired', colour: '#1b998b', shares: falseCourse('accuracy, paired', 'decidedAt') },
    ],
  })
  const decided = drawPicture({
    title: 'Experiments with a better challenger that are decided',
    description: `The share of ${runCount} experiments that are decided by so many labelled rows, for challengers that are 1, 2 and 3 points of accuracy better. With pairs a quarter of the rows is enough.`,
    ...{ rows: ROWS, shareMax: 1 },
    lines: [1, 2, 3].flatMap((points, i) => {
      const colour = ['#8a6fc4', '#2a78d6', '#1b998b'][i] as string
      const of = (kind: string): number[] => course(better.get(`+${points}, ${kind}`) ?? [])
      return [
        { name: `+ ${points}, paired`, colour, shares: of('paired') },
        { name: `+ ${points}, split`, colour, isDashed: true, shares: of('split') },
      ]
    }),
  })
  await writeFile(join(values.pictures, 'false-winners.svg'), falseWinners)
  await writeFile(join(values.pictures, 'rows-to-decide.svg'), decided)
}

// npm run bench:learning — fits and predicts with every estimator, beside scikit-learn and LightGBM where they are found.
//
//   --only NAME[,NAME]   estimators (default all)        --rows 10000,100000   synthetic sizes (default 10,000 to 1,000,000)
//   --threads 1,2        threads (default 1,2)           --repeats 3           measurements, of which the median counts
//   --one-hot 2000,5000  rows of tables of one-hot columns, some 0.4 a row (default none)
//   --quick              letter.csv and 10,000 rows once --no-letter, --no-peers
//   --against FOLDER     another checkout of this project, measured in turns with this one as the library "before"
//   --limit 600          seconds after which a single measurement is given up
//   --json FILE          all figures as JSON             --accuracy            held-out scores instead of times
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { estimators } from '../../src/learning/estimators.ts'
import { compareAccuracy } from './accuracy.ts'
import { type Case, cases } from './cases.ts'
import { type BenchData, letterData, oneHotData, syntheticData, writeData } from './data-file.ts'
import type { Measurement, Order } from './measurement.ts'
import { findPeers, measure } from './run-child.ts'
import { scorePredictions } from './score.ts'
import { type Outcome, type Row, tableHead, tableLines } from './table.ts'

/** Rows of synthetic data, or the name of other data. */
type Size = number | 'letter' | `one-hot ${number}`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    repeats: { type: 'string' },
    limit: { type: 'string', default: '600' },
    'one-hot': { type: 'string' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    against: { type: 'string' },
    accuracy: { type: 'boolean', default: false },
    'no-letter': { type: 'boolean', default: false },
    'no-peers': { type: 'boolean', default: false },
  },
})
const only = options.only?.split(',')
const sizes = (options.rows ?? (options.quick ? '10000' : '10000,100000,1000000')).split(',').map(Number)
const oneHotSizes = (options['one-hot']?.split(',') ?? []).map((rows): Size => `one-hot ${Number(rows)}`)
const threadCounts = options.threads.split(',').map(Number)
const repeats = Number(options.repeats ?? (options.quick ? 1 : 3))
const limitSeconds = Number(options.limit)
const unknown = only?.filter((name) => !cases.some((one) => one.estimator === name)) ?? []
if (unknown.length > 0) throw new Error(`no estimator is named ${unknown.join(', ')}`)

const peers = options['no-peers'] ? 'not asked for (--no-peers)' : findPeers()
const machine = {
  date: new Date().toISOString(),
  cpu: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  memoryGb: Math.round(totalmem() / 1e9),
  node: process.version,
  ...(typeof peers === 'string' ? {} : peers.versions),
}
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
)
if (typeof peers === 'string') console.log(`\nNo comparison with scikit-learn: ${peers}`)

if (options.accuracy) {
  const scores = await compareAccuracy(only)
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, scores }, null, 1))
} else {
  const rows = await benchAll()
  if (options.json) writeFileSync(options.json, JSON.stringify({ machine, rows }, null, 1))
}

async function benchAll(): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-learning-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  console.log(
    `\nMedian of ${repeats}, libraries in turns, each in a process of its own. Ratios are ours ÷ theirs: below 1 is faster. ` +
      'The peak is resident memory up to the end of the fit; in brackets, what the fit added.\n',
  )
  console.log(tableHead)
  const rows: Row[] = []
  for (const one of cases.filter(({ estimator }) => only?.includes(estimator) ?? true)) {
    const letter: readonly Size[] = options['no-letter'] || !one.takesLetters ? [] : ['letter']
    for (const size of [...letter, ...sizes, ...(one.takesOneHot ? oneHotSizes : [])]) {
      if (estimators[one.estimator] === undefined) {
        rows.push(report(rows, emptyRow(one, size, 'not in the catalogue')))
        break
      }
      if (typeof size === 'number' && size > (one.rowsMax ?? Infinity)) {
        rows.push(report(rows, emptyRow(one, size, `skipped: ${one.skipReason}`)))
        continue
      }
      for (const row of await benchSize(one, size, join(directory, 'data'))) rows.push(report(rows, row))
    }
  }
  return rows
}

/** One row of results for each number of threads. */
async function benchSize(one: Case, size: Size, path: string): Promise<readonly Row[]> {
  const data = dataOf(one, size)
  writeData(path, data)
  const parameters = one.parametersFor(data.trainRows)
  const libraries = libraryNames(one)
  const results: Row[] = []
  for (const threads of threadCounts) {
    const measured = new Map<string, Outcome[]>()
    const failures: Record<string, string> = {}
    for (let repeat = 0; repeat < repeats; repeat++) {
      // Now one first, now the other: what comes second finds another machine.
      const inTurns = repeat % 2 === 0 ? libraries : libraries.toReversed()
      for (const library of inTurns.filter((name) => failures[name] === undefined)) {
        const predictions = `${path}.predictions`
        const order: Order = {
          library,
          estimator: one.estimator,
          task: one.task,
          parameters,
          threads,
          data: path,
          predictions,
        }
        const measurement = await measure(order, peers, limitSeconds, options.against)
        if (typeof measurement === 'string') failures[library] = measurement
        else
          measured.set(library, [
            ...(measured.get(library) ?? []),
            toOutcome(library, measurement, one, data, predictions),
          ])
      }
    }
    const outcomes = [...measured.values()].map(medians)
    results.push({
      ...emptyRow(one, size),
      ...(typeof size === 'number' || size === 'letter' ? {} : { dataset: `${size} × ${data.columnCount}` }),
      testRows: data.testRows,
      rows: data.trainRows,
      threads,
      parameters,
      failures,
      outcomes,
    })
  }
  return results
}

function dataOf({ task, testRowsMax }: Case, size: Size): BenchData {
  if (size === 'letter') return letterData(task, testRowsMax)
  return typeof size === 'number' ? syntheticData(task, size, testRowsMax) : oneHotData(task, rowsOf(size), testRowsMax)
}

function rowsOf(size: Size): number {
  return size === 'letter' ? 16_000 : typeof size === 'number' ? size : Number(size.split(' ')[1])
}

function libraryNames(one: Case): readonly Order['library'][] {
  const own: readonly Order['library'][] = options.against === undefined ? ['ours'] : ['ours', 'before']
  if (typeof peers === 'string') return own
  return one.isInLightGbm && 'lightgbm' in peers.versions
    ? [...own, 'scikit-learn', 'lightgbm']
    : [...own, 'scikit-learn']
}

function toOutcome(library: string, measurement: Measurement, one: Case, data: BenchData, path: string): Outcome {
  const bytes = readFileSync(path)
  const predictions = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return { library, ...measurement, score: scorePredictions(one.task, predictions, data), repeats: 1 }
}

/** The median of each figure by itself. */
function medians(outcomes: readonly Outcome[]): Outcome {
  const median = (figure: (outcome: Outcome) => number): number => {
    const sorted = outcomes.map(figure).toSorted((a, b) => a - b)
    return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
  }
  return {
    library: outcomes[0]?.library as string,
    fitSeconds: median((outcome) => outcome.fitSeconds),
    predictSeconds: median((outcome) => outcome.predictSeconds),
    peakMb: median((outcome) => outcome.peakMb),
    beforeMb: median((outcome) => outcome.beforeMb),
    modelBytes: median((outcome) => outcome.modelBytes),
    score: median((outcome) => outcome.score),
    repeats: outcomes.length,
  }
}

function emptyRow(one: Case, size: Size, reason?: string): Row {
  return {
    estimator: one.estimator,
    task: one.task,
    dataset: size === 'letter' ? 'letter 16,000 × 16' : `synthetic ${rowsOf(size).toLocaleString('en')} × 20`,
    rows: rowsOf(size),
    testRows: 0,
    threads: 0,
    parameters: {},
    failures: reason === undefined ? {} : { ours: reason },
    outcomes: [],
  }
}

/** Prints the row, with the growth of cost since the next smaller synthetic size where there is one. */
function report(earlier: readonly Row[], row: Row): Row {
  const smaller = earlier.findLast(
    (other) =>
      other.estimator === row.estimator &&
      other.threads === row.threads &&
      other.rows < row.rows &&
      other.dataset.startsWith('synthetic') &&
      row.dataset.startsWith('synthetic') &&
      other.outcomes.length > 0,
  )
  const [cost, smallerCost] = [costOf(row), smaller && costOf(smaller)]
  const isKnown = smaller !== undefined && cost !== undefined && smallerCost !== undefined
  const grown = isKnown ? { ...row, growth: Math.log(cost / smallerCost) / Math.log(row.rows / smaller.rows) } : row
  console.log(tableLines(grown))
  return grown
}

/** Our seconds per fit; of a forest per tree, since large sizes get fewer trees. */
function costOf({ outcomes, parameters }: Row): number | undefined {
  const ours = outcomes.find((outcome) => outcome.library === 'ours')
  const trees = parameters['n_estimators']
  return ours && ours.fitSeconds / (typeof trees === 'number' ? trees : 1)
}

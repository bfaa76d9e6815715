// Compares the answers of several versions to the same rows: each metric with an interval, each pair with a paired test.
import { studentQuantile, studentTwoSided } from '../distributions/student.ts'
import { type Interval, shareInterval } from '../metrics/intervals.ts'
import { Random } from '../random.ts'
import { holm } from './paired-tests.ts'
import type { Scorer } from './scorer.ts'

export type IntervalMethod = 'wilson' | 'bootstrap'
export type TestName = 'mcnemar' | 'paired_t_squared_errors' | 'paired_t_absolute_errors' | 'wilcoxon' | 'bootstrap'

export interface ComparedMetric {
  readonly name: string
  readonly value: number
  /** Holds in 95 of 100 cases; absent of few rows, and where a resample has no such value. */
  readonly interval?: Interval
  readonly method?: IntervalMethod
}

export interface PairMetric {
  readonly name: string
  /** The value of the first less that of the second. */
  readonly difference: number
  readonly interval?: Interval
  readonly test?: TestName
  /** Two-sided; absent where there is no test. */
  readonly p?: number
  /** Corrected over all pairs, by Holm. */
  readonly adjustedP?: number
}

export interface ComparedPair {
  /** Places of the two in the list of answers. */
  readonly first: number
  readonly second: number
  readonly metrics: readonly PairMetric[]
}

export interface Comparison {
  /** Rows, or groups of rows: what is drawn again. */
  readonly unitCount: number
  /** Resamples of the bootstrap; 0 where there are too few units. */
  readonly replicates: number
  /** One list per version. */
  readonly versions: readonly (readonly ComparedMetric[])[]
  readonly pairs: readonly ComparedPair[]
}

/** One version's answers: its metrics on all rows, and on any resample of them. */
export interface Answers {
  readonly metrics: ReadonlyMap<string, number>
  readonly scorer: Scorer
}

/** A test of two versions on the same rows. NaN where it says nothing. */
export interface PairedTest {
  readonly name: TestName
  p(first: number, second: number): number
}

export interface ComparisonRows {
  readonly rowCount: number
  /** Rows of a group belong together: whole groups are drawn. One code a row, 0 … groupCount − 1; each has rows. */
  readonly groups?: { readonly codes: Int32Array; readonly count: number }
}

export const BOOTSTRAP_SEED = 20_260
const REPLICATES_MAX = 1_000
const REPLICATES_MIN = 200
/** Rows that may be passed over in all; beyond that there are fewer resamples. Some seconds. */
const WORK_MAX = 4e8
/** With fewer rows, or groups, a bootstrap says nothing. */
const ROWS_MIN = 20
const GROUPS_MIN = 10
/** Some resamples may leave a metric undefined. */
const DEFINED_SHARE_MIN = 0.9
const LEVEL = 0.05

/**
 * Intervals: Wilson's of the accuracy of single rows, else the percentiles of a bootstrap of the rows, or of whole groups
 * (Efron and Tibshirani 1993). Of a difference: Student's t around it, with the standard error of the paired bootstrap.
 * Tests: what `testOf` gives for single rows, else the difference against that standard error. All versions are judged
 * on the same resamples, drawn from one seed: the same answers give the same comparison.
 *
 * answers  two or more, with metrics of the same rows
 * testOf   the test for a metric of single rows; undefined is the bootstrap's. Not asked where there are groups
 *
 * O(resamples · versions · rows).
 */
export function compareAnswers(
  rows: ComparisonRows,
  answers: readonly Answers[],
  testOf: (metric: string) => PairedTest | undefined,
): Comparison {
  const { groups, rowCount } = rows
  const unitCount = groups?.count ?? rowCount
  const isEnough = unitCount >= (groups === undefined ? ROWS_MIN : GROUPS_MIN)
  const replicates = isEnough
    ? replicatesFor(rowCount * answers.reduce((passes, { scorer }) => passes + scorer.passes, 0))
    : 0
  const drawn = resample(rows, answers, replicates)
  const versions = answers.map(({ metrics }, v) =>
    [...metrics].map(([name, value]): ComparedMetric => {
      if (!isEnough) return { name, value }
      if (name === 'accuracy' && groups === undefined) return wilson(name, value, rowCount)
      const interval = percentiles(drawn(v, name))
      return interval === undefined ? { name, value } : { name, value, interval, method: 'bootstrap' }
    }),
  )
  const pairs: ComparedPair[] = []
  for (let first = 0; first < answers.length; first++) {
    for (let second = first + 1; second < answers.length; second++) {
      const [a, b] = [answers[first] as Answers, answers[second] as Answers]
      const shared = [...a.metrics.keys()].filter((name) => b.metrics.has(name))
      const metrics = shared.map((name): PairMetric => {
        const difference = (a.metrics.get(name) as number) - (b.metrics.get(name) as number)
        if (!isEnough) return { name, difference }
        const error = standardError(drawn(first, name), drawn(second, name))
        const test = groups === undefined ? testOf(name) : undefined
        const p = test?.p(first, second) ?? bootstrapP(difference, error, unitCount)
        return {
          name,
          difference,
          ...intervalAround(difference, error, unitCount),
          ...(Number.isNaN(p) ? {} : { test: test?.name ?? 'bootstrap', p }),
        }
      })
      pairs.push({ first, second, metrics })
    }
  }
  return { unitCount, replicates, versions, pairs: corrected(pairs) }
}

function replicatesFor(work: number): number {
  return Math.min(REPLICATES_MAX, Math.max(REPLICATES_MIN, Math.floor(WORK_MAX / work)))
}

function wilson(name: string, value: number, rowCount: number): ComparedMetric {
  const interval = shareInterval(value, rowCount)
  return interval === undefined ? { name, value } : { name, value, interval, method: 'wilson' }
}

/** Gives the values of a metric of one version over all resamples; empty where the scorer does not know it. */
function resample(
  { rowCount, groups }: ComparisonRows,
  answers: readonly Answers[],
  replicates: number,
): (version: number, metric: string) => Float64Array {
  const values = answers.map(({ scorer }) => scorer.names.map(() => new Float64Array(replicates)))
  const into = answers.map(({ scorer }) => new Float64Array(scorer.names.length))
  const unitCount = groups?.count ?? rowCount
  const counts = new Float64Array(unitCount)
  const weights = groups === undefined ? counts : new Float64Array(rowCount)
  for (let replicate = 0; replicate < replicates; replicate++) {
    const random = new Random(BOOTSTRAP_SEED, replicate)
    counts.fill(0)
    for (let i = 0; i < unitCount; i++) counts[random.integer(unitCount)]! += 1
    if (groups !== undefined) {
      for (let row = 0; row < rowCount; row++) weights[row] = counts[groups.codes[row] as number] as number
    }
    answers.forEach(({ scorer }, v) => {
      const scores = into[v] as Float64Array
      scorer.score(weights, scores)
      values[v]?.forEach((column, m) => {
        column[replicate] = scores[m] as number
      })
    })
  }
  return (version, metric) =>
    values[version]?.[answers[version]?.scorer.names.indexOf(metric) ?? -1] ?? new Float64Array()
}

/** The middle 95 of 100 values; undefined where too many are undefined. */
function percentiles(drawn: Float64Array): Interval | undefined {
  const defined = drawn.filter((value) => !Number.isNaN(value)).sort()
  if (drawn.length === 0 || defined.length < DEFINED_SHARE_MIN * drawn.length) return undefined
  const at = (share: number): number => {
    const place = share * (defined.length - 1)
    const [low, high] = [defined[Math.floor(place)] as number, defined[Math.ceil(place)] as number]
    return low + (high - low) * (place % 1)
  }
  return { from: at(LEVEL / 2), to: at(1 - LEVEL / 2) }
}

/** Of the difference of two versions over the same resamples; NaN where too many are undefined. */
function standardError(first: Float64Array, second: Float64Array): number {
  const differences = first.map((value, i) => value - (second[i] ?? Number.NaN)).filter((value) => !Number.isNaN(value))
  if (first.length === 0 || differences.length < DEFINED_SHARE_MIN * first.length) return Number.NaN
  const center = differences.reduce((total, value) => total + value, 0) / differences.length
  const squares = differences.reduce((total, value) => total + (value - center) ** 2, 0)
  return Math.sqrt(squares / (differences.length - 1))
}

function bootstrapP(difference: number, error: number, unitCount: number): number {
  if (difference === 0 && error === 0) return 1
  return studentTwoSided(difference / error, unitCount - 1)
}

function intervalAround(difference: number, error: number, unitCount: number): Pick<PairMetric, 'interval'> {
  if (Number.isNaN(error)) return {}
  const half = studentQuantile(LEVEL, unitCount - 1) * error
  return { interval: { from: difference - half, to: difference + half } }
}

/** Each metric has as many tests as there are pairs. */
function corrected(pairs: readonly ComparedPair[]): ComparedPair[] {
  const names = new Set(pairs.flatMap(({ metrics }) => metrics.map(({ name }) => name)))
  const adjustedOf = new Map(
    [...names].map((name) => [
      name,
      holm(pairs.map(({ metrics }) => metrics.find((metric) => metric.name === name)?.p ?? Number.NaN)),
    ]),
  )
  return pairs.map((pair, i) => ({
    ...pair,
    metrics: pair.metrics.map((metric) => {
      const adjustedP = adjustedOf.get(metric.name)?.[i]
      return metric.p === undefined || adjustedP === undefined ? metric : { ...metric, adjustedP }
    }),
  }))
}

import t from 'tap'
import { classificationMetrics } from '../metrics/classification-metrics.ts'
import { regressionIntervals } from '../metrics/intervals.ts'
import { regressionMetrics } from '../metrics/regression-metrics.ts'
import { Random } from '../random.ts'
import { classScorer } from './class-scorer.ts'
import { compareClasses } from './compare-classes.ts'
import { compareNumbers } from './compare-numbers.ts'
import { numberScorer } from './number-scorer.ts'
import type { Scorer } from './scorer.ts'

/** Counts of the rows of one resample. */
const resampleOf = (random: Random, rowCount: number): Float64Array => {
  const counts = new Float64Array(rowCount)
  for (let i = 0; i < rowCount; i++) counts[random.integer(rowCount)]! += 1
  return counts
}

/** The rows as they are drawn: what a resample means without weights. */
const drawnRows = (counts: Float64Array): number[] =>
  [...counts].flatMap((count, row) => new Array<number>(count).fill(row))

function scoresOf(scorer: Scorer, weights: Float64Array): Map<string, number> {
  const into = new Float64Array(scorer.names.length)
  scorer.score(weights, into)
  return new Map(scorer.names.map((name, i) => [name, into[i] as number]))
}

/** Codes, and answers with probabilities, of which some are tied. */
function classes(random: Random, rowCount: number, classCount: number) {
  const codes = Int32Array.from({ length: rowCount }, () => random.integer(classCount))
  const probabilities = new Float64Array(rowCount * classCount)
  const answers = codes.map((code, row) => {
    const shares = Array.from({ length: classCount }, (_, c) => 1 + random.integer(4) + (c === code ? 2 : 0))
    const total = shares.reduce((sum, share) => sum + share, 0)
    probabilities.set(
      shares.map((share) => share / total),
      row * classCount,
    )
    return shares.indexOf(Math.max(...shares))
  })
  return { codes, answers: { codes: answers, probabilities } }
}

const isNear = (a: number | undefined, b: number): boolean =>
  Math.abs((a as number) - b) <= 1e-12 * Math.max(1, Math.abs(b))

t.test('the metrics of a resample are those of the rows that it draws', async (t) => {
  const random = new Random(4)
  for (const classCount of [2, 3, 6]) {
    const { codes, answers } = classes(random, 90, classCount)
    const scorer = classScorer({ codes, classCount }, answers)
    for (let i = 0; i < 5; i++) {
      const counts = resampleOf(random, 90)
      const rows = drawnRows(counts)
      const naive = classificationMetrics({
        trueCodes: Int32Array.from(rows, (row) => codes[row] as number),
        predictedCodes: Int32Array.from(rows, (row) => answers.codes[row] as number),
        probabilities: Float64Array.from(
          rows.flatMap((row) => [...answers.probabilities.subarray(row * classCount, (row + 1) * classCount)]),
        ),
        classNames: Array.from({ length: classCount }, (_, c) => String(c)),
      })
      for (const [name, value] of scoresOf(scorer, counts)) {
        t.ok(isNear(naive.get(name), value), `${classCount} classes, ${name}: ${value}, ${naive.get(name)}`)
      }
    }
  }
  const truth = Float64Array.from({ length: 90 }, () => 1e6 + random.normal())
  const predicted = truth.map((value, row) => value + (row % 7 === 0 ? 0.5 : random.normal()))
  const scorer = numberScorer(
    truth,
    truth.map((value, row) => value - (predicted[row] as number)),
  )
  for (let i = 0; i < 5; i++) {
    const counts = resampleOf(random, 90)
    const rows = drawnRows(counts)
    const of = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] as number)
    const naive = regressionMetrics(of(truth), of(predicted))
    for (const [name, value] of scoresOf(scorer, counts)) {
      t.ok(Math.abs(value - (naive.get(name) as number)) < 1e-9, `${name}: ${value}, ${naive.get(name)}`)
    }
  }
})

t.test('a class that no row of a resample has leaves its area undefined', async (t) => {
  const { codes, answers } = classes(new Random(5), 30, 2)
  const weights = Float64Array.from(codes, (code) => code)
  const scores = scoresOf(classScorer({ codes, classCount: 2 }, answers), weights)
  t.ok(Number.isNaN(scores.get('roc_auc')))
  t.ok(Number.isFinite(scores.get('log_loss')))
  const { probabilities: _, ...without } = answers
  t.notOk(classScorer({ codes, classCount: 2 }, without).names.includes('log_loss'))
})

t.test('the intervals of a regression are those of the infinitesimal jackknife, as far as chance allows', async (t) => {
  const random = new Random(6)
  const truth = Float64Array.from({ length: 800 }, () => random.normal())
  const predicted = truth.map((value) => value + 0.5 * random.normal())
  const { versions, replicates } = compareNumbers(truth, [predicted, predicted])
  t.equal(replicates, 1000)
  for (const [name, { from, to }] of regressionIntervals(truth, predicted) ?? []) {
    const found = versions[0]?.find((metric) => metric.name === name)?.interval
    const isAlike = (a: number | undefined, b: number): boolean => Math.abs((a as number) - b) < 0.15 * (to - from)
    t.ok(isAlike(found?.from, from) && isAlike(found?.to, to), `${name}: ${JSON.stringify(found)}, ${from}, ${to}`)
  }
})

t.test('an answer and itself do not differ, and the same answers give the same comparison', async (t) => {
  const { codes, answers } = classes(new Random(7), 200, 3)
  const other = classes(new Random(8), 200, 3).answers
  const compare = () => compareClasses({ codes, classCount: 3 }, [answers, answers, other])
  const { pairs, versions } = compare()
  for (const { name, difference, p, adjustedP, interval } of pairs[0]?.metrics ?? []) {
    t.same([difference, p, adjustedP, interval], [0, 1, 1, { from: 0, to: 0 }], name)
  }
  t.equal(pairs[0]?.metrics.length, 9)
  t.same(versions[0], versions[1])
  t.same(compare(), { ...compare(), pairs, versions })
  t.ok((pairs[1]?.metrics[0]?.adjustedP as number) < 0.001, 'guesses are worse')
  t.ok((pairs[1]?.metrics[0]?.adjustedP as number) >= (pairs[1]?.metrics[0]?.p as number))
})

t.test('whole groups are drawn: of groups that are all alike, an interval is as wide as of so many rows', async (t) => {
  const { codes, answers } = classes(new Random(9), 60, 2)
  const groups = { codes: Int32Array.from({ length: 600 }, (_, row) => Math.floor(row / 10)), count: 60 }
  /** Ten rows of each, with so many cells a row. */
  const spread = (cells: ArrayLike<number>, width: number): number[] =>
    Array.from({ length: 600 * width }, (_, i) => cells[Math.floor(i / width / 10) * width + (i % width)] as number)
  const wide = {
    codes: Int32Array.from(spread(answers.codes, 1)),
    probabilities: Float64Array.from(spread(answers.probabilities, 2)),
  }
  const truth = { codes: Int32Array.from(spread(codes, 1)), classCount: 2 }
  const widthOf = (comparison: ReturnType<typeof compareClasses>): number => {
    const found = comparison.versions[0]?.find(({ name }) => name === 'log_loss')
    const { from, to } = found?.interval ?? { from: Number.NaN, to: Number.NaN }
    return to - from
  }
  const ofRows = widthOf(compareClasses({ codes, classCount: 2 }, [answers, answers]))
  const grouped = compareClasses(truth, [wide, wide], groups)
  t.equal(grouped.unitCount, 60)
  t.ok(Math.abs(widthOf(grouped) / ofRows - 1) < 1e-9)
  t.ok(widthOf(compareClasses(truth, [wide, wide])) < 0.5 * ofRows, 'as single rows they would seem to be more')
  t.equal(grouped.versions[0]?.[0]?.method, 'bootstrap')
})

t.test('of few rows, or few groups, there are values alone', async (t) => {
  const { codes, answers } = classes(new Random(10), 19, 2)
  const few = compareClasses({ codes, classCount: 2 }, [answers, answers])
  t.equal(few.replicates, 0)
  t.same(Object.keys(few.versions[0]?.[0] ?? {}), ['name', 'value'])
  t.same(Object.keys(few.pairs[0]?.metrics[0] ?? {}), ['name', 'difference'])
  const groups = { codes: Int32Array.from({ length: 90 }, (_, row) => row % 9), count: 9 }
  const many = classes(new Random(11), 90, 2)
  t.equal(compareClasses({ codes: many.codes, classCount: 2 }, [many.answers, many.answers], groups).replicates, 0)
  t.throws(
    () => compareNumbers(new Float64Array(30).fill(1e300), [new Float64Array(30), new Float64Array(30)]),
    RangeError,
  )
})

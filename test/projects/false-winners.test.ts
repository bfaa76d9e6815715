// Versions that are equally good are seldom told apart: in at most 5 of 100 comparisons, by whatever metric.
import t, { type Test } from 'tap'
import type { ClassAnswers } from '../../src/learning/comparison/class-scorer.ts'
import type { Comparison } from '../../src/learning/comparison/compare.ts'
import { compareClasses } from '../../src/learning/comparison/compare-classes.ts'
import { compareNumbers } from '../../src/learning/comparison/compare-numbers.ts'
import { Random } from '../../src/learning/random.ts'
import { verdictOf } from '../../src/projects/comparison/verdict.ts'

const COMPARISONS = 200
/** A chance of 5 % comes to more wrong winners than these in less than 1 of 1000 such tests: scipy.stats.binom.ppf(0.999, 200, 0.05). */
const WRONG_MAX = 21

/** How often any two of versions that are equally good are told apart, by each of the metrics. A winner is, too. */
function wrongVerdicts(metrics: readonly (readonly [string, boolean])[], comparisonOf: (random: Random) => Comparison) {
  const wrong = new Map(metrics.map(([name]) => [name, 0]))
  for (let i = 0; i < COMPARISONS; i++) {
    const comparison = comparisonOf(new Random(1_000 + i))
    for (const [name, isLowerBetter] of metrics) {
      const metricsOf = comparison.pairs.flatMap((pair) => pair.metrics.filter((metric) => metric.name === name))
      if (metricsOf.every((metric) => verdictOf(metric, isLowerBetter) === 'no_difference_shown')) continue
      wrong.set(name, (wrong.get(name) as number) + 1)
    }
  }
  return wrong
}

const CLASS_METRICS = [
  ['accuracy', false],
  ['log_loss', true],
  ['f1_macro', false],
  ['roc_auc', false],
] as const
const NUMBER_METRICS = [
  ['r2', false],
  ['mean_absolute_error', true],
  ['median_absolute_error', true],
  ['explained_variance', false],
] as const

/** Two classes; every version sees the same signal with noise of its own, as much as the others. */
function classes(random: Random, rowCount: number, versionCount: number, groupRows = 1) {
  const codes = Int32Array.from({ length: rowCount }, () => (random.uniform() < 0.4 ? 1 : 0))
  // What rows of a group have in common, as far as the versions see it.
  const versions = Array.from({ length: versionCount }, (): ClassAnswers => {
    const probabilities = new Float64Array(2 * rowCount)
    let shared = 0
    const answers = codes.map((code, row) => {
      if (row % groupRows === 0) shared = groupRows === 1 ? 0 : random.normal()
      const logit = 1.2 * (2 * code - 1) + random.normal() + shared
      const p = 1 / (1 + Math.exp(-logit))
      probabilities.set([1 - p, p], 2 * row)
      return p > 0.5 ? 1 : 0
    })
    return { codes: answers, probabilities }
  })
  return { codes, versions }
}

function bounded(t: Test, wrong: ReadonlyMap<string, number>): void {
  for (const [name, count] of wrong) t.ok(count <= WRONG_MAX, `${name}: ${count} of ${COMPARISONS}`)
}

t.test('two classifiers', async (t) => {
  bounded(
    t,
    wrongVerdicts(CLASS_METRICS, (random) => {
      const { codes, versions } = classes(random, 120, 2)
      return compareClasses({ codes, classCount: 2 }, versions)
    }),
  )
})

t.test('four classifiers: a wrong verdict over any of their six pairs counts', async (t) => {
  bounded(
    t,
    wrongVerdicts(CLASS_METRICS, (random) => {
      const { codes, versions } = classes(random, 120, 4)
      return compareClasses({ codes, classCount: 2 }, versions)
    }),
  )
})

t.test('classifiers on rows of 20 groups, whose rows are alike', async (t) => {
  const groups = { codes: Int32Array.from({ length: 200 }, (_, row) => Math.floor(row / 10)), count: 20 }
  bounded(
    t,
    wrongVerdicts(CLASS_METRICS, (random) => {
      const { codes, versions } = classes(random, 200, 2, 10)
      return compareClasses({ codes, classCount: 2 }, versions, groups)
    }),
  )
})

t.test('two regressors, some of whose errors are large', async (t) => {
  bounded(
    t,
    wrongVerdicts(NUMBER_METRICS, (random) => {
      const truth = Float64Array.from({ length: 120 }, () => 3 * random.normal())
      const noise = (): number => random.normal() * (random.uniform() < 0.1 ? 3 : 1)
      return compareNumbers(
        truth,
        [0, 1].map(() => truth.map((value) => value + noise())),
      )
    }),
  )
})

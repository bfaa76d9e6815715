// Mean scores against GridSearchCV's on the same folds (test/golden/generate_search.py), and what a search promises.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitContext } from '../../learning/fit-context.ts'
import { LinearRegression } from '../../learning/linear/linear-regression.ts'
import { LogisticRegression } from '../../learning/linear/logistic-regression.ts'
import { Ridge } from '../../learning/linear/ridge.ts'
import type { Candidate } from '../../learning/model-selection/space.ts'
import { kFold, stratifiedKFold } from '../../learning/model-selection/splits.ts'
import { GaussianNaiveBayes } from '../../learning/naive-bayes/gaussian-naive-bayes.ts'
import { KNeighborsClassifier } from '../../learning/neighbors/k-neighbors-classifier.ts'
import { KNeighborsRegressor } from '../../learning/neighbors/k-neighbors-regressor.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { Pipeline } from '../pipeline.ts'
import type { Table } from '../table.ts'
import { runSearch, type SearchResult } from './run-search.ts'
import type { SearchSettings } from './search-settings.ts'
import type { Evaluation } from './trial.ts'

interface Golden {
  readonly x: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly classes: readonly number[]
  readonly folds: Record<'plain' | 'stratified', readonly { training: number[]; validation: number[] }[]>
  readonly searches: readonly {
    readonly estimator: keyof typeof MAKERS
    readonly space: Record<string, readonly unknown[]>
    readonly folds: 'plain' | 'stratified'
    readonly parameters: readonly Candidate[]
    readonly scores: Record<string, { readonly mean: readonly number[]; readonly deviation: readonly number[] }>
  }[]
}
const MAKERS = {
  ridge: (given: Candidate) => new Ridge(given),
  linear_regression: (given: Candidate) => new LinearRegression(given),
  k_neighbors_regressor: (given: Candidate) => new KNeighborsRegressor(given),
  logistic_regression: (given: Candidate) => new LogisticRegression({ tol: 1e-10, max_iter: 10_000, ...given }),
  k_neighbors_classifier: (given: Candidate) => new KNeighborsClassifier(given),
  gaussian_naive_bayes: (given: Candidate) => new GaussianNaiveBayes(given),
} as const
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/search.json', import.meta.url), 'utf8'))

const rowCount = golden.y.length
const features: Table = {
  rowCount,
  columns: [0, 1, 2, 3].map((j) => ({
    kind: 'numeric' as const,
    name: `x${j}`,
    values: Float64Array.from(golden.x, (row) => row[j] as number),
  })),
}
const numbers: Table = { rowCount, columns: [{ kind: 'numeric', name: 'y', values: Float64Array.from(golden.y) }] }
const codes = Int32Array.from(golden.classes)
const classes = { codes, classNames: ['a', 'b', 'c'] }
const labels: Table = { rowCount, columns: [{ kind: 'categorical', name: 'y', codes, levels: ['a', 'b', 'c'] }] }
const splits = { plain: kFold(rowCount, 5, 3), stratified: stratifiedKFold(classes, 5, 3) }
const context = fitContext()
const surroundings = { context, tell: () => {} }

const settings: SearchSettings = {
  strategy: 'grid',
  space: {},
  scoring: 'r2',
  folds: { kind: 'plain', count: 5, repeats: 1 },
  trials: 1_000,
  seconds: null,
  seed: 1,
  earlyEnd: false,
}
const ridge = (candidate: Candidate) => new Pipeline([], new Ridge(candidate))
const rows = { features, labels: numbers }
const withoutSeconds = ({ trials, best }: SearchResult) => ({
  best,
  trials: trials.map((trial) => ({ ...trial, seconds: 0 })),
})

t.test('mean scores are those of GridSearchCV on the same folds', async (t) => {
  for (const kind of ['plain', 'stratified'] as const) {
    t.same(
      splits[kind].map(({ training, validation }) => ({ training: [...training], validation: [...validation] })),
      golden.folds[kind],
      'the folds that were given to scikit-learn',
    )
  }
  for (const { estimator, space, folds, parameters, scores } of golden.searches) {
    for (const [scoring, { mean, deviation }] of Object.entries(scores)) {
      const searched = folds === 'plain' ? rows : { features, labels, classes }
      const { trials, best } = await runSearch(
        (candidate) => new Pipeline([], MAKERS[estimator](candidate)),
        searched,
        splits[folds],
        { ...settings, space, scoring },
        surroundings,
      )
      const what = `${estimator}, ${scoring}`
      t.same(
        trials.map((trial) => trial.parameters),
        parameters,
        `${what}: the order of ParameterGrid`,
      )
      trials.forEach((trial, i) => {
        t.ok(
          Math.abs((trial.mean as number) - (mean[i] as number)) < 1e-6,
          `${what}, mean ${i}: ${trial.mean} ${mean[i]}`,
        )
        t.ok(Math.abs((trial.deviation as number) - (deviation[i] as number)) < 1e-6, `${what}, deviation ${i}`)
      })
      const isLower = /loss|error/.test(scoring)
      const top = isLower ? Math.min(...mean) : Math.max(...mean)
      t.ok(Math.abs((mean[best] as number) - top) < 1e-9, `${what}: the best`)
    }
  }
})

t.test('an early end spares fits and never changes the best', async (t) => {
  const space = { n_neighbors: [3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 50] }
  for (const scoring of ['accuracy', 'log_loss', 'balanced_accuracy']) {
    const make = (candidate: Candidate) => new Pipeline([], new KNeighborsClassifier(candidate))
    const of = (earlyEnd: boolean) =>
      runSearch(
        make,
        { features, labels, classes },
        splits.stratified,
        { ...settings, space, scoring, earlyEnd },
        surroundings,
      )
    const [whole, early] = await Promise.all([of(false), of(true)])
    t.equal(early.best, whole.best, scoring)
    t.equal(early.trials[early.best]?.state, 'finished')
    if (scoring === 'log_loss')
      t.ok(early.trials.some(({ state, scores }) => state === 'ended_early' && scores.length < 5))
  }
})

t.test('draws of a range follow the seed, and the same search gives the same', async (t) => {
  const space = { alpha: { min: 0.001, max: 1000, log: true }, fit_intercept: [true, false] }
  const of = (seed: number) =>
    runSearch(ridge, rows, splits.plain, { ...settings, strategy: 'random', space, trials: 12, seed }, surroundings)
  const [one, again, other] = await Promise.all([of(1), of(1), of(2)])
  t.equal(one.trials.length, 12)
  t.same(withoutSeconds(one), withoutSeconds(again))
  t.notSame(withoutSeconds(one).trials, withoutSeconds(other).trials)
  for (const { parameters } of one.trials) {
    const { alpha } = parameters as { alpha: number }
    t.ok(alpha >= 0.001 && alpha <= 1000)
  }
})

t.test('halving gives a third of the candidates three times the rows, and all to the last', async (t) => {
  const space = { alpha: { min: 0.001, max: 1000, log: true } }
  const { trials, best } = await runSearch(
    ridge,
    rows,
    splits.plain,
    { ...settings, strategy: 'halving', space, trials: 9 },
    surroundings,
  )
  t.same(trials.map(({ round, rows }) => `${round} ${rows}`).sort(), [
    ...Array(6).fill('0 10'),
    ...Array(2).fill('1 30'),
    '2 90',
  ])
  t.equal(trials[best]?.state, 'finished')
  t.equal(trials[best]?.rows, 90)
  t.ok(trials.filter(({ state }) => state === 'dropped').length >= 6)
})

t.test('a trial that cannot be fitted is told, and others go on', async (t) => {
  const make = (candidate: Candidate) => {
    if (candidate['alpha'] === 2) throw new Error('no such alpha')
    return ridge(candidate)
  }
  const some = { ...settings, space: { alpha: [1, 2, 3] } }
  const { trials } = await runSearch(make, rows, splits.plain, some, surroundings)
  t.match(trials[1], { state: 'failed', reason: 'no such alpha', mean: null, scores: [] })
  const none = { ...settings, space: { alpha: [2] } }
  await t.rejects(runSearch(make, rows, splits.plain, none, surroundings), { message: 'no such alpha' })
})

t.test('no trial begins when the time is over, and the stop flag ends all', async (t) => {
  let now = 0
  const some = { ...settings, space: { alpha: [1, 2, 3, 4] }, seconds: 1 }
  const clock = () => {
    now += 100
    return now
  }
  const { trials } = await runSearch(ridge, rows, splits.plain, some, { ...surroundings, now: clock })
  t.ok(trials.length >= 1 && trials.length < 4, `${trials.length} trials`)
  const stop = new StopFlag()
  stop.set()
  const stopped = { ...surroundings, context: fitContext({ stop }) }
  await t.rejects(runSearch(ridge, rows, splits.plain, some, stopped), { name: 'FitStopped' })
})

t.test(
  'what a search judged within its time, as a number in place of the time, is the same search again',
  async (t) => {
    const space = { alpha: { min: 0.001, max: 1000, log: true } }
    const some = { ...settings, strategy: 'halving' as const, space, trials: 9, earlyEnd: true }
    const ends = new Set<string>()
    for (const seconds of [0.1, 0.4, 0.8, 1.2, 1.5, 1.8, 2.1, 2.4, 60]) {
      let now = 0
      const clock = () => {
        now += 50
        return now
      }
      const timed = await runSearch(ridge, rows, splits.plain, { ...some, seconds }, { ...surroundings, now: clock })
      const evaluations = timed.trials.reduce((sum, { round }) => sum + round + 1, 0)
      ends.add(`${evaluations}`)
      const again = await runSearch(ridge, rows, splits.plain, { ...some, evaluations }, surroundings)
      t.same(withoutSeconds(again), withoutSeconds(timed), `${evaluations} evaluations`)
    }
    t.ok(ends.size > 4, 'the time was over at different places')
  },
)

t.test('an interrupted search goes on from the trials that were kept, to the same end', async (t) => {
  const space = { alpha: { min: 0.001, max: 1000, log: true } }
  const some = { ...settings, strategy: 'halving' as const, space, trials: 9, earlyEnd: true }
  const whole = await runSearch(ridge, rows, splits.plain, some, surroundings)
  const kept = new Map<string, Evaluation>()
  const stop = new StopFlag()
  let fits = 0
  const memory = {
    recall: (round: number, candidate: number) => kept.get(`${round} ${candidate}`),
    keep: (round: number, candidate: number, evaluation: Evaluation) => {
      kept.set(`${round} ${candidate}`, evaluation)
      if (kept.size === 5) stop.set()
    },
  }
  const counted = (candidate: Candidate) => {
    fits += 1
    return ridge(candidate)
  }
  const interrupted = { ...surroundings, context: fitContext({ stop }), memory }
  await t.rejects(runSearch(counted, rows, splits.plain, some, interrupted), { name: 'FitStopped' })
  const before = fits
  const resumed = await runSearch(counted, rows, splits.plain, some, { ...surroundings, memory })
  t.same(withoutSeconds(resumed), withoutSeconds(whole))
  t.ok(fits - before < 5 * 13, 'what was kept is not fitted again')
})

t.test('progress grows with the folds of each trial', async (t) => {
  const told: number[] = []
  const some = { ...settings, space: { alpha: [1, 2] } }
  await runSearch(ridge, rows, splits.plain, some, {
    ...surroundings,
    tell: (done, of) => {
      told.push(done)
      t.equal(of, 2)
    },
  })
  t.same(
    told,
    told.toSorted((a, b) => a - b),
  )
  t.equal(told.at(-1), 2)
})

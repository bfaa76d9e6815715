// What trees and forests bear, refuse, and stop for.
import t from 'tap'
import { noisySet } from '../../../test/support/tree-data.ts'
import { DataError, FitStopped, ParameterError } from '../errors.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { DecisionTreeClassifier } from './decision-tree-classifier.ts'
import { DecisionTreeRegressor } from './decision-tree-regressor.ts'
import { ExtraTreesClassifier } from './extra-trees-classifier.ts'
import { ExtraTreesRegressor } from './extra-trees-regressor.ts'
import { RandomForestClassifier } from './random-forest-classifier.ts'
import { RandomForestRegressor } from './random-forest-regressor.ts'

const CLASSIFIERS = [DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier]
const REGRESSORS = [DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor]
const few = (name: string): { readonly [name: string]: unknown } =>
  name.startsWith('Decision') ? {} : { n_estimators: 12 }
const two = (name: string): { readonly [name: string]: unknown } =>
  name.startsWith('Decision') ? {} : { n_estimators: 2 }

t.test('bears what data can be', async (t) => {
  const gaps = new Float64Array(5).fill(Number.NaN)
  const extreme = Float64Array.of(1e300, -1e300, 1e-300, -1e-300, 0)
  const cases: Record<string, Matrix> = {
    'one row': numericMatrix([Float64Array.of(3)]),
    'no columns': numericMatrix([], 5),
    constant: numericMatrix([new Float64Array(5).fill(2)]),
    'all missing': numericMatrix([gaps, gaps]),
    'a column all missing': numericMatrix([gaps, Float64Array.of(1, 2, 3, 4, 5)]),
    extreme: numericMatrix([extreme]),
    '1,000 columns': numericMatrix(Array.from({ length: 1000 }, (_, j) => extreme.map((v, i) => v + i * j))),
    'a category all missing': { rowCount: 5, columns: [gaps], categoryCounts: [3] },
  }
  for (const [name, x] of Object.entries(cases)) {
    const n = x.rowCount
    const block = toRowBlock(x)
    const wild = { ...block, values: block.values.map((_, i) => [Number.NaN, 1e308, -1e308][i % 3]!) }
    for (const classNames of [['only'], ['a', 'b'], ['a', 'b', 'c']]) {
      const codes = Int32Array.from({ length: n }, (_, i) => i % classNames.length)
      for (const Estimator of CLASSIFIERS) {
        const fitted = await new Estimator(two(Estimator.name)).fit(x, { codes, classNames }, fitContext())
        for (const rows of [block, wild]) {
          const p = fitted.predictProbabilities(rows)
          for (let i = 0; i < n; i++) {
            const sum = p.subarray(i * classNames.length, (i + 1) * classNames.length).reduce((a, b) => a + b, 0)
            t.ok(Math.abs(sum - 1) < 1e-12, `${Estimator.name}, ${name}`)
          }
        }
      }
    }
    for (const Estimator of REGRESSORS) {
      for (const y of [extreme, new Float64Array(5).fill(7), Float64Array.of(1e-300, 2e-300, 3e-300, 0, 0)]) {
        for (const criterion of ['squared_error', 'absolute_error']) {
          const fitted = await new Estimator({ ...two(Estimator.name), criterion }).fit(x, y.slice(0, n), fitContext())
          for (const rows of [block, wild])
            t.ok(fitted.predict(rows).every(Number.isFinite), `${Estimator.name}, ${name}`)
        }
      }
    }
  }
  const tiny = numericMatrix([Float64Array.of(1, 2, 3, 4)])
  const y = Float64Array.of(1e-300, 2e-300, 3e-300, 4e-300)
  t.same((await new DecisionTreeRegressor().fit(tiny, y, fitContext())).predict(toRowBlock(tiny)), y)
  const large = y.map((value) => value * 1e300 * 1e300)
  t.same((await new DecisionTreeRegressor().fit(tiny, large, fitContext())).predict(toRowBlock(tiny)), large)
})

t.test('targets near the largest double are predicted by finite numbers', async (t) => {
  const most = Number.MAX_VALUE
  const n = 40
  const x = numericMatrix([Float64Array.from({ length: n }, (_, i) => i)])
  const block = toRowBlock(x)
  const targets = {
    largest: Float64Array.from({ length: n }, () => most),
    falling: Float64Array.from({ length: n }, (_, i) => most * (1 - i / n)),
    signs: Float64Array.from({ length: n }, (_, i) => (i % 20 < 10 ? most : -most)),
    '1e308': Float64Array.from({ length: n }, (_, i) => 1e308 * (1 + (i % 8) / 10)),
  }
  for (const [name, y] of Object.entries(targets)) {
    for (const Estimator of REGRESSORS) {
      for (const criterion of ['squared_error', 'absolute_error']) {
        const given = Estimator === DecisionTreeRegressor ? {} : { n_estimators: 9 }
        const isBagged = Estimator === RandomForestRegressor ? { oob_score: true } : {}
        const fitted = await new Estimator({ ...given, ...isBagged, criterion }).fit(x, y, fitContext())
        const label = `${Estimator.name}, ${criterion}, ${name}`
        const found = fitted.predict(block)
        t.ok(found.every(Number.isFinite), label)
        const few = fitted.predict({ ...block, rowCount: 3, values: block.values.subarray(0, 3) })
        t.same(few, found.subarray(0, 3), `${label}: row by row`)
        t.same(await fitted.predictOn(new ThreadTeam(1), block, new StopFlag()), found)
        // A split that gains nothing is taken or not by rounding, in absolute errors.
        if (criterion === 'absolute_error') continue
        // The same targets, scaled down.
        const small = y.map((value) => value * 2 ** -1000)
        const same = await new Estimator({ ...given, ...isBagged, criterion }).fit(x, small, fitContext())
        const wanted = same.predict(block)
        t.ok(
          found.every((value, i) => Math.abs(value * 2 ** -1000 - wanted[i]!) < 1e-12 * Math.abs(wanted[i]!) + 1e-6),
          label,
        )
        if (fitted.oobScore !== null) t.ok(Math.abs(fitted.oobScore - same.oobScore!) < 1e-9, label)
      }
    }
  }
})

t.test('neighbouring doubles are told apart', async (t) => {
  const column = Float64Array.from({ length: 64 }, (_, i) => 1 + i * Number.EPSILON)
  const x = numericMatrix([column])
  const y = Float64Array.from(column, (_, i) => (i * 37) % 64)
  for (const Estimator of [DecisionTreeRegressor, ExtraTreesRegressor]) {
    const fitted = await new Estimator(few(Estimator.name)).fit(x, y, fitContext())
    t.same(fitted.predict(toRowBlock(x)), y, Estimator.name)
  }
})

t.test('stops when it is asked to, on one thread and on two', async (t) => {
  const { x } = noisySet('noisy_three', 20_000, 10)
  const { numbers } = noisySet('noisy_numbers', 20_000, 10)
  for (const criterion of ['squared_error', 'absolute_error']) {
    for (const threadCount of [1, 2]) {
      const team = new ThreadTeam(threadCount)
      const stop = new StopFlag()
      const fit = new RandomForestRegressor({ n_estimators: 1000, criterion }).fit(
        x,
        numbers,
        fitContext({ team, stop }),
      )
      setTimeout(() => stop.set(), 20)
      await t.rejects(fit, FitStopped)
      await team.close()
    }
  }
})

t.test('refuses what cannot be', async (t) => {
  const { x, classes } = noisySet('noisy_two', 50)
  t.throws(() => new RandomForestClassifier({ n_estimators: 0, max_features: 'all', depth: 3 }), ParameterError)
  t.throws(() => new DecisionTreeClassifier({ criterion: 'squared_error' }), ParameterError)
  const fit = (given: { readonly [name: string]: unknown }, data = x, weights?: Float64Array) =>
    new ExtraTreesClassifier(given).fit(data, classes, fitContext(), weights)
  await t.rejects(fit({ oob_score: true, max_samples: 10 }), {
    name: 'ParameterError',
    message: /max_samples.*oob_score/,
  })
  await t.rejects(fit({ bootstrap: true, max_samples: 51 }), ParameterError)
  await t.rejects(fit({ class_weight: { x: 1 } }), ParameterError)
  await t.rejects(fit({}, numericMatrix([], 0)), DataError)
  await t.rejects(fit({}, x, new Float64Array(50)), DataError)
  const fitted = await fit({ n_estimators: 2 })
  t.throws(() => fitted.predictProbabilities({ rowCount: 1, columnCount: 2, values: new Float64Array(2) }), DataError)
})

t.test('as many classes as there can be', async (t) => {
  const n = 65_536
  const x = numericMatrix([Float64Array.from({ length: n }, (_, i) => i)])
  const codes = Int32Array.from({ length: n }, (_, i) => i % 65_535)
  const classNames = Array.from({ length: 65_535 }, (_, k) => String(k))
  const fitted = await new DecisionTreeClassifier({ max_depth: 1 }).fit(x, { codes, classNames }, fitContext())
  // The first and the last row are of one class: what lies between them is best left on one side.
  t.same(fitted.toState()['features'], Uint8Array.of(0, 1, 1))
  t.same(fitted.toState()['mixedWeights']?.constructor, Uint8Array)
})

import t from 'tap'
import { noisySet, randomMatrix, withMissing } from '../../../test/support/tree-data.ts'
import { DataError, FitStopped, ParameterError, StateError } from '../errors.ts'
import type { FittedClassifier } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
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

function errorOf(fitted: FittedClassifier, x: Matrix, codes: Int32Array): number {
  const p = fitted.predictProbabilities(toRowBlock(x))
  let wrong = 0
  for (let i = 0; i < x.rowCount; i++) {
    const row = p.subarray(i * fitted.classCount, (i + 1) * fitted.classCount)
    if (row.indexOf(Math.max(...row)) !== codes[i]) wrong++
  }
  return wrong / x.rowCount
}

t.test('a model is the same byte for byte on any number of threads', async (t) => {
  const { x, classes } = noisySet('noisy_three')
  const numbers = noisySet('noisy_numbers').numbers
  // So many rows that their prediction is spread over the threads.
  const block = toRowBlock(noisySet('noisy_three', 12_000).x)
  for (const Estimator of [RandomForestClassifier, ExtraTreesClassifier]) {
    const states = []
    for (const threadCount of [1, 2, 3]) {
      const team = new ThreadTeam(threadCount)
      const fitted = await new Estimator({ n_estimators: 9, random_state: 5 }).fit(x, classes, fitContext({ team }))
      states.push(fitted.toState())
      t.same(await fitted.predictProbabilitiesOn(team, block, new StopFlag()), fitted.predictProbabilities(block))
      await team.close()
    }
    t.same(states[1], states[0])
    t.same(states[2], states[0])
  }
  const team = new ThreadTeam(2)
  const options = { n_estimators: 6, random_state: 5, oob_score: true }
  const [one, two] = [
    await new RandomForestRegressor(options).fit(x, numbers, fitContext()),
    await new RandomForestRegressor(options).fit(x, numbers, fitContext({ team })),
  ]
  t.same(one.toState(), two.toState())
  t.same(await two.predictOn(team, block, new StopFlag()), one.predict(block))
  await team.close()
})

t.test('seeds: the same gives the same, another another, null takes that of the fit', async (t) => {
  const { x, classes } = noisySet('noisy_two')
  const fit = async (random_state: number | null, seed: number) =>
    (
      await new RandomForestClassifier({ n_estimators: 3, random_state }).fit(x, classes, fitContext({ seed }))
    ).toState()
  t.same(await fit(4, 1), await fit(4, 2))
  t.same(await fit(null, 4), await fit(4, 9))
  t.notSame(await fit(4, 1), await fit(5, 1))
})

t.test('of equal columns each has the same chance, in trees and forests that look at all', async (t) => {
  const { x, classes, numbers } = noisySet('noisy_two', 60)
  const copies = numericMatrix([x.columns[0]!, x.columns[0]!, x.columns[0]!])
  const forest = { n_estimators: 300, max_features: null, max_depth: 1, random_state: 3 }
  const fits = {
    gini: () => new RandomForestClassifier(forest).fit(copies, classes, fitContext()),
    entropy: () => new RandomForestClassifier({ ...forest, criterion: 'entropy' }).fit(copies, classes, fitContext()),
    squared: () => new RandomForestRegressor(forest).fit(copies, numbers, fitContext()),
    absolute: () =>
      new RandomForestRegressor({ ...forest, criterion: 'absolute_error' }).fit(copies, numbers, fitContext()),
  }
  for (const [name, fit] of Object.entries(fits)) {
    const { featureImportances } = await fit()
    // The standard deviation of a share among 300 is 0.027.
    t.ok(
      featureImportances.every((share) => Math.abs(share - 1 / 3) < 0.11),
      `${name}: ${featureImportances}`,
    )
  }
  for (const Estimator of [DecisionTreeClassifier, DecisionTreeRegressor]) {
    const counts = new Int32Array(3)
    for (let random_state = 0; random_state < 90; random_state++) {
      const tree = new Estimator({ max_depth: 1, random_state })
      const fitted =
        tree instanceof DecisionTreeClassifier
          ? await tree.fit(copies, classes, fitContext())
          : await tree.fit(copies, numbers, fitContext())
      counts[fitted.featureImportances.indexOf(1)]!++
    }
    t.ok(
      counts.every((count) => Math.abs(count - 30) < 18),
      `${Estimator.name}: ${counts}`,
    )
  }
})

t.test('whole weights are repeated rows', async (t) => {
  const { x, classes } = noisySet('noisy_three', 120)
  const { numbers } = noisySet('noisy_numbers', 120)
  const weights = Float64Array.from({ length: 120 }, (_, i) => i % 4)
  const rows = [...weights].flatMap((weight, i) => new Array<number>(weight).fill(i))
  const repeated = numericMatrix(x.columns.map((column) => Float64Array.from(rows, (row) => column[row]!)))
  const codes = Int32Array.from(rows, (row) => classes.codes[row]!)
  const block = toRowBlock(x)
  for (const criterion of ['gini', 'entropy']) {
    const tree = new DecisionTreeClassifier({ criterion, max_depth: 4 })
    const a = await tree.fit(x, classes, fitContext(), weights)
    const b = await tree.fit(repeated, { ...classes, codes }, fitContext())
    t.same(a.predictProbabilities(block), b.predictProbabilities(block), criterion)
  }
  for (const criterion of ['squared_error', 'absolute_error']) {
    const tree = new DecisionTreeRegressor({ criterion, max_depth: 3 })
    const a = (await tree.fit(x, numbers, fitContext(), weights)).predict(block)
    const b = (
      await tree.fit(
        repeated,
        Float64Array.from(rows, (row) => numbers[row]!),
        fitContext(),
      )
    ).predict(block)
    t.ok(
      a.every((value, i) => Math.abs(value - b[i]!) < 1e-9),
      criterion,
    )
  }
})

t.test('class weights act through every estimator', async (t) => {
  const { x, classes } = noisySet('noisy_two')
  const share = (fitted: FittedClassifier): number => {
    const p = fitted.predictProbabilities(toRowBlock(x))
    return p.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), 0) / x.rowCount
  }
  for (const Estimator of CLASSIFIERS) {
    const given = { ...few(Estimator.name), max_depth: 3 }
    const plain = share(await new Estimator(given).fit(x, classes, fitContext()))
    const names = { [classes.classNames[1]!]: 20 }
    const raised = share(await new Estimator({ ...given, class_weight: names }).fit(x, classes, fitContext()))
    t.ok(raised > plain + 0.1, Estimator.name)
    const kinds = Estimator === DecisionTreeClassifier ? ['balanced'] : ['balanced', 'balanced_subsample']
    for (const class_weight of kinds) {
      const even = share(await new Estimator({ ...given, class_weight }).fit(x, classes, fitContext()))
      t.ok(Math.abs(even - plain) > 1e-4, `${Estimator.name} ${class_weight}`)
    }
  }
})

t.test('growth keeps to its bounds', async (t) => {
  const { x, classes } = noisySet('noisy_three')
  const leaves = async (given: object): Promise<number> => {
    const fitted = await new RandomForestClassifier({ n_estimators: 1, ...given }).fit(x, classes, fitContext())
    const features = fitted.toState()['features'] as Uint8Array
    return features.filter((feature) => feature === x.columns.length).length
  }
  const free = await leaves({})
  t.ok((await leaves({ max_depth: 2 })) <= 4)
  t.equal(await leaves({ max_leaf_nodes: 6 }), 6)
  for (const given of [{ min_samples_leaf: 20 }, { min_samples_split: 0.5 }, { min_weight_fraction_leaf: 0.1 }]) {
    t.ok((await leaves(given)) < free / 2, JSON.stringify(given))
  }
  for (const given of [
    { ccp_alpha: 0.05 },
    { min_impurity_decrease: 0.05 },
    { max_samples: 20 },
    { max_samples: 0.1 },
  ]) {
    t.ok((await leaves(given)) < free / 2, JSON.stringify(given))
  }
  for (const max_features of ['sqrt', 'log2', null, 1, 5, 50, 0.5]) t.ok((await leaves({ max_features })) > 1)
})

t.test('categories and missing values carry what numbers do', async (t) => {
  const random = new Random(9)
  const n = 600
  const category = Float64Array.from({ length: n }, () => random.integer(40))
  const noise = Float64Array.from({ length: n }, () => random.normal())
  const gaps = Float64Array.from({ length: n }, () => (random.integer(2) === 0 ? Number.NaN : random.normal()))
  // Odd categories, and rows with a gap, are of another class: no order of codes shows the first.
  const codes = Int32Array.from({ length: n }, (_, i) => (category[i]! % 2) + (Number.isNaN(gaps[i]!) ? 2 : 0))
  const x: Matrix = { rowCount: n, columns: [noise, category, gaps], categoryCounts: [0, 40, 0] }
  const target = { codes, classNames: ['a', 'b', 'c', 'd'] }
  const tree = await new DecisionTreeClassifier().fit(x, target, fitContext())
  t.equal(errorOf(tree, x, codes), 0)
  t.equal((tree.toState()['features'] as Uint8Array).length, 7, 'three splits are enough')
  for (const Estimator of CLASSIFIERS) {
    const fitted = await new Estimator(few(Estimator.name)).fit(x, target, fitContext())
    t.equal(errorOf(fitted, x, codes), 0, Estimator.name)
    const strange = {
      rowCount: 2,
      columnCount: 3,
      values: Float64Array.of(Number.NaN, 99, 0, 0, Number.NaN, Number.NaN),
    }
    t.ok(fitted.predictProbabilities(strange).every((p) => p >= 0 && p <= 1))
  }
})

t.test('a text of its own in each row is not learnt by heart', async (t) => {
  const n = 40
  const x: Matrix = {
    rowCount: n,
    columns: [Float64Array.from({ length: n }, (_, i) => i), Float64Array.from({ length: n }, (_, i) => i)],
    categoryCounts: [n, 0],
  }
  const y = Float64Array.from({ length: n }, (_, i) => i)
  const codes = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 10))
  const wanted = [2, 20, 37]
  const fresh = { rowCount: 3, columnCount: 2, values: Float64Array.from(wanted.flatMap((i) => [Number.NaN, i])) }
  for (const Estimator of REGRESSORS) {
    for (const criterion of ['squared_error', 'absolute_error']) {
      const given = Estimator === DecisionTreeRegressor ? {} : { n_estimators: 60 }
      const found = (await new Estimator({ ...given, criterion }).fit(x, y, fitContext())).predict(fresh)
      t.ok(
        found.every((value, i) => Math.abs(value - wanted[i]!) < 1.5),
        `${Estimator.name} ${criterion}: ${found}`,
      )
    }
  }
  for (const Estimator of CLASSIFIERS) {
    for (const criterion of ['gini', 'entropy']) {
      for (const classCount of [2, 4]) {
        const of = {
          codes: codes.map((code) => code % classCount),
          classNames: ['a', 'b', 'c', 'd'].slice(0, classCount),
        }
        const given = Estimator === DecisionTreeClassifier ? {} : { n_estimators: 60 }
        const fitted = await new Estimator({ ...given, criterion }).fit(x, of, fitContext())
        const p = fitted.predictProbabilities(fresh)
        const found = wanted.map((_, i) => {
          const row = p.subarray(i * classCount, (i + 1) * classCount)
          return row.indexOf(Math.max(...row))
        })
        t.same(
          found,
          wanted.map((i) => of.codes[i]!),
          `${Estimator.name} ${criterion}, ${classCount} classes`,
        )
      }
    }
  }
})

t.test('levels that tell nothing do little harm, and levels that tell most are kept', async (t) => {
  const random = new Random(21)
  const n = 1200
  const number = Float64Array.from({ length: n }, () => random.normal())
  for (const levelCount of [20, 150, 900]) {
    const level = Float64Array.from({ length: n }, () => random.integer(levelCount))
    const effects = Float64Array.from({ length: levelCount }, () => random.normal())
    const noise = Float64Array.from({ length: n }, () => 0.3 * random.normal())
    const scoreOf = async (y: Float64Array, columns: Float64Array[], counts: number[]): Promise<number> => {
      const part = (start: number, end: number): Matrix => ({
        rowCount: end - start,
        columns: columns.map((column) => column.slice(start, end)),
        categoryCounts: counts,
      })
      const forest = new RandomForestRegressor({ n_estimators: 30 })
      const fitted = await forest.fit(part(0, 900), y.slice(0, 900), fitContext())
      const found = fitted.predict(toRowBlock(part(900, n)))
      const [truth, mean] = [y.slice(900), y.slice(900).reduce((sum, v) => sum + v / 300, 0)]
      const residual = truth.reduce((sum, v, i) => sum + (v - found[i]!) ** 2, 0)
      return 1 - residual / truth.reduce((sum, v) => sum + (v - mean) ** 2, 0)
    }
    const plain = number.map((v, i) => v + noise[i]!)
    const alone = await scoreOf(plain, [number], [0])
    const withNoise = await scoreOf(plain, [number, level], [0, levelCount])
    t.ok(withNoise > alone - 0.02, `${levelCount} levels of noise: ${withNoise}, without ${alone}`)
    const real = number.map((v, i) => v + noise[i]! + 2 * effects[level[i]!]!)
    const without = await scoreOf(real, [number], [0])
    const withReal = await scoreOf(real, [number, level], [0, levelCount])
    // With 900 levels there is one row a level.
    const least = levelCount === 900 ? 0 : 0.5
    t.ok(withReal > without + least, `${levelCount} levels that tell: ${withReal}, without ${without}`)
  }
})

t.test('of more levels than trees tell apart the rarest are pooled, and it is told', async (t) => {
  // 4,000 levels of two rows, 1,000 of one row; rows of level 0 and of rare levels are high.
  const level = Float64Array.from({ length: 9000 }, (_, i) => (i < 8000 ? i % 4000 : i - 4000))
  const other = level.map((_, i) => i % 7)
  const y = level.map((code) => (code % 2 === 0 ? 0 : 100) + (code >= 4500 ? 1000 : 0))
  const x: Matrix = { rowCount: 9000, columns: [other, level], categoryCounts: [0, 5000] }
  const codes = Int32Array.from(y, (value) => Number(value >= 1000))
  const block = { rowCount: 3, columnCount: 2, values: Float64Array.of(0, 1, 0, 4999, 0, Number.NaN) }
  const warnings: object[] = []
  const context = fitContext({ warn: (warning) => warnings.push(warning) })
  const tree = new DecisionTreeRegressor({ max_leaf_nodes: 3 })
  const fitted = await tree.fit(x, y, context)
  t.match(warnings, [
    { code: 'LEVELS_POOLED', column: 1, message: /^5000 levels .*: the 905 rarest, of 10\.1 % of the/ },
  ])
  const found = fitted.predict(block)
  t.equal(found[0], 100)
  t.ok(found[1]! > 400, `a pooled level: ${found[1]}`)
  t.ok(Number.isFinite(found[2]))
  const restored = tree.restore(structuredClone(fitted.toState()))
  t.same(restored.predict(block), found)
  t.same(await restored.predictOn(new ThreadTeam(1), block, new StopFlag()), found)
  const sketched = restored.firstTree(1).nodes[0]?.split
  const isLeft = [1, 4999].map((code) => sketched?.categories?.has(code))
  t.notSame(isLeft[0], isLeft[1], 'a sketch names the levels of the rows')
  const forest = await new RandomForestClassifier({ n_estimators: 3, oob_score: true }).fit(
    x,
    { codes, classNames: ['low', 'high'] },
    fitContext(),
  )
  t.ok(forest.oobScore! > 0.9, `${forest.oobScore}`)
  t.throws(() => tree.restore({ ...fitted.toState(), pools: [{ column: 7, codes: Uint16Array.of(1) }] }), StateError)
})

t.test('restored models predict the same', async (t) => {
  const random = new Random(4)
  const x = randomMatrix(random, 150, 6)
  const codes = Int32Array.from({ length: 150 }, () => random.integer(4))
  const numbers = Float64Array.from({ length: 150 }, () => random.normal())
  const block = toRowBlock(x)
  for (const Estimator of CLASSIFIERS) {
    const estimator = new Estimator({ ...few(Estimator.name), max_depth: 5, class_weight: 'balanced' })
    const fitted = await estimator.fit(x, { codes, classNames: ['a', 'b', 'c', 'd'] }, fitContext())
    const restored = estimator.restore(structuredClone(fitted.toState()))
    t.same(restored.predictProbabilities(block), fitted.predictProbabilities(block), Estimator.name)
    t.same(restored.featureImportances, fitted.featureImportances)
  }
  for (const Estimator of REGRESSORS) {
    const estimator = new Estimator(few(Estimator.name))
    const fitted = await estimator.fit(x, numbers, fitContext())
    t.same(estimator.restore(structuredClone(fitted.toState())).predict(block), fitted.predict(block), Estimator.name)
  }
})

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

t.test('leaves its input alone, and reports progress to the end', async (t) => {
  const { x, classes } = noisySet('noisy_three')
  const holed = withMissing(x)
  const before = structuredClone(holed)
  const done: number[] = []
  const report = (at: number, of: number): void => {
    t.equal(of, 12)
    done.push(at)
  }
  await new RandomForestClassifier({ n_estimators: 12 }).fit(holed, classes, fitContext({ report }))
  t.same(holed, before)
  t.equal(done[0], 0)
  t.equal(done.at(-1), 12)
  t.ok(done.every((at, i) => i === 0 || at >= done[i - 1]!))
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

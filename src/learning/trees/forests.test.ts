// Trees and forests: the same on any threads, by seeds and by weights, and what they keep to.
import t from 'tap'
import { noisySet, randomMatrix, withMissing } from '../../../test/support/tree-data.ts'
import type { FittedClassifier } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
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

import t from 'tap'
import { noisySet } from '../../test/support/tree-data.ts'
import { IsolationForest } from './anomaly/isolation-forest.ts'
import { fitContext } from './fit-context.ts'
import { countOf, countOrShare, none, parameter, readParameters } from './parameters.ts'
import { DecisionTreeClassifier } from './trees/decision-tree-classifier.ts'
import { ExtraTreesRegressor } from './trees/extra-trees-regressor.ts'
import { RandomForestClassifier } from './trees/random-forest-classifier.ts'
import { RandomForestRegressor } from './trees/random-forest-regressor.ts'
import type { FitWarning } from './warnings.ts'

t.test('counts and shares: 1 is all, as 1.0 is in scikit-learn', async (t) => {
  const parameters = { some: parameter<number | null>(null, none, countOrShare('rows')) }
  for (const some of [1, 0.5, 1e-9, 2, 700]) t.equal(readParameters(parameters, { some }).some, some)
  for (const some of [0, -1, 1.5, 2 ** 60, '1', Number.NaN]) {
    t.throws(() => readParameters(parameters, { some }), {
      message:
        /an integer of at least 2 \(a count of rows\) or a number above 0 and at most 1 \(a share of them; 1 is all\)/,
    })
  }
  t.same(
    [1, 0.5, 0.01, 2, 99].map((given) => countOf(given, 13)),
    [13, 6, 1, 2, 99],
  )
})

const { x, classes, numbers } = noisySet('noisy_two', 60)

async function warningsOf(fit: (context: ReturnType<typeof fitContext>) => Promise<unknown>): Promise<FitWarning[]> {
  const warnings: FitWarning[] = []
  await fit(fitContext({ warn: (warning) => warnings.push(warning) }))
  return warnings
}

t.test('max_features of 1, the default of scikit-learn, is all columns, and is told', async (t) => {
  for (const Estimator of [RandomForestRegressor, ExtraTreesRegressor]) {
    const forest = { n_estimators: 5, random_state: 1 }
    const all = await new Estimator({ ...forest, max_features: null }).fit(x, numbers, fitContext())
    const one = await new Estimator({ ...forest, max_features: 1 }).fit(x, numbers, fitContext())
    t.same(one.toState(), all.toState(), Estimator.name)
  }
  const fits = {
    max_features: (given: object) => (context: ReturnType<typeof fitContext>) =>
      new RandomForestRegressor({ n_estimators: 2, ...given }).fit(x, numbers, context),
    max_samples: (given: object) => (context: ReturnType<typeof fitContext>) =>
      new RandomForestClassifier({ n_estimators: 2, ...given }).fit(x, classes, context),
    min_samples_split: (given: object) => (context: ReturnType<typeof fitContext>) =>
      new DecisionTreeClassifier({ ...given }).fit(x, classes, context),
  }
  for (const [name, fit] of Object.entries(fits)) {
    const [told, ...rest] = await warningsOf(fit({ [name]: 1 }))
    t.equal(told?.code, 'PARAMETER_READ')
    t.match(told?.message, new RegExp(`^${name}: 1 was read as the share 1\\.0, all (rows|columns),`))
    t.same(rest, [])
    for (const value of [2, 0.5]) t.same(await warningsOf(fit({ [name]: value })), [], `${name} ${value}`)
    t.same(await warningsOf(fit({})), [])
  }
})

t.test('a default of 1 is not told: an isolation forest has all columns', async (t) => {
  const fit = (given: object) => (context: ReturnType<typeof fitContext>) =>
    new IsolationForest({ n_estimators: 2, ...given }).fit(x, context)
  t.same(await warningsOf(fit({})), [])
  t.same(await warningsOf(fit({ max_features: 1 })), [])
  t.match(await warningsOf(fit({ max_samples: 1 })), [{ code: 'PARAMETER_READ' }])
})

t.test('a single row is what min_samples_leaf of 1 asks for: scikit-learn refuses 1.0', async (t) => {
  const leaf = (context: ReturnType<typeof fitContext>) =>
    new DecisionTreeClassifier({ min_samples_leaf: 1 }).fit(x, classes, context)
  t.same(await warningsOf(leaf), [])
})

// Base and contributions of every estimator lead to its prediction, by the link that it states.
import t from 'tap'
import { averagePathLength } from '../anomaly/average-path-length.ts'
import type { FittedIsolationForest } from '../anomaly/fitted-isolation-forest.ts'
import type { ClassTarget, Estimator, FittedEstimator, Regressor } from '../estimator.ts'
import { estimators } from '../estimators.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { SparseWriter } from '../sparse.ts'
import { TransformedTargetRegressor } from '../transformed-target.ts'
import type { Explanation } from './explanation.ts'

const ROWS = 70
const WITHOUT_RULE = ['k_nearest_neighbors_classifier', 'k_nearest_neighbors_regressor', 'k_means']
/** They learn from users and items, and their lists are no sums over columns. */
const OF_LISTS = ['als_recommender', 'item_similarity_recommender']
const SMALL: Record<string, object> = {
  gradient_boosting_classifier: { max_iter: 8, min_samples_leaf: 5 },
  gradient_boosting_regressor: { max_iter: 8, min_samples_leaf: 5 },
}
const forest = { n_estimators: 6, random_state: 3 }

function parametersOf(name: string): object {
  return SMALL[name] ?? (name.endsWith('forest') || /forest_|extra_/.test(name) ? forest : {})
}

/** Numbers from 0 on, with two columns of categories, missing values and sparse columns where they are taken. */
function drawn(
  random: Random,
  abilities: { missing: boolean; categories: boolean; sparse?: boolean; areWhole?: boolean },
  round: number,
) {
  const columns = [0, 1, 2, 3, 4].map((j) =>
    Float64Array.from({ length: ROWS }, () => (j < 2 || abilities.areWhole ? random.integer(4) : 3 * random.uniform())),
  )
  if (abilities.missing)
    for (const column of columns) for (let i = 0; i < ROWS; i += 9) column[random.integer(ROWS)] = Number.NaN
  const categoryCounts = columns.map((_, j) => (abilities.categories && j < 2 ? 4 : 0))
  const x: Matrix = { ...numericMatrix(columns), categoryCounts }
  if (abilities.sparse !== true || round % 2 === 0) return x
  const writer = new SparseWriter()
  for (let i = 0; i < ROWS; i++) {
    writer.add(random.integer(3), 1 + random.integer(3))
    writer.endRow()
  }
  return { ...x, sparse: writer.finish(3) }
}

/** What is added up, row-major rows × lines. */
function totalsOf({ bases, contributions, classCodes }: Explanation, columnCount: number): Float64Array {
  return Float64Array.from({ length: contributions.length / columnCount }, (_, k) =>
    contributions
      .subarray(k * columnCount, (k + 1) * columnCount)
      .reduce((sum, value) => sum + value, bases[k % classCodes.length]!),
  )
}

/** The prediction that an explanation leads to: probabilities of the lines' classes, or numbers. */
function predictionOf(explanation: Explanation, totals: Float64Array, fitted: FittedEstimator): Float64Array {
  const { link, classCodes } = explanation
  const lines = classCodes.length
  if (link === 'identity') return totals
  if (link === 'logit') return totals.map((odds) => 1 / (1 + Math.exp(-odds)))
  if (link === 'log') return totals.map(Math.exp)
  if (link === 'log1p') return totals.map(Math.expm1)
  if (link === 'softmax') {
    return totals.map((score, k) => {
      const row = totals.subarray(k - (k % lines), k - (k % lines) + lines)
      return 1 / row.reduce((sum, other) => sum + Math.exp(other - score), 0)
    })
  }
  const { sampleCount, offset } = (fitted as FittedIsolationForest).toState() as { sampleCount: number; offset: number }
  return totals.map((length) => -(2 ** (-length / averagePathLength(sampleCount))) - offset)
}

function saidBy(fitted: FittedEstimator, x: Matrix): Float64Array {
  const block = toRowBlock(x)
  if (fitted.kind === 'classifier') return fitted.predictProbabilities(block)
  if (fitted.kind === 'recommender') throw new TypeError('it gives lists')
  return fitted.kind === 'anomaly_detector' ? fitted.decisionFunction(block) : Float64Array.from(fitted.predict(block))
}

const TRANSFORMS = ['log1p', 'standardize'] as const
const transformed = (regressor: Regressor, by: (typeof TRANSFORMS)[number]) =>
  new TransformedTargetRegressor(regressor, by)

async function fit(
  estimator: Estimator,
  x: Matrix,
  y: ClassTarget,
  numbers: Float64Array,
  weights?: Float64Array,
): Promise<FittedEstimator> {
  if (estimator.kind === 'classifier' || estimator.kind === 'recommender') {
    return estimator.fit(x, y, fitContext(), weights)
  }
  if (estimator.kind === 'regressor') return estimator.fit(x, numbers, fitContext(), weights)
  return estimator.fit(x, fitContext(), weights)
}

for (const [name, Estimator] of Object.entries(estimators)) {
  if (OF_LISTS.includes(name)) continue
  t.test(name, async (t) => {
    if (WITHOUT_RULE.includes(name)) {
      const x = drawn(new Random(1), { missing: false, categories: false }, 0)
      const estimator = new Estimator()
      const y = { codes: Int32Array.from({ length: ROWS }, (_, i) => i % 2), classNames: ['a', 'b'] }
      const fitted = await fit(estimator, x, y, Float64Array.from(y.codes))
      t.equal(fitted.explain, undefined)
      return
    }
    let farthest = 0
    for (let round = 0; round < 12; round++) {
      const random = new Random(round, 11)
      const estimator = new Estimator(parametersOf(name) as never)
      const x = drawn(random, { ...estimator.abilities, areWhole: name === 'categorical_naive_bayes' }, round)
      const weights = round % 3 === 0 ? Float64Array.from({ length: ROWS }, () => 0.5 + random.uniform()) : undefined
      const classCount = 2 + (round % 3)
      const codes = Int32Array.from({ length: ROWS }, (_, i) => (i < classCount ? i : random.integer(classCount)))
      const y = { codes, classNames: ['a', 'b', 'c', 'd'].slice(0, classCount) }
      const numbers = Float64Array.from({ length: ROWS }, (_, i) => (x.columns[2]![i] || 0) + random.uniform())
      const isRegressor = estimator.kind === 'regressor'
      const learners = isRegressor ? [estimator, ...TRANSFORMS.map((by) => transformed(estimator, by))] : [estimator]
      const fits = learners.map((learner) => fit(learner, x, y, numbers, weights))
      for (const fitted of await Promise.all(fits)) {
        const restored =
          fitted.kind === 'regressor' && fitted.learnedAs !== undefined ? fitted : estimator.restore(fitted.toState())
        const explanation = restored.explain!(toRowBlock(x), {})
        const found = predictionOf(explanation, totalsOf(explanation, fitted.columnCount), fitted)
        const said = saidBy(fitted, x)
        if (found.length !== said.length) t.equal(found.length, said.length, `${name}, round ${round}`)
        found.forEach((value, k) => {
          farthest = Math.max(farthest, Math.abs(value - said[k]!) / Math.max(1, Math.abs(said[k]!)))
        })
      }
    }
    t.ok(farthest < 1e-9, `${farthest}`)
  })
}

t.test('boosting of counts explains the logarithm', async (t) => {
  const random = new Random(5)
  const estimator = new estimators['gradient_boosting_regressor']!({ loss: 'poisson', max_iter: 5 }) as Regressor
  const x = drawn(random, estimator.abilities, 0)
  const counts = Float64Array.from({ length: ROWS }, () => random.integer(5))
  const fitted = await estimator.fit(x, counts, fitContext())
  const explanation = fitted.explain!(toRowBlock(x), {})
  t.match(explanation, { explainedAs: 'transformed_value', link: 'log' })
  const found = predictionOf(explanation, totalsOf(explanation, 5), fitted)
  t.ok(found.every((value, i) => Math.abs(value - saidBy(fitted, x)[i]!) < 1e-9))
})

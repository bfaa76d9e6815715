// Transformed targets, beside scikit-learn's TransformedTargetRegressor: test/golden/generate_target_transform.py.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { contractChecks, runCheck } from '../estimator-checks/check-estimator.ts'
import { knownTraits } from '../estimator-checks/known-traits.ts'
import type { Subject } from '../estimator-checks/subject.ts'
import { StateError } from './errors.ts'
import { estimators } from './estimators.ts'
import { fitContext } from './fit-context.ts'
import { Lasso } from './linear/lasso.ts'
import { LinearRegression } from './linear/linear-regression.ts'
import { Ridge } from './linear/ridge.ts'
import { numericMatrix, toRowBlock } from './matrix.ts'
import { type TargetTransform, type TargetTransformChoice, TransformedTargetRegressor } from './transformed-target.ts'

interface Golden {
  readonly scikit_learn: string
  readonly x: readonly (readonly number[])[]
  readonly y: readonly number[]
  readonly weights: readonly number[]
  readonly later: readonly (readonly number[])[]
  readonly cases: readonly {
    readonly transform: string
    readonly regressor: 'LinearRegression' | 'Ridge' | 'Lasso'
    readonly isWeighted: boolean
    readonly coefficients: readonly number[]
    readonly predicted: readonly number[]
  }[]
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../test/golden/target_transform.json', import.meta.url), 'utf8'),
)
const cubeRoot: TargetTransform = { name: 'cube_root', transform: Math.cbrt, inverse: (root) => root ** 3 }
const regressors = {
  LinearRegression: () => new LinearRegression(),
  Ridge: () => new Ridge({ alpha: 2 }),
  Lasso: () => new Lasso({ alpha: 0.05, tol: 1e-12, max_iter: 100_000 }),
}
const matrixOf = (columns: readonly (readonly number[])[]) =>
  numericMatrix(columns.map((column) => Float64Array.from(column)))
const targets = Float64Array.from(golden.y)
const x = matrixOf(golden.x)

for (const { transform, regressor, isWeighted, coefficients, predicted } of golden.cases) {
  const name = `${regressor} of ${transform}${isWeighted ? ', weighted' : ''}, as scikit-learn ${golden.scikit_learn}`
  t.test(name, async (t) => {
    const choice = transform === 'cube_root' ? cubeRoot : (transform as TargetTransformChoice)
    const made = new TransformedTargetRegressor(regressors[regressor](), choice)
    const weights = isWeighted ? Float64Array.from(golden.weights) : undefined
    const fitted = await made.fit(x, targets, fitContext(), weights)
    const later = toRowBlock(matrixOf(golden.later))
    const values = fitted.predict(later)
    for (const [i, expected] of predicted.entries()) {
      t.ok(
        Math.abs(values[i]! - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
        `row ${i}: ${values[i]} ${expected}`,
      )
    }
    for (const [j, expected] of coefficients.entries()) {
      t.ok(Math.abs(fitted.linearTerms!.coefficients[j]! - expected) <= 1e-6, `coefficient ${j}`)
    }
    t.equal(fitted.learnedAs, transform)
    t.same(made.restore(structuredClone(fitted.toState()) as never).predict(later), values)
    t.throws(
      () => new TransformedTargetRegressor(regressors[regressor](), other(transform)).restore(fitted.toState()),
      {
        name: StateError.name,
      },
    )
  })
}

const other = (transform: string): TargetTransformChoice => (transform === 'log1p' ? 'sqrt' : 'log1p')

t.test('steps see what is learned, and no target is learned that does not come back', async (t) => {
  const made = new TransformedTargetRegressor(new Ridge(), 'log1p')
  t.same(made.learnedTargets(Float64Array.of(0, Math.E - 1)), Float64Array.of(0, 1))
  t.same(made.targetRange, { above: -1 })
  t.same(new TransformedTargetRegressor(new Ridge(), 'sqrt').targetRange, { min: 0 })
  const fit = (transform: TargetTransformChoice, y: readonly number[]) =>
    new TransformedTargetRegressor(new Ridge(), transform).fit(
      matrixOf([[1, 2, 3]]),
      Float64Array.from(y),
      fitContext(),
    )
  const square = { name: 'square', transform: (value: number) => value ** 2, inverse: Math.sqrt }
  await t.rejects(fit(square, [1, 2, -3]), { name: 'DataError', message: /inverse of square does not give/ })
  await t.rejects(fit({ ...square, transform: Math.log }, [0, 1, 2]), { message: /square of a label is no finite/ })
  await t.rejects(fit('standardize', [-1e308, 0, 1e308]), { message: /too far apart/ })
  t.same((await fit('standardize', [7, 7, 7])).predict(toRowBlock(matrixOf([[9]]))), Float64Array.of(7))
  const poisson = new estimators['gradient_boosting_regressor']!({ loss: 'poisson' })
  if (poisson.kind !== 'regressor') throw new TypeError('it is no regressor')
  const logOfCounts = new TransformedTargetRegressor(poisson, 'log1p')
  const negative = logOfCounts.fit(matrixOf([[1, 2, 3]]), Float64Array.of(-0.5, 1, 2), fitContext())
  await t.rejects(negative, { name: 'DataError', message: /log1p of a label is not what this method learns/ })
})

t.test('what is no transform is refused in words', async (t) => {
  for (const choice of ['log', null, { name: 'half', transform: Math.sqrt }]) {
    t.throws(() => new TransformedTargetRegressor(new Ridge(), choice as never), {
      name: 'TypeError',
      message: /expected 'log1p', 'sqrt', 'standardize', or an object/,
    })
  }
})

for (const [name, transform] of [
  ['ridge_regression', 'standardize'],
  ['decision_tree_regressor', 'log1p'],
  ['random_forest_regressor', 'sqrt'],
] as const) {
  t.test(`${name} of ${transform} keeps the contract`, async (t) => {
    const Estimator = estimators[name]!
    const make = (given: { readonly [name: string]: unknown } = {}) => {
      const made = new Estimator(given)
      if (made.kind !== 'regressor') throw new TypeError(`${name} is no regressor`)
      return new TransformedTargetRegressor(made, transform)
    }
    const subject: Subject = { name, make, parameters: Estimator.parameters, ...knownTraits[name] }
    for (const check of contractChecks) {
      t.equal((await runCheck(check, subject)).error?.message, undefined, check.name)
    }
  })
}

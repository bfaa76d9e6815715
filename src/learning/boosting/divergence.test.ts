import t from 'tap'
import { ParameterError } from '../errors.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import type { FitWarning } from '../warnings.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from './gradient-boosting-regressor.ts'

const x = numericMatrix([Float64Array.from({ length: 10 }, (_, i) => i)])
const squares = Float64Array.from({ length: 10 }, (_, i) => i * i)

for (const threadCount of [1, 2]) {
  t.test(`boosting whose loss leaves the numbers is refused in words, on ${threadCount} threads`, async (t) => {
    const team = new ThreadTeam(threadCount)
    t.teardown(() => team.close())
    const given = { learning_rate: 10, max_iter: 400, min_samples_leaf: 1 }
    await t.rejects(
      new GradientBoostingRegressor(given).fit(x, squares, fitContext({ team })),
      new ParameterError([
        {
          parameter: 'learning_rate',
          message:
            'the boosting diverges: the loss of the training rows grew from 361 beyond all numbers in 42 iterations; lower learning_rate, which is 10',
        },
      ]),
    )
  })
}

t.test('a loss that rose but stays a number is told', async (t) => {
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  const given = { learning_rate: 3, max_iter: 20, min_samples_leaf: 1 }
  const fitted = await new GradientBoostingRegressor(given).fit(x, squares, context)
  t.ok(fitted.predict(toRowBlock(x)).every(Number.isFinite))
  t.match(warned, [{ code: 'NOT_CONVERGED', message: /^the boosting diverges: .*; lower learning_rate, which is 3$/ }])
})

t.test('what cannot be learned is not told as divergence', async (t) => {
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  await new GradientBoostingRegressor({ max_iter: 20 }).fit(x, new Float64Array(10).fill(0.1), context)
  await new GradientBoostingRegressor({ max_iter: 20, loss: 'absolute_error' }).fit(x, squares, context)
  const codes = Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1)
  await new GradientBoostingClassifier({ max_iter: 20 }).fit(x, { codes, classNames: ['a', 'b'] }, context)
  t.same(warned, [])
})

// What ml-naivebayes does wrongly when it is asked to predict, done right.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { DataError, ParameterError } from '../../src/learning/errors.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { numericMatrix } from '../../src/learning/matrix.ts'
import { GaussianClassifier } from '../../src/ml-packages/gaussian-classifier.ts'
import MlNaiveBayesClassifier from '../../statistical/ml_naive_bayes_classifier.ts'
import { fitModel, readData } from './support.ts'

interface Golden {
  readonly scikit_learn: string
  readonly cases: readonly {
    readonly data: string
    readonly parameters: { readonly [name: string]: unknown }
    readonly every: number
    readonly probabilities: readonly number[]
  }[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/ml_packages.json', import.meta.url), 'utf8')) as Golden

for (const { data, parameters, every, probabilities } of golden.cases) {
  t.test(`agrees with scikit-learn on ${data} ${JSON.stringify(parameters)}`, async (t) => {
    const { features, labels } = readData(data)
    const pipeline = await fitModel(new MlNaiveBayesClassifier(), features, labels, parameters)
    const values = (await pipeline.predict(features)).probabilities[0]?.values as Float64Array
    let worst = 0
    probabilities.forEach((expected, k) => {
      const row = Math.floor(k / 3) * every
      worst = Math.max(worst, Math.abs((values[row * 3 + (k % 3)] as number) - expected))
    })
    t.ok(worst < 1e-9, `${worst}`)
  })
}

function fit(columns: readonly (readonly number[])[], codes: readonly number[], given = {}, classNames = ['a', 'b']) {
  const matrix = numericMatrix(columns.map((column) => Float64Array.from(column)))
  return new GaussianClassifier(given).fit(matrix, { codes: Int32Array.from(codes), classNames }, fitContext())
}
const ask = (model: Awaited<ReturnType<typeof fit>>, ...row: number[]) => [
  ...model.predictProbabilities({ rowCount: 1, columnCount: row.length, values: Float64Array.from(row) }),
]

t.test('reads every column, not the first two', async (t) => {
  const noise = [1, 2, 1, 2, 1, 2]
  const model = await fit([noise, noise, [0, 0.1, 0.2, 5, 5.1, 5.2]], [0, 0, 0, 1, 1, 1])
  t.ok((ask(model, 1, 1, 0.1)[0] as number) > 0.99)
  t.ok((ask(model, 1, 1, 5.1)[1] as number) > 0.99)
})

t.test('knows a class for rows however far out', async (t) => {
  const model = await fit(
    [
      [0, 1, 10, 11],
      [0, 1, 10, 11],
    ],
    [0, 0, 1, 1],
  )
  for (const far of [1e3, 1e6, 1e12]) {
    t.same(ask(model, far, far), [0, 1], `${far}`)
    t.same(ask(model, -far, -far), [1, 0], `−${far}`)
  }
  // So far out that the means cannot be told apart, the answer is still one of probabilities.
  for (const far of [1e150, 1e300, Number.MAX_VALUE])
    t.equal(
      ask(model, far, -far).reduce((sum, p) => sum + p, 0),
      1,
    )
})

t.test('bears constant columns, a class of one row and a class without rows', async (t) => {
  const model = await fit(
    [
      [3, 3, 3, 3],
      [0, 1, 2, 9],
    ],
    [0, 0, 0, 2],
    {},
    ['a', 'b', 'c'],
  )
  t.ok((ask(model, 3, 1)[0] as number) > 0.99)
  t.ok((ask(model, 3, 9)[2] as number) > 0.99)
  t.equal(ask(model, 3, 9)[1], 0)
  const constant = await fit([[3, 3, 3, 3]], [0, 0, 0, 1])
  t.ok(Math.abs((ask(constant, 3)[0] as number) - 0.75) < 1e-12)
  t.ok(ask(constant, 4).every((p) => p >= 0 && p <= 1))
})

t.test('refuses priors that do not fit, and values whose variance is no number', async (t) => {
  t.throws(() => new GaussianClassifier({ priors: [0.5, 0.6] }), ParameterError)
  await t.rejects(fit([[1, 2, 3]], [0, 1, 1], { priors: [0.2, 0.3, 0.5] }), ParameterError)
  await t.rejects(fit([[-1e300, 1e300, 0]], [0, 1, 1]), DataError)
  const even = await fit([[1, 2, 1, 2]], [0, 0, 1, 1], { priors: [0.1, 0.9] })
  t.ok(Math.abs((ask(even, 1.5)[1] as number) - 0.9) < 1e-12)
})

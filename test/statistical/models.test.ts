// Every shipped model class on the packages, on real data and on awkward input.
import t from 'tap'
import { DataError, ParameterError } from '../../src/learning/errors.ts'
import { decodeArtifact, encodeArtifact } from '../../src/model/artifact.ts'
import type { Model } from '../../src/model/model.ts'
import { sliceRows } from '../../src/model/table.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import IrisSpecies from '../../statistical/iris_species.ts'
import MlCartClassifier from '../../statistical/ml_cart_classifier.ts'
import MlKnnClassifier from '../../statistical/ml_knn_classifier.ts'
import MlNaiveBayesClassifier from '../../statistical/ml_naive_bayes_classifier.ts'
import MlRandomForestClassifier from '../../statistical/ml_random_forest_classifier.ts'
import { fitModel, predictLabels, readData, splitThirds, tableOf } from './support.ts'

interface Shipped {
  readonly model: Model
  readonly quick: { readonly [name: string]: unknown }
  readonly wayOut: string
  readonly rowsMax: number
  readonly accuracyMin: { readonly [data: string]: number }
}

const shipped: readonly Shipped[] = [
  {
    model: new MlCartClassifier(),
    quick: {},
    wayOut: 'decision_tree_classifier',
    rowsMax: 2000,
    accuracyMin: { iris: 0.9, wine: 0.85, breast_cancer: 0.88 },
  },
  {
    model: new MlRandomForestClassifier(),
    quick: { n_estimators: 8 },
    wayOut: 'random_forest_classifier',
    rowsMax: 600,
    accuracyMin: { iris: 0.92, wine: 0.93, breast_cancer: 0.92 },
  },
  {
    model: new MlNaiveBayesClassifier(),
    quick: {},
    wayOut: 'gaussian_naive_bayes',
    rowsMax: 500_000,
    accuracyMin: { iris: 0.92, wine: 0.93, breast_cancer: 0.9 },
  },
  {
    model: new MlKnnClassifier(),
    quick: { n_neighbors: 3 },
    wayOut: 'k_nearest_neighbors_classifier',
    rowsMax: 3000,
    accuracyMin: { iris: 0.92, wine: 0.6, breast_cancer: 0.9 },
  },
]

t.test('the scanner finds every shipped model', async (t) => {
  const { models, skipped } = await discoverModels(new URL('../../statistical', import.meta.url).pathname)
  const names = models.map(({ model }) => model.name)
  for (const name of ['iris_species', ...shipped.map(({ model }) => model.name)]) t.ok(names.includes(name), name)
  t.same(skipped, [])
})

t.test('the example learns the species from its declared columns', async (t) => {
  const model = new IrisSpecies()
  const { features, labels } = readData('iris')
  t.same(
    features.columns.map((column) => column.name),
    model.feature_names,
  )
  const pipeline = await fitModel(model, features, labels)
  const metrics = await model.extract_metrics(pipeline, features, labels)
  t.ok((metrics['accuracy'] as number) > 0.95)
})

for (const { model, quick, wayOut, rowsMax, accuracyMin } of shipped) {
  t.test(`${model.name} learns real data, and does the same when read back`, async (t) => {
    for (const [data, least] of Object.entries(accuracyMin)) {
      const { features, labels } = readData(data)
      const [x, y] = [splitThirds(features), splitThirds(labels)]
      t.equal(model.validate_features(features), true)
      const pipeline = await fitModel(model, x.fitted, y.fitted, quick)
      const metrics = await model.extract_metrics(pipeline, x.held, y.held)
      t.ok((metrics['accuracy'] as number) >= least, `${data}: ${metrics['accuracy']}`)
      const bytes = encodeArtifact(model, { ...model.get_default_parameters(), ...quick }, pipeline)
      const restored = decodeArtifact(bytes, model)
      t.same(await restored.predict(x.held), await pipeline.predict(x.held))
    }
  })

  t.test(`${model.name} takes labels of any JSON type`, async (t) => {
    const features = tableOf(Array.from({ length: 24 }, (_, i) => ({ a: i % 12, b: (i * 5) % 12 })))
    const pairs: [unknown, unknown][] = [
      ['no', 'yes'],
      [false, true],
      [-1, 1],
      [0.25, 0.5],
      [7, 2_000_000_000],
      ['__proto__', 'constructor'],
    ]
    for (const pair of pairs) {
      const y = Array.from({ length: 24 }, (_, i) => pair[i % 12 < 6 ? 0 : 1])
      const labels = tableOf(
        y.map((label) => ({ y: label })),
        'labels',
      )
      const pipeline = await fitModel(model, features, labels, quick)
      t.same(await predictLabels(pipeline, features), y, JSON.stringify(pair))
    }
  })

  t.test(`${model.name} takes strings, booleans, nulls and categories that it never saw`, async (t) => {
    const rows = Array.from({ length: 30 }, (_, i) => ({
      colour: i % 2 === 0 ? 'red' : i % 7 === 0 ? null : 'blue',
      flag: i % 3 === 0,
      size: i % 5 === 0 ? null : i % 4,
      empty: null,
    }))
    const labels = tableOf(
      rows.map((_, i) => ({ y: i % 2 === 0 ? 'even' : 'odd' })),
      'labels',
    )
    const pipeline = await fitModel(model, tableOf(rows), labels, quick)
    const metrics = await model.extract_metrics(pipeline, tableOf(rows), labels)
    t.ok((metrics['accuracy'] as number) >= 0.8, `${metrics['accuracy']}`)
    const odd = { colour: 'green', flag: null, size: 1e300, empty: 5 }
    const { labels: predicted, unseen, probabilities } = await pipeline.predict(tableOf([odd]))
    t.equal(predicted.rowCount, 1)
    t.equal(unseen[0]?.column, 'colour')
    t.ok(probabilities[0]?.values.every(Number.isFinite))
  })

  t.test(`${model.name} learns several label columns`, async (t) => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ a: i % 12, b: (i * 5) % 12 }))
    const labels = tableOf(
      rows.map(({ a, b }) => ({ low: a < 6, part: b < 6 ? 'left' : 'right' })),
      'labels',
    )
    const { labels: predicted } = await (await fitModel(model, tableOf(rows), labels, quick)).predict(tableOf(rows))
    t.same(
      predicted.columns.map((column) => column.name),
      ['low', 'part'],
    )
  })

  t.test(`${model.name} answers each row alike, in any batch`, async (t) => {
    const { features, labels } = readData('wine')
    const pipeline = await fitModel(model, features, labels, quick)
    const whole = (await pipeline.predict(features)).probabilities[0]?.values as Float64Array
    for (const size of [1, 2, 12, 13, 14, 15]) {
      const part = (await pipeline.predict(sliceRows(features, 60, 60 + size))).probabilities[0]?.values
      t.same([...(part ?? [])], [...whole.slice(60 * 3, (60 + size) * 3)], `${size} rows`)
    }
    t.equal((await pipeline.predict(sliceRows(features, 0, 0))).labels.rowCount, 0)
  })

  t.test(`${model.name} bears one row, one class and constant columns`, async (t) => {
    const one = { ...quick, ...('n_neighbors' in quick ? { n_neighbors: 1 } : {}) }
    for (const rows of [
      [{ a: 1 }],
      [{ a: 1 }, { a: 2 }],
      [
        { a: 3, b: 0.1 },
        { a: 3, b: 0.1 },
      ],
    ]) {
      const labels = tableOf(
        rows.map(() => ({ y: 'only' })),
        'labels',
      )
      const pipeline = await fitModel(model, tableOf(rows), labels, one)
      t.same(
        await predictLabels(pipeline, tableOf(rows)),
        rows.map(() => 'only'),
      )
    }
    const equal = tableOf(Array.from({ length: 6 }, () => ({ a: 3 })))
    const labels = tableOf(
      [1, 1, 1, 1, 2, 2].map((y) => ({ y })),
      'labels',
    )
    const pipeline = await fitModel(model, equal, labels, { ...one, ...('n_neighbors' in quick && { n_neighbors: 6 }) })
    t.same(await predictLabels(pipeline, sliceRows(equal, 0, 1)), [1])
  })

  t.test(`${model.name} states its limit, and the model that takes more`, async (t) => {
    const column = { kind: 'numeric', name: 'a', values: new Float64Array(rowsMax + 1) } as const
    const refused = { rowCount: rowsMax + 1, columns: [column] }
    t.throws(() => model.validate_features(refused), DataError)
    t.throws(() => model.validate_features(refused), {
      message: new RegExp(`${rowsMax + 1} rows × 1 columns.*${rowsMax} rows.*"${wayOut}"`),
    })
    const wide = { rowCount: rowsMax, columns: Array.from({ length: 200 }, () => column) }
    t.throws(() => model.validate_features(wide), /200 columns/)
    t.equal(model.validate_features({ rowCount: rowsMax, columns: [column] }), true)
    t.equal(model.validate_features({ rowCount: 0, columns: [] }), false)
  })

  t.test(`${model.name} names every wrong parameter at once`, async (t) => {
    const wrong = { no_such: 1, ...Object.fromEntries(Object.keys(model.get_default_parameters()).map((k) => [k, {}])) }
    try {
      model.create_pipeline(wrong)
      t.fail('accepted')
    } catch (error) {
      t.type(error, ParameterError)
      t.same((error as ParameterError).faults.map((fault) => fault.parameter).toSorted(), Object.keys(wrong).toSorted())
    }
  })
}

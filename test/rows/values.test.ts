// Values on their way from JSON through a training and back: types, what is missing, names (design 2.4).
import t from 'tap'
import { readArtifactHeader } from '../../src/model/artifact.ts'
import { good, startTrainingService } from '../support/trained.ts'

const { features } = good
const { database, trainToEnd, predict } = await startTrainingService(t, ['majority', 'mean', 'one_cluster', 'forest'])

t.test('predicts any number of label columns, each of its own', async (t) => {
  const { run } = await trainToEnd('majority', {
    features,
    labels: [
      { colour: 'red', size: 1 },
      { colour: 'red', size: 2 },
      { colour: 'blue', size: 2 },
    ],
  })
  const { body } = await predict(run, { features: [{ a: 1 }] }, '&probabilities=true')
  t.same(body.predictions, [{ colour: 'red', size: 2 }])
  t.same(body.probabilities, [{ colour: { red: 2 / 3, blue: 1 / 3 }, size: { 1: 1 / 3, 2: 2 / 3 } }])
  t.same(body.classes, { colour: ['blue', 'red'], size: [1, 2] })
  const metrics = await database.metrics(run)
  t.equal(Number(metrics['colour.accuracy']), 2 / 3)
  t.equal(Number(metrics['size.accuracy']), 2 / 3)
  t.equal(metrics['size.support.1'], '1')
})

t.test('numbers, strings and booleans come back as the JSON type that they were trained with', async (t) => {
  // The common and the rare class of each label column.
  const classes = [
    [3, 4],
    ['3', 'three'],
    [true, false],
    [0.5, -1e300],
    ['', ' '],
    [7, 'seven'],
    [false, 0],
    [1, true],
  ] as const
  const row = (which: 0 | 1) => Object.fromEntries(classes.map((pair, i) => [`y${i}`, pair[which]]))
  const { run, status } = await trainToEnd('majority', { features, labels: [row(0), row(1), row(0)] })
  t.equal(status, 'SUCCESS')
  t.strictSame((await predict(run, { features: [{ a: 1 }] })).body.predictions, [row(0)])
  const mean = await trainToEnd('mean', { features, labels: [{ y: 1 }, { y: 2 }, { y: 6 }] })
  t.strictSame((await predict(mean.run, { features: [{ a: 1 }] })).body.predictions, [{ y: 3 }])
})

t.test('a model without labels answers what it found', async (t) => {
  const { run } = await trainToEnd('one_cluster', { features })
  t.strictSame((await predict(run, { features: [{ a: 1 }, { a: 2 }] })).body.predictions, [
    { cluster: 0 },
    { cluster: 0 },
  ])
  t.match(await database.metrics(run), { cluster_count: '1', 'cluster_size.0': '3', training_rows: '3' })
})

t.test('null and an absent key are missing values, in training and in prediction', async (t) => {
  const { run, status } = await trainToEnd('forest', {
    features: [{ a: 1, c: 'x' }, { a: null, c: 'y' }, { c: null, a: 3 }, { a: 4 }, { c: 'x' }, {}],
    labels: ['p', 'q', 'p', 'q', 'p', 'q'].map((y) => ({ y })),
    parameters: { n_estimators: 3 },
  })
  t.equal(status, 'SUCCESS')
  const { status: predicted, body } = await predict(run, { features: [{ a: null, c: null }, { a: 1 }, { c: 'x' }, {}] })
  t.equal(predicted, 200)
  t.equal(body.predictions.length, 4)
  t.notOk('warnings' in body)
  const [withNull, , , withoutKeys] = body.predictions
  t.same(withNull, withoutKeys)
})

t.test('columns and classes may have any name', async (t) => {
  const names = ['__proto__', 'constructor', 'toString', 'a.b', 'a b', '', '0', 'hasOwnProperty', 'ä"\\\n', '\u0000']
  const row = (value: number) => Object.fromEntries(names.map((name) => [name, value]))
  const label = (value: string) => Object.fromEntries(['__proto__', 'constructor'].map((name) => [name, value]))
  const { run, status } = await trainToEnd('majority', {
    features: [row(1), row(2), row(3)],
    labels: [label('__proto__'), label('__proto__'), label('constructor')],
  })
  t.equal(status, 'SUCCESS', JSON.stringify(await database.metrics(run)))
  const { run_result } = await database.run(run)
  t.same(new Set(readArtifactHeader(run_result as Buffer).feature_names), new Set(names))
  const { status: predicted, body } = await predict(run, { features: [row(1)] }, '&probabilities=true')
  t.equal(predicted, 200, JSON.stringify(body))
  t.same(Object.entries(body.predictions[0]).sort(), [
    ['__proto__', '__proto__'],
    ['constructor', '__proto__'],
  ])
  t.same(Object.entries(body.probabilities[0]['constructor']).sort(), [
    ['__proto__', 2 / 3],
    ['constructor', 1 / 3],
  ])
  t.same(body.classes['constructor'], ['__proto__', 'constructor'])
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 400)
})

t.test('a category that training never saw counts as missing, and is reported', async (t) => {
  const { run } = await trainToEnd('forest', {
    features: ['red', 'blue', 'red', 'blue'].map((colour) => ({ colour })),
    labels: ['p', 'q', 'p', 'q'].map((y) => ({ y })),
    parameters: { n_estimators: 3 },
  })
  const { body } = await predict(run, {
    features: [{ colour: 'green' }, { colour: 'red' }, { colour: 'pink' }, { colour: 'green' }, { colour: null }],
  })
  t.same(body.warnings, [{ code: 'UNSEEN_CATEGORY', column: 'colour', rows: 3, values: ['green', 'pink'] }])
  t.same(body.predictions[0], body.predictions[4], 'unseen is predicted as missing is')
})

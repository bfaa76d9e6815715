import t from 'tap'
import { MajorityClassifier } from '../../test/models/estimators/majority-classifier.ts'
import { MeanRegressor } from '../../test/models/estimators/mean-regressor.ts'
import { OneClusterEstimator } from '../../test/models/estimators/one-cluster.ts'
import { buildTable } from '../../test/support/build-table.ts'
import { fitContext } from '../learning/fit-context.ts'
import { LinearRegression } from '../learning/linear/linear-regression.ts'
import { KNeighborsRegressor } from '../learning/neighbors/k-neighbors-regressor.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { FaultList } from './faults.ts'
import { Pipeline } from './pipeline.ts'
import { impute } from './steps/impute.ts'
import { oneHot } from './steps/one-hot.ts'
import { standardize } from './steps/standardize.ts'
import { type Column, type Table, takeRows, toRows } from './table.ts'

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const none = { rowCount: 0, columns: [] }
const features = tableOf([
  { a: 1, c: 'x' },
  { a: 2, c: 'y' },
  { a: 3, c: 'x' },
])
const labels = tableOf([{ y: 2 }, { y: 4 }, { y: 6 }])

t.test('fits once for each label column, and predicts rows in their shape', async (t) => {
  const both = tableOf([
    { y: 'p', z: 1 },
    { y: 'p', z: 2 },
    { y: 'q', z: 2 },
  ])
  const fitted = await new Pipeline([], new MajorityClassifier()).fit(features, both, fitContext())
  const { labels: predicted, probabilities } = await fitted.predict(tableOf([{ c: 'x', a: 0 }]))
  t.strictSame(toRows(predicted), [{ y: 'p', z: 2 }])
  t.same(
    probabilities.map(({ name, levels }) => [name, levels]),
    [
      ['y', ['p', 'q']],
      ['z', [1, 2]],
    ],
  )
})

t.test('encodes before it fits and before it predicts', async (t) => {
  const pipeline = new Pipeline([impute(), oneHot()], new LinearRegression())
  const fitted = await pipeline.fit(features, labels, fitContext())
  const { labels: predicted } = await fitted.predict(tableOf([{ a: 4, c: 'y' }, { c: 'x' }]))
  t.match(toRows(predicted)[1], { y: Number })
  const restored = pipeline.restore(fitted.toState())
  t.same(await restored.predict(features), await fitted.predict(features))
})

t.test('predicts many rows as it predicts few', async (t) => {
  const fitted = await new Pipeline([oneHot()], new LinearRegression()).fit(features, labels, fitContext())
  const rows = Array.from({ length: 5000 }, (_, i) => ({ a: i, c: i % 3 === 0 ? 'x' : 'y' }))
  const all = toRows((await fitted.predict(tableOf(rows))).labels)
  for (const i of [0, 2047, 2048, 4999]) {
    t.strictSame(toRows((await fitted.predict(tableOf([rows[i]]))).labels), [all[i]])
  }
})

t.test('classes that none of the rows has are not learned', async (t) => {
  const some = takeRows(tableOf([{ y: 'p' }, { y: 'never' }, { y: 'q' }]), Int32Array.of(0, 2, 0))
  const fitted = await new Pipeline([], new MajorityClassifier()).fit(features, some, fitContext())
  t.same(fitted.outputs[0]?.levels, ['p', 'q'])
})

t.test('names the column or the step that is in the way', async (t) => {
  const linear = new LinearRegression()
  await t.rejects(new Pipeline([], linear).fit(features, labels, fitContext()), {
    name: 'DataError',
    message: /column "c" is categorical.*oneHot/,
  })
  const holes = tableOf([{ a: 1 }, { a: null }, { a: 2 }])
  await t.rejects(new Pipeline([], linear).fit(holes, labels, fitContext()), {
    name: 'DataError',
    message: /values are missing.*impute/,
  })
})

t.test('refuses labels that it cannot learn', async (t) => {
  const classifier = new Pipeline([], new MajorityClassifier())
  const regressor = new Pipeline([], new MeanRegressor())
  const clusterer = new Pipeline([], new OneClusterEstimator())
  const context = fitContext()
  await t.rejects(classifier.fit(tableOf([]), tableOf([]), context), { name: 'DataError', message: /no rows/ })
  await t.rejects(classifier.fit(features, none, context), { name: 'DataError', message: /no label column/ })
  await t.rejects(classifier.fit(features, tableOf([{ y: 1 }]), context), { name: 'DataError', message: /3 rows/ })
  await t.rejects(classifier.fit(features, tableOf([{ y: 1 }, {}, { y: 2 }]), context), {
    name: 'RowsError',
    faults: { listed: [{ in: 'labels', row: 1, column: 'y' }] },
  })
  await t.rejects(regressor.fit(features, tableOf([{ y: 1 }, { y: 'x' }, { y: true }]), context), {
    name: 'RowsError',
    faults: { count: 2 },
  })
  await t.rejects(clusterer.fit(features, labels, context), { name: 'DataError', message: /without labels/ })
  await t.resolves(clusterer.fit(features, none, context))
})

t.test('a prediction that is told to stop ends in FitStopped', async (t) => {
  const fitted = await new Pipeline([], new MeanRegressor()).fit(features, labels, fitContext())
  const stop = new StopFlag()
  stop.set()
  await t.rejects(fitted.predict(features, { stop }), { name: 'FitStopped' })
})

t.test('progress grows over all label columns together', async (t) => {
  const seen: [number, number][] = []
  const report = (done: number, of: number): void => void seen.push([done, of])
  const two = tableOf([
    { y: 1, z: 1 },
    { y: 2, z: 2 },
    { y: 1, z: 1 },
  ])
  await new Pipeline([], new MajorityClassifier()).fit(features, two, fitContext({ report }))
  t.same(seen, [
    [1, 2],
    [2, 2],
  ])
})

t.test('tells of each encoding step before it, and when all are done', async (t) => {
  const seen: [number, number, string][] = []
  const onEncoding = (done: number, of: number, step: string): void => void seen.push([done, of, step])
  const steps = [impute(), standardize()]
  const numbers = tableOf([{ a: 1 }, { a: 2 }, { a: 3 }])
  await new Pipeline(steps, new MeanRegressor()).fit(numbers, labels, { ...fitContext(), onEncoding })
  t.same(seen, [
    [0, 2, 'impute'],
    [1, 2, 'standardize'],
    [2, 2, 'encoded'],
  ])
})

t.test(
  'tells of the rows that are predicted, part by part, and predicts the same on any number of threads',
  async (t) => {
    const rowCount = 40_000
    const many: Table = {
      rowCount,
      columns: [{ kind: 'numeric', name: 'a', values: Float64Array.from({ length: rowCount }, (_, i) => i % 977) }],
    }
    const target: Table = { rowCount, columns: [{ ...many.columns[0], name: 'y' } as Column] }
    const fitted = await new Pipeline([], new KNeighborsRegressor({ n_neighbors: 1 })).fit(many, target, fitContext())
    const whole = await fitted.predict(many)
    for (const threadCount of [1, 2]) {
      const team = new ThreadTeam(threadCount)
      const done: number[] = []
      const report = (rows: number, of: number): void => {
        t.equal(of, rowCount)
        done.push(rows)
      }
      t.same((await fitted.predict(many, { team, report })).labels, whole.labels)
      t.ok(done.length > 1, `${done.length} parts on ${threadCount} threads`)
      t.equal(done.at(-1), rowCount)
      t.same(
        done,
        [...new Set(done)].sort((a, b) => a - b),
        'growing',
      )
      await team.close()
    }
  },
)

import t from 'tap'
import { DataError, ParameterError, StateError } from '../errors.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { compactValues } from './compact-values.ts'
import { KNeighborsClassifier } from './k-neighbors-classifier.ts'
import { KNeighborsRegressor } from './k-neighbors-regressor.ts'

const line = numericMatrix([Float64Array.of(0, 1, 2, 3, 10)])
const classes = { codes: Int32Array.of(0, 0, 1, 1, 2), classNames: ['a', 'b', 'c'] }
const at = (...values: number[]) => toRowBlock(numericMatrix([Float64Array.from(values)]))

function uniformColumns(rowCount: number, columnCount: number, seed: number): Float64Array[] {
  const random = new Random(seed)
  return Array.from({ length: columnCount }, () => Float64Array.from({ length: rowCount }, () => random.uniform()))
}

t.test('neighbours vote', async (t) => {
  const fitted = await new KNeighborsClassifier({ n_neighbors: 3 }).fit(line, classes, fitContext())
  t.same([...fitted.predictProbabilities(at(1.1, 100))], [2 / 3, 1 / 3, 0, 0, 2 / 3, 1 / 3])
})

t.test('votes count in inverse proportion to distance, and only those at distance 0 where there are any', async (t) => {
  const estimator = new KNeighborsClassifier({ n_neighbors: 3, weights: 'distance' })
  const fitted = await estimator.fit(line, classes, fitContext())
  const [a, b, c] = fitted.predictProbabilities(at(0.5, 2)) as unknown as [number, number, number]
  t.ok(Math.abs(a - 6 / 7) < 1e-12 && Math.abs(b - 1 / 7) < 1e-12 && c === 0, 'distances 0.5, 0.5, 1.5')
  t.same([...fitted.predictProbabilities(at(2))], [0, 1, 0])
})

t.test('of rows at equal distance the first fitted ones count', async (t) => {
  const x = numericMatrix([Float64Array.of(1, -1, 1, -1, 1)])
  const y = { codes: Int32Array.of(0, 1, 2, 2, 2), classNames: ['a', 'b', 'c'] }
  for (const algorithm of ['brute', 'kd_tree']) {
    const fitted = await new KNeighborsClassifier({ n_neighbors: 2, algorithm, leaf_size: 1 }).fit(x, y, fitContext())
    t.same([...fitted.neighborsOf(at(0)).rows], [0, 1], algorithm)
    t.same([...fitted.predictProbabilities(at(0))], [0.5, 0.5, 0], algorithm)
  }
})

t.test('a weight multiplies a vote, and a row of weight 0 is no row', async (t) => {
  const weight = Float64Array.of(0, 3, 1, 1, 0)
  for (const algorithm of ['brute', 'kd_tree']) {
    const given = { n_neighbors: 2, algorithm }
    const classifier = await new KNeighborsClassifier(given).fit(line, classes, fitContext(), weight)
    t.same([...classifier.predictProbabilities(at(0, 99))], [0.75, 0.25, 0, 0, 1, 0], algorithm)
    const values = Float64Array.of(100, 1, 5, 7, 100)
    const regressor = await new KNeighborsRegressor(given).fit(line, values, fitContext(), weight)
    t.same([...regressor.predict(at(0, 99))], [2, 6], algorithm)
  }
})

t.test('a query with a missing value gets what all rows say together', async (t) => {
  const weight = Float64Array.of(1, 1, 1, 1, 4)
  const fitted = await new KNeighborsClassifier({ n_neighbors: 1 }).fit(line, classes, fitContext(), weight)
  t.same([...fitted.predictProbabilities(at(Number.NaN, 0))], [0.25, 0.25, 0.5, 1, 0, 0])
  const regressor = await new KNeighborsRegressor({ n_neighbors: 1 }).fit(
    line,
    Float64Array.of(1, 2, 3, 4, 5),
    fitContext(),
  )
  t.same([...regressor.predict(at(Number.NaN))], [3])
})

t.test('refuses more neighbours than rows, missing values, and columns that were not fitted', async (t) => {
  const context = fitContext()
  await t.rejects(new KNeighborsClassifier({ n_neighbors: 6 }).fit(line, classes, context), ParameterError)
  const weight = Float64Array.of(0, 1, 1, 1, 1)
  await t.rejects(new KNeighborsClassifier().fit(line, classes, context, weight), ParameterError)
  const missing = numericMatrix([Float64Array.of(0, 1, 2, Number.NaN, 10)])
  await t.rejects(new KNeighborsClassifier().fit(missing, classes, context), DataError)
  const fitted = await new KNeighborsClassifier().fit(line, classes, context)
  t.throws(() => fitted.predictProbabilities({ rowCount: 1, columnCount: 2, values: new Float64Array(2) }), DataError)
})

t.test('answers are the same on any number of threads, with and without a tree', async (t) => {
  const x = numericMatrix(uniformColumns(3000, 6, 1))
  const queries = toRowBlock(numericMatrix(uniformColumns(700, 6, 2)))
  const codes = Int32Array.from({ length: 3000 }, (_, i) => (i * 7) % 5)
  const y = { codes, classNames: ['a', 'b', 'c', 'd', 'e'] }
  for (const algorithm of ['brute', 'kd_tree']) {
    const given = { algorithm, weights: 'distance' }
    const classifier = await new KNeighborsClassifier(given).fit(x, y, fitContext())
    const regressor = await new KNeighborsRegressor(given).fit(x, Float64Array.from(codes), fitContext())
    const probabilities = classifier.predictProbabilities(queries)
    const values = regressor.predict(queries)
    for (const threadCount of [1, 2, 3]) {
      const team = new ThreadTeam(threadCount)
      t.same(await classifier.predictProbabilitiesOn(team, queries, new StopFlag()), probabilities)
      t.same(await regressor.predictOn(team, queries, new StopFlag()), values)
      const stop = new StopFlag()
      stop.set()
      await t.rejects(classifier.predictProbabilitiesOn(team, queries, stop), { name: 'FitStopped' })
      await team.close()
    }
  }
})

t.test('a state holds small integers in a byte each, and single precision in four', async (t) => {
  t.type(compactValues([0, 255]), Uint8Array)
  t.type(compactValues([-1, 300]), Int16Array)
  t.type(compactValues([0.5, 2 ** 100]), Float32Array)
  t.type(compactValues([2 ** 30 + 1]), Int32Array)
  t.type(compactValues([0.1]), Float64Array)
  const columns = uniformColumns(1000, 4, 3).map((column) => column.map((value) => Math.floor(value * 16)))
  const y = Float64Array.from({ length: 1000 }, (_, i) => i / 3)
  const state = (await new KNeighborsRegressor().fit(numericMatrix(columns), y, fitContext())).toState()
  t.type(state['rows'], Uint8Array)
})

t.test('a state whose tree names a row twice is refused', async (t) => {
  const x = numericMatrix(uniformColumns(600, 2, 4))
  const estimator = new KNeighborsRegressor({ algorithm: 'kd_tree' })
  const state = (await estimator.fit(x, new Float64Array(600), fitContext())).toState()
  const leaves = state['leaves'] as { leafSize: number; order: Uint16Array }
  const order = leaves.order.slice()
  order[5] = order[6] as number
  t.throws(() => estimator.restore({ ...state, leaves: { ...leaves, order } }), StateError)
})

t.test('distances of a high order are those of the largest gap, where powers would vanish or overflow', async (t) => {
  const columns = [Float64Array.of(0, 0.5, 0.1, 0.9), Float64Array.of(0, 0.4, 0.05, 0.1)]
  const query = [0.12, 0.06]
  const gaps = [0.12, 0.38, 0.02, 0.78]
  for (const unit of [1, 1e-200, 1e200]) {
    const x = numericMatrix(columns.map((column) => column.map((value) => value * unit)))
    const block = toRowBlock(numericMatrix(query.map((value) => Float64Array.of(value * unit))))
    for (const algorithm of ['brute', 'kd_tree']) {
      for (const given of [{ p: 1000 }, { p: 1e300 }, { metric: 'chebyshev' }]) {
        const estimator = new KNeighborsRegressor({ n_neighbors: 4, algorithm, leaf_size: 1, ...given })
        const fitted = await estimator.fit(x, Float64Array.of(0, 1, 2, 3), fitContext())
        for (const asked of [fitted, new KNeighborsRegressor().restore(fitted.toState())]) {
          const { rows, distances } = asked.neighborsOf(block)
          t.same([...rows], [2, 0, 1, 3], `${unit} ${algorithm} ${JSON.stringify(given)}`)
          t.ok(distances.every((distance, i) => Math.abs(distance / unit - (gaps[rows[i] as number] as number)) < 1e-3))
        }
      }
    }
  }
})

t.test('votes by distances of a low order do not overflow', async (t) => {
  const fitted = await new KNeighborsClassifier({ n_neighbors: 2, p: 1e-3, weights: 'distance' }).fit(
    numericMatrix([Float64Array.of(0, 3), Float64Array.of(1, 1), Float64Array.of(0, 3)]),
    { codes: Int32Array.of(0, 1), classNames: ['a', 'b'] },
    fitContext(),
  )
  const [near, far] = fitted.predictProbabilities(
    toRowBlock(numericMatrix([Float64Array.of(1), Float64Array.of(2), Float64Array.of(1)])),
  ) as unknown as [number, number]
  // Sums of powers are 3 and 2 · 2^0.001 + 1, their ratio is taken to the power of 1000.
  const ratio = (3 / (2 * 2 ** 0.001 + 1)) ** 1000
  t.ok(Math.abs(near - 1 / (1 + ratio)) < 1e-9 && Math.abs(near + far - 1) < 1e-12, `${near}`)
})

t.test('the mean of values near the largest number is a number', async (t) => {
  const y = Float64Array.of(1.7e308, 1.7e308, 1.6e308, -1.7e308, 1e308)
  for (const [n_neighbors, expected] of [
    [3, 1.7e308 / 3 + 1.7e308 / 3 + 1.6e308 / 3],
    [4, 1.7e308 / 4 + 1.7e308 / 4 + 1.6e308 / 4 - 1.7e308 / 4],
  ] as const) {
    const fitted = await new KNeighborsRegressor({ n_neighbors }).fit(line, y, fitContext())
    const [value] = fitted.predict(at(0)) as unknown as [number]
    t.ok(Math.abs(value / expected - 1) < 1e-12, `${value}`)
  }
})

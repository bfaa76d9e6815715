// What boosting promises beyond the trees themselves, and beyond test/learning/learning-contract.test.ts.
import t from 'tap'
import { readDataset } from '../../../test/support/datasets.ts'
import { DataError, FitStopped, ParameterError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import type { FitWarning } from '../warnings.ts'
import { shouldStop } from './early-stopping.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from './gradient-boosting-regressor.ts'

function randomColumns(rowCount: number, columnCount: number, seed: number): Float64Array[] {
  const random = new Random(seed)
  return Array.from({ length: columnCount }, () => Float64Array.from({ length: rowCount }, () => random.normal()))
}

t.test('one, two and three threads make the same bytes', async (t) => {
  // Enough cells for a fit to share its columns out, weights and all, and for nodes whose rows are divided together.
  const rowCount = 44_000
  const columns = randomColumns(rowCount, 14, 1)
  columns[2]?.forEach((_, i, column) => {
    if (i % 5 === 0) column[i] = Number.NaN
  })
  columns[3] = Float64Array.from({ length: rowCount }, (_, i) => (i * 7919) % 300)
  const x: Matrix = { rowCount, columns, categoryCounts: columns.map((_, j) => (j === 3 ? 300 : 0)) }
  const values = Float64Array.from({ length: rowCount }, (_, i) => {
    return (columns[0]?.[i] as number) * (columns[1]?.[i] as number) + ((columns[3]?.[i] as number) % 4)
  })
  const weight = Float64Array.from(values, (_, i) => i % 4)
  const threeClasses = Int32Array.from(values, (value) => (value < 1 ? 0 : value < 2 ? 1 : 2))
  const given = { max_iter: 2, n_iter_no_change: 2, random_state: 3, early_stopping: true, max_leaf_nodes: 6 }
  const fits: ((team: ThreadTeam) => Promise<EstimatorState>)[] = [
    async (team) => {
      const estimator = new GradientBoostingRegressor({ ...given, max_features: 0.6 })
      return (await estimator.fit(x, values, fitContext({ team }), weight)).toState()
    },
    async (team) => {
      const estimator = new GradientBoostingRegressor({
        ...given,
        loss: 'absolute_error',
        max_iter: 2,
        max_leaf_nodes: 12,
      })
      return (await estimator.fit(x, values, fitContext({ team }))).toState()
    },
    ...[2, 3].map((classes) => async (team: ThreadTeam) => {
      const codes = threeClasses.map((code) => Math.min(code, classes - 1))
      const classNames = ['a', 'b', 'c'].slice(0, classes)
      const estimator = new GradientBoostingClassifier({ ...given, max_depth: 6 })
      return (await estimator.fit(x, { codes, classNames }, fitContext({ team }))).toState()
    }),
  ]
  const teams = [1, 2, 3].map((threads) => new ThreadTeam(threads))
  for (const fit of fits) {
    const states: EstimatorState[] = []
    for (const team of teams) states.push(await fit(team))
    t.same(states[1], states[0], 'two threads')
    t.same(states[2], states[0], 'three threads')
  }
  for (const team of teams) await team.close()
})

t.test('rows of weight 0 are as if they were not there', async (t) => {
  const columns = randomColumns(600, 3, 12)
  const present = Int32Array.from({ length: 600 }, (_, i) => i).filter((i) => i % 4 !== 0)
  const only = (values: Float64Array): Float64Array => Float64Array.from(present, (i) => values[i] as number)
  const y = (columns[0] as Float64Array).map((value, i) => Math.abs(value * (columns[1]?.[i] as number)))
  const weight = y.map((_, i) => (i % 4 === 0 ? 0 : 2))
  for (const loss of ['squared_error', 'absolute_error', 'poisson']) {
    const estimator = new GradientBoostingRegressor({ max_iter: 5, loss })
    const fitted = await estimator.fit(numericMatrix(columns), y, fitContext(), weight)
    const without = await estimator.fit(numericMatrix(columns.map(only)), only(y), fitContext(), only(weight))
    t.same(fitted.toState(), without.toState())
  }
})

t.test('monotonic constraints hold everywhere, by list and by column index', async (t) => {
  const [a, b] = randomColumns(2000, 2, 2) as [Float64Array, Float64Array]
  const random = new Random(5)
  const y = a.map((value, i) => Math.sin(3 * value) + value + 2 * Math.cos(2 * (b[i] as number)) + random.normal())
  const x = numericMatrix([a, b])
  for (const monotonic_cst of [[1, -1], { 0: 1, 1: -1 }]) {
    const fitted = await new GradientBoostingRegressor({ monotonic_cst, max_iter: 60 }).fit(x, y, fitContext())
    for (let other = -2; other <= 2; other += 0.5) {
      const grid = Float64Array.from({ length: 100 }, (_, i) => i / 20 - 2.5)
      const fixed = grid.map(() => other)
      const rising = fitted.predict(toRowBlock(numericMatrix([grid, fixed])))
      const falling = fitted.predict(toRowBlock(numericMatrix([fixed, grid])))
      t.ok(rising.every((value, i) => i === 0 || value >= (rising[i - 1] as number)))
      t.ok(falling.every((value, i) => i === 0 || value <= (falling[i - 1] as number)))
    }
  }
  const categorical = { ...x, categoryCounts: [0, 3] }
  const refused = [
    [x, { monotonic_cst: [1] }],
    [x, { monotonic_cst: { 2: 1 } }],
    [x, { monotonic_cst: { name: 1 } }],
    [categorical, { monotonic_cst: { 1: 1 } }],
  ] as const
  for (const [matrix, given] of refused) {
    await t.rejects(new GradientBoostingRegressor(given).fit(matrix, y, fitContext()), ParameterError)
  }
  const three = { codes: Int32Array.from(a, (_, i) => i % 3), classNames: ['a', 'b', 'c'] }
  const constrained = new GradientBoostingClassifier({ monotonic_cst: [1, 0] })
  await t.rejects(constrained.fit(x, three, fitContext()), ParameterError)
})

t.test('monotonic constraints go by column name, and by index where no column has that name', async (t) => {
  const [a, b] = randomColumns(300, 2, 2) as [Float64Array, Float64Array]
  const y = a.map((value, i) => Math.sin(3 * value) - (b[i] as number))
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  const fit = (monotonic_cst: unknown, columnNames: readonly string[], categoryCounts = [0, 0]) =>
    new GradientBoostingRegressor({ monotonic_cst, max_iter: 10 }).fit(
      { ...numericMatrix([a, b]), columnNames, categoryCounts },
      y,
      context,
    )
  const expected = (await fit([1, -1], ['a', 'b'])).toState()
  for (const given of [
    { a: 1, b: -1 },
    { 0: 1, b: -1 },
    { b: -1, 0: 1 },
  ]) {
    t.same((await fit(given, ['a', 'b'])).toState(), expected)
  }
  t.same(warned, [])
  t.same((await fit({ 0: -1, 1: 1 }, ['1', '0'])).toState(), expected, 'a name goes before an index')
  t.match(warned, [
    { code: 'PARAMETER_READ', column: 1, message: 'monotonic_cst: "0" was read as a name, not an index' },
    { code: 'PARAMETER_READ', column: 0 },
  ])
  await t.rejects(fit({ c: 1 }, ['a', 'b']), {
    message: 'monotonic_cst: "c" is neither the name nor the index of a column; the columns are "a", "b"',
  })
  await t.rejects(fit({ b: 1, 1: 1 }, ['a', 'b']), { message: 'monotonic_cst: column "b" is named twice' })
  await t.rejects(fit({ b: 1 }, ['a', 'b'], [0, 3]), { message: /column "b" is categorical/ })
})

t.test('missing values go to the side that they are like', async (t) => {
  const column = Float64Array.from({ length: 600 }, (_, i) => (i % 3 === 0 ? Number.NaN : i % 3))
  const low = Float64Array.from(column, (value) => (value === 1 ? 10 : 0))
  const fitted = await new GradientBoostingRegressor().fit(numericMatrix([column]), low, fitContext())
  const [missing, one, two] = fitted.predict({ rowCount: 3, columnCount: 1, values: Float64Array.of(Number.NaN, 1, 2) })
  t.ok(Math.abs((missing as number) - (two as number)) < 1e-6 && (one as number) > 9)
  const only = Float64Array.from(column, (value) => (Number.isNaN(value) ? 10 : 0))
  const parted = await new GradientBoostingRegressor().fit(numericMatrix([column]), only, fitContext())
  const outcome = parted.predict({ rowCount: 2, columnCount: 1, values: Float64Array.of(Number.NaN, 1e9) })
  t.ok((outcome[0] as number) > 9 && (outcome[1] as number) < 1, 'a split may part the missing from all values')
})

t.test('one categorical column does what its indicators do, in fewer splits', async (t) => {
  const random = new Random(11)
  const codes = Float64Array.from({ length: 4000 }, () => random.integer(20))
  const effects = Array.from({ length: 20 }, () => random.normal())
  const y = codes.map((code) => effects[code] as number)
  const given = { max_leaf_nodes: 4, max_iter: 40, early_stopping: false }
  const native: Matrix = { rowCount: 4000, columns: [codes], categoryCounts: [20] }
  const indicators = numericMatrix(effects.map((_, category) => codes.map((code) => (code === category ? 1 : 0))))
  const errors: number[] = []
  for (const x of [native, indicators]) {
    const fitted = await new GradientBoostingRegressor(given).fit(x, y, fitContext())
    errors.push(fitted.predict(toRowBlock(x)).reduce((sum, value, i) => sum + (value - (y[i] as number)) ** 2, 0))
  }
  t.ok((errors[0] as number) < (errors[1] as number), `squared errors ${errors}`)
  const unseen = await new GradientBoostingRegressor(given).fit(native, y, fitContext())
  const strange = unseen.predict({ rowCount: 4, columnCount: 1, values: Float64Array.of(25, -1, 0.5, Number.NaN) })
  t.equal(new Set(strange).size, 1, 'what is no category counts as missing')
})

t.test('early stopping ends when nothing gets better, and keeps the losses', async (t) => {
  const [column] = randomColumns(3000, 1, 4) as [Float64Array]
  const noise = randomColumns(3000, 1, 5)[0] as Float64Array
  const given = { max_iter: 500, early_stopping: true, n_iter_no_change: 5, random_state: 1 }
  const fitted = await new GradientBoostingRegressor(given).fit(numericMatrix([column]), noise, fitContext())
  const { trainingLoss, validationLoss } = fitted
  t.ok(trainingLoss.length < 100, `${trainingLoss.length - 1} iterations on noise`)
  t.equal(validationLoss.length, trainingLoss.length)
  t.ok((trainingLoss.at(-1) as number) < (trainingLoss[0] as number))
  const onTraining = { ...given, validation_fraction: null, tol: 0.01 }
  const withoutValidation = await new GradientBoostingRegressor(onTraining).fit(
    numericMatrix([column]),
    noise,
    fitContext(),
  )
  t.equal(withoutValidation.validationLoss.length, 0)
  t.ok(withoutValidation.trainingLoss.length < 100)
  const rule = { iterationsWithoutChange: 2, tolerance: 0.1 }
  t.notOk(shouldStop([3, 2], rule), 'too early to tell')
  t.notOk(shouldStop([3, 2.95, 2.8], rule))
  t.ok(shouldStop([3, 2.95, 2.92], rule))
})

t.test('classes without rows have probability 0', async (t) => {
  const { x } = readDataset('iris')
  const codes = Int32Array.from({ length: 150 }, (_, i) => (i < 75 ? 1 : 3))
  const fitted = await new GradientBoostingClassifier().fit(x, { codes, classNames: [...'abcde'] }, fitContext())
  const [a, b, c, d, e] = fitted.predictProbabilities(toRowBlock(x, 0, 1))
  t.same([a, c, e], [0, 0, 0])
  t.ok((b as number) > 0.9 && Math.abs((b as number) + (d as number) - 1) < 1e-12)
})

t.test('targets of any magnitude give the same trees', async (t) => {
  const { x, values } = readDataset('diabetes')
  const plain = (await new GradientBoostingRegressor().fit(x, values, fitContext())).predict(toRowBlock(x))
  for (const scale of [2 ** 900, 2 ** -900]) {
    const scaled = await new GradientBoostingRegressor().fit(
      x,
      values.map((value) => value * scale),
      fitContext(),
    )
    t.same(
      scaled.predict(toRowBlock(x)).map((value) => value / scale),
      plain,
    )
  }
})

t.test('what a loss cannot take is refused', async (t) => {
  t.throws(() => new GradientBoostingRegressor({ loss: 'quantile' }), ParameterError)
  const x = numericMatrix([Float64Array.of(1, 2, 3)])
  const poisson = new GradientBoostingRegressor({ loss: 'poisson' })
  await t.rejects(poisson.fit(x, Float64Array.of(1, -1, 2), fitContext()), DataError)
  await t.rejects(poisson.fit(x, Float64Array.of(0, 0, 0), fitContext()), DataError)
})

t.test('a stopped fit ends on a team as well', async (t) => {
  const team = new ThreadTeam(2)
  const stop = new StopFlag()
  const columns = randomColumns(60_000, 8, 9)
  const report = (done: number): void => void (done >= 3 && stop.set())
  const y = (columns[0] as Float64Array).map((value, i) => value * (columns[1]?.[i] as number))
  const fit = new GradientBoostingRegressor({ max_iter: 300, early_stopping: false })
  await t.rejects(fit.fit(numericMatrix(columns), y, fitContext({ team, stop, report })), FitStopped)
  await team.close()
})

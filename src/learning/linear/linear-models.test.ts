// What the linear models promise beyond scikit-learn's numbers: edges, threads, and when they give up.
import t from 'tap'
import { DataError, FitStopped, ParameterError, StateError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import type { FitWarning } from '../warnings.ts'
import { Lasso } from './lasso.ts'
import { LinearRegression } from './linear-regression.ts'
import { LogisticRegression } from './logistic-regression.ts'
import { Ridge } from './ridge.ts'

const regressors = { LinearRegression, Ridge, Lasso }
const normals = (random: Random, length: number): Float64Array => Float64Array.from({ length }, () => random.normal())
const classes = (codes: number[] | Int32Array, count = 2): ClassTarget => ({
  codes: Int32Array.from(codes),
  classNames: Array.from({ length: count }, (_, k) => `c${k}`),
})

function shared(values: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}

t.test('the fitted model is the same, byte for byte, for any number of threads', async (t) => {
  const random = new Random(5)
  const n = 60_000
  const columns = Array.from({ length: 20 }, () => shared(normals(random, n)))
  const x = numericMatrix(columns)
  const y = columns[0]!.map((value, i) => value - 2 * columns[1]![i]! + random.normal())
  const codes = Int32Array.from(y, (value) => (value < -1 ? 0 : value < 1 ? 1 : 2))
  const found: unknown[] = []
  for (const threadCount of [1, 2, 3]) {
    const team = new ThreadTeam(threadCount)
    const context = fitContext({ team })
    found.push([
      (await new LinearRegression().fit(x, y, context)).toState(),
      (await new Ridge({ alpha: 10 }).fit(x, y, context)).toState(),
      (await new Lasso({ alpha: 0.1 }).fit(x, y, context)).toState(),
      (await new LogisticRegression().fit(x, classes(codes, 3), context)).toState(),
      (await new LogisticRegression().fit(x, classes(codes.map((code) => Math.min(code, 1))), context)).toState(),
    ])
    await team.close()
  }
  t.strictSame(found[1], found[0])
  t.strictSame(found[2], found[0])
})

t.test('separable classes without a penalty end with finite numbers', async (t) => {
  const x = numericMatrix([Float64Array.from([1, 2, 3, 10, 11, 12]), Float64Array.from([0, 1, 0, 1, 0, 1])])
  for (const codes of [
    [0, 0, 0, 1, 1, 1],
    [0, 0, 1, 1, 2, 2],
  ]) {
    const fitted = await new LogisticRegression({ penalty: null }).fit(x, classes(codes, 3), fitContext())
    t.ok(fitted.coefficients.every(Number.isFinite))
    const probabilities = fitted.predictProbabilities(toRowBlock(x))
    codes.forEach((code, i) => {
      t.ok(probabilities[i * 3 + code]! > 0.99, `row ${i}`)
    })
  }
})

t.test('too few iterations are no error, but a warning with figures', async (t) => {
  const random = new Random(6)
  const columns = Array.from({ length: 5 }, () => normals(random, 200))
  const y = columns[0]!.map((value, i) => 3 * value + columns[1]![i]! + random.normal())
  const codes = y.map((value) => (value > 0 ? 1 : 0))
  const x = numericMatrix(columns)
  const warnings: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warnings.push(warning) })
  const one = await new LogisticRegression({ max_iter: 1 }).fit(x, classes([...codes]), context)
  t.match(one, { isConverged: false, iterations: 1 })
  t.match(warnings.splice(0), [{ code: 'NOT_CONVERGED', message: /after 1 .*gradient is 0\.\d+, tol is 0\.0001/ }])
  t.match(await new LogisticRegression().fit(x, classes([...codes]), context), { isConverged: true })
  const lasso = await new Lasso({ alpha: 0.01, max_iter: 1, tol: 1e-12 }).fit(x, y, context)
  t.match(lasso, { isConverged: false, iterations: 1 })
  t.match(warnings.splice(0), [{ code: 'NOT_CONVERGED', message: /after 1 rounds .*gap is [\d.e-]+ of/ }])
  await new Lasso({ alpha: 0.01 }).fit(x, y, context)
  t.same(warnings, [])
})

t.test('what counts for nothing beside a column of very large numbers is told', async (t) => {
  const large = Float64Array.from({ length: 60 }, (_, i) => 1e8 * ((i * 37) % 60))
  const small = large.map((_, i) => i % 2)
  const y = small.map((value) => 100 * value + 5)
  const warnings: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warnings.push(warning) })
  // scikit-learn 1.9.1: rank_ 1, coef_ 8.33564879e-10 and 6.94830408e-21.
  const cut = await new LinearRegression().fit(numericMatrix([small, large]), y, context)
  t.ok(Math.abs(cut.coefficients[1]! / 8.33564879e-10 - 1) < 1e-8)
  t.match(warnings.splice(0), [{ code: 'DIRECTIONS_LEFT_OUT', column: 1, message: /^1 of the 2 directions/ }])
  const lower = await new LinearRegression({ tol: 1e-12 }).fit(numericMatrix([small, large]), y, context)
  t.ok(Math.abs(lower.coefficients[0]! - 100) < 1e-6)
  // Columns that depend on each other lose nothing, nor do those of other sizes that are not beyond tol.
  const other = small.map((value) => 1 - value)
  const middle = large.map((value) => value / 1e6)
  for (const columns of [
    [small, other],
    [small, other, middle],
    [small, small, other, middle],
    [large, large],
  ]) {
    await new LinearRegression().fit(numericMatrix(columns), y, context)
  }
  t.same(warnings, [])
})

t.test('three classes that overlap a little and hardly a penalty converge in some dozen iterations', async (t) => {
  const random = new Random(10)
  const codes = Int32Array.from({ length: 40 }, (_, i) => i % 3)
  const near = (centres: readonly number[]) =>
    Float64Array.from(codes, (code) => centres[code]! + 1.2 * random.normal())
  const x = numericMatrix([near([0, 3, 6]), near([0, 1.5, 6])])
  for (const C of [1e4, 1e8, 1e12]) {
    const fitted = await new LogisticRegression({ C, tol: 1e-6, max_iter: 200 }).fit(x, classes(codes, 3), fitContext())
    t.match(fitted, { isConverged: true }, `C ${C}: ${fitted.iterations} iterations`)
    t.ok(C > 1e4 || fitted.iterations < 60, `${fitted.iterations} iterations`)
  }
})

t.test('lasso without a penalty is least squares, whatever the unit of a column', async (t) => {
  const line = numericMatrix([Float64Array.from([-3, -2, -1, 0, 1, 2, 3], (value) => value * 1e-4)])
  const exact = await new Lasso({ alpha: 0 }).fit(line, Float64Array.from([6, 8, 10, 12, 14, 16, 18]), fitContext())
  t.ok(Math.abs(exact.coefficients[0]! / 20_000 - 1) < 1e-12)
  t.ok(Math.abs(exact.intercept - 12) < 1e-12)
  const random = new Random(11)
  const columns = Array.from({ length: 4 }, () => normals(random, 60))
  columns.push(columns[0]!.map((value) => value + 0.01 * random.normal()))
  const y = columns[0]!.map((value, i) => value - columns[2]![i]! + random.normal())
  const expected = await new LinearRegression().fit(numericMatrix(columns), y, fitContext())
  for (const units of [
    [1, 1, 1, 1, 1],
    [1e-4, 1e3, 1e-2, 1, 10],
  ]) {
    const scaled = columns.map((column, j) => column.map((value) => value * units[j]!))
    const fitted = await new Lasso({ alpha: 0 }).fit(numericMatrix(scaled), y, fitContext())
    units.forEach((unit, j) => {
      t.ok(
        Math.abs(fitted.coefficients[j]! * unit - expected.coefficients[j]!) < 1e-9,
        `column ${j} in units of ${unit}`,
      )
    })
  }
})

t.test('rows of which none weighs anything are refused', async (t) => {
  const x = numericMatrix([Float64Array.from([1, 2, 3, 4])])
  const none = new Float64Array(4)
  const refused = { name: 'DataError', message: /sum above 0, got 0/ }
  for (const Estimator of Object.values(regressors)) {
    await t.rejects(new Estimator().fit(x, Float64Array.of(1, 2, 3, 4), fitContext(), none), refused)
  }
  await t.rejects(new LogisticRegression().fit(x, classes([0, 1, 0, 1]), fitContext(), none), refused)
  const class_weight = { c0: 0, c1: 0 }
  await t.rejects(new LogisticRegression({ class_weight }).fit(x, classes([0, 1, 0, 1]), fitContext()), refused)
})

t.test('values that are too large are called so, not missing', async (t) => {
  const x = numericMatrix([Float64Array.from({ length: 10 }, (_, i) => (i < 5 ? 1e308 : 1.7e308))])
  const y = Float64Array.from({ length: 10 }, (_, i) => i)
  const tooLarge = { name: 'DataError', message: /^column 0 .*too large/ }
  await t.rejects(new LogisticRegression().fit(x, classes([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]), fitContext()), tooLarge)
  const weights = y.map((value) => 1 + value)
  for (const Estimator of Object.values(regressors)) {
    await t.rejects(new Estimator().fit(x, y, fitContext()), tooLarge)
    await t.rejects(new Estimator().fit(x, y, fitContext(), weights), tooLarge)
  }
})

t.test('one class is certain; a class never seen is impossible', async (t) => {
  const x = numericMatrix([Float64Array.from([1, 2, 3, 4])])
  const one = await new LogisticRegression().fit(x, classes([1, 1, 1, 1]), fitContext())
  t.same([...one.predictProbabilities(toRowBlock(x, 0, 1))], [0, 1])
  const two = await new LogisticRegression().fit(x, classes([0, 2, 0, 2], 3), fitContext())
  t.equal(two.predictProbabilities(toRowBlock(x, 0, 1))[1], 0)
  const weights = Float64Array.from([1, 0, 1, 0])
  const weighted = await new LogisticRegression().fit(x, classes([0, 2, 0, 2], 3), fitContext(), weights)
  t.same([...weighted.predictProbabilities(toRowBlock(x, 0, 1))], [1, 0, 0])
})

t.test('a constant column has coefficient 0, and no columns leave the mean', async (t) => {
  const y = Float64Array.from([1, 2, 4, 8])
  // 0.1 three times over is not 3 · 0.1 in binary: rounding must not make it vary.
  const x = numericMatrix([Float64Array.from([0.1, 0.1, 0.1, 0.1]), Float64Array.from([1, 2, 3, 5])])
  for (const [name, Estimator] of Object.entries(regressors)) {
    const fitted = await new Estimator().fit(x, y, fitContext())
    t.equal(fitted.coefficients[0], 0, name)
    const bare = await new Estimator().fit(numericMatrix([], 4), y, fitContext())
    t.same([...bare.predict({ rowCount: 1, columnCount: 0, values: new Float64Array(0) })], [3.75])
  }
  const fitted = await new LogisticRegression().fit(x, classes([0, 1, 0, 1]), fitContext())
  t.equal(fitted.coefficients[0], 0)
})

t.test('values of 1e300 and 1e-300 give finite models, or an error that names the column', async (t) => {
  const random = new Random(7)
  const n = 50
  const y = normals(random, n)
  const codes = classes(Int32Array.from(y, (value) => (value > 0 ? 1 : 0)))
  for (const size of [1e300, 1e-300, 1.7e308]) {
    const x = numericMatrix([normals(random, n), normals(random, n).map((value) => Math.sign(value) * size)])
    for (const [name, Estimator] of [...Object.entries(regressors), ['LogisticRegression', null] as const]) {
      const fitting =
        Estimator === null
          ? new LogisticRegression().fit(x, codes, fitContext())
          : new Estimator().fit(x, y, fitContext())
      const outcome = await fitting.then(
        (fitted) => fitted.coefficients.every(Number.isFinite),
        (error: unknown) => error instanceof DataError && /column 1/.test(error.message),
      )
      t.ok(outcome, `${name} at ${size}`)
    }
  }
  const huge = numericMatrix([y.map((value) => value * 1e300)])
  const linear = await new LinearRegression().fit(huge, y, fitContext())
  t.ok(Math.abs(linear.coefficients[0]! * 1e300 - 1) < 1e-12)
})

t.test('missing values are refused by the name of the column', async (t) => {
  const x = numericMatrix([Float64Array.from([1, 2, 3]), Float64Array.from([1, Number.NaN, 3])])
  await t.rejects(new Ridge().fit(x, Float64Array.from([1, 2, 3]), fitContext()), {
    name: 'DataError',
    message: /column 1 .*missing/,
  })
  await t.rejects(new LogisticRegression().fit(x, classes([0, 1, 0]), fitContext()), { name: 'DataError' })
})

t.test('integer weights are repeated rows', async (t) => {
  const random = new Random(8)
  const n = 80
  const columns = Array.from({ length: 3 }, () => normals(random, n))
  const y = columns[0]!.map((value) => value + random.normal())
  const codes = Int32Array.from(y, (value) => (value > 0.5 ? 2 : value > -0.5 ? 1 : 0))
  const weights = Float64Array.from({ length: n }, () => random.integer(4))
  const rows = [...weights].flatMap((weight, i) => Array(weight).fill(i) as number[])
  const repeat = (values: Float64Array): Float64Array => Float64Array.from(rows, (i) => values[i]!)
  const isSame = (a: Float64Array, b: Float64Array, tolerance: number): boolean =>
    a.every((value, i) => Math.abs(value - b[i]!) < tolerance)
  for (const [name, Estimator] of Object.entries(regressors)) {
    const given = Estimator === Lasso ? { alpha: 0.05, tol: 1e-12 } : {}
    const weighted = await new Estimator(given).fit(numericMatrix(columns), y, fitContext(), weights)
    const repeated = await new Estimator(given).fit(numericMatrix(columns.map(repeat)), repeat(y), fitContext())
    t.ok(isSame(weighted.coefficients, repeated.coefficients, 1e-10), name)
  }
  for (const class_weight of [null, 'balanced']) {
    const estimator = new LogisticRegression({ tol: 1e-8, class_weight })
    const weighted = await estimator.fit(numericMatrix(columns), classes(codes, 3), fitContext(), weights)
    const target = classes(
      rows.map((i) => codes[i]!),
      3,
    )
    const repeated = await estimator.fit(numericMatrix(columns.map(repeat)), target, fitContext())
    t.ok(isSame(weighted.coefficients, repeated.coefficients, 1e-7), `LogisticRegression ${class_weight}`)
  }
})

t.test('more columns than rows: the solution of least norm, and a lasso that selects', async (t) => {
  const random = new Random(9)
  const columns = Array.from({ length: 30 }, () => normals(random, 10))
  const y = columns[3]!.map((value) => 2 * value)
  const x = numericMatrix(columns)
  const linear = await new LinearRegression({ fit_intercept: false }).fit(x, y, fitContext())
  const predicted = linear.predict(toRowBlock(x))
  t.ok(y.every((value, i) => Math.abs(value - predicted[i]!) < 1e-10))
  // Of least norm: no longer than the true one.
  t.ok(linear.coefficients.reduce((sum, value) => sum + value * value, 0) < 4)
  // The limit of ridge regression as alpha goes to 0.
  const ridge = await new Ridge({ fit_intercept: false, alpha: 1e-9 }).fit(x, y, fitContext())
  t.ok(ridge.coefficients.every((value, j) => Math.abs(value - linear.coefficients[j]!) < 1e-7))
  const lasso = await new Lasso({ alpha: 0.1 }).fit(x, y, fitContext())
  t.ok(lasso.isConverged)
  t.ok(lasso.coefficients[3]! > 1)
  t.ok(lasso.coefficients.filter((value) => value !== 0).length < 10)
})

t.test('a stop flag ends every fit', async (t) => {
  const stop = new StopFlag()
  stop.set()
  const x = numericMatrix([Float64Array.from([1, 2, 3, 4])])
  const y = Float64Array.from([1, 2, 3, 5])
  for (const Estimator of Object.values(regressors)) {
    await t.rejects(new Estimator().fit(x, y, fitContext({ stop })), FitStopped)
  }
  await t.rejects(new LogisticRegression().fit(x, classes([0, 1, 0, 1]), fitContext({ stop })), FitStopped)
})

t.test('a restored model predicts the same, and no other state is taken', async (t) => {
  const x = numericMatrix([Float64Array.from([1, 2, 3, 4])])
  const y = Float64Array.from([1, 2, 3, 5])
  const ridge = await new Ridge().fit(x, y, fitContext())
  t.same(new Ridge().restore(ridge.toState()).predict(toRowBlock(x)), ridge.predict(toRowBlock(x)))
  t.throws(() => new Ridge().restore({ ...ridge.toState(), intercept: Number.NaN }), StateError)
  const logistic = await new LogisticRegression().fit(x, classes([0, 1, 0, 2], 3), fitContext())
  const state = logistic.toState()
  const block = toRowBlock(x)
  t.same(new LogisticRegression().restore(state).predictProbabilities(block), logistic.predictProbabilities(block))
  for (const [name, value] of Object.entries({
    columnCount: 2,
    isSeen: new Uint8Array(3),
    coefficients: new Float64Array(4),
    intercepts: Float64Array.from([1, 2, Number.NaN]),
  })) {
    t.throws(() => new LogisticRegression().restore({ ...state, [name]: value }), StateError, name)
  }
})

t.test('parameters that are not scikit-learn’s, or that this engine cannot follow, are refused by name', async (t) => {
  for (const given of [{ penalty: 'l1' }, { C: 0 }, { solver: 'saga' }, { max_iter: -1 }]) {
    t.throws(() => new LogisticRegression(given), ParameterError, JSON.stringify(given))
  }
  t.throws(() => new Ridge({ alpha: -1 }), ParameterError)
  t.throws(() => new Lasso({ selection: 'random' }), ParameterError)
  t.throws(() => new LinearRegression({ positive: true }), ParameterError)
})

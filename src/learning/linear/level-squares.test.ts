// Eliminated levels against the same columns as dense ones, which the direct method solves.
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toDense } from '../matrix.ts'
import { Random } from '../random.ts'
import { type SparseRows, SparseWriter } from '../sparse.ts'
import type { FittedLinearRegressor } from './fitted-linear-regressor.ts'
import { fitLevelSquares } from './level-squares.ts'
import { LinearRegression } from './linear-regression.ts'
import { Ridge } from './ridge.ts'
import { splitSparse } from './split-sparse.ts'

const ROWS = 300
const LEVELS = 12

/** Rows of a level each, or of none where `leavesOut`; level 11 has no rows. */
function drawRows(others: number, leavesOut: boolean) {
  const random = new Random(1 + others)
  const writer = new SparseWriter()
  const levels = Array.from({ length: ROWS }, () =>
    leavesOut && random.integer(6) === 0 ? -1 : random.integer(LEVELS - 1),
  )
  for (const level of levels) {
    if (level >= 0) writer.add(level, 1)
    writer.endRow()
  }
  const columns = Array.from({ length: others }, (_, j) =>
    Float64Array.from(levels, (level) => 10 ** j * (random.normal() + 0.3 * level + 5)),
  )
  const y = Float64Array.from(levels, (level, i) =>
    columns.reduce((sum, column, j) => sum + (column[i] as number) / 10 ** j, 3 * Math.sin(level) + random.normal()),
  )
  const x: Matrix = { rowCount: ROWS, columns, categoryCounts: columns.map(() => 0), sparse: writer.finish(LEVELS) }
  const weights = Float64Array.from({ length: ROWS }, () => random.integer(4))
  return { x, y, weights }
}

function apart(a: FittedLinearRegressor, b: FittedLinearRegressor): number {
  const differences = Array.from(
    a.coefficients,
    (value, j) => Math.abs(value - (b.coefficients[j] as number)) / (1 + Math.abs(value)),
  )
  return Math.max(Math.abs(a.intercept - b.intercept) / (1 + Math.abs(a.intercept)), ...differences)
}

t.test('levels that are eliminated have the coefficients of the direct method', async (t) => {
  for (const others of [0, 1, 3]) {
    for (const leavesOut of [false, true]) {
      const { x, y, weights } = drawRows(others, leavesOut)
      for (const [alpha, fitIntercept, sampleWeight] of [
        [0, true, undefined],
        [0, true, weights],
        [0, false, weights],
        [0.7, true, undefined],
        [0.7, true, weights],
        [0.7, false, undefined],
        [1e-3, true, weights],
      ] as const) {
        const what = `${others} other columns, ${leavesOut ? 'rows without a level, ' : ''}alpha ${alpha}`
        const found = fitLevelSquares(splitSparse(x), y, { alpha, fitIntercept }, others + LEVELS, sampleWeight)
        const parameters = { fit_intercept: fitIntercept }
        const estimator = alpha === 0 ? new LinearRegression(parameters) : new Ridge({ ...parameters, alpha })
        const direct = await estimator.fit(toDense(x), y, fitContext(), sampleWeight)
        if (found === undefined) t.fail(`${what}: not solved`)
        else t.ok(apart(found, direct) < 1e-9, `${what}: ${apart(found, direct)}`)
        t.equal(found?.coefficients[others + LEVELS - 1], 0, 'a level that no row has counts nothing')
        const fitted = await estimator.fit(x, y, fitContext(), sampleWeight)
        t.equal(fitted.iterations, 1, 'the estimator takes this way')
        t.ok(apart(fitted, direct) < 1e-9)
      }
    }
  }
})

t.test('rows of weight 0 may hold anything beside levels, and others are refused by name', async (t) => {
  const { x, y, weights } = drawRows(2, false)
  const at = weights.indexOf(0)
  const clean = fitLevelSquares(splitSparse(x), y, { alpha: 1, fitIntercept: true }, 2 + LEVELS, weights)
  y[at] = Number.NaN
  ;(x.columns[1] as Float64Array)[at] = Number.NaN
  const spoilt = fitLevelSquares(splitSparse(x), y, { alpha: 1, fitIntercept: true }, 2 + LEVELS, weights)
  t.same(spoilt?.coefficients, clean?.coefficients)
  t.throws(() => fitLevelSquares(splitSparse(x), y, { alpha: 1, fitIntercept: true }, 2 + LEVELS), {
    message: 'column 1 (counted from 0) has missing values, which this method cannot take',
  })
})

t.test('what elimination would not solve exactly is left to other methods', async (t) => {
  const { x, y } = drawRows(1, false)
  const sparse = x.sparse as SparseRows
  const levelOf = sparse.columns
  const solve = (changed: Matrix, alpha: number) =>
    fitLevelSquares(splitSparse(changed), y, { alpha, fitIntercept: true }, 1 + LEVELS)
  // A column that the level decides.
  const decided = { ...x, columns: [Float64Array.from(levelOf, (level) => 0.1 * level + 0.7)] }
  t.equal(solve(decided, 0), undefined)
  const fitted = await new LinearRegression().fit(decided, y, fitContext())
  const direct = await new LinearRegression().fit(toDense(decided), y, fitContext())
  t.ok(apart(fitted, direct) < 1e-6, 'the solution of least norm comes from them')
  const penalized = solve(decided, 1)
  const ridge = await new Ridge().fit(toDense(decided), y, fitContext())
  t.ok(penalized !== undefined && apart(penalized, ridge) < 1e-9, 'a penalty decides')
  // Values other than 1, and two in a row.
  const values = sparse.values.slice()
  values[7] = 2
  t.equal(solve({ ...x, sparse: { ...sparse, values } }, 1), undefined)
  const writer = new SparseWriter()
  for (const level of levelOf) {
    writer.add(level, 1)
    if (level === 3) writer.add(8, 1)
    writer.endRow()
  }
  t.equal(solve({ ...x, sparse: writer.finish(LEVELS) }, 1), undefined)
})

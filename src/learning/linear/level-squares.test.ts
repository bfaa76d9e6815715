// Eliminated levels against the same columns as dense ones, which the direct method solves.
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { columnCountOf, type Matrix, toDense } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { type SparseRows, SparseWriter } from '../sparse.ts'
import type { FittedLinearRegressor } from './fitted-linear-regressor.ts'
import { fitLevelSquares, type LevelSquaresOptions } from './level-squares.ts'
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

function eliminate(
  x: Matrix,
  y: Float64Array,
  options: LevelSquaresOptions,
  sampleWeight?: Float64Array,
  stop = new StopFlag(),
): Promise<FittedLinearRegressor | undefined> {
  return fitLevelSquares(splitSparse(x), y, options, columnCountOf(x), stop, sampleWeight)
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
        const found = await eliminate(x, y, { alpha, fitIntercept }, sampleWeight)
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
  const clean = await eliminate(x, y, { alpha: 1, fitIntercept: true }, weights)
  y[at] = Number.NaN
  ;(x.columns[1] as Float64Array)[at] = Number.NaN
  const spoilt = await eliminate(x, y, { alpha: 1, fitIntercept: true }, weights)
  t.same(spoilt?.coefficients, clean?.coefficients)
  await t.rejects(eliminate(x, y, { alpha: 1, fitIntercept: true }), {
    message: 'column 1 (counted from 0) has missing values, which this method cannot take',
  })
})

t.test('what elimination would not solve exactly is left to other methods', async (t) => {
  const { x, y } = drawRows(1, false)
  const sparse = x.sparse as SparseRows
  const levelOf = sparse.columns
  const solve = (changed: Matrix, alpha: number) => eliminate(changed, y, { alpha, fitIntercept: true })
  // A column that the level decides.
  const decided = { ...x, columns: [Float64Array.from(levelOf, (level) => 0.1 * level + 0.7)] }
  t.equal(await solve(decided, 0), undefined)
  const fitted = await new LinearRegression().fit(decided, y, fitContext())
  const direct = await new LinearRegression().fit(toDense(decided), y, fitContext())
  t.ok(apart(fitted, direct) < 1e-6, 'the solution of least norm comes from them')
  const penalized = await solve(decided, 1)
  const ridge = await new Ridge().fit(toDense(decided), y, fitContext())
  t.ok(penalized !== undefined && apart(penalized, ridge) < 1e-9, 'a penalty decides')
  // Values other than 1, and two in a row.
  const values = sparse.values.slice()
  values[7] = 2
  t.equal(await solve({ ...x, sparse: { ...sparse, values } }, 1), undefined)
  const writer = new SparseWriter()
  for (const level of levelOf) {
    writer.add(level, 1)
    if (level === 3) writer.add(8, 1)
    writer.endRow()
  }
  t.equal(await solve({ ...x, sparse: writer.finish(LEVELS) }, 1), undefined)
})

t.test('a column that does not vary counts nothing, and the levels are eliminated all the same', async (t) => {
  const { x, y, weights } = drawRows(2, true)
  for (const [value, fitIntercept] of [
    [0.1, true],
    [0, true],
    [0, false],
  ] as const) {
    const changed = { ...x, columns: [...x.columns, new Float64Array(ROWS).fill(value)], categoryCounts: [0, 0, 0] }
    for (const sampleWeight of [undefined, weights]) {
      const found = await eliminate(changed, y, { alpha: 0, fitIntercept }, sampleWeight)
      const estimator = new LinearRegression({ fit_intercept: fitIntercept })
      const direct = await estimator.fit(toDense(changed), y, fitContext(), sampleWeight)
      t.equal(found?.coefficients[2], 0)
      t.ok(found !== undefined && apart(found, direct) < 1e-9, `${value}, ${fitIntercept ? 'with' : 'without'} a bias`)
    }
  }
})

t.test('a level of most rows, whose column is a dense one, is eliminated with the others', async (t) => {
  const random = new Random(8)
  for (const leavesOut of [false, true]) {
    const writer = new SparseWriter()
    const levels = Array.from({ length: ROWS }, () => {
      if (random.integer(10) < 6) return 4
      return leavesOut && random.integer(4) === 0 ? -1 : random.integer(LEVELS)
    })
    for (const level of levels) {
      if (level >= 0) writer.add(level, 1)
      writer.endRow()
    }
    const numbers = Float64Array.from(levels, (level) => random.normal() + 0.3 * level)
    const y = Float64Array.from(levels, (level, i) => (numbers[i] as number) + Math.sin(level) + random.normal())
    const x: Matrix = { rowCount: ROWS, columns: [numbers], categoryCounts: [0], sparse: writer.finish(LEVELS) }
    t.same([...splitSparse(x).denseFeatures], [0, 1 + 4], 'the level is dense')
    const weights = Float64Array.from({ length: ROWS }, () => random.integer(4))
    for (const alpha of [0, 0.7]) {
      for (const fitIntercept of [true, false]) {
        for (const sampleWeight of [undefined, weights]) {
          const found = await eliminate(x, y, { alpha, fitIntercept }, sampleWeight)
          const parameters = { fit_intercept: fitIntercept }
          const estimator = alpha === 0 ? new LinearRegression(parameters) : new Ridge({ ...parameters, alpha })
          const direct = await estimator.fit(toDense(x), y, fitContext(), sampleWeight)
          const what = `alpha ${alpha}, ${fitIntercept ? 'with' : 'without'} a bias`
          t.ok(found !== undefined && apart(found, direct) < 1e-9, what)
        }
      }
    }
  }
})

t.test('a column of 0 and 1 beside levels that is not one of them stays a column', async (t) => {
  const { x, y } = drawRows(1, true)
  const { starts } = x.sparse as SparseRows
  const random = new Random(3)
  const isOut = (i: number): boolean => starts[i] === starts[i + 1]
  const ofAll = Float64Array.from({ length: ROWS }, () => random.integer(2))
  const ofTwo = Float64Array.from({ length: ROWS }, (_, i) => (isOut(i) ? 1 + random.integer(2) : 0))
  for (const column of [ofAll, ofTwo]) {
    const changed = { ...x, columns: [...x.columns, column], categoryCounts: [0, 0] }
    const found = await eliminate(changed, y, { alpha: 0.5, fitIntercept: true })
    const direct = await new Ridge({ alpha: 0.5 }).fit(toDense(changed), y, fitContext())
    t.ok(found !== undefined && apart(found, direct) < 1e-9)
  }
})

t.test('an elimination of many rows gives the event loop turns, and stops when it is told to', async (t) => {
  const rowCount = 400_000
  const random = new Random(5)
  const levels = Int32Array.from({ length: rowCount }, () => random.integer(50))
  const starts = Int32Array.from({ length: rowCount + 1 }, (_, i) => i)
  const columns = Array.from({ length: 16 }, () => Float64Array.from({ length: rowCount }, () => random.normal()))
  const sparse = { columnCount: 50, starts, columns: levels, values: new Float64Array(rowCount).fill(1) }
  const x: Matrix = { rowCount, columns, categoryCounts: columns.map(() => 0), sparse }
  const stop = new StopFlag()
  const running = eliminate(x, columns[0] as Float64Array, { alpha: 1, fitIntercept: true }, undefined, stop)
  setImmediate(() => stop.set())
  await t.rejects(running, { name: 'FitStopped' })
})

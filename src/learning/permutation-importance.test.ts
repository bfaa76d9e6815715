import t from 'tap'
import { readDataset } from '../../test/support/datasets.ts'
import { DataError, FitStopped, ParameterError } from './errors.ts'
import type { FittedClassifier, FittedRegressor } from './estimator.ts'
import { fitContext } from './fit-context.ts'
import { numericMatrix, type RowBlock, toRowBlock } from './matrix.ts'
import { r2 } from './metrics/r2.ts'
import { StopFlag } from './parallel/stop-flag.ts'
import { ThreadTeam } from './parallel/thread-team.ts'
import { permutationImportance } from './permutation-importance.ts'
import { Random } from './random.ts'
import { RandomForestClassifier } from './trees/random-forest-classifier.ts'
import { RandomForestRegressor } from './trees/random-forest-regressor.ts'

/** Says 3 · the first column + the second, whatever the third. */
const weighing: FittedRegressor = {
  kind: 'regressor',
  columnCount: 3,
  predict: ({ rowCount, columnCount, values }) =>
    Float64Array.from({ length: rowCount }, (_, i) => 3 * values[i * columnCount]! + values[i * columnCount + 1]!),
  toState: () => ({}),
}

/** Class 1 where the second column is above 0; the first column does not matter. Both equally probable at 0. */
const bySign: FittedClassifier = {
  kind: 'classifier',
  columnCount: 2,
  classCount: 2,
  predictProbabilities: ({ rowCount, columnCount, values }) =>
    Float64Array.from({ length: 2 * rowCount }, (_, k) => {
      const above = (Math.sign(values[(k >> 1) * columnCount + 1]!) + 1) / 2
      return k % 2 === 1 ? above : 1 - above
    }),
  toState: () => ({}),
}

function normals(rowCount: number, columnCount: number, seed: number): RowBlock {
  const random = new Random(seed)
  return { rowCount, columnCount, values: Float64Array.from({ length: rowCount * columnCount }, () => random.normal()) }
}

const column = ({ rowCount, columnCount, values }: RowBlock, j: number): number[] =>
  Array.from({ length: rowCount }, (_, i) => values[i * columnCount + j]!)

/** The rows with the values of one column in the given order, all written anew. */
function withColumn(x: RowBlock, j: number, order: Int32Array): RowBlock {
  const columns = Array.from({ length: x.columnCount }, (_, k) => Float64Array.from(column(x, k)))
  columns[j] = Float64Array.from(order, (i) => columns[j]![i]!)
  return toRowBlock(numericMatrix(columns))
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12

t.test('a useless column has no importance, and a needed one has as much as it is needed', async (t) => {
  const x = normals(2000, 3, 1)
  const found = await permutationImportance(weighing, x, weighing.predict(x), { seed: 7 }, fitContext())
  t.equal(found.score, 1)
  t.same([...found.drops.subarray(10)], [0, 0, 0, 0, 0])
  // A shuffled column that is a share s of the variance costs 2 s of r2: 2 · 9/10 and 2 · 1/10.
  t.ok(Math.abs(found.means[0]! - 1.8) < 0.1)
  t.ok(Math.abs(found.means[1]! - 0.2) < 0.05)
  t.ok(found.deviations[0]! > 0)
  t.equal(found.drops.length, 15)
})

t.test('every drop is that of a naive shuffle, with and without weights', async (t) => {
  const x = normals(1500, 3, 2)
  const truth = column(x, 0).map((value, i) => 2 * value + column(x, 2)[i]!)
  const y = Float64Array.from(truth)
  const random = new Random(3)
  for (const sampleWeight of [undefined, Float64Array.from(truth, () => random.integer(4))]) {
    const weights = sampleWeight === undefined ? {} : { sampleWeight }
    const found = await permutationImportance(weighing, x, y, { seed: 11, nRepeats: 3, ...weights }, fitContext())
    const score = r2(y, weighing.predict(x), sampleWeight)
    t.equal(found.score, score)
    for (let j = 0; j < 3; j++) {
      const drops = [0, 1, 2].map((repeat) => {
        const order = Int32Array.from(truth, (_, i) => i)
        new Random(11, repeat * 3 + j).shuffle(order)
        return score - r2(y, weighing.predict(withColumn(x, j, order)), sampleWeight)
      })
      t.same([...found.drops.subarray(3 * j, 3 * j + 3)], drops)
      const mean = (drops[0]! + drops[1]! + drops[2]!) / 3
      t.ok(isClose(found.means[j]!, mean))
      t.ok(isClose(found.deviations[j]!, Math.sqrt(drops.reduce((sum, drop) => sum + (drop - mean) ** 2, 0) / 3)))
    }
  }
})

t.test('a classifier is held to its accuracy', async (t) => {
  const x = normals(1100, 2, 4)
  const codes = Int32Array.from(column(x, 1), (value) => (value > 0 ? 1 : 0))
  codes.fill(1, 0, 100)
  const right = column(x, 1).filter((value, i) => value > 0 === (codes[i] === 1)).length
  const found = await permutationImportance(bySign, x, codes, { seed: 1 }, fitContext())
  t.ok(isClose(found.score, right / 1100))
  t.equal(found.means[0], 0)
  t.ok(found.means[1]! > 0.3 && found.means[1]! < 0.6)
})

t.test('rows without weight count for nothing', async (t) => {
  const x = normals(200, 2, 5)
  const codes = Int32Array.from(column(x, 1), (value) => (value > 0 ? 1 : 0))
  const sampleWeight = Float64Array.from(codes, (_, i) => (i < 150 ? 2 : 0))
  const wrong = codes.map((code, i) => (i < 150 ? code : 1 - code))
  const options = { seed: 1, sampleWeight }
  const found = await permutationImportance(bySign, x, wrong, options, fitContext())
  t.equal(found.score, 1)
  t.same(found, await permutationImportance(bySign, x, codes, options, fitContext()))
})

t.test('of equally probable classes the first is taken, and a class that is not known is never right', async (t) => {
  const x: RowBlock = { rowCount: 4, columnCount: 2, values: Float64Array.of(0, 0, 0, 0, 0, 1, 0, -1) }
  const found = await permutationImportance(bySign, x, Int32Array.of(0, 1, 5, -1), { seed: 1 }, fitContext())
  t.equal(found.score, 0.25)
})

t.test('the same seed gives the same, more repeats go on, another seed differs, the input stays', async (t) => {
  const x = normals(300, 3, 6)
  const before = x.values.slice()
  const y = weighing.predict(x)
  const five = await permutationImportance(weighing, x, y, { seed: 4 }, fitContext())
  t.same(await permutationImportance(weighing, x, y, { seed: 4, nRepeats: 5 }, fitContext()), five)
  const two = await permutationImportance(weighing, x, y, { seed: 4, nRepeats: 2 }, fitContext())
  for (let j = 0; j < 3; j++) {
    t.same(two.drops.subarray(2 * j, 2 * j + 2), five.drops.subarray(5 * j, 5 * j + 2))
  }
  const other = await permutationImportance(weighing, x, y, { seed: 5 }, fitContext())
  t.not(other.drops[0], five.drops[0])
  t.same(x.values, before)
})

t.test('missing values move with the others', async (t) => {
  const x = normals(400, 2, 8)
  for (let i = 0; i < 400; i += 3) x.values[2 * i + 1] = Number.NaN
  const isMissing: FittedClassifier = {
    ...bySign,
    predictProbabilities: ({ rowCount, values }) =>
      Float64Array.from({ length: 2 * rowCount }, (_, k) =>
        Number.isNaN(values[2 * (k >> 1) + 1]) === (k % 2 === 1) ? 1 : 0,
      ),
  }
  const codes = Int32Array.from(column(x, 1), (value) => (Number.isNaN(value) ? 1 : 0))
  const found = await permutationImportance(isMissing, x, codes, { seed: 1 }, fitContext())
  t.equal(found.score, 1)
  // A third of the rows is missing: two in nine are now taken for what they are not, and as many the other way round.
  t.ok(Math.abs(found.means[1]! - 4 / 9) < 0.05)
})

t.test('a column of one value is not asked about', async (t) => {
  const x = normals(100, 3, 9)
  for (let i = 0; i < 100; i++) x.values[3 * i] = Number.NaN
  let predictions = 0
  const counting: FittedRegressor = {
    ...weighing,
    predict: ({ rowCount }) => {
      predictions++
      return new Float64Array(rowCount)
    },
  }
  const y = Float64Array.from(column(x, 1))
  const { means } = await permutationImportance(counting, x, y, { seed: 1, nRepeats: 4 }, fitContext())
  t.equal(predictions, 1 + 2 * 4)
  t.same([...means], [0, 0, 0])
})

t.test('reports progress up to the end, at most a few hundred times', async (t) => {
  const rows = normals(50, 40, 10)
  const wide: FittedRegressor = { ...weighing, columnCount: 40 }
  const reported: number[] = []
  const report = (done: number, of: number): void => {
    t.equal(of, 40 * 20)
    reported.push(done)
  }
  await permutationImportance(wide, rows, wide.predict(rows), { seed: 1, nRepeats: 20 }, fitContext({ report }))
  t.ok(reported.length > 100 && reported.length <= 200)
  t.same(
    reported,
    reported.toSorted((a, b) => a - b),
  )
  t.equal(reported.at(-1), 800)
})

t.test('stops between predictions, also within one of many rows', async (t) => {
  const x = normals(5000, 3, 12)
  const y = weighing.predict(x)
  const stop = new StopFlag()
  let predictions = 0
  const stopping: FittedRegressor = {
    ...weighing,
    predict: (rows) => {
      if (++predictions === 7) stop.set()
      return weighing.predict(rows)
    },
  }
  await t.rejects(permutationImportance(stopping, x, y, { seed: 1 }, fitContext({ stop })), FitStopped)
  t.equal(predictions, 7)
})

t.test('refuses what does not fit together', async (t) => {
  const x = normals(10, 3, 13)
  const y = weighing.predict(x)
  const ask = (rows: RowBlock, truth: Float64Array, options: object) =>
    permutationImportance(weighing, rows, truth, { seed: 1, ...options }, fitContext())
  await t.rejects(ask(normals(10, 2, 1), y, {}), DataError)
  await t.rejects(ask(x, y.slice(1), {}), DataError)
  await t.rejects(ask(x, y, { sampleWeight: new Float64Array(9) }), DataError)
  await t.rejects(ask(x, y, { sampleWeight: new Float64Array(10) }), DataError)
  await t.rejects(ask(normals(1, 3, 1), y.slice(0, 1), {}), DataError)
  await t.rejects(ask(normals(0, 3, 1), y.slice(0, 0), {}), DataError)
  for (const nRepeats of [0, -1, 1.5, Number.NaN]) await t.rejects(ask(x, y, { nRepeats }), ParameterError)
})

t.test('a forest of iris needs the petals, and not noise', async (t) => {
  const { x, classes } = readDataset('iris')
  const random = new Random(1)
  const noise = Float64Array.from({ length: x.rowCount }, () => random.normal())
  const matrix = numericMatrix([...x.columns, noise])
  const fitted = await new RandomForestClassifier({ n_estimators: 30, random_state: 1 }).fit(
    matrix,
    classes,
    fitContext(),
  )
  const rows = toRowBlock(matrix)
  const found = await permutationImportance(fitted, rows, classes.codes, { seed: 1, nRepeats: 10 }, fitContext())
  const [sepalLength, sepalWidth, petalLength, petalWidth, useless] = found.means as unknown as number[]
  t.ok(found.score > 0.98)
  t.ok(Math.min(petalLength!, petalWidth!) > 0.05)
  for (const mean of [sepalLength!, sepalWidth!, useless!]) t.ok(Math.abs(mean) < 0.03)

  const team = new ThreadTeam(2)
  const options = { seed: 1, nRepeats: 10 }
  t.same(await permutationImportance(fitted, rows, classes.codes, options, fitContext({ team })), found)
  const { stop, report } = fitContext()
  t.same(await permutationImportance(fitted, rows, classes.codes, options, { stop, report }), found)
  await team.close()
})

t.test('a forest of diabetes needs body mass and blood serum most, as a naive shuffle says', async (t) => {
  const { x, values } = readDataset('diabetes')
  const fitted = await new RandomForestRegressor({ n_estimators: 30, random_state: 1 }).fit(x, values, fitContext())
  const rows = toRowBlock(x)
  const found = await permutationImportance(fitted, rows, values, { seed: 3, nRepeats: 4 }, fitContext())
  // Columns: age, sex, bmi, bp, s1 … s6.
  const ranked = [...found.means.keys()].sort((a, b) => found.means[b]! - found.means[a]!)
  t.same(new Set(ranked.slice(0, 2)), new Set([2, 8]))
  t.ok(found.means[2]! > 0.2)
  t.ok(Math.abs(found.means[1]!) < 0.05, 'sex')
  const order = Int32Array.from(values, (_, i) => i)
  new Random(3, 3 * 10 + 2).shuffle(order)
  t.equal(found.drops[2 * 4 + 3], found.score - r2(values, fitted.predict(withColumn(rows, 2, order))))
})

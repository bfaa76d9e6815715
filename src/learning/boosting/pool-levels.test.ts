import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toRowBlock } from '../matrix.ts'
import { r2 } from '../metrics/r2.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import type { FitWarning } from '../warnings.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from './gradient-boosting-regressor.ts'
import { levelEffects } from './level-effects.ts'

/** 30 rows of each level, and a number from 0 to 99 that the level decides; a fifth is held out. */
function shops(levelCount: number) {
  const random = new Random(4)
  const rows = Array.from({ length: 30 * levelCount }, (_, i) => ({ code: Math.floor(i / 30), held: random.uniform() }))
  const take = (isHeld: boolean) => {
    const codes = Float64Array.from(rows.filter(({ held }) => held < 0.2 === isHeld).map(({ code }) => code))
    const noise = new Random(5)
    const columns = [Float64Array.from(codes, () => noise.uniform()), codes]
    const x: Matrix = { rowCount: codes.length, columns, categoryCounts: [0, levelCount] }
    return { x, y: codes.map((code) => (code * 7919) % 100) }
  }
  return { training: take(false), held: take(true) }
}

const classesOf = (y: Float64Array, count: number) => ({
  codes: Int32Array.from(y, (value) => Math.floor((value * count) / 100)),
  classNames: Array.from({ length: count }, (_, c) => `${c}`),
})

for (const levelCount of [300, 1000, 2000]) {
  t.test(`${levelCount} levels all count, and it is told that they were pooled`, async (t) => {
    const { training, held } = shops(levelCount)
    const warned: FitWarning[] = []
    const context = fitContext({ warn: (warning) => warned.push(warning) })
    for (const loss of ['squared_error', 'absolute_error', 'poisson']) {
      const fitted = await new GradientBoostingRegressor({ loss }).fit(training.x, training.y, context)
      const score = r2(held.y, fitted.predict(toRowBlock(held.x)))
      t.ok(score > 0.999, `${loss}: ${score}`)
    }
    t.match(warned[0], { code: 'LEVELS_POOLED', column: 1, message: `${levelCount} levels are more than the 255 bins` })
    t.equal(warned.length, 3)
  })
}

for (const classCount of [2, 4, 20]) {
  t.test(`levels of ${classCount} classes are learned, on any team, and restored`, async (t) => {
    const { training, held } = shops(300)
    const y = classesOf(training.y, classCount)
    const block = toRowBlock(held.x)
    const states = []
    for (const threadCount of [1, 2]) {
      const team = new ThreadTeam(threadCount)
      t.teardown(() => team.close())
      const estimator = new GradientBoostingClassifier({ max_iter: 15 })
      const fitted = await estimator.fit(training.x, y, fitContext({ team }))
      states.push(fitted.toState())
      const probabilities = fitted.predictProbabilities(block)
      t.same(estimator.restore(fitted.toState()).predictProbabilities(block), probabilities)
      const actual = classesOf(held.y, classCount).codes
      const right = actual.filter((code, i) => {
        const row = probabilities.subarray(i * classCount, (i + 1) * classCount)
        return row.indexOf(Math.max(...row)) === code
      }).length
      t.ok(right > 0.99 * actual.length, `${right} of ${actual.length}`)
      t.ok((fitted.featureImportances[1] as number) > 0.9)
      t.equal(fitted.featureImportances.length, 2)
      t.match(fitted.firstTree(2).nodes[0], { split: { column: 1 } })
    }
    t.same(states[0], states[1])
    t.equal('sources' in (states[0] as object), classCount > 2, 'what older workers read is written where it can be')
  })
}

t.test('levels that mean nothing change nothing, and that is told', async (t) => {
  const random = new Random(9)
  const n = 6000
  const signal = Float64Array.from({ length: n }, () => random.uniform())
  const levels = Float64Array.from({ length: n }, () => random.integer(500))
  const ids = Float64Array.from({ length: n }, (_, i) => i)
  const y = signal.map((value) => 3 * value + random.normal())
  const block = (columns: readonly Float64Array[]) =>
    toRowBlock({ rowCount: n, columns, categoryCounts: columns.map(() => 0) })
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  const alone = await new GradientBoostingRegressor().fit(
    { rowCount: n, columns: [signal], categoryCounts: [0] },
    y,
    context,
  )
  const x = { rowCount: n, columns: [signal, levels, ids], categoryCounts: [0, 500, n] }
  const fitted = await new GradientBoostingRegressor().fit(x, y, context)
  t.same(fitted.predict(block(x.columns)), alone.predict(block([signal])))
  t.match(warned, [
    { column: 1, message: /^500 levels .* they do not differ beyond chance .*: the column counts for nothing$/ },
    { column: 2, message: /^6000 levels .*: the column counts for nothing$/ },
  ])
})

t.test('early stopping, missing values and constraints stand beside pooled levels', async (t) => {
  const random = new Random(10)
  const n = 12_000
  const number = Float64Array.from({ length: n }, () => random.uniform())
  const levels = Float64Array.from({ length: n }, (_, i) => (i % 50 === 0 ? Number.NaN : random.integer(400)))
  const y = number.map((value, i) => value + ((levels[i] as number) % 7 || 0) + 0.3 * random.normal())
  const x = { rowCount: n, columns: [number, levels], categoryCounts: [0, 400] }
  const given = { monotonic_cst: [1, 0], early_stopping: true }
  const fitted = await new GradientBoostingRegressor(given).fit(x, y, fitContext())
  t.ok(r2(y, fitted.predict(toRowBlock(x))) > 0.95)
  t.ok(fitted.validationLoss.length > 10 && (fitted.validationLoss.at(-1) as number) < 0.1)
  for (const level of [0, 5, 399, Number.NaN]) {
    const grid = Float64Array.from({ length: 50 }, (_, i) => i / 50)
    const columns = [grid, new Float64Array(50).fill(level)]
    const values = fitted.predict(toRowBlock({ rowCount: 50, columns, categoryCounts: [0, 400] }))
    t.ok(values.every((value, i) => i === 0 || value >= (values[i - 1] as number)))
  }
})

t.test('effects are shrunk as one-way random effects are', async (t) => {
  // Means 2, 6 and 10 of three rows each: the mean squares are 48 between and 1 within, so the share kept is 1 − 1 ÷ 48.
  const y = Float64Array.of(1, 2, 3, 5, 6, 7, 9, 10, 11)
  const codes = Float64Array.of(0, 0, 0, 1, 1, 1, 2, 2, 2)
  const rows = Int32Array.from(y.keys())
  const folds = Uint8Array.of(1, 1, 1, 1, 2, 2, 1, 2, 2)
  const { all, without } = levelEffects(codes, 4, y, rows, folds, 2, undefined)
  const close = (a: number, b: number) => t.ok(Math.abs(a - b) < 1e-6, `${a} is ${b}`)
  for (const [level, mean] of [-4, 0, 4].entries()) close(all[level] as number, mean * (1 - 1 / 48))
  t.ok(Number.isNaN(all[3]), 'a level without rows')
  const prior = 3 / 47
  close(without[0]?.[0] as number, 0)
  close(without[0]?.[1] as number, 1 / (2 + prior))
  close(without[1]?.[2] as number, 3 / (1 + prior))
  const weighted = levelEffects(codes, 4, y, rows, folds, 2, new Float64Array(9).fill(1e30))
  for (let level = 0; level < 3; level++) close(weighted.all[level] as number, all[level] as number)
})

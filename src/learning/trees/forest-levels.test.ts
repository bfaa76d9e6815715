// Categories in trees and forests: what they carry, what they must not learn by heart, and which are pooled.
import t from 'tap'
import { StateError } from '../errors.ts'
import type { FittedClassifier } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { DecisionTreeClassifier } from './decision-tree-classifier.ts'
import { DecisionTreeRegressor } from './decision-tree-regressor.ts'
import { ExtraTreesClassifier } from './extra-trees-classifier.ts'
import { ExtraTreesRegressor } from './extra-trees-regressor.ts'
import { RandomForestClassifier } from './random-forest-classifier.ts'
import { RandomForestRegressor } from './random-forest-regressor.ts'

const CLASSIFIERS = [DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier]
const REGRESSORS = [DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor]
const few = (name: string): { readonly [name: string]: unknown } =>
  name.startsWith('Decision') ? {} : { n_estimators: 12 }

function errorOf(fitted: FittedClassifier, x: Matrix, codes: Int32Array): number {
  const p = fitted.predictProbabilities(toRowBlock(x))
  let wrong = 0
  for (let i = 0; i < x.rowCount; i++) {
    const row = p.subarray(i * fitted.classCount, (i + 1) * fitted.classCount)
    if (row.indexOf(Math.max(...row)) !== codes[i]) wrong++
  }
  return wrong / x.rowCount
}

t.test('categories and missing values carry what numbers do', async (t) => {
  const random = new Random(9)
  const n = 600
  const category = Float64Array.from({ length: n }, () => random.integer(40))
  const noise = Float64Array.from({ length: n }, () => random.normal())
  const gaps = Float64Array.from({ length: n }, () => (random.integer(2) === 0 ? Number.NaN : random.normal()))
  // Odd categories, and rows with a gap, are of another class: no order of codes shows the first.
  const codes = Int32Array.from({ length: n }, (_, i) => (category[i]! % 2) + (Number.isNaN(gaps[i]!) ? 2 : 0))
  const x: Matrix = { rowCount: n, columns: [noise, category, gaps], categoryCounts: [0, 40, 0] }
  const target = { codes, classNames: ['a', 'b', 'c', 'd'] }
  const tree = await new DecisionTreeClassifier().fit(x, target, fitContext())
  t.equal(errorOf(tree, x, codes), 0)
  t.equal((tree.toState()['features'] as Uint8Array).length, 7, 'three splits are enough')
  for (const Estimator of CLASSIFIERS) {
    const fitted = await new Estimator(few(Estimator.name)).fit(x, target, fitContext())
    t.equal(errorOf(fitted, x, codes), 0, Estimator.name)
    const strange = {
      rowCount: 2,
      columnCount: 3,
      values: Float64Array.of(Number.NaN, 99, 0, 0, Number.NaN, Number.NaN),
    }
    t.ok(fitted.predictProbabilities(strange).every((p) => p >= 0 && p <= 1))
  }
})

t.test('a text of its own in each row is not learnt by heart', async (t) => {
  const n = 40
  const x: Matrix = {
    rowCount: n,
    columns: [Float64Array.from({ length: n }, (_, i) => i), Float64Array.from({ length: n }, (_, i) => i)],
    categoryCounts: [n, 0],
  }
  const y = Float64Array.from({ length: n }, (_, i) => i)
  const codes = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 10))
  const wanted = [2, 20, 37]
  const fresh = { rowCount: 3, columnCount: 2, values: Float64Array.from(wanted.flatMap((i) => [Number.NaN, i])) }
  for (const Estimator of REGRESSORS) {
    for (const criterion of ['squared_error', 'absolute_error']) {
      const given = Estimator === DecisionTreeRegressor ? {} : { n_estimators: 60 }
      const found = (await new Estimator({ ...given, criterion }).fit(x, y, fitContext())).predict(fresh)
      t.ok(
        found.every((value, i) => Math.abs(value - wanted[i]!) < 1.5),
        `${Estimator.name} ${criterion}: ${found}`,
      )
    }
  }
  for (const Estimator of CLASSIFIERS) {
    for (const criterion of ['gini', 'entropy']) {
      for (const classCount of [2, 4]) {
        const of = {
          codes: codes.map((code) => code % classCount),
          classNames: ['a', 'b', 'c', 'd'].slice(0, classCount),
        }
        const given = Estimator === DecisionTreeClassifier ? {} : { n_estimators: 60 }
        const fitted = await new Estimator({ ...given, criterion }).fit(x, of, fitContext())
        const p = fitted.predictProbabilities(fresh)
        const found = wanted.map((_, i) => {
          const row = p.subarray(i * classCount, (i + 1) * classCount)
          return row.indexOf(Math.max(...row))
        })
        t.same(
          found,
          wanted.map((i) => of.codes[i]!),
          `${Estimator.name} ${criterion}, ${classCount} classes`,
        )
      }
    }
  }
})

t.test('levels that tell nothing do little harm, and levels that tell most are kept', async (t) => {
  const random = new Random(21)
  const n = 1200
  const number = Float64Array.from({ length: n }, () => random.normal())
  for (const levelCount of [20, 150, 900]) {
    const level = Float64Array.from({ length: n }, () => random.integer(levelCount))
    const effects = Float64Array.from({ length: levelCount }, () => random.normal())
    const noise = Float64Array.from({ length: n }, () => 0.3 * random.normal())
    const scoreOf = async (y: Float64Array, columns: Float64Array[], counts: number[]): Promise<number> => {
      const part = (start: number, end: number): Matrix => ({
        rowCount: end - start,
        columns: columns.map((column) => column.slice(start, end)),
        categoryCounts: counts,
      })
      const forest = new RandomForestRegressor({ n_estimators: 30 })
      const fitted = await forest.fit(part(0, 900), y.slice(0, 900), fitContext())
      const found = fitted.predict(toRowBlock(part(900, n)))
      const [truth, mean] = [y.slice(900), y.slice(900).reduce((sum, v) => sum + v / 300, 0)]
      const residual = truth.reduce((sum, v, i) => sum + (v - found[i]!) ** 2, 0)
      return 1 - residual / truth.reduce((sum, v) => sum + (v - mean) ** 2, 0)
    }
    const plain = number.map((v, i) => v + noise[i]!)
    const alone = await scoreOf(plain, [number], [0])
    const withNoise = await scoreOf(plain, [number, level], [0, levelCount])
    t.ok(withNoise > alone - 0.02, `${levelCount} levels of noise: ${withNoise}, without ${alone}`)
    const real = number.map((v, i) => v + noise[i]! + 2 * effects[level[i]!]!)
    const without = await scoreOf(real, [number], [0])
    const withReal = await scoreOf(real, [number, level], [0, levelCount])
    // With 900 levels there is one row a level.
    const least = levelCount === 900 ? 0 : 0.5
    t.ok(withReal > without + least, `${levelCount} levels that tell: ${withReal}, without ${without}`)
  }
})

t.test('of more levels than trees tell apart the rarest are pooled, and it is told', async (t) => {
  // 4,000 levels of two rows, 1,000 of one row; rows of level 0 and of rare levels are high.
  const level = Float64Array.from({ length: 9000 }, (_, i) => (i < 8000 ? i % 4000 : i - 4000))
  const other = level.map((_, i) => i % 7)
  const y = level.map((code) => (code % 2 === 0 ? 0 : 100) + (code >= 4500 ? 1000 : 0))
  const x: Matrix = { rowCount: 9000, columns: [other, level], categoryCounts: [0, 5000] }
  const codes = Int32Array.from(y, (value) => Number(value >= 1000))
  const block = { rowCount: 3, columnCount: 2, values: Float64Array.of(0, 1, 0, 4999, 0, Number.NaN) }
  const warnings: object[] = []
  const context = fitContext({ warn: (warning) => warnings.push(warning) })
  const tree = new DecisionTreeRegressor({ max_leaf_nodes: 3 })
  const fitted = await tree.fit(x, y, context)
  t.match(warnings, [
    { code: 'LEVELS_POOLED', column: 1, message: /^5000 levels .*: the 905 rarest, of 10\.1 % of the/ },
  ])
  const found = fitted.predict(block)
  t.equal(found[0], 100)
  t.ok(found[1]! > 400, `a pooled level: ${found[1]}`)
  t.ok(Number.isFinite(found[2]))
  const restored = tree.restore(structuredClone(fitted.toState()))
  t.same(restored.predict(block), found)
  t.same(await restored.predictOn(new ThreadTeam(1), block, new StopFlag()), found)
  const sketched = restored.firstTree(1).nodes[0]?.split
  const isLeft = [1, 4999].map((code) => sketched?.categories?.has(code))
  t.notSame(isLeft[0], isLeft[1], 'a sketch names the levels of the rows')
  const forest = await new RandomForestClassifier({ n_estimators: 3, oob_score: true }).fit(
    x,
    { codes, classNames: ['low', 'high'] },
    fitContext(),
  )
  t.ok(forest.oobScore! > 0.9, `${forest.oobScore}`)
  t.throws(() => tree.restore({ ...fitted.toState(), pools: [{ column: 7, codes: Uint16Array.of(1) }] }), StateError)
})

import t from 'tap'
import { type NaiveTree, naiveShapley, type WeighedRows } from '../../../test/support/naive-shapley.ts'
import { naiveBoosted, naiveForest } from '../../../test/support/naive-trees.ts'
import { randomMatrix } from '../../../test/support/tree-data.ts'
import { restoreBoosted } from '../boosting/boosted-state.ts'
import { GradientBoostingClassifier } from '../boosting/gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from '../boosting/gradient-boosting-regressor.ts'
import { NotExplainable, StateError } from '../errors.ts'
import type { FittedClassifier, FittedRegressor } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { fromState } from '../trees/compact-forest.ts'
import { DecisionTreeClassifier } from '../trees/decision-tree-classifier.ts'
import { DecisionTreeRegressor } from '../trees/decision-tree-regressor.ts'
import { ExtraTreesClassifier } from '../trees/extra-trees-classifier.ts'
import { ExtraTreesRegressor } from '../trees/extra-trees-regressor.ts'
import { RandomForestClassifier } from '../trees/random-forest-classifier.ts'
import { RandomForestRegressor } from '../trees/random-forest-regressor.ts'
import type { Explanation } from './explanation.ts'

const COLUMNS = 4
const ROWS = 50

function drawn(round: number) {
  const random = new Random(round, 7)
  const x = randomMatrix(random, ROWS, COLUMNS)
  const codes = Int32Array.from({ length: ROWS }, (_, i) =>
    (x.columns[0]![i]! || 0) + 3 * random.uniform() > 1.5 ? 1 : 0,
  )
  const three = codes.map((code) => (random.integer(3) === 0 ? 2 : code))
  const numbers = Float64Array.from({ length: ROWS }, (_, i) => (x.columns[1]![i]! || 0) + random.normal())
  const weights = Float64Array.from({ length: ROWS }, () => 0.25 + random.uniform())
  // Rows as they come later: with levels that are none, and more missing values.
  const rows = x.columns.map((column, j) =>
    column.map((value) => (random.integer(6) === 0 ? Number.NaN : random.integer(9) === 0 ? 40 + j : value)),
  )
  return { x, later: { ...x, columns: rows }, codes, three, numbers, weights }
}

const rowsOf = ({ columns, rowCount }: Matrix): Float64Array[] =>
  Array.from({ length: rowCount }, (_, i) => Float64Array.from(columns, (column) => column[i]!))

/** What is added up for one row and line. */
function added({ bases, contributions, classCodes }: Explanation, row: number, line: number): number {
  const from = (row * classCodes.length + line) * COLUMNS
  return contributions.subarray(from, from + COLUMNS).reduce((sum, value) => sum + value, bases[line]!)
}

/** Collects what differs by more than rounding. */
class Differences {
  readonly found: string[] = []
  count = 0

  compare(found: number, wanted: number, what: string): void {
    this.count++
    const isNear = Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))
    if (!isNear) this.found.push(`${what}: ${found} is not ${wanted}`)
  }
}

/** Compares each contribution with the definition. trees: what is added up, with a factor for each line. */
function compare(
  differences: Differences,
  explanation: Explanation,
  trees: readonly NaiveTree[],
  training: WeighedRows,
  rows: readonly Float64Array[],
  what: string,
  outputOf: (line: number, tree: number) => number | undefined,
  scale: number,
): void {
  const { classCodes, contributions } = explanation
  for (let row = 0; row < 6; row++) {
    for (let line = 0; line < classCodes.length; line++) {
      const sums = new Float64Array(COLUMNS)
      trees.forEach((tree, k) => {
        const output = outputOf(line, k)
        if (output === undefined) return
        for (const [j, value] of naiveShapley(tree, training, rows[row]!, output).entries()) sums[j]! += value * scale
      })
      for (let j = 0; j < COLUMNS; j++) {
        const found = contributions[(row * classCodes.length + line) * COLUMNS + j]!
        differences.compare(found, sums[j]!, `${what}: row ${row}, line ${line}, column ${j}`)
      }
    }
  }
}

t.test('each column of trees and forests counts what the definition says, all together the prediction', async (t) => {
  const differences = new Differences()
  for (let round = 0; round < 24; round++) {
    const { x, later, codes, three, numbers, weights } = drawn(round)
    const given = { max_depth: round % 3 === 0 ? 3 : null, random_state: round, min_samples_leaf: 1 + (round % 4) }
    const forest = { ...given, n_estimators: 4, bootstrap: false }
    const weight = round % 2 === 0 ? weights : undefined
    const training = { rows: rowsOf(x), weights: Array.from(weight ?? codes, (w) => (weight ? w : 1)) }
    const ofTwo = { codes, classNames: ['a', 'b'] }
    const ofThree = { codes: three, classNames: ['a', 'b', 'c'] }
    const rows = rowsOf(later)
    const block = toRowBlock(later)
    const fits: Record<string, FittedClassifier | FittedRegressor> = {
      tree: await new DecisionTreeClassifier(given).fit(x, ofTwo, fitContext(), weight),
      'tree of three': await new DecisionTreeClassifier(given).fit(x, ofThree, fitContext(), weight),
      'tree for numbers': await new DecisionTreeRegressor(given).fit(x, numbers, fitContext(), weight),
      'pruned tree': await new DecisionTreeRegressor({ ...given, ccp_alpha: 0.02 }).fit(
        x,
        numbers,
        fitContext(),
        weight,
      ),
      extra: await new ExtraTreesClassifier(forest).fit(x, ofThree, fitContext(), weight),
      'extra for numbers': await new ExtraTreesRegressor(forest).fit(x, numbers, fitContext(), weight),
      forest: await new RandomForestClassifier(forest).fit(x, ofTwo, fitContext(), weight),
      'forest for numbers': await new RandomForestRegressor(forest).fit(x, numbers, fitContext(), weight),
    }
    for (const [name, fitted] of Object.entries(fits)) {
      const explanation = fitted.explain!(block, {})
      const state = fromState(fitted.toState())
      const what = `${name}, round ${round}`
      compare(differences, explanation, naiveForest(state), training, rows, what, (line) => line, 1 / state.treeCount)
      const said = fitted.kind === 'classifier' ? fitted.predictProbabilities(block) : fitted.predict(block)
      const lines = explanation.classCodes.length
      for (const [k, value] of said.entries()) {
        differences.compare(added(explanation, Math.floor(k / lines), k % lines), value, what)
      }
      t.match(explanation, { explainedAs: fitted.kind === 'classifier' ? 'probability' : 'value', link: 'identity' })
    }
  }
})

t.test('boosted trees say it of their scores', async (t) => {
  const differences = new Differences()
  for (let round = 0; round < 16; round++) {
    const { x, later, codes, three, numbers } = drawn(round)
    const given = { max_iter: 6, min_samples_leaf: 2 + (round % 5), random_state: round, max_leaf_nodes: 8 }
    const training = { rows: rowsOf(x), weights: Array.from(codes, () => 1) }
    const block = toRowBlock(later)
    const two = await new GradientBoostingClassifier(given).fit(x, { codes, classNames: ['a', 'b'] }, fitContext())
    const ofThree = { codes: three, classNames: ['a', 'b', 'c'] }
    const many = await new GradientBoostingClassifier(given).fit(x, ofThree, fitContext())
    const number = await new GradientBoostingRegressor(given).fit(x, numbers, fitContext())
    for (const [name, fitted] of Object.entries({ two, many, number })) {
      const explanation = fitted.explain!(block, name === 'two' ? { classCodes: [1] } : {})
      const kind = `gradient_boosting_${fitted.kind}`
      const boosted = restoreBoosted(kind, fitted.toState())
      const outputOf = (line: number, tree: number) => (tree % boosted.outputs === line ? 0 : undefined)
      compare(
        differences,
        explanation,
        naiveBoosted(boosted),
        training,
        rowsOf(later),
        `${name}, round ${round}`,
        outputOf,
        1,
      )
      for (let row = 0; row < ROWS; row++) {
        const scores = explanation.classCodes.map((_, line) => added(explanation, row, line))
        if (fitted.kind === 'regressor') differences.compare(scores[0]!, fitted.predict(block)[row]!, name)
        else {
          const powers = name === 'two' ? [1, Math.exp(scores[0]!)] : scores.map(Math.exp)
          const total = powers.reduce((sum, power) => sum + power, 0)
          const said = fitted.predictProbabilities(block)
          for (const [c, power] of powers.entries()) {
            differences.compare(power / total, said[row * powers.length + c]!, `${name}, row ${row}`)
          }
        }
      }
    }
    const { bases, contributions } = two.explain!(block, {})
    t.equal(bases[0], -bases[1]!)
    t.equal(contributions[0], -contributions[COLUMNS]!)
  }
  t.same(differences.found.slice(0, 5), [], `of ${differences.count}`)
  t.ok(differences.count > 5_000)
})

t.test('trees that were kept without the rows of their leaves are not explained', async (t) => {
  const { x, codes, numbers } = drawn(3)
  const ofTwo = { codes, classNames: ['a', 'b'] }
  const forest = new RandomForestClassifier({ n_estimators: 2, random_state: 1 })
  const { leafCovers: _, wideCovers: __, ...old } = (await forest.fit(x, ofTwo, fitContext())).toState()
  const boosting = new GradientBoostingRegressor({ max_iter: 2, min_samples_leaf: 2 })
  const { leafRows: ___, ...oldBoosted } = (await boosting.fit(x, numbers, fitContext())).toState()
  for (const fitted of [forest.restore(old), boosting.restore(oldBoosted)]) {
    t.throws(
      () => fitted.explain!(toRowBlock(x), {}),
      new NotExplainable('it was trained before the training rows of each leaf were kept: train it again'),
    )
  }
  t.same(forest.restore(old).toState(), old, 'the state is what it was')
  const good = (await forest.fit(x, ofTwo, fitContext())).toState()
  const cut = { ...good, leafCovers: new Uint8Array(1) }
  t.throws(
    () => forest.restore(cut).explain(toRowBlock(x), {}),
    new StateError('the state of a forest is broken: covers do not fit the leaves'),
  )
  // Each split twice below the one before it.
  const { children: _children, ...boosted } = (await boosting.fit(x, numbers, fitContext())).toState()
  const chains = Array.from(boosted['splitCounts'] as Int16Array, (count) =>
    Array.from({ length: count }, (_, s) => (s < count - 1 ? [s + 1, s + 1] : [~0, ~1])),
  )
  const shared = boosting.restore({ ...boosted, children: Int16Array.from(chains.flat(2)) })
  t.throws(() => shared.explain!(toRowBlock(x), {}), new StateError('not a state of boosted trees: children'))
})

t.test('paths by many columns count exactly, too', async (t) => {
  const random = new Random(4, 2)
  const width = 9
  const columns = Array.from({ length: width }, () => Float64Array.from({ length: 160 }, () => random.integer(5)))
  const numbers = Float64Array.from({ length: 160 }, (_, i) =>
    columns.reduce((sum, column, j) => sum + (j + 1) * column[i]!, random.normal()),
  )
  const x = { rowCount: 160, columns, categoryCounts: columns.map(() => 0) }
  const fitted = await new DecisionTreeRegressor({ random_state: 1 }).fit(x, numbers, fitContext())
  const block = toRowBlock(x)
  const { contributions } = fitted.explain(block, {})
  const [tree] = naiveForest(fromState(fitted.toState()))
  const training = { rows: rowsOf(x), weights: Array.from(numbers, () => 1) }
  let farthest = 0
  for (const row of [0, 70]) {
    naiveShapley(tree!, training, training.rows[row]!, 0).forEach((value, j) => {
      farthest = Math.max(farthest, Math.abs(value - contributions[row * width + j]!))
    })
  }
  t.ok(farthest < 1e-10, `${farthest}`)
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { noisySet, randomMatrix, readTestSet } from '../../../test/support/tree-data.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { DecisionTreeClassifier } from './decision-tree-classifier.ts'
import { DecisionTreeRegressor } from './decision-tree-regressor.ts'
import { ExtraTreesClassifier } from './extra-trees-classifier.ts'
import { RandomForestClassifier } from './random-forest-classifier.ts'

interface Path {
  readonly data: string
  readonly parameters: { readonly [name: string]: unknown }
  readonly steps: readonly { alpha: number; leaves: number; predicted: number[] | number[][] }[]
}
const golden: { pruning: Path[] } = JSON.parse(
  readFileSync(new URL('../../../test/golden/trees.json', import.meta.url), 'utf8'),
)

/** Classifiers that grow one tree on all rows and all columns. */
const CLASSIFIERS = {
  decision_tree: (given: object) => new DecisionTreeClassifier({ ...given }),
  random_forest: (given: object) =>
    new RandomForestClassifier({ n_estimators: 1, bootstrap: false, max_features: null, ...given }),
  extra_trees: (given: object) => new ExtraTreesClassifier({ n_estimators: 1, max_features: null, ...given }),
}

t.test('along the whole path of pruning, trees predict what those of scikit-learn do', async (t) => {
  let stepCount = 0
  for (const { data, parameters, steps } of golden.pruning) {
    const set = data.startsWith('noisy') ? noisySet(data as 'noisy_two') : readTestSet(data)
    const { x, classes, numbers } = set
    const every = Math.max(1, Math.floor(x.rowCount / 25))
    const count = Math.ceil(x.rowCount / every)
    const block = toRowBlock(
      numericMatrix(x.columns.map((c) => Float64Array.from({ length: count }, (_, i) => c[i * every]!))),
    )
    const isClass = data !== 'diabetes' && data !== 'noisy_numbers'
    for (const { alpha, leaves, predicted } of steps) {
      const given = { ...parameters, ccp_alpha: alpha }
      const fitted = isClass
        ? await new DecisionTreeClassifier(given).fit(x, classes, fitContext())
        : await new DecisionTreeRegressor(given).fit(x, numbers, fitContext())
      const features = fitted.toState()['features'] as Uint8Array
      const found = fitted.kind === 'classifier' ? fitted.predictProbabilities(block) : fitted.predict(block)
      t.equal(features.filter((feature) => feature === x.columns.length).length, leaves, `${data} ${alpha}: leaves`)
      const worst = predicted.flat().reduce((w, value, i) => Math.max(w, Math.abs(value - found[i]!)), 0)
      t.ok(worst < 1e-6, `${data} ${alpha}: predictions are off by ${worst}`)
      stepCount++
    }
  }
  t.ok(stepCount >= 90, `${stepCount} steps`)
})

t.test('a split that goes with a split below it keeps all rows of both', async (t) => {
  // The exclusive or of two columns: no first split gains, so that pruning takes a split whose children are splits.
  const corners = [
    [0, 0, 0, 11],
    [0, 1, 1, 10],
    [1, 0, 1, 10],
    [1, 1, 0, 10],
  ] as const
  const rows = corners.flatMap(([a, b, y, count]) => new Array<readonly number[]>(count).fill([a, b, y]))
  const x = numericMatrix([0, 1].map((j) => Float64Array.from(rows, (row) => row[j]!)))
  const y = { codes: Int32Array.from(rows, (row) => row[2]!), classNames: ['0', '1'] }
  for (const [name, make] of Object.entries(CLASSIFIERS)) {
    const fitted = await make({ ccp_alpha: 0.2 }).fit(x, y, fitContext())
    const p = fitted.predictProbabilities({ rowCount: 1, columnCount: 2, values: Float64Array.of(0, 0) })
    t.same(p, Float64Array.of(21 / 41, 20 / 41), name)
  }
})

t.test('pruned trees restore, and predict on average what their rows are', async (t) => {
  const random = new Random(12)
  for (let round = 0; round < 60; round++) {
    const n = 20 + random.integer(150)
    const classCount = 2 + random.integer(4)
    const x = randomMatrix(random, n, 4)
    const codes = Int32Array.from({ length: n }, () => random.integer(classCount))
    const y = { codes, classNames: Array.from({ length: classCount }, (_, k) => String(k)) }
    const wanted = Float64Array.from({ length: classCount }, (_, k) => codes.filter((code) => code === k).length)
    for (const [name, make] of Object.entries(CLASSIFIERS)) {
      const limits = round % 2 === 0 ? {} : { max_leaf_nodes: 12 }
      const criterion = round % 3 === 0 ? 'entropy' : 'gini'
      const estimator = make({ ...limits, criterion, ccp_alpha: 10 ** (-3 + 0.05 * round), random_state: round })
      const fitted = await estimator.fit(x, y, fitContext())
      const p = estimator.restore(structuredClone(fitted.toState())).predictProbabilities(toRowBlock(x))
      const sums = wanted.map((_, k) => p.reduce((sum, value, i) => sum + (i % classCount === k ? value : 0), 0))
      const worst = Math.max(...sums.map((sum, k) => Math.abs(sum - wanted[k]!)))
      if (!(worst < 1e-9)) t.fail(`round ${round}, ${name}: ${sums} in place of ${wanted}`)
    }
  }
  t.pass()
})

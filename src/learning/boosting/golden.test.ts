// Against scikit-learn: predictions where bins and gains leave no choice, scores where they do.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { GradientBoostingClassifier } from './gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from './gradient-boosting-regressor.ts'

const root = new URL('../../../', import.meta.url)

interface Case {
  readonly name: string
  readonly given: { readonly [name: string]: unknown }
  readonly categories: readonly number[]
  readonly rows: 'full' | 'holes'
  readonly target: readonly number[]
  readonly weighted: boolean
  readonly predictions: readonly number[]
}
interface Golden {
  readonly full: readonly (readonly (number | null)[])[]
  readonly holes: readonly (readonly (number | null)[])[]
  readonly weight: readonly number[]
  readonly regressions: readonly Case[]
  readonly classifications: readonly Case[]
  readonly extreme_weights: readonly {
    readonly codes: readonly number[]
    readonly weight: number
    readonly predictions: readonly number[]
  }[]
  readonly scores: {
    readonly [file: string]: { readonly target: string; readonly folds: string; readonly scores: readonly number[] }
  }
}
const golden: Golden = JSON.parse(readFileSync(new URL('test/golden/boosting.json', root), 'utf8'))
const QUICK = { max_iter: 30, early_stopping: false, random_state: 0 }

function matrixOf({ rows, categories }: Case): Matrix {
  const columns = golden[rows].map((column) => Float64Array.from(column, (value) => value ?? Number.NaN))
  return { rowCount: 400, columns, categoryCounts: columns.map((_, j) => (categories.includes(j) ? 7 : 0)) }
}

for (const example of golden.regressions) {
  t.test(`regression as scikit-learn: ${example.name}`, async (t) => {
    const x = matrixOf(example)
    const weight = example.weighted ? Float64Array.from(golden.weight) : undefined
    const estimator = new GradientBoostingRegressor({ ...QUICK, ...example.given })
    const fitted = await estimator.fit(x, Float64Array.from(example.target), fitContext(), weight)
    const predictions = fitted.predict(toRowBlock(x, 0, 100))
    t.ok(largestGap(predictions, example.predictions) < 1e-5, `gap ${largestGap(predictions, example.predictions)}`)
  })
}

for (const example of golden.classifications) {
  t.test(`classification as scikit-learn: ${example.name}`, async (t) => {
    const x = matrixOf(example)
    const weight = example.weighted ? Float64Array.from(golden.weight) : undefined
    const estimator = new GradientBoostingClassifier({ ...QUICK, ...example.given })
    const classNames = [...new Set(example.target)].map(String).sort()
    const fitted = await estimator.fit(x, { codes: Int32Array.from(example.target), classNames }, fitContext(), weight)
    const predictions = fitted.predictProbabilities(toRowBlock(x, 0, 100))
    t.ok(largestGap(predictions, example.predictions) < 1e-5, `gap ${largestGap(predictions, example.predictions)}`)
  })
}

t.test('five-fold scores on real data are those of scikit-learn', async (t) => {
  for (const [file, { target, folds, scores }] of Object.entries(golden.scores)) {
    const table = readTable(file, target)
    const found = await Promise.all([0, 1, 2, 3, 4].map((fold) => scoreOf(table, folds, String(fold))))
    const mean = average(found)
    const expected = average(scores)
    const error = Math.sqrt(average(scores.map((score) => (score - expected) ** 2)) / scores.length)
    t.ok(Math.abs(mean - expected) <= Math.max(0.005, 2 * error), `${file}: ${mean} where scikit-learn has ${expected}`)
  }
})

interface Table {
  readonly x: Matrix
  readonly labels: readonly string[]
  readonly isRegression: boolean
}

function readTable(file: string, target: string): Table {
  const text = readFileSync(new URL(`examples/data/${file}`, root), 'utf8')
    .replaceAll('"', '')
    .trim()
  const [names, ...rows] = text.split(/\r?\n/).map((line) => line.split(',')) as [string[], ...string[][]]
  const isCategorical = file === 'house_votes.csv'
  const cellsOf = (name: string): string[] => rows.map((row) => row[names.indexOf(name)] as string)
  const codeOf: Record<string, number> = { n: 0, y: 1, '': Number.NaN }
  const columns = names
    .filter((name) => name !== target)
    .map((name) =>
      Float64Array.from(cellsOf(name), (cell) => (isCategorical ? (codeOf[cell] as number) : Number(cell))),
    )
  const categoryCounts = columns.map(() => (isCategorical ? 2 : 0))
  return {
    x: { rowCount: rows.length, columns, categoryCounts },
    labels: cellsOf(target),
    isRegression: file === 'diabetes.csv',
  }
}

/** Accuracy, or R² for numbers, on the rows of one fold after training on the others. */
async function scoreOf({ x, labels, isRegression }: Table, folds: string, fold: string): Promise<number> {
  const all = [...folds].keys().toArray()
  const isTest = (i: number): boolean => folds[i] === fold
  const [training, test] = [all.filter((i) => !isTest(i)), all.filter(isTest)]
  const take = (rows: readonly number[]): Matrix => ({
    ...x,
    rowCount: rows.length,
    columns: x.columns.map((column) => Float64Array.from(rows, (i) => column[i] as number)),
  })
  const context = fitContext()
  const block = toRowBlock(take(test))
  if (isRegression) {
    const y = Float64Array.from(labels, Number)
    const own = Float64Array.from(training, (i) => y[i] as number)
    const predicted = (await new GradientBoostingRegressor().fit(take(training), own, context)).predict(block)
    const mean = average(test.map((i) => y[i] as number))
    const left = average(test.map((i, k) => ((y[i] as number) - (predicted[k] as number)) ** 2))
    return 1 - left / average(test.map((i) => ((y[i] as number) - mean) ** 2))
  }
  const classNames = [...new Set(labels)].sort()
  const codes = Int32Array.from(training, (i) => classNames.indexOf(labels[i] as string))
  const fitted = await new GradientBoostingClassifier().fit(take(training), { codes, classNames }, context)
  const probabilities = fitted.predictProbabilities(block)
  const isRight = test.map((i, k) => {
    const row = probabilities.subarray(k * classNames.length, (k + 1) * classNames.length)
    return classNames[row.indexOf(Math.max(...row))] === labels[i] ? 1 : 0
  })
  return average(isRight)
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

for (const { codes, weight, predictions } of golden.extreme_weights) {
  t.test(`${new Set(codes).size} classes, one of weight ${weight}, as scikit-learn`, async (t) => {
    const x = numericMatrix([Float64Array.from({ length: 8 }, (_, i) => i)])
    const estimator = new GradientBoostingClassifier({ class_weight: { 1: weight }, min_samples_leaf: 1 })
    const classNames = [...new Set(codes)].map(String)
    const fitted = await estimator.fit(x, { codes: Int32Array.from(codes), classNames }, fitContext())
    const gap = largestGap(fitted.predictProbabilities(toRowBlock(x)), predictions)
    t.ok(gap < 1e-12, `gap ${gap}`)
    estimator.restore(fitted.toState())
  })
}

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let gap = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [a[i] as number, b[i] as number]
    gap = Math.max(gap, Math.abs(u - v) / Math.max(1, Math.abs(v)))
  }
  return gap
}

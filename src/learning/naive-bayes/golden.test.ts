// What scikit-learn learns and answers, as test/golden/generate_naive_bayes.py wrote it down.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Dataset, type DatasetName, readDataset, takeRows } from '../../../test/support/datasets.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { SparseWriter } from '../sparse.ts'
import { CategoricalNaiveBayes } from './categorical-naive-bayes.ts'
import { ComplementNaiveBayes } from './complement-naive-bayes.ts'
import { GaussianNaiveBayes } from './gaussian-naive-bayes.ts'
import { MultinomialNaiveBayes } from './multinomial-naive-bayes.ts'

interface Case {
  readonly data: DatasetName
  readonly given: { readonly [name: string]: unknown }
  readonly weighted: boolean
  /** The first rows of the file that are used; null for all. */
  readonly rows: number | null
  readonly prior: readonly number[]
  readonly probabilities: readonly number[]
}
interface GaussianCase extends Case {
  /** Added to all values. */
  readonly shift: number
  readonly theta: readonly number[]
  readonly var: readonly number[]
}
interface CategoricalCase extends Case {
  readonly first: readonly number[]
  readonly last: readonly number[]
}
interface TermCase extends Case {
  readonly estimator: 'ComplementNaiveBayes' | 'MultinomialNaiveBayes'
  /** Weights of the first and the last class. */
  readonly first: readonly number[]
  readonly last: readonly number[]
}
interface Golden {
  readonly gaussian: readonly GaussianCase[]
  readonly categorical: readonly CategoricalCase[]
  readonly terms: readonly TermCase[]
}
const url = new URL('../../../test/golden/naive_bayes.json', import.meta.url)
const golden: Golden = JSON.parse(readFileSync(url, 'utf8'))

for (const { data, given, weighted, rows, shift, ...expected } of golden.gaussian) {
  const named = [data, JSON.stringify(given), weighted ? 'weighted' : '', shift > 0 ? 'far from 0' : ''].join(' ')
  t.test(`Gaussian: learns what scikit-learn does: ${named}`, async (t) => {
    const { train, asked, weight } = halves(data, rows, shift)
    const fitted = await new GaussianNaiveBayes(given).fit(
      train.x,
      train.classes,
      fitContext(),
      weighted ? weight : undefined,
    )
    const { theta, variance, prior } = fitted.learned
    t.equal(firstDifference(theta, expected.theta, 1e-9), undefined, 'means')
    t.equal(firstDifference(variance, expected.var, 1e-9), undefined, 'variances')
    t.equal(firstDifference(prior, expected.prior, 1e-9), undefined, 'priors')
    const probabilities = fitted.predictProbabilities(toRowBlock(asked.x, 0, Math.min(40, asked.x.rowCount)))
    t.equal(firstDifference(probabilities, expected.probabilities, 1e-9), undefined, 'probabilities')
  })
}

for (const { data, given, weighted, rows, ...expected } of golden.categorical) {
  t.test(`categorical: learns what scikit-learn does: ${data} ${JSON.stringify(given)}`, async (t) => {
    const { train, asked, weight } = halves(data, rows)
    const estimator = new CategoricalNaiveBayes(given)
    const fitted = await estimator.fit(train.x, train.classes, fitContext(), weighted ? weight : undefined)
    t.equal(firstDifference(fitted.logProbabilities(0), expected.first, 1e-9), undefined, 'first column')
    const last = fitted.logProbabilities(fitted.columnCount - 1)
    t.equal(firstDifference(last, expected.last, 1e-9), undefined, 'last column')
    // scikit-learn cannot take codes above the fitted ones: they were cut there.
    const greatest = train.x.columns.map((column) => Math.max(...column))
    const cut = asked.x.columns.map((column, j) => column.map((code) => Math.min(code, greatest[j] as number)))
    const probabilities = fitted.predictProbabilities(toRowBlock(numericMatrix(cut), 0, 30))
    t.equal(firstDifference(probabilities, expected.probabilities, 1e-9), undefined, 'probabilities')
  })
}

for (const { estimator: name, data, given, weighted, rows, ...expected } of golden.terms) {
  t.test(`${name} learns what scikit-learn does: ${data} ${JSON.stringify(given)}`, async (t) => {
    const { train, asked, weight } = halves(data, rows)
    for (const [how, shaped] of [
      ['dense', (x: Matrix) => x],
      ['sparse', (x: Matrix) => sparseFrom(x, 3)],
      ['all sparse', (x: Matrix) => sparseFrom(x, 0)],
    ] as const) {
      const estimator = new { ComplementNaiveBayes, MultinomialNaiveBayes }[name](given)
      const fitted = await estimator.fit(shaped(train.x), train.classes, fitContext(), weighted ? weight : undefined)
      const { featureLogProb, classLogPrior } = fitted.learned
      const { columnCount } = fitted
      t.equal(firstDifference(featureLogProb.subarray(0, columnCount), expected.first, 1e-9), undefined, how)
      t.equal(firstDifference(featureLogProb.subarray(-columnCount), expected.last, 1e-9), undefined, how)
      t.equal(firstDifference(classLogPrior.map(Math.exp), expected.prior, 1e-9), undefined, how)
      const restored = estimator.restore(fitted.toState())
      for (const model of [fitted, restored]) {
        const probabilities = model.predictProbabilities(toRowBlock(shaped(asked.x), 0, Math.min(30, asked.x.rowCount)))
        t.equal(firstDifference(probabilities, expected.probabilities, 1e-9), undefined, `${how}, probabilities`)
      }
    }
  })
}

/** The columns from `first` on as sparse ones. */
function sparseFrom({ rowCount, columns }: Matrix, first: number): Matrix {
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    for (let j = first; j < columns.length; j++)
      if (columns[j]?.[i] !== 0) writer.add(j - first, columns[j]?.[i] as number)
    writer.endRow()
  }
  return { ...numericMatrix(columns.slice(0, first), rowCount), sparse: writer.finish(columns.length - first) }
}

/** Even rows to fit, odd rows to ask, and weights of 0.25, 1.25, 2.25, 3.25 in turn. */
function halves(data: DatasetName, rows: number | null, shift = 0) {
  const whole = readDataset(data)
  const all = Int32Array.from({ length: rows ?? whole.x.rowCount }, (_, i) => i)
  const train = shifted(
    takeRows(
      whole,
      all.filter((i) => i % 2 === 0),
    ),
    shift,
  )
  const asked = shifted(
    takeRows(
      whole,
      all.filter((i) => i % 2 === 1),
    ),
    shift,
  )
  return { train, asked, weight: Float64Array.from({ length: train.x.rowCount }, (_, i) => 0.25 + (i % 4)) }
}

function shifted(dataset: Dataset, shift: number): Dataset {
  return { ...dataset, x: numericMatrix(dataset.x.columns.map((column) => column.map((value) => value + shift))) }
}

/** Relative; probabilities below 1e-12 count as 0. */
function firstDifference(found: Float64Array, expected: readonly number[], tolerance: number): string | undefined {
  if (found.length !== expected.length) return `${found.length} numbers, expected ${expected.length}`
  const at = expected.findIndex(
    (value, k) => !(Math.abs((found[k] as number) - value) <= tolerance * Math.abs(value) + 1e-12),
  )
  return at < 0 ? undefined : `at ${at}: ${found[at]}, expected ${expected[at]}`
}

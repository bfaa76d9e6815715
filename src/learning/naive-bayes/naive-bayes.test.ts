import t from 'tap'
import { DataError, ParameterError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { numericMatrix, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { CategoricalNaiveBayes } from './categorical-naive-bayes.ts'
import { MomentTaker } from './class-moments.ts'
import { GaussianNaiveBayes } from './gaussian-naive-bayes.ts'

const NaN_ = Number.NaN
const areClose = (a: Float64Array, b: ArrayLike<number>): boolean =>
  a.length === b.length && a.every((value, k) => Math.abs(value - (b[k] as number)) < 1e-12)
const two = (...codes: number[]): ClassTarget => ({ codes: Int32Array.from(codes), classNames: ['a', 'b'] })
const columns = (...values: number[][]) => numericMatrix(values.map((column) => Float64Array.from(column)))

t.test('moments agree with those of sorted-out values, far from 0 and in unlike classes', async (t) => {
  const random = new Random(5)
  const codes = Int32Array.from({ length: 20_001 }, () => random.integer(3))
  const offsets = [0, 1e8, -3e5]
  const column = Float64Array.from(codes, (code) => (offsets[code] as number) + random.integer(1024) / 512)
  const { means, variances, weights } = new MomentTaker(codes, 4).momentsOf(column, 1)
  for (const code of [0, 1, 2]) {
    // Exact in double precision once the offset is taken off: eleven bits a value.
    const values = [...column].filter((_, i) => codes[i] === code).map((value) => value - (offsets[code] as number))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length - mean * mean
    t.equal(weights[code], values.length)
    t.ok(Math.abs((means[code] as number) - (offsets[code] as number) - mean) < 1e-7, 'mean')
    t.ok(Math.abs((variances[code] as number) / variance - 1) < 1e-10, 'variance')
  }
  t.same([weights[3], means[3], variances[3]], [0, 0, 0], 'a class without rows')
})

t.test('Gaussian: a column that a row lacks says nothing of it', async (t) => {
  const first = [1, 2, 3, 7, 8, 9.5]
  const second = [5, 1, 4, 2, 8, 3]
  const y = two(0, 0, 0, 1, 1, 1)
  // Without smoothing, as its share depends on all columns.
  const estimator = new GaussianNaiveBayes({ var_smoothing: 0 })
  const both = await estimator.fit(columns(first, second), y, fitContext())
  const one = await estimator.fit(columns(first), y, fitContext())
  const found = both.predictProbabilities(toRowBlock(columns([4, 6], [NaN_, NaN_])))
  const expected = one.predictProbabilities(toRowBlock(columns([4, 6])))
  t.ok(areClose(found, expected))
  t.same([...both.predictProbabilities(toRowBlock(columns([NaN_], [NaN_])))], [0.5, 0.5], 'the priors remain')
})

t.test('Gaussian: missing values are left out of the moments', async (t) => {
  const estimator = new GaussianNaiveBayes()
  const y = two(0, 0, 0, 1, 1, 1)
  const fitted = await estimator.fit(columns([1, 3, NaN_, 5, NaN_, 9], [NaN_, NaN_, NaN_, 1, 2, 3]), y, fitContext())
  const { theta } = fitted.learned
  t.same([...theta], [2, 2, 7, 2], 'a class without values takes the mean of all rows')
})

t.test('Gaussian: integer weights equal repeated rows', async (t) => {
  const estimator = new GaussianNaiveBayes({ var_smoothing: 0 })
  const weighted = await estimator.fit(
    columns([1, 2, 5, 9]),
    two(0, 0, 1, 1),
    fitContext(),
    Float64Array.of(2, 1, 1, 3),
  )
  const repeated = await estimator.fit(columns([1, 1, 2, 5, 9, 9, 9]), two(0, 0, 0, 1, 1, 1, 1), fitContext())
  t.ok(weighted.learned.variance.every((v, k) => Math.abs(v - (repeated.learned.variance[k] as number)) < 1e-12))
  t.same(weighted.learned.prior, repeated.learned.prior)
})

t.test('Gaussian: extreme values are told apart', async (t) => {
  for (const size of [1e300, 1e-300]) {
    const x = columns([1, 2, 1.5, -1, -2, -1.5].map((value) => value * size))
    const fitted = await new GaussianNaiveBayes().fit(x, two(0, 0, 0, 1, 1, 1), fitContext())
    const shares = fitted.predictProbabilities(toRowBlock(x))
    t.ok((shares[0] as number) > 0.99 && (shares[11] as number) > 0.99, `${shares}`)
  }
})

t.test('Gaussian: where nothing varies the classes keep their priors', async (t) => {
  const fitted = await new GaussianNaiveBayes().fit(columns([3, 3, 3, 3]), two(0, 0, 0, 1), fitContext())
  t.ok(areClose(fitted.predictProbabilities(toRowBlock(columns([3, 4]))), [0.75, 0.25, 0.75, 0.25]))
})

t.test('Gaussian: refuses priors that do not fit the classes', async (t) => {
  const x = columns([1, 2])
  for (const priors of [[1], [0.5, 0.4]]) {
    await t.rejects(new GaussianNaiveBayes({ priors }).fit(x, two(0, 1), fitContext()), ParameterError)
  }
  t.throws(() => new GaussianNaiveBayes({ priors: [2, -1], var_smoothing: -1 }), ParameterError)
})

t.test('categorical: columns of categories and columns of codes learn the same', async (t) => {
  const x = columns([0, 1, 2, 1], [1, 0, 1, 1])
  const y = two(0, 1, 1, 0)
  const estimator = new CategoricalNaiveBayes()
  const asCategories = await estimator.fit({ ...x, categoryCounts: [3, 2] }, y, fitContext())
  t.same(asCategories.toState(), (await estimator.fit(x, y, fitContext())).toState())
})

t.test('categorical: what is missing or was never seen says nothing', async (t) => {
  const x = columns([0, 1, 1, NaN_], [0, 1, 0, 1])
  const estimator = new CategoricalNaiveBayes()
  const fitted = await estimator.fit(x, two(0, 1, 1, 0), fitContext())
  t.ok(areClose(fitted.logProbabilities(0), [2 / 3, 1 / 3, 1 / 4, 3 / 4].map(Math.log)), 'not counted')
  const expected = [...fitted.predictProbabilities(toRowBlock(columns([NaN_], [1])))]
  for (const unseen of [2, -1, 0.5, 1e9]) {
    t.same([...fitted.predictProbabilities(toRowBlock(columns([unseen], [1])))], expected)
  }
  const alone = await estimator.fit(columns([0, 1, 0, 1]), two(0, 1, 1, 0), fitContext())
  t.same([...alone.predictProbabilities(toRowBlock(columns([1])))], expected)
})

t.test('categorical: a category that is impossible in every class leaves the priors', async (t) => {
  const x = { ...columns([0, 1, 1]), categoryCounts: [3] }
  const fitted = await new CategoricalNaiveBayes({ alpha: 0 }).fit(x, two(0, 1, 1), fitContext())
  const shares = fitted.predictProbabilities(toRowBlock(columns([0, 2])))
  t.same([shares[0], shares[1]], [1, 0])
  t.ok(Math.abs((shares[2] as number) - 1 / 3) < 1e-15)
})

t.test('categorical: refuses columns that hold no codes', async (t) => {
  for (const wrong of [0.5, -1, 1e6]) {
    await t.rejects(new CategoricalNaiveBayes().fit(columns([0, wrong]), two(0, 1), fitContext()), DataError)
  }
})

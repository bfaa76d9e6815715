import t from 'tap'
import { exp } from '../exp.ts'
import { Random } from '../random.ts'
import { findCategories } from './find-categories.ts'
import { findThresholds, lowerBound } from './find-thresholds.ts'
import { binMapper } from './map-to-bins.ts'
import { sortValues } from './sort-values.ts'
import { quantileOf } from './weighted-quantile.ts'

t.test('few distinct values are parted at their midpoints', async (t) => {
  t.same(findThresholds(Float64Array.of(3, 1, Number.NaN, 2, 1), 255), Float64Array.of(1.5, 2.5))
  t.same(findThresholds(Float64Array.of(7, 7), 255), new Float64Array())
  t.same(findThresholds(Float64Array.of(Number.NaN), 255), new Float64Array())
  t.same(findThresholds(Float64Array.of(1, 1 + Number.EPSILON), 255), Float64Array.of(1), 'neighbours too')
  t.same(findThresholds(Float64Array.of(-1e300, 1e300), 255), Float64Array.of(0))
})

t.test('many values give bins of equal size, and weights count as repeats', async (t) => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => i)
  t.same(findThresholds(values.toReversed(), 4), Float64Array.of(249.5, 499.5, 749.5))
  const weight = values.map((value) => 1 + (value % 3))
  const repeated = Float64Array.from([...values].flatMap((value, i) => Array<number>(weight[i] as number).fill(value)))
  t.same(findThresholds(values.slice(), 7, weight), findThresholds(repeated, 7))
})

t.test('values fall into the bins that a plain search finds', async (t) => {
  const random = new Random(2)
  for (const spread of [(u: number) => u, (u: number) => 10 ** (600 * u - 300), (u: number) => Math.floor(30 * u)]) {
    const column = Float64Array.from({ length: 3000 }, (_, i) => (i % 9 === 0 ? Number.NaN : spread(random.uniform())))
    for (const maxBins of [2, 17, 255]) {
      const thresholds = findThresholds(column.slice(0, 2000), maxBins)
      const codes = new Uint8Array(3000)
      const rows = Int32Array.from(column, (_, i) => i)
      const hasMissing = binMapper({ thresholds })(column, rows, 0, 3000, codes, 0)
      t.ok(hasMissing)
      const expected = column.map((x) => (Number.isNaN(x) ? thresholds.length + 1 : lowerBound(thresholds, x)))
      t.same(codes, Uint8Array.from(expected))
    }
  }
})

t.test('categories that are seen have bins, the rest count as missing', async (t) => {
  const column = Float64Array.of(0, 3, 3, 1, 1, 1, 5, 5, Number.NaN)
  const rows = Int32Array.from(column, (_, i) => i)
  t.same(findCategories(column, rows, 7), { binOfCategory: Uint8Array.of(0, 1, 4, 2, 4, 3, 4), binCount: 4 })
})

t.test('quantiles are those of sorted values', async (t) => {
  const random = new Random(6)
  for (const n of [1, 2, 5, 100, 1001]) {
    const values = Float64Array.from({ length: n }, () => random.integer(50) + random.uniform())
    const sorted = values.toSorted()
    for (const q of [0, 0.25, 0.5, 0.8, 1]) {
      const position = q * (n - 1)
      const [low, high] = [sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number]
      const expected = low + (position - Math.floor(position)) * (high - low)
      t.ok(Math.abs(quantileOf(values.slice(), undefined, q) - expected) < 1e-12)
    }
  }
  t.equal(quantileOf(Float64Array.of(3, 1, 2), Float64Array.of(1, 1, 5), 0.5), 2)
  t.equal(quantileOf(Float64Array.of(4, 3, 2, 1), Float64Array.of(1, 1, 1, 1), 0.5), 2, 'the lower of two middles')
})

t.test('exp is the exponential function', async (t) => {
  for (let x = -745; x < 709; x += 0.37) {
    const expected = Math.exp(x)
    t.ok(Math.abs(exp(x) - expected) <= 1e-15 * expected, `e^${x}`)
  }
  t.same([exp(0), exp(-1000), exp(1000)], [1, 0, Number.POSITIVE_INFINITY])
  t.ok(Number.isNaN(exp(Number.NaN)))
})

t.test('values are sorted as the engine sorts them, however they crowd', async (t) => {
  const random = new Random(7)
  const kinds: ((i: number) => number)[] = [
    () => random.uniform(),
    () => random.normal(),
    () => Math.exp(20 * random.normal()),
    (i) => (i % 3 === 0 ? Number.NaN : random.normal()),
    (i) => i % 5,
    (i) => (i === 7 ? 1e300 : -1e300 * random.uniform()),
    (i) => (i % 2 === 0 ? 1.7e308 : -1.7e308),
    () => 4,
    () => Number.NaN,
    (i) => i * 5e-324,
  ]
  for (const kind of kinds) {
    for (const n of [0, 1, 300, 5000]) {
      const values = Float64Array.from({ length: n }, (_, i) => kind(i))
      const expected = values.toSorted()
      sortValues(values)
      t.same(values, expected)
    }
  }
})

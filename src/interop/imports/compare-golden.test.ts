import t from 'tap'
import type { Predictions } from '../../model/fitted-pipeline.ts'
import { compareGolden } from './compare-golden.ts'
import type { GoldenColumn } from './golden-rows.ts'

const numbers = (...values: number[]): Predictions => ({
  labels: { rowCount: values.length, columns: [{ kind: 'numeric', name: 'y', values: Float64Array.from(values) }] },
  probabilities: [],
  unseen: [],
  marks: [],
})
const expecting = (...values: number[]): GoldenColumn[] => [
  {
    name: 'y',
    label: 'y',
    level: undefined,
    expected: { kind: 'numeric', name: 'y', values: Float64Array.from(values) },
  },
]
const EXACT = { tolerance: 2.5e-16, isFloat32: false }
const FLOAT32 = { tolerance: 1e-6, isFloat32: true }

t.test('tells the worst difference, relative to what is expected, and where it is', async (t) => {
  t.same(compareGolden(expecting(1, 2, 4), numbers(1, 2, 4), EXACT), {
    rows: 3,
    columns: ['y'],
    tolerance: 2.5e-16,
    worst: null,
  })
  const { worst } = compareGolden(expecting(1, 4), numbers(1, 4 * (1 + Number.EPSILON)), EXACT)
  t.same(worst, { difference: Number.EPSILON, row: 1, column: 'y' })
})

t.test('refuses with the rows that differ', async (t) => {
  t.throws(() => compareGolden(expecting(1, 2, 3), numbers(1, 2.5, 4), EXACT), {
    code: 'GOLDEN_ROWS_DIFFER',
    message: /^2 of 3 golden rows differ; the largest difference is 0\.33.* in row 2, "y"/,
    faults: [
      { in: 'golden', row: 1, column: 'y', detail: 'expected 2, the model gives 2.5' },
      { in: 'golden', row: 2, column: 'y', detail: 'expected 3, the model gives 4' },
    ],
  })
})

t.test('a small number among large ones is measured against these, of float32 alone', async (t) => {
  const close = numbers(1000, 1e-7)
  t.ok(compareGolden(expecting(1000, 2e-7), close, FLOAT32).worst)
  t.throws(() => compareGolden(expecting(1000, 2e-7), close, EXACT), { code: 'GOLDEN_ROWS_DIFFER' })
})

t.test('what is missing or not finite is only what it is itself', async (t) => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, 0]
  t.equal(compareGolden(expecting(...odd), numbers(...odd), EXACT).worst, null)
  for (const [wanted, got] of [
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
    [0, 1e-300],
  ] as const) {
    t.throws(() => compareGolden(expecting(wanted), numbers(got), { tolerance: 0.1, isFloat32: false }))
  }
})

t.test('labels are compared as text, probabilities of their class as numbers', async (t) => {
  const predictions: Predictions = {
    labels: { rowCount: 2, columns: [{ kind: 'categorical', name: 'y', codes: Int32Array.of(0, 1), levels: [0, 1] }] },
    probabilities: [{ name: 'y', levels: [0, 1], values: Float64Array.of(0.75, 0.25, 0.5, 0.5) }],
    unseen: [],
    marks: [],
  }
  const label = { kind: 'categorical', name: 'y', codes: Int32Array.of(0, 1), levels: ['0', '1'] } as const
  const second = { kind: 'numeric', name: 'y.probability.1', values: Float64Array.of(0.25, 0.5) } as const
  const columns = [
    { name: 'y', label: 'y', level: undefined, expected: label },
    { name: 'y.probability.1', label: 'y', level: 1, expected: second },
  ]
  t.same(compareGolden(columns, predictions, EXACT).columns, ['y', 'y.probability.1'])
  const other = { ...label, codes: Int32Array.of(1, 1) }
  t.throws(() => compareGolden([{ ...(columns[0] as GoldenColumn), expected: other }], predictions, EXACT), {
    code: 'GOLDEN_ROWS_DIFFER',
    faults: [{ row: 0, column: 'y', detail: 'expected "1", the model gives 0' }],
  })
})

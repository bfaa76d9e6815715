import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { buildTable } from '../../../test/support/build-table.ts'
import { StateError } from '../../learning/errors.ts'
import { FaultList } from '../faults.ts'
import { toFrame } from '../frame.ts'
import { impute } from './impute.ts'
import { oneHot } from './one-hot.ts'
import { ordinal } from './ordinal.ts'
import { standardize } from './standardize.ts'
import { type EncodingStep, type Frame, stepContext } from './step.ts'

interface Golden {
  readonly numeric: readonly {
    readonly name: string
    readonly values: readonly (number | null)[]
    readonly impute: Record<'mean' | 'median' | 'most_frequent', readonly number[]>
    readonly standardize: readonly (number | null)[]
  }[]
  readonly categorical: readonly {
    readonly name: string
    readonly values: readonly (string | null)[]
    readonly one_hot: readonly (readonly number[])[]
    readonly ordinal: readonly (number | null)[]
  }[]
}
// Written by test/golden/generate_steps.py with the version of scikit-learn that it names.
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/steps.json', import.meta.url), 'utf8'))

function frameOf(rows: readonly object[]): Frame {
  const faults = new FaultList()
  const table = buildTable(rows, 'features', faults)
  if (!faults.isEmpty) throw new Error(JSON.stringify(faults.listed))
  return toFrame(table)
}
const columnOf = (values: readonly unknown[]): Frame => frameOf(values.map((a) => ({ a })))
const fitTransform = (step: EncodingStep, frame: Frame): Frame => step.fit(frame, stepContext()).transform(frame)

function close(t: Test, actual: Float64Array | undefined, expected: readonly (number | null)[], name: string): void {
  t.equal(actual?.length, expected.length, name)
  expected.forEach((value, i) => {
    const got = actual?.[i] as number
    const isEqual = value === null ? Number.isNaN(got) : Math.abs(got - value) <= 1e-12 * Math.max(1, Math.abs(value))
    if (!isEqual) t.fail(`${name}[${i}]: expected ${value}, got ${got}`)
  })
}

for (const { name, values, impute: imputed, standardize: standardized } of golden.numeric) {
  t.test(`imputes and standardizes the column "${name}" as scikit-learn does`, async (t) => {
    const frame = columnOf(values)
    for (const strategy of ['mean', 'median', 'most_frequent'] as const) {
      close(t, fitTransform(impute({ strategy }), frame).columns[0], imputed[strategy], strategy)
    }
    close(t, fitTransform(standardize(), frame).columns[0], standardized, 'standardize')
    close(t, frame.columns[0], values, 'the frame stays as it was')
  })
}

for (const { name, values, one_hot, ordinal: codes } of golden.categorical) {
  t.test(`encodes the column "${name}" as scikit-learn does`, async (t) => {
    const frame = columnOf(values)
    const encoded = fitTransform(oneHot(), frame)
    encoded.columns.forEach((column, j) => {
      t.same(
        [...column],
        one_hot.map((row) => row[j]),
      )
    })
    t.equal(encoded.columns.length, one_hot[0]?.length)
    t.ok(encoded.categoryCounts.every((count) => count === 0))
    const numbered = fitTransform(ordinal(), frame)
    close(t, numbered.columns[0], codes, 'ordinal')
    t.same(numbered.categoryCounts, [0])
  })
}

t.test('impute fills a column that is all missing with 0, and categories with the most frequent one', async (t) => {
  const frame = frameOf([{ a: null, c: 'y' }, { a: null, c: null }, { a: null, c: 'y' }, { c: 'x' }])
  const { columns } = fitTransform(impute(), frame)
  t.same([...(columns[0] as Float64Array)], [0, 0, 0, 0])
  t.same([...(columns[1] as Float64Array)], [1, 1, 1, 0])
})

t.test('steps work on the columns that they are told, and leave the others', async (t) => {
  const frame = frameOf([
    { a: 1, b: 1, c: 'x', d: 'x' },
    { a: 3, b: 3, c: 'y', d: 'y' },
    { a: null, b: null, c: 'x', d: 'y' },
  ])
  t.same(fitTransform(oneHot({ columns: ['c'] }), frame).columnNames, ['a', 'b', 'c=0', 'c=1', 'd'])
  t.same(fitTransform(ordinal({ columns: ['d'] }), frame).categoryCounts, [0, 0, 2, 0])
  const [a, b] = fitTransform(impute({ columns: ['a'] }), frame).columns as [Float64Array, Float64Array]
  t.equal(a[2], 2)
  t.ok(Number.isNaN(b[2]))
  const [scaled, left] = fitTransform(standardize({ columns: ['a'] }), frame).columns as [Float64Array, Float64Array]
  t.same([...scaled.subarray(0, 2)], [-1, 1])
  t.same([...left.subarray(0, 2)], [1, 3])
})

t.test('what was learned from the training rows is used on others', async (t) => {
  const training = columnOf([0, 10, null])
  const other = columnOf([null, 20])
  t.same(
    [...(impute({ strategy: 'mean' }).fit(training, stepContext()).transform(other).columns[0] as Float64Array)],
    [5, 20],
  )
  t.same(
    [
      ...(standardize()
        .fit(columnOf([0, 10]), stepContext())
        .transform(columnOf([20])).columns[0] as Float64Array),
    ],
    [3],
  )
})

t.test('a restored step does what the fitted one does', async (t) => {
  const frame = frameOf([{ a: 1, c: 'x' }, { a: 4, c: 'y' }, { a: null }, { c: 'x' }])
  for (const step of [impute(), standardize(), oneHot(), ordinal()]) {
    const fitted = step.fit(frame, stepContext())
    t.same(step.restore(fitted.toState()).transform(frame), fitted.transform(frame), step.type)
  }
})

t.test('a step refuses a state that it did not write', async (t) => {
  for (const state of [{}, { fills: [1] }, { means: new Float64Array(2) }, { widths: new Float64Array(2) }]) {
    for (const step of [impute(), standardize(), oneHot()]) t.throws(() => step.restore(state), StateError, step.type)
  }
  const uneven = { means: new Float64Array(2), scales: new Float64Array(3) }
  t.throws(() => standardize().restore(uneven), StateError)
  t.throws(() => oneHot().restore({ widths: Int32Array.of(-1) }), StateError)
  t.throws(() => oneHot().restore({ widths: Int32Array.of(2 ** 30) }), StateError)
})

t.test('one-hot encoding refuses more columns than are of use, and names the widest', async (t) => {
  const rows = Array.from({ length: 10_001 }, (_, i) => ({ id: `k${i}`, c: i % 2 === 0 ? 'x' : 'y' }))
  t.throws(() => oneHot().fit(frameOf(rows), stepContext()), {
    name: 'DataError',
    message: /column "id" has 10001 categories/,
  })
})

t.test('columns that one-hot encoding made are neither imputed nor scaled, if they are not named', async (t) => {
  const frame = frameOf([
    { a: 1, c: 'x', n: 4 },
    { a: null, c: null, n: 0 },
    { a: 3, c: 'y', n: 4 },
    { a: 5, c: 'y', n: 0 },
  ])
  const encoded = fitTransform(oneHot(), frame)
  t.same(encoded.isIndicator, [false, true, true, false])
  const imputed = fitTransform(impute(), encoded)
  const scaled = fitTransform(standardize(), imputed)
  t.same(
    scaled.columns.slice(1, 3).map((column) => [...column]),
    [
      [1, 0, 0, 0],
      [0, 0, 1, 1],
    ],
  )
  // Not even copied.
  t.equal(scaled.columns[1], encoded.columns[1])
  t.same([...scaled.columns[3]!], [1, -1, 1, -1])
  const [, x] = fitTransform(standardize({ columns: ['c=0'] }), encoded).columns as [Float64Array, Float64Array]
  t.ok(Math.abs(x[0]! - Math.sqrt(3)) < 1e-12)
  // Artifacts of before, which scaled them, still do.
  const former = { means: Float64Array.of(0, 0.25, 0.5, 0), scales: Float64Array.of(1, 0.5, 0.25, 1) }
  t.same([...standardize().restore(former).transform(encoded).columns[2]!], [-2, -2, 2, 2])
})

t.test('values of any size are standardized, and those whose range is no double are refused by name', async (t) => {
  for (const size of [1e308, 2 ** 1000, 1e160, 1e-160, 2 ** -600, 1e-320]) {
    const [column] = fitTransform(standardize(), columnOf([0, size, 0, size])).columns as [Float64Array]
    t.same([...column], [-1, 1, -1, 1], `${size}`)
  }
  const [constant] = fitTransform(standardize(), columnOf([1e200, 1e200])).columns as [Float64Array]
  t.same([...constant], [0, 0])
  t.throws(() => standardize().fit(columnOf([-1.7e308, 1.7e308]), stepContext()), {
    name: 'DataError',
    message: /"a".*too large/,
  })
})

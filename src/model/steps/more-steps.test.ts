// bin(), polynomial(), log1p(), drop() and ordinal({ order }). Bins and products are scikit-learn's:
// test/golden/generate_more_steps.py.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { StateError } from '../../learning/errors.ts'
import { toFrame } from '../frame.ts'
import type { CategoricalColumn, Column, NumericColumn } from '../table.ts'
import { bin } from './bin.ts'
import { drop } from './drop.ts'
import { log1p } from './log1p.ts'
import { ordinal } from './ordinal.ts'
import { polynomial } from './polynomial.ts'
import { type EncodingStep, type Frame, stepContext } from './step.ts'

interface Golden {
  readonly scikit_learn: string
  readonly bins: readonly {
    readonly name: string
    readonly values: readonly number[]
    readonly count: number
    readonly strategy: 'quantile' | 'uniform'
    /** Of the values, then of −1e9 and 1e9. */
    readonly codes: readonly number[]
  }[]
  readonly products: {
    readonly names: readonly string[]
    readonly x: readonly (readonly number[])[]
    readonly made: readonly (readonly number[])[]
    readonly interactions: number
  }
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/more_steps.json', import.meta.url), 'utf8'),
)

const numbers = (name: string, values: readonly number[]): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
})
const frameOf = (...columns: Column[]): Frame =>
  toFrame({ rowCount: columns[0]?.kind === 'numeric' ? columns[0].values.length : 3, columns })
const size: CategoricalColumn = {
  kind: 'categorical',
  name: 'size',
  codes: Int32Array.of(0, 2, -1),
  levels: ['L', 'M', 'S'],
}

/** What a step makes of a frame, fitted on another or on it; the same when it was written and read. */
function made(step: EncodingStep, frame: Frame, training = frame): Frame {
  const fitted = step.fit(training, stepContext())
  const result = fitted.transform(frame)
  const restored = step.restore(fitted.toState()).transform(frame)
  t.same(restored, result, `${step.type} comes back`)
  return result
}

for (const { name, values, count, strategy, codes } of golden.bins) {
  t.test(`bins of ${name}, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const all = frameOf(numbers('x', [...values, -1e9, 1e9, Number.NaN]))
    const [column] = made(bin({ count, strategy }), all, frameOf(numbers('x', values))).columns
    t.same([...(column as Float64Array)], [...codes, Number.NaN])
  })
}

t.test('squares and products, and products alone', async (t) => {
  const { names, x, made: expected, interactions } = golden.products
  const frame = frameOf(...x.map((values, j) => numbers('abc'[j] as string, values)))
  const result = made(polynomial(), frame)
  t.same([...result.columnNames].sort(), [...names].sort())
  names.forEach((name, k) => {
    t.same([...(result.columns[result.columnNames.indexOf(name)] as Float64Array)], expected[k], name)
  })
  t.equal(made(polynomial({ interactionOnly: true }), frame).columns.length, interactions)
  t.same(made(polynomial({ columns: ['b'] }), frame).columnNames, ['a', 'b', 'b*b', 'c'])
  const wide = frameOf(...Array.from({ length: 150 }, (_, j) => numbers(`c${j}`, [1, 2])))
  t.throws(() => polynomial().fit(wide, stepContext()), { name: 'DataError', message: /make 11475 columns/ })
})

t.test('log1p takes numbers alone, and refuses what has no logarithm', async (t) => {
  const frame = frameOf(numbers('x', [0, Math.E - 1, Number.NaN]), size)
  const result = made(log1p(), frame)
  t.same([...(result.columns[0] as Float64Array)], [0, 1, Number.NaN])
  t.equal(result.columns[1], frame.columns[1])
  const later = made(log1p(), frameOf(numbers('x', [-1, -5, 0])), frameOf(numbers('x', [1, 2, 3])))
  t.same([...(later.columns[0] as Float64Array)], [Number.NaN, Number.NaN, 0])
  t.throws(() => log1p().fit(frameOf(numbers('x', [-1])), stepContext()), { message: /"x" has values of -1/ })
})

t.test('drop leaves columns out', async (t) => {
  const frame = frameOf(numbers('x', [1, 2, 3]), size)
  t.same(made(drop(['x', 'nowhere']), frame).columnNames, ['size'])
  t.throws(() => drop([]).restore({}), StateError)
})

t.test('ordinal takes an order of its own', async (t) => {
  const frame = frameOf(size)
  const ordered = ordinal({ order: { size: ['S', 'M', 'L'] } })
  const result = made(ordered, frame)
  t.same([...(result.columns[0] as Float64Array)], [2, 0, Number.NaN])
  t.same(result.categoryCounts, [0])
  t.same([...(made(ordinal(), frame).columns[0] as Float64Array)], [0, 2, Number.NaN])
  t.throws(() => ordinal({ order: { size: ['S', 'M'] } }).fit(frame, stepContext()), { message: /has 1 categories/ })
  t.throws(() => ordered.restore({ places: [1] }), StateError)
})

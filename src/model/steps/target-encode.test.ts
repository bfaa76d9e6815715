// targetEncode() in a frame: which columns it takes, what it tells, and what it keeps. Its numbers: target-encoding.test.ts.
import t from 'tap'
import { StateError } from '../../learning/errors.ts'
import type { Warning } from '../../learning/warnings.ts'
import { toFrame } from '../frame.ts'
import type { CategoricalColumn, Column, NumericColumn } from '../table.ts'
import { type Frame, stepContext } from './step.ts'
import { targetEncode } from './target-encode.ts'

const ROWS = 300
const column = (name: string, levelCount: number, of = (i: number) => (i * 7) % levelCount): CategoricalColumn => ({
  kind: 'categorical',
  name,
  codes: Int32Array.from({ length: ROWS }, (_, i) => of(i)),
  levels: Array.from({ length: levelCount }, (_, code) => `${name}${String(code).padStart(4, '0')}`),
})
const number: NumericColumn = { kind: 'numeric', name: 'n', values: Float64Array.from({ length: ROWS }, (_, i) => i) }
const frameOf = (...columns: Column[]): Frame => toFrame({ rowCount: ROWS, columns })
const classes = (count: number): CategoricalColumn => column('y', count, (i) => (i + (i >> 3)) % count)

t.test('columns of more than 50 categories are encoded, and told; others stay', async (t) => {
  const warnings: Warning[] = []
  const context = stepContext({ kind: 'regressor', labels: [{ ...number, name: 'y' }], warn: (w) => warnings.push(w) })
  const frame = frameOf(column('few', 50), number, column('many', 51))
  const step = targetEncode()
  t.equal(step.isNeeded?.(frame), true)
  t.equal(step.isNeeded?.(frameOf(column('few', 50))), false)
  const { fitted, encoded } = (step.fitTransform as NonNullable<typeof step.fitTransform>)(frame, context)
  t.same(encoded.columnNames, ['few', 'n', 'many'])
  t.same(encoded.categoryCounts, [50, 0, 0])
  t.match(warnings, [{ code: 'TARGET_ENCODED', column: 'many', message: /^51 categories/ }])
  t.same(step.restore(fitted.toState()).transform(frame), fitted.transform(frame))
  const own = fitted.transform(frame).columns[2] as Float64Array
  t.not(`${encoded.columns[2]}`, `${own}`, 'training rows are encoded by other rows')
  t.same(
    targetEncode({ columns: ['few'] })
      .fit(frame, context)
      .transform(frame).categoryCounts,
    [0, 0, 51],
  )
})

t.test('a row alone is encoded as among others; missing has a number of its own', async (t) => {
  const many = column('many', 60, (i) => (i % 9 === 0 ? -1 : (i * 7) % 60))
  const y = Float64Array.from({ length: ROWS }, (_, i) => (i % 9 === 0 ? 100 : i % 3))
  const context = stepContext({ kind: 'regressor', labels: [{ ...number, values: y }] })
  const fitted = targetEncode().fit(frameOf(many), context)
  const all = fitted.transform(frameOf(many)).columns[0] as Float64Array
  t.ok((all[0] as number) > 90, 'missing')
  for (const row of [0, 5, 299]) {
    const alone = toFrame({ rowCount: 1, columns: [{ ...many, codes: many.codes.slice(row, row + 1) }] })
    t.equal(fitted.transform(alone).columns[0]?.[0], all[row])
  }
})

t.test('one column for two classes, one a class for more, and all that again for each label', async (t) => {
  const frame = frameOf(column('city', 60))
  const names = (...labels: Column[]) => targetEncode().fit(frame, stepContext({ labels })).transform(frame).columnNames
  t.same(names(classes(2)), ['city'])
  t.same(names(classes(3)), ['city.y0000', 'city.y0001', 'city.y0002'])
  t.same(names(classes(2), { ...classes(2), name: 'z' }), ['city.y', 'city.z'])
  t.same(names({ ...number, name: 'y', values: number.values.map((i) => i % 2) }), ['city'], 'classes that are numbers')
  t.same(names(), ['city'], 'without labels it does nothing')
  t.throws(
    () =>
      targetEncode().fit(
        frameOf(...Array.from({ length: 101 }, (_, j) => column(`c${j}`, 60))),
        stepContext({ labels: [classes(100)] }),
      ),
    {
      name: 'DataError',
      message: /makes 10100 columns/,
    },
  )
})

t.test('what names each row is left out and told, but not where nothing else would be left', async (t) => {
  const warnings: Warning[] = []
  const context = stepContext({ labels: [classes(2)], warn: (warning) => warnings.push(warning) })
  const id = column('id', ROWS, (i) => i)
  const made = targetEncode().fit(frameOf(id, number), context).transform(frameOf(id, number))
  t.same(made.columnNames, ['n'])
  t.match(warnings, [{ code: 'COLUMN_LEFT_OUT', column: 'id' }])
  t.same(targetEncode().fit(frameOf(id), context).transform(frameOf(id)).columnNames, ['id'])
})

t.test('states of another step are refused', async (t) => {
  const step = targetEncode()
  const good = step.fit(frameOf(column('many', 60)), stepContext({ labels: [classes(2)] })).toState()
  for (const bad of [
    {},
    { ...good, suffixes: ['', 1] },
    { ...good, suffixes: ['', '.b'] },
    { ...good, encodings: [[Int32Array.of(1)]] },
    { ...good, encodings: [[new Float64Array(0)]] },
    { ...good, left_out: [] },
  ]) {
    t.throws(() => step.restore(bad as never), StateError)
  }
})

// Times against what pandas makes of the same texts (test/golden/generate_times.py).
import { readFileSync } from 'node:fs'
import t from 'tap'
import { StateError } from '../learning/errors.ts'
import { toFrame } from './frame.ts'
import { stepContext } from './steps/step.ts'
import { times } from './steps/times.ts'
import type { TimeColumn } from './table.ts'
import { hasZone, textOfTime, timeIn } from './times.ts'

interface Golden {
  readonly pandas: string
  readonly times: readonly {
    readonly text: string
    readonly milliseconds: number
    readonly parts: { readonly [part: string]: number }
  }[]
  readonly others: readonly string[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../test/golden/times.json', import.meta.url), 'utf8'))

const column = (values: readonly number[], name = 'when'): TimeColumn => ({
  kind: 'time',
  name,
  values: Float64Array.from(values),
})
const frameOf = (...columns: TimeColumn[]) => toFrame({ rowCount: columns[0]?.values.length ?? 0, columns })

t.test(`texts are the times that pandas ${golden.pandas} makes of them`, async (t) => {
  for (const { text, milliseconds } of golden.times) {
    t.equal(timeIn(text), milliseconds, text)
    t.equal(timeIn(` ${text} `), milliseconds, `${text} between spaces`)
    t.equal(timeIn(textOfTime(milliseconds)), milliseconds, `${text} there and back`)
  }
  for (const text of golden.others) t.equal(timeIn(text), undefined, JSON.stringify(text))
})

t.test('years that pandas cannot count, and what is longer or shorter than a time', async (t) => {
  t.equal(textOfTime(timeIn('0001-01-01') as number), '0001-01-01T00:00:00.000Z')
  t.equal(textOfTime(timeIn('9999-12-31T23:59:59.999Z') as number), '9999-12-31T23:59:59.999Z')
  for (const text of ['0000-01-01', '2026-03', '2026', '20260309', '2026-03-09T', '2026-03-09T10', '2026-3-9']) {
    t.equal(timeIn(text), undefined, text)
  }
  t.equal(timeIn(`2026-03-09${' '.repeat(100_000)}`), undefined, 'a long text is not looked at')
  t.same(['2026-03-09T10:00Z', '2026-03-09 10:00+01', '2026-03-09T10:00', '2026-03-09'].map(hasZone), [
    true,
    true,
    false,
    false,
  ])
})

t.test(`times() makes the parts that pandas ${golden.pandas} tells`, async (t) => {
  const frame = frameOf(column([...golden.times.map(({ milliseconds }) => milliseconds), Number.NaN]))
  const made = times({ cyclic: true }).fit(frame, stepContext()).transform(frame)
  const parts = Object.keys(golden.times[0]?.parts ?? {})
  t.same([...made.columnNames].sort(), parts.map((part) => `when.${part}`).sort())
  for (const part of parts) {
    const values = made.columns[made.columnNames.indexOf(`when.${part}`)] as Float64Array
    golden.times.forEach(({ text, parts: expected }, i) => {
      const [got, want] = [values[i] as number, expected[part] as number]
      if (!(Math.abs(got - want) <= 1e-9)) t.fail(`${part} of ${text}: expected ${want}, got ${got}`)
    })
    t.ok(Number.isNaN(values.at(-1)), `${part} of a missing time is missing`)
  }
  t.same(
    made.sources,
    parts.map(() => 'when'),
    'each comes of the column',
  )
})

t.test('parts that never vary are left out, and other columns stay', async (t) => {
  const days = [0, 1, 2, 9].map((day) => (timeIn('2026-03-02') as number) + day * 86_400_000)
  const constant = column(
    days.map(() => days[0] as number),
    'made',
  )
  const number = { kind: 'numeric' as const, name: 'n', values: Float64Array.of(1, 2, 3, 4) }
  const frame = toFrame({ rowCount: 4, columns: [number, column(days), constant] })
  const step = times()
  t.equal(step.isNeeded?.(frame), true)
  const fitted = step.fit(frame, stepContext())
  const made = fitted.transform(frame)
  t.same(made.columnNames, ['n', 'when.day', 'when.weekday', 'when.days', 'made.days'])
  t.same([...(made.columns[3] as Float64Array)], [0, 1, 2, 9])
  t.same([...(made.columns[4] as Float64Array)], [0, 0, 0, 0])
  t.same(step.restore(fitted.toState()).transform(frame), made)
  t.throws(() => step.restore({ ...fitted.toState(), parts: [[], ['constructor'], []] }), StateError)
  t.throws(() => step.restore({ ...fitted.toState(), parts: [[]] }), StateError)
  t.throws(() => step.restore({ ...fitted.toState(), ranges: [[], new Float64Array(1), []] }), StateError)
  const unit = times({ unit: true, cyclic: true }).fit(frame, stepContext())
  const scaled = unit.transform(frame)
  t.same([...(scaled.columns[scaled.columnNames.indexOf('when.days')] as Float64Array)], [0, 1 / 9, 2 / 9, 1])
  t.equal(scaled.columns[scaled.columnNames.indexOf('when.weekday_cos')]?.[0], 1, 'sine and cosine stay')
  t.same(times().restore(unit.toState()).transform(frame), scaled)
  const only = times({ columns: ['when'] })
  t.same([only.takes?.('time', 'when'), only.takes?.('time', 'made')], [true, false])
  t.equal(times().isNeeded?.(toFrame({ rowCount: 4, columns: [number] })), false, 'without a time it has nothing to do')
})

// Columns of times from a request to predictions.
import t from 'tap'
import { toRows } from '../../src/model/table.ts'
import { fitted, predicted, predictedHere, readWork, refusals, toldOf } from '../support/readings.ts'

const DAYS = 60
const dayOf = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)
const rowsOf = (when: (i: number) => unknown) => ({
  features: Array.from({ length: DAYS }, (_, i) => ({ when: when(i), n: i % 5 })),
  labels: Array.from({ length: DAYS }, (_, i) => ({ y: i < DAYS / 2 ? 10 : 20 })),
})

t.test('texts that are all times are read as times, in every form, and told', async (t) => {
  const json = rowsOf((i) => (i === 7 ? null : dayOf(i)))
  const csv = [
    'when,n,y',
    ...Array.from({ length: DAYS }, (_, i) => `${i === 7 ? '' : dayOf(i)},${i % 5},${i < 30 ? 10 : 20}`),
  ]
  for (const work of [
    await readWork('regressor', 'json', json),
    await readWork('regressor', 'csv', csv.join('\n'), { labels: 'y' }),
  ]) {
    t.equal(work.features.columns[0]?.kind, 'time')
    t.same(toldOf(work), ['TIMES_READ when'])
    t.match(work.run.warnings?.[0]?.message, /59 different ones, without a zone, taken as UTC/)
    t.same(toRows(work.features).slice(6, 9), [
      { when: '2024-01-07T00:00:00.000Z', n: 1 },
      { when: null, n: 2 },
      { when: '2024-01-09T00:00:00.000Z', n: 3 },
    ])
  }
})

t.test(
  'a mark is missing, another text makes the whole column one of text, and few times stay categories',
  async (t) => {
    const marked = await readWork(
      'regressor',
      'json',
      rowsOf((i) => (i === 3 ? 'NA' : dayOf(i))),
    )
    t.same(toldOf(marked), ['MISSING_MARKS when', 'TIMES_READ when'])
    const odd = await readWork(
      'regressor',
      'json',
      rowsOf((i) => (i === 50 ? '2024-02-30' : dayOf(i))),
    )
    t.same(toldOf(odd), ['MEASURES_AS_TEXT when'])
    const few = await readWork(
      'regressor',
      'json',
      rowsOf((i) => dayOf(i % 9)),
    )
    t.same([few.features.columns[0]?.kind, toldOf(few)], ['categorical', []])
  },
)

t.test('column_types says what a column is', async (t) => {
  const ask = (when: (i: number) => unknown, type: string) => ({ ...rowsOf(when), column_types: { when: type } })
  const text = await readWork('regressor', 'json', ask(dayOf, 'categorical'))
  t.same([text.features.columns[0]?.kind, toldOf(text)], ['categorical', []])
  const few = await readWork(
    'regressor',
    'json',
    ask((i) => dayOf(i % 2), 'time'),
  )
  t.same([few.features.columns[0]?.kind, toldOf(few)], ['time', []])
  t.same(
    await refusals(
      'regressor',
      'json',
      ask((i) => (i === 4 ? 'soon' : i === 5 ? 5 : dayOf(i)), 'time'),
    ),
    [
      'features 4 when expected an ISO date or date-time, got text that is none',
      'features 5 when expected an ISO date or date-time, got text that is none',
    ],
  )
  t.same(await refusals('regressor', 'json', { ...rowsOf(dayOf), column_types: { y: 'time' } }), [
    'labels y column_types: a label is no time',
  ])
})

t.test('predictions take any time; what is none is missing and told, a number is a fault', async (t) => {
  const pipeline = await fitted('regressor', await readWork('regressor', 'json', rowsOf(dayOf)))
  t.match(pipeline.featureSchema[0], { kind: 'time', name: 'when' })
  const here = await predictedHere(pipeline, [
    { when: '2024-01-02T12:00:00Z', n: 1 },
    { when: '2031-05-06', n: 1 },
    { when: null, n: 1 },
  ])
  t.equal(here.isShort, true)
  t.same(here.rows.slice(0, 2), [{ y: 10 }, { y: 20 }])
  t.same(here.told, [])
  const odd = await predictedHere(pipeline, [
    { when: 'soon', n: 1 },
    { when: 'NA', n: 1 },
    { when: dayOf(1), n: 1 },
  ])
  t.same([odd.isShort, odd.told], [false, ['UNSEEN_CATEGORY when 1', 'MISSING_MARKS when 1']])
  t.same(odd.rows[2], { y: 10 })
  t.same(await predicted(pipeline, 'csv', 'n,when\n1,2024-01-02\n1,2024-02-28\n1,\n1,20240102\n'), {
    rows: [{ y: 10 }, { y: 20 }, here.rows[2], here.rows[2]],
    told: ['UNSEEN_CATEGORY when 1'],
  })
  await t.rejects(predictedHere(pipeline, [{ when: 5, n: 1 }]), { message: /expected a string, got 5/ })
})

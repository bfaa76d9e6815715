// Columns of free text from a request to predictions.
import t from 'tap'
import { readSpoolFile, writeWork } from '../../src/spool/spool-file.ts'
import { fitted, predicted, predictedHere, readWork, refusals, toldOf } from '../support/readings.ts'

const ROWS = 120
const noteOf = (i: number): string =>
  `Machine number ${i * 7} was ${i % 2 === 0 ? 'leaking badly' : 'running smoothly'} on the last visit`
const rowsOf = (note: (i: number) => unknown = noteOf, more: object = {}) => ({
  features: Array.from({ length: ROWS }, (_, i) => ({ note: note(i), n: i % 5 })),
  labels: Array.from({ length: ROWS }, (_, i) => ({ y: i % 2 === 0 ? 'bad' : 'good' })),
  ...more,
})

t.test('free text is recognised, told, learned by its words, and predicted from new texts', async (t) => {
  const work = await readWork('classifier', 'json', rowsOf())
  t.same(toldOf(work), ['TEXT_READ note'])
  t.match(work.run.warnings?.[0]?.message, /120 different texts in 120 rows, of 10 words in the mean/)
  const path = `${t.testdir()}/1-1.run`
  await writeWork(path, work)
  t.same((await readSpoolFile(path)).features.columns[0], work.features.columns[0], 'it lies in the spool as it is')
  const pipeline = await fitted('classifier', work)
  t.same(pipeline.featureSchema[0], { kind: 'text', name: 'note' }, 'without the texts')
  const rows = [
    { note: 'all of it leaking badly!', n: 1 },
    { note: 'RUNNING smoothly', n: 1 },
  ]
  const here = await predictedHere(pipeline, rows)
  t.same([here.rows, here.told, here.isShort], [[{ y: 'bad' }, { y: 'good' }], [], false])
  const csv = 'n,note\n1,"leaking badly"\n1,smoothly\n1,17\n1,\n'
  const { rows: answers, told } = await predicted(pipeline, 'csv', csv)
  t.same(answers.slice(0, 2), [{ y: 'bad' }, { y: 'good' }])
  t.same(told, [])
  t.match(
    await predictedHere(pipeline, [
      { note: null, n: 1 },
      { note: 5, n: 1 },
      { note: true, n: 1 },
    ]),
    { told: [] },
  )
})

t.test('few texts, texts of few words, and what is said to be categories stay categories', async (t) => {
  const kinds = async (body: object) => {
    const { features, run } = await readWork('classifier', 'json', body)
    const [column] = features.columns
    return [column?.kind === 'categorical' && column.isText === true, run.warnings?.map(({ code }) => code)]
  }
  t.same(await kinds(rowsOf((i) => noteOf(i % 50))), [false, []])
  t.same(await kinds(rowsOf((i) => `Berlin Mitte ${i}`)), [false, []])
  t.same(await kinds(rowsOf(noteOf, { column_types: { note: 'categorical' } })), [false, []])
  t.same(await kinds(rowsOf((i) => `${i}`, { column_types: { note: 'text' } })), [true, []])
  t.same(await kinds(rowsOf((i) => i, { column_types: { note: 'text' } })), [true, []])
  t.same(await refusals('anomalies', 'json', { features: rowsOf().features, column_types: { note: 'text' } }), [
    'features note column_types: this model has no step that takes free text',
  ])
  t.same(await refusals('classifier', 'json', rowsOf(noteOf, { column_types: { y: 'text' } })), [
    'labels y column_types: a label is no free text',
  ])
})

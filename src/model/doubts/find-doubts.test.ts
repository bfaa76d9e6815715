import t from 'tap'
import { buildTable } from '../../../test/support/build-table.ts'
import { csvRows } from '../../../test/support/csv-rows.ts'
import type { Estimator } from '../../learning/estimator.ts'
import { Random } from '../../learning/random.ts'
import { stratifiedSplit } from '../../learning/stratified-split.ts'
import { FaultList } from '../faults.ts'
import { type Table, takeRows } from '../table.ts'
import { findDoubts } from './find-doubts.ts'

// What is told of made-up rows with a fault each, and that nothing is told of the clean data sets.
const ROWS = 400
const random = new Random(1)
const noise = Array.from({ length: 4 * ROWS }, () => random.uniform())
const noiseAt = (i: number, stream = 0): number => noise[(stream * ROWS + i) % noise.length] as number
function tableOf(rows: readonly object[]): Table {
  return buildTable(rows, 'features', new FaultList())
}
const rowsOf = (of: (i: number) => object, count = ROWS): object[] => Array.from({ length: count }, (_, i) => of(i))
/** The codes, with the columns that they are about, of rows that are all trained on. */
function told(
  kind: Estimator['kind'],
  features: readonly object[],
  labels: readonly object[],
  metrics: Record<string, number> = {},
): string[] {
  const training = { features: tableOf(features), labels: tableOf(labels), metrics }
  return [...findDoubts({ kind, training, validation: undefined })].map(({ code, column }) =>
    column === undefined ? code : `${code} ${column}`,
  )
}
/** Not to be told by any column of the tests. */
const fair = (i: number): { y: string } => ({ y: noiseAt(i, 3) < 0.5 ? 'p' : 'q' })
const number = (i: number): { y: number } => ({ y: noiseAt(i, 3) })

t.test('the clean data sets have nothing to tell, nor a half of them', async (t) => {
  for (const [name, label, kind] of [
    ['iris', 'species', 'classifier'],
    ['wine', 'cultivar', 'classifier'],
    ['breast_cancer', 'diagnosis', 'classifier'],
    ['house_votes', 'Class', 'classifier'],
    ['letter', 'lettr', 'classifier'],
    ['diabetes', 'progression', 'regressor'],
  ] as const) {
    const given = csvRows(name, [label])
    const [features, labels] = [tableOf(given.features), tableOf(given.labels)]
    const all = { features, labels, metrics: {} }
    t.same([...findDoubts({ kind, training: all, validation: undefined })], [], name)
    for (let seed = 0; seed < 20; seed++) {
      const split = stratifiedSplit(features.rowCount, seed % 2 === 0 ? 0.2 : 0.5, seed)
      const take = (rows: Int32Array) => ({
        features: takeRows(features, rows),
        labels: takeRows(labels, rows),
        metrics: {},
      })
      const doubts = findDoubts({ kind, training: take(split.training), validation: take(split.validation) })
      t.same([...doubts], [], `${name}, split ${seed}`)
    }
  }
})

t.test('columns from which nothing can be learned', async (t) => {
  const features = rowsOf((i) => ({
    measure: noiseAt(i),
    whole: Math.floor(noiseAt(i) * 50),
    empty: null,
    one_number: 7,
    one_text: i % 5 === 0 ? null : 'same',
    two: i === 3 ? 1 : 0,
  }))
  t.same(told('classifier', features, rowsOf(fair)), [
    'COLUMN_ALL_MISSING empty',
    'COLUMN_CONSTANT one_number',
    'COLUMN_CONSTANT one_text',
  ])
  t.same(told('clusterer', features, []), [
    'COLUMN_ALL_MISSING empty',
    'COLUMN_CONSTANT one_number',
    'COLUMN_CONSTANT one_text',
  ])
  t.same(told('anomaly_detector', [{ a: 1 }], []), [], 'a single row says nothing')
})

t.test('identifiers: texts of their own, counts of rows, and numbers by that name', async (t) => {
  const features = rowsOf((i) => ({
    measure: noiseAt(i),
    person: `person ${i % 395}`,
    town: `town ${i % 200}`,
    row: ROWS - i,
    'Case Id': i * 500 + Math.floor(noiseAt(i) * 499),
    passengerId: i * 1000 + Math.floor(noiseAt(i) * 999),
    population: i * 1000 + Math.floor(noiseAt(i) * 999),
    grid: i % 10,
  }))
  t.same(told('classifier', features, rowsOf(fair)), [
    'COLUMN_ID_LIKE person',
    'COLUMN_ID_LIKE row',
    'COLUMN_ID_LIKE Case Id',
    'COLUMN_ID_LIKE passengerId',
  ])
  t.same(told('classifier', features.slice(0, 29), rowsOf(fair, 29)), [], 'not of so few rows')
})

t.test('a count of rows is one where rows are held out too', async (t) => {
  const [features, labels] = [tableOf(rowsOf((i) => ({ n: i + 1 }))), tableOf(rowsOf(fair))]
  const { training, validation } = stratifiedSplit(ROWS, 0.3, 1)
  const take = (rows: Int32Array) => ({
    features: takeRows(features, rows),
    labels: takeRows(labels, rows),
    metrics: {},
  })
  const doubts = findDoubts({ kind: 'classifier', training: take(training), validation: take(validation) })
  t.same(
    [...doubts].map(({ code }) => code),
    ['COLUMN_ID_LIKE'],
  )
})

t.test('columns that give a class away: by intervals, by levels, and by what is missing', async (t) => {
  const classOf = (i: number): number => Math.floor(noiseAt(i) * 3)
  const features = rowsOf((i) => ({
    measure: noiseAt(i, 1),
    score: noiseAt(i) + (i % 200 === 7 ? 0.5 : 0),
    grade: ['low', 'middle', 'high'][classOf(i)] ?? null,
    hint: classOf(i) + noiseAt(i, 2) * 1.4,
    ended: classOf(i) === 2 ? null : classOf(i),
    many: `m${i % 100}`,
  }))
  t.same(
    told(
      'classifier',
      features,
      rowsOf((i) => ({ y: 'pqr'[classOf(i)] })),
    ),
    ['COLUMN_TELLS_LABEL score', 'COLUMN_TELLS_LABEL grade', 'COLUMN_TELLS_LABEL ended'],
  )
  const rare = rowsOf((i) => ({ y: i % 80 === 0 ? 'p' : 'q' }))
  t.same(
    told(
      'classifier',
      rowsOf((i) => ({ a: i % 80 })),
      rare,
    ),
    [],
    'of five rows too little is known',
  )
})

t.test('columns that give a number away: by a line, by a curve, by levels', async (t) => {
  const value = (i: number): number => noiseAt(i) * 100
  const features = rowsOf((i) => ({
    measure: noiseAt(i, 1),
    scaled: -3 * value(i) + noiseAt(i, 1) * 0.1,
    squared: Math.log(1 + value(i)),
    near: value(i) + 20 * noiseAt(i, 2),
    text: `t${i % 7}`,
    gaps: i % 3 === 0 ? value(i) : null,
  }))
  t.same(
    told(
      'regressor',
      features,
      rowsOf((i) => ({ y: value(i) })),
    ),
    ['COLUMN_TELLS_LABEL scaled', 'COLUMN_TELLS_LABEL squared'],
  )
  t.same(
    told(
      'regressor',
      features,
      rowsOf((i) => ({ y: (i % 7) * 10 + noiseAt(i) * 0.1 })),
    ),
    ['COLUMN_TELLS_LABEL text'],
  )
  t.same(
    told(
      'regressor',
      features,
      rowsOf(() => ({ y: 3 })),
    ),
    ['LABEL_CONSTANT y'],
    'of a constant only that it is one',
  )
})

t.test('labels that are no classes', async (t) => {
  const features = rowsOf((i) => ({ a: noiseAt(i) }))
  t.same(told('classifier', features, rowsOf(number)), ['LABEL_CONTINUOUS y'])
  t.same(
    told(
      'classifier',
      features,
      rowsOf((i) => ({ y: i % 101 })),
    ),
    ['LABEL_CONTINUOUS y'],
  )
  t.same(
    told(
      'classifier',
      features,
      rowsOf((i) => ({ y: i % 100 })),
    ),
    [],
  )
  t.same(
    told(
      'classifier',
      features,
      rowsOf((i) => ({ y: `c${i % 101}` })),
    ),
    [],
    'text is a class',
  )
  const many = rowsOf((i) => ({ a: noiseAt(i) }), 1200)
  t.same(
    told(
      'classifier',
      many,
      rowsOf((i) => ({ y: i % 110 }), 1200),
    ),
    [],
    'with ten rows each they are classes',
  )
  t.same(
    told(
      'classifier',
      features.slice(0, 30),
      rowsOf((i) => ({ y: i % 25 }), 30),
    ),
    ['LABEL_CONTINUOUS y'],
  )
})

t.test('no message holds a value of a row', async (t) => {
  const features = rowsOf((i) => ({ secret: 'sesame', person: `secret ${i}`, y2: `code ${i % 2}` }))
  const labels = rowsOf((i) => ({ y: i === 1 ? 'sesame' : `code ${i % 2}` }))
  const training = {
    features: tableOf(features),
    labels: tableOf(labels),
    metrics: { accuracy: 0, balanced_accuracy: 0 },
  }
  const doubts = [...findDoubts({ kind: 'classifier', training, validation: undefined })]
  t.same(
    doubts.map(({ code }) => code),
    ['COLUMN_CONSTANT', 'COLUMN_ID_LIKE', 'CLASS_TOO_SMALL', 'COLUMN_TELLS_LABEL', 'NO_BETTER_THAN_BASELINE'],
  )
  for (const { message } of doubts) t.notMatch(message, /sesame|secret|code/)
})

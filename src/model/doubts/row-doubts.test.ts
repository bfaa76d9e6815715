// Doubts about single rows and about the model: classes of one row, rows in both parts, and the baseline.
import t from 'tap'
import { buildTable } from '../../../test/support/build-table.ts'
import type { Estimator } from '../../learning/estimator.ts'
import { Random } from '../../learning/random.ts'
import { FaultList } from '../faults.ts'
import { type Table, takeRows } from '../table.ts'
import { findDoubts } from './find-doubts.ts'

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

t.test('classes with a single row, wherever it is', async (t) => {
  const features = rowsOf((i) => ({ a: noiseAt(i) }))
  const labels = rowsOf((i) => ({ y: i === 5 ? 'once' : fair(i).y }))
  t.same(told('classifier', features, labels), ['CLASS_TOO_SMALL y'])
  const [table, of] = [tableOf(features), tableOf(labels)]
  const parts = [Int32Array.from({ length: 200 }, (_, i) => i), Int32Array.from({ length: 200 }, (_, i) => 200 + i)]
  const [training, validation] = parts.map((rows) => ({
    features: takeRows(table, rows),
    labels: takeRows(of, rows),
    metrics: {},
  })) as [Parameters<typeof findDoubts>[0]['training'], Parameters<typeof findDoubts>[0]['training']]
  const codesOf = (given: Parameters<typeof findDoubts>[0]) => [...findDoubts(given)].map(({ code }) => code)
  t.same(codesOf({ kind: 'classifier', training, validation }), ['CLASS_TOO_SMALL'])
  const twice = {
    ...validation,
    labels: takeRows(
      of,
      Int32Array.from({ length: 200 }, () => 5),
    ),
  }
  t.same(codesOf({ kind: 'classifier', training, validation: twice }), [], 'its other rows are held out')
})

t.test('held-out rows that were trained on', async (t) => {
  const split = (sharedCount: number, of: (i: number) => object) => {
    const features = tableOf(rowsOf((i) => of(i >= 320 && i < 320 + sharedCount ? i - 320 : i)))
    const labels = tableOf(rowsOf((i) => fair(i >= 320 && i < 320 + sharedCount ? i - 320 : i)))
    const part = (from: number, to: number) => {
      const rows = Int32Array.from({ length: to - from }, (_, i) => from + i)
      return { features: takeRows(features, rows), labels: takeRows(labels, rows), metrics: {} }
    }
    return [...findDoubts({ kind: 'classifier', training: part(0, 320), validation: part(320, 400) })]
  }
  const measured = (i: number): object => ({ a: noiseAt(i), b: i % 3 === 0 ? null : noiseAt(i, 1), c: `t${i % 3}` })
  t.same(split(3, measured), [], 'three of eighty are too few')
  const [doubt, ...others] = split(4, measured)
  t.same(others, [])
  t.equal(doubt?.code, 'ROWS_SHARED')
  t.match(doubt?.message, /^4 of 80 held-out rows \(5 %\)/)
  t.same(
    split(80, (i) => ({ vote: i % 2, other: i % 3 })),
    [],
    'rows with few values are equal by chance',
  )
})

t.test('a model that is no better than the majority or the mean', async (t) => {
  const features = rowsOf((i) => ({ a: noiseAt(i) }))
  const labels = rowsOf((i) => ({ y: i % 4 === 0 ? 'rare' : 'common' }))
  const given = (metrics: Record<string, number>) => told('classifier', features, labels, metrics)
  t.same(given({ accuracy: 0.75, balanced_accuracy: 0.5, roc_auc: 0.5 }), ['NO_BETTER_THAN_BASELINE y'])
  t.same(given({ accuracy: 0.76, balanced_accuracy: 0.5, roc_auc: 0.5 }), [])
  t.same(given({ accuracy: 0.7, balanced_accuracy: 0.68, roc_auc: 0.7 }), [], 'it tells the rare class better')
  t.same(given({ accuracy: 0.7, balanced_accuracy: 0.55, roc_auc: 0.56 }), ['NO_BETTER_THAN_BASELINE y'], 'by chance')
  t.same(given({ accuracy: 0.7, balanced_accuracy: 0.56, roc_auc: 0.56 }), [])
  t.same(given({ accuracy: 0.7, balanced_accuracy: 0.55, roc_auc: 0.57 }), [])
  t.same(given({}), [], 'nothing is known')
  t.same(told('regressor', features, rowsOf(number), { r2: 0 }), ['NO_BETTER_THAN_BASELINE y'])
  t.same(told('regressor', features, rowsOf(number), { r2: 0.01 }), [])
  t.same(
    told(
      'classifier',
      features,
      rowsOf(() => ({ y: 'only' })),
      { accuracy: 1, balanced_accuracy: 1 },
    ),
    ['LABEL_CONSTANT y'],
  )
  const two = rowsOf((i) => ({ ...fair(i), z: i % 4 === 0 ? 'rare' : 'common' }))
  t.same(told('classifier', features, two, { 'y.accuracy': 0.9, 'z.accuracy': 0.5 }), ['NO_BETTER_THAN_BASELINE z'])
})

t.test('of few rows too: a label that is always the same, and a model that learned nothing of them', async (t) => {
  for (const count of [1, 2, 5, 15, 200]) {
    const features = rowsOf((i) => ({ a: noiseAt(i) }), count)
    const same = rowsOf(() => ({ y: 3 }), count)
    t.same(told('classifier', features, same, { accuracy: 1 }), ['LABEL_CONSTANT y'], `${count} rows`)
    t.same(told('regressor', features, same, { r2: 1 }), ['LABEL_CONSTANT y'], `${count} rows`)
    if (count < 5) continue
    // Boosting of fewer rows than two leaves take answers the mean.
    t.same(told('regressor', features, rowsOf(number, count), { r2: 0 }), ['NO_BETTER_THAN_BASELINE y'])
    t.same(told('regressor', features, rowsOf(number, count), { r2: 0.1 }), [])
  }
  const part = (from: number, count: number, r2: number) => ({
    features: tableOf(rowsOf((i) => ({ a: noiseAt(from + i) }), count)),
    labels: tableOf(rowsOf((i) => number(from + i), count)),
    metrics: { r2 },
  })
  const codes = (training: ReturnType<typeof part>, validation: ReturnType<typeof part>) =>
    [...findDoubts({ kind: 'regressor', training, validation })].map(({ message }) => message)
  t.match(codes(part(0, 24, 0), part(24, 8, -1)), [/^R² of 24 training rows is 0/])
  t.same(codes(part(0, 24, 0.5), part(24, 8, -1)), [], 'eight rows held out tell little')
  t.match(codes(part(0, 80, 0.5), part(80, 20, -1)), [/^R² of 20 held-out rows is -1/])
})

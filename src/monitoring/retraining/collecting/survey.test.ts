import t from 'tap'
import type { LabelledPage } from './labelled-pages.ts'
import type { LabelledRow } from './labelled-row.ts'
import { surveyRows } from './survey.ts'

const memory = { take() {} } as never
const idOf = (i: number): string => String(i).padStart(36, '0')

/** Rows by their keys, the newest first: ids descend from the number of rows. */
async function* pageOf(keys: readonly (number | 'other_columns')[]): AsyncGenerator<LabelledPage> {
  const rows = keys.map((key, i): LabelledRow | 'other_columns' => {
    if (key === 'other_columns') return key
    const told = { hasUnseen: key % 2 === 1, isNewClass: key === 4 }
    return {
      predictionId: idOf(keys.length - i),
      version: 1 + (key % 2),
      weight: 1 + (key % 3),
      line: '',
      key,
      ...told,
    }
  })
  yield { rows, last: idOf(1) }
}
const distinct = (count: number) => Array.from({ length: count }, (_, i) => i)

t.test('the newest share is held back, at least 20, and the boundary is its oldest row', async (t) => {
  const survey = await surveyRows(pageOf(distinct(200)), { share: 0.25, learntBefore: undefined }, memory)
  t.match(survey, { heldBackCount: 50, rowCount: 150, boundary: idOf(151), last: idOf(1) })
  t.match(survey, { versions: [1, 2], unseenCount: 100, newClassCount: 1, weightMin: 1, weightMax: 3, leftOut: {} })
  t.match(await surveyRows(pageOf(distinct(60)), { share: 0.05, learntBefore: undefined }, memory), {
    heldBackCount: 20,
  })
})

t.test('what the champion has learnt is not held back', async (t) => {
  const survey = await surveyRows(pageOf(distinct(200)), { share: 0.25, learntBefore: idOf(190) }, memory)
  t.match(survey, { heldBackCount: 11, rowCount: 189, boundary: idOf(190) })
})

t.test('rows that equal held back ones are not learnt, unless that is chance', async (t) => {
  const keys = distinct(200)
  keys[150] = 3
  keys[160] = 3
  const survey = await surveyRows(pageOf([...keys, 'other_columns']), { share: 0.25, learntBefore: undefined }, memory)
  t.match(survey, { heldBackCount: 50, rowCount: 148, leftOut: { repeated: 2, other_columns: 1 } })
  t.ok(survey.repeated.has(3))
  const few = await surveyRows(pageOf(keys.map((key) => key % 10)), { share: 0.25, learntBefore: undefined }, memory)
  t.match(few, { heldBackCount: 50, rowCount: 150, leftOut: {} })
  t.equal(few.repeated.size, 0)
})

t.test('without rows there is nothing', async (t) => {
  const survey = await surveyRows(pageOf([]), { share: 0.2, learntBefore: undefined }, memory)
  t.match(survey, { heldBackCount: 0, rowCount: 0, boundary: undefined, weightMin: 0, weightMax: 0 })
})

import t from 'tap'
import { idOfRow, PredictionIds } from '../../../prediction/prediction-ids.ts'
import type { StoredPrediction } from '../../log/predictions-table.ts'
import type { LoggedColumns } from '../../log/version-columns.ts'
import { RowReader } from './labelled-row.ts'

const AT = Date.UTC(2026, 2, 1)
const columns: LoggedColumns = {
  features: [
    { name: '2', kind: 'numeric', levels: [] },
    { name: 'colour', kind: 'categorical', levels: ['red', 'blue'] },
    { name: 'when', kind: 'time', levels: [] },
  ],
  answer: { name: 'kind', kind: 'categorical', levels: ['high', 'low'] },
  outputCount: 1,
}
const predictionId = idOfRow(new PredictionIds(() => AT).next(), 0)
const stored = (outcome: unknown, number: number | null = null): StoredPrediction =>
  ({
    predictionId,
    version: 1,
    weight: 10,
    answer: 0,
    outcome: JSON.stringify(outcome),
    outcomeNumber: number,
  }) as never

t.test('codes become values, the outcome the label, and what the prediction was stands behind', async (t) => {
  const row = new RowReader(columns).read(stored('low'), columns, [1.5, 1, AT])
  t.match(row, {
    line: `{"2":1.5,"colour":"blue","when":"2026-03-01T00:00:00.000Z","kind":"low","prediction.at":"2026-03-01T00:00:00.000Z","prediction.weight":10,"prediction_id":"${predictionId}"}\n`,
    hasUnseen: false,
    isNewClass: false,
  })
})

t.test('a missing value and one that training never saw are null; the second one is told', async (t) => {
  const reader = new RowReader(columns)
  t.match(reader.read(stored('low'), columns, [null, -1, null]), {
    line: /^\{"2":null,"colour":null,/,
    hasUnseen: false,
  })
  t.match(reader.read(stored('low'), columns, [null, -2, null]), {
    line: /^\{"2":null,"colour":null,/,
    hasUnseen: true,
  })
})

t.test('the key is of values and label, not of the prediction', async (t) => {
  const reader = new RowReader(columns)
  const keyOf = (outcome: string, a: number) => {
    const row = reader.read(
      { ...stored(outcome), predictionId: idOfRow(new PredictionIds(() => AT + a).next(), 0) },
      columns,
      [1, 0, 5],
    )
    return typeof row === 'string' ? row : row.key
  }
  t.equal(keyOf('low', 1), keyOf('low', 2))
  t.not(keyOf('low', 1), keyOf('high', 1))
})

t.test(
  'rows of versions with other columns or another label are none; other levels and more columns do no harm',
  async (t) => {
    const reader = new RowReader(columns)
    const [number, colour, when] = columns.features as [
      LoggedColumns['answer'],
      LoggedColumns['answer'],
      LoggedColumns['answer'],
    ]
    const more = { ...columns, features: [{ ...colour, levels: ['green'] }, when, { ...number, name: 'x' }, number] }
    t.match(reader.read(stored('low'), more, [0, AT, 7, 1.5]), { line: /^\{"2":1.5,"colour":"green",/ })
    t.equal(reader.read(stored('low'), { ...columns, features: [number, colour] }, [1, 0]), 'other_columns')
    const texts = { ...columns, features: [{ ...number, isText: true as const }, colour, when] }
    t.equal(reader.read(stored('low'), texts, [null, 0, AT]), 'other_columns')
    const label = { ...columns, answer: { ...columns.answer, name: 'sort' } }
    t.equal(reader.read(stored('low'), label, [1, 0, AT]), 'other_label')
  },
)

t.test('an outcome is a class, or a new one of the same type; of numbers it is a number', async (t) => {
  const labelOf = (answer: LoggedColumns['answer'], outcome: unknown, number: number | null = null) => {
    const row = new RowReader({ ...columns, answer }).read(stored(outcome, number), { ...columns, answer }, [1, 0, AT])
    return typeof row === 'string' ? row : [JSON.parse(row.line).kind, row.isNewClass]
  }
  const numbers = { ...columns.answer, levels: [0, 1] }
  t.same(labelOf(columns.answer, 'middle'), ['middle', true])
  t.same(labelOf(columns.answer, 3, 3), ['3', true])
  t.same(labelOf(numbers, '1', 1), [1, false])
  t.same(labelOf(numbers, 2, 2), [2, true])
  t.equal(labelOf(numbers, 'many'), 'outcome_unusable')
  const regression = { name: 'kind', kind: 'numeric' as const, levels: [] }
  t.same(labelOf(regression, '2.5', 2.5), [2.5, false])
  t.equal(labelOf(regression, 'many'), 'outcome_unusable')
})

t.test('names of columns are not taken twice', async (t) => {
  const answer = { ...columns.answer, name: 'prediction_id' }
  t.equal(new RowReader({ ...columns, answer }).told.id, 'prediction_id_')
})

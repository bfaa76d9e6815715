import t from 'tap'
import type { Predictions } from '../model/fitted-pipeline.ts'
import { toRows } from '../model/table.ts'
import { answerText } from './answer-text.ts'

const textOf = (predictions: Predictions, withProbabilities = false): string =>
  [...answerText(predictions, { runId: 7, withProbabilities })].join('')

const labels: Predictions['labels'] = {
  rowCount: 4,
  columns: [
    { kind: 'numeric', name: 'a "quoted" \u2028 name', values: Float64Array.of(-0, 1e21, Number.NaN, 0.1 + 0.2) },
    { kind: 'categorical', name: '__proto__', codes: Int32Array.of(0, 1, -1, 2), levels: [1, '\ud800', true] },
  ],
}

t.test('writes rows as JSON.stringify does', async (t) => {
  const text = textOf({ labels, probabilities: [], unseen: [] })
  t.equal(text, `{"predictions":${JSON.stringify(toRows(labels))},"model_run_id":7,"status":"success"}`)
})

t.test('writes many rows in parts that make one text', async (t) => {
  const values = Float64Array.from({ length: 5000 }, (_, i) => i / 7)
  const many = { rowCount: values.length, columns: [{ kind: 'numeric', name: 'y', values } as const] }
  const parts = [...answerText({ labels: many, probabilities: [], unseen: [] }, { runId: 7, withProbabilities: false })]
  t.ok(parts.length > 4)
  t.same(JSON.parse(parts.join('')).predictions, toRows(many))
})

t.test('writes probabilities by class, classes in their types, and warnings', async (t) => {
  const probabilities = [
    { name: '__proto__', levels: [1, '1', true], values: Float64Array.of(0.5, 0.25, 0.25, 0, 0, 1) },
    { name: 'b', levels: ['x'], values: Float64Array.of(1, 1) },
  ]
  const unseen = [{ column: 'c', rowCount: 2, values: ['new'] }]
  const rowCount = 2
  const answer = JSON.parse(textOf({ labels: { rowCount, columns: [] }, probabilities, unseen }, true))
  t.same(answer.predictions, [{}, {}])
  const own = (value: object, key: string) => Object.getOwnPropertyDescriptor(value, key)?.value
  // A number and a string with the same text: the last counts.
  t.same(own(answer.probabilities[0], '__proto__'), { 1: 0.25, true: 0.25 })
  t.same(own(answer.probabilities[1], '__proto__'), { 1: 0, true: 1 })
  t.same(answer.probabilities[0].b, { x: 1 })
  t.same(own(answer.classes, '__proto__'), [1, '1', true])
  t.same(answer.warnings, [{ code: 'UNSEEN_CATEGORY', column: 'c', rows: 2, values: ['new'] }])
})

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
  const text = textOf({ labels, probabilities: [], unseen: [], marks: [] })
  t.equal(
    text,
    `{"predictions":${JSON.stringify(toRows(labels)).replace('":0,', '":0.0,')},"model_run_id":7,"status":"success"}`,
  )
})

t.test('writes many rows in parts that make one text', async (t) => {
  const values = Float64Array.from({ length: 5000 }, (_, i) => i / 7)
  const many = { rowCount: values.length, columns: [{ kind: 'numeric', name: 'y', values } as const] }
  const parts = [
    ...answerText({ labels: many, probabilities: [], unseen: [], marks: [] }, { runId: 7, withProbabilities: false }),
  ]
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
  const answer = JSON.parse(textOf({ labels: { rowCount, columns: [] }, probabilities, unseen, marks: [] }, true))
  t.same(answer.predictions, [{}, {}])
  const own = (value: object, key: string) => Object.getOwnPropertyDescriptor(value, key)?.value
  // A number and a string with the same text: the last counts.
  t.same(own(answer.probabilities[0], '__proto__'), { 1: 0.25, true: 0.25 })
  t.same(own(answer.probabilities[1], '__proto__'), { 1: 0, true: 1 })
  t.same(answer.probabilities[0].b, { x: 1 })
  t.same(own(answer.classes, '__proto__'), [1, '1', true])
  t.same(answer.warnings, [{ code: 'UNSEEN_CATEGORY', column: 'c', rows: 2, values: ['new'] }])
  const labels = { rowCount, columns: [] }
  const doubting = { labels, probabilities: [], unseen: [], marks: [], doubtedThousands: ['a'] }
  const told = JSON.parse(textOf(doubting, false)).warnings
  t.same(told, [{ code: 'THOUSANDS_DOUBTED', column: 'a', rows: 2, values: [] }])
})

t.test('numbers of one label column are doubles all, or integers all, by how they are written', async (t) => {
  const values = Float64Array.of(0, 1.5, 3, -2, 1e20, 1e21, 1e-7, 2 ** 53, Number.POSITIVE_INFINITY)
  const codes = Int32Array.from(values, (_, i) => i % 3)
  const columns: Predictions['labels']['columns'] = [
    { kind: 'numeric', name: 'r', values },
    { kind: 'numeric', name: 'cluster', values: Float64Array.from(codes), areIntegers: true },
    { kind: 'categorical', name: 'half', codes, levels: [0, 1.5, 3] },
    { kind: 'categorical', name: 'whole', codes, levels: [0, 1, 3] },
  ]
  const probabilities = [{ name: 'half', levels: [0, 1.5, 3], values: new Float64Array(27).fill(1) }]
  const text = textOf({ labels: { rowCount: values.length, columns }, probabilities, unseen: [], marks: [] }, true)
  const written = (name: string): string[] =>
    [...text.matchAll(new RegExp(`"${name}":([^,{}[\\]]+)`, 'g'))].map((m) => m[1] as string)
  t.same(written('r'), [
    '0.0',
    '1.5',
    '3.0',
    '-2.0',
    '100000000000000000000.0',
    '1e+21',
    '1e-7',
    '9007199254740992.0',
    'null',
  ])
  t.same(written('cluster').slice(0, 3), ['0', '1', '2'])
  t.same(written('half').slice(0, 3), ['0.0', '1.5', '3.0'])
  t.same(written('whole').slice(0, 3), ['0', '1', '3'])
  t.same(written('1.5').slice(0, 1), ['1.0'])
  t.match(text, /"classes":\{"half":\[0.0,1.5,3.0\]\}/)
})

t.test('an answer of a deployment names it, and has an id for each row', async (t) => {
  const values = Float64Array.from({ length: 2500 }, (_, i) => i / 7)
  const many = { rowCount: values.length, columns: [{ kind: 'numeric', name: 'y', values } as const] }
  const idPrefix = '019aef5c-5a80-7000-9a3c-51e6b'
  const stamp = { project: 'p', environment: 'production', version: 3, deploymentId: 9, idPrefix }
  const predictions = { labels: many, probabilities: [], unseen: [], marks: [] }
  const answer = JSON.parse([...answerText(predictions, { runId: 7, withProbabilities: false, stamp })].join(''))
  t.same(answer.deployment, { id: 9, version: 3, environment: 'production' })
  t.same(
    answer.prediction_ids,
    Array.from(values, (_, i) => `${idPrefix}${i.toString(16).padStart(7, '0')}`),
  )
  t.match(answer, { model_run_id: 7, status: 'success' })
})

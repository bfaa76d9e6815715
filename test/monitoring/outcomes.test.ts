// Outcomes over HTTP: whatever comes, in whichever order and however often, each prediction has one that counts.
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import t from 'tap'
import { isSampled } from '../../src/prediction/sampling.ts'
import { createOwnDatabase } from '../support/database.ts'
import { idAt, insertAnswers, logRows } from '../support/logged.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const database = await createOwnDatabase(t)
const projectId = await insertVersions(database, 'flowers', 2)
const otherId = await insertVersions(database, 'others', 1)
const numbersId = await insertVersions(database, 'numbers', 1)
await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
await insertAnswers(database, otherId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
await insertAnswers(database, numbersId, { kind: 'numbers' })
const settings = { DATABASE_URL: database.url }
const [first, second] = [await startTestService(t, settings), await startTestService(t, settings)] as const
for (const name of ['flowers', 'others', 'numbers']) {
  const { status, body } = await first.put(`/api/projects/${name}/monitoring`, { log: 'all', outcome_days: 0 })
  if (status >= 300) throw new Error(JSON.stringify(body))
}

const HOUR_MS = 3_600_000
const path = '/api/projects/flowers/outcomes'
const ago = (hours: number): number => Date.now() - hours * HOUR_MS

async function countsOf(project: string) {
  const url = `/api/projects/${project}/performance`
  // Rows of the log are summed after a minute; here at once.
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  await until(async () => (await first.get(url)).body.waiting_hours === 0)
  const { rows, outcomes, metrics } = (await first.get(url)).body.figures
  const accuracy = metrics.find(({ name }: { name: string }) => name === 'accuracy')
  return { rows, outcomes, accuracy: accuracy?.value }
}
const storedOf = async (id: string) =>
  (await database.owner.query('select outcome, is_matched from ml_worker.outcomes where prediction_id = $1', [id]))
    .rows[0]
const countIn = async (table: string): Promise<number> =>
  (await database.owner.query(`select count(*)::int as count from ml_worker.${table}`)).rows[0].count

t.test('an outcome of a logged prediction counts, once however often it comes', async (t) => {
  const [id, other] = await logRows(database, { projectId }, [
    { at: ago(5), answer: 0, confidence: 0.9 },
    { at: ago(4), answer: 1, confidence: 0.8 },
  ])
  const body = [
    { prediction_id: id, outcome: 'a' },
    { prediction_id: other, outcome: 'a', time: '2026-01-01T00:00:00Z' },
  ]
  t.match(await first.post(path, body), {
    status: 200,
    body: { received: 2, added: 2, corrected: 0, unchanged: 0, older: 0, not_sampled: 0, expired: 0, waiting: 0 },
  })
  t.match((await second.post(path, body)).body, { received: 2, added: 0, unchanged: 2, waiting: 0 })
  t.same(await countsOf('flowers'), { rows: 2, outcomes: 2, accuracy: 0.5 })
  t.equal(await countIn('outcome_corrections'), 0)
})

t.test('a correction counts instead, and both are kept; an older one does not count', async (t) => {
  const [id] = (await logRows(database, { projectId }, [{ at: ago(3), answer: 1, confidence: 0.7 }])) as [string]
  const send = async (outcome: string, time?: string) =>
    (await first.post(path, [{ prediction_id: id, outcome, time }])).body
  t.match(await send('a', '2026-02-01T00:00:00Z'), { added: 1 })
  const before = await countsOf('flowers')
  t.match(await send('b', '2026-02-03T00:00:00Z'), { corrected: 1 })
  t.match(await send('a', '2026-02-02T00:00:00Z'), { older: 1 })
  t.match(await storedOf(id), { outcome: '"b"' })
  const after = await countsOf('flowers')
  t.same([after.rows, after.outcomes], [before.rows, before.outcomes])
  t.equal(after.accuracy, (before.accuracy * before.outcomes + 1) / before.outcomes)
  const { rows } = await database.owner.query(
    'select outcome from ml_worker.outcome_corrections where prediction_id = $1 order by correction_id',
    [id],
  )
  t.same(rows, [{ outcome: '"a"' }, { outcome: '"a"' }])
  t.match(await send('a'), { corrected: 1 }, 'without a time it is of now')
})

t.test('several outcomes of one prediction in a request: the latest counts', async (t) => {
  const [id] = (await logRows(database, { projectId }, [{ at: ago(3), answer: 1 }])) as [string]
  const body = [
    { prediction_id: id, outcome: 'a', time: '2026-03-02T00:00:00Z' },
    { prediction_id: id, outcome: 'b', time: '2026-03-03T00:00:00Z' },
    { prediction_id: id, outcome: 'a', time: '2026-03-01T00:00:00Z' },
    { prediction_id: id, outcome: 'b', time: '2026-03-03T00:00:00Z' },
  ]
  t.match((await first.post(path, body)).body, { added: 1, corrected: 1, older: 1, unchanged: 1 })
  t.match(await storedOf(id), { outcome: '"b"' })
})

t.test('an outcome that comes before its prediction waits, and counts when that is logged', async (t) => {
  const before = await countsOf('flowers')
  const at = ago(2)
  const id = idAt(at)
  t.match((await first.post(path, [{ prediction_id: id, outcome: 'b' }])).body, { added: 1, waiting: 1 })
  t.same(await countsOf('flowers'), before)
  t.match(await storedOf(id), { is_matched: false })
  await logRows(database, { projectId }, [{ at, answer: 1, confidence: 0.6 }], [id])
  await until(async () => (await countsOf('flowers')).outcomes === before.outcomes + 1)
  t.equal((await countsOf('flowers')).rows, before.rows + 1)
  t.match(await storedOf(id), { is_matched: true })
})

t.test('an id of another project is one that nobody knows here', async (t) => {
  const [id] = (await logRows(database, { projectId: otherId }, [{ at: ago(2), answer: 0 }])) as [string]
  const before = await countsOf('flowers')
  t.match((await first.post(path, [{ prediction_id: id, outcome: 'b' }])).body, { added: 1, waiting: 1 })
  t.same(await countsOf('flowers'), before)
  t.equal((await countsOf('others')).outcomes, 0)
  t.match((await first.post('/api/projects/others/outcomes', [{ prediction_id: id, outcome: 'a' }])).body, {
    waiting: 0,
  })
  t.same(await countsOf('others'), { rows: 1, outcomes: 1, accuracy: 1 })
})

t.test('what is not sampled and what is too old is told, and not kept', async (t) => {
  const put = async (words: object) => {
    const { headers } = await first.get('/api/projects/flowers/monitoring')
    const { status } = await first.put(
      '/api/projects/flowers/monitoring',
      { outcome_days: 0, ...words },
      { 'if-match': headers.get('etag') as string },
    )
    t.equal(status, 200)
  }
  const all = Array.from({ length: 40 }, () => idAt(ago(1)))
  const isIn = (id: string): boolean => isSampled(id.slice(0, -7), Number.parseInt(id.slice(-7), 16), 0.5)
  const [out, within] = [all.find((id) => !isIn(id)), all.find(isIn)] as [string, string]
  await put({ log: 'sampled', rate: 0.5 })
  const old = idAt(ago(24 * 40))
  const kept = await countIn('outcomes')
  const { body } = await first.post(
    path,
    [out, within, old].map((id) => ({ prediction_id: id, outcome: 'a' })),
  )
  t.match(body, { received: 3, added: 1, not_sampled: 1, expired: 1, waiting: 1 })
  t.same(body.set_aside, [
    { row: 0, prediction_id: out, kind: 'not_sampled' },
    { row: 2, prediction_id: old, kind: 'expired' },
  ])
  t.equal(await countIn('outcomes'), kept + 1)
  await put({ log: 'off' })
  t.match((await first.post(path, [{ prediction_id: idAt(ago(1)), outcome: 'a' }])).body, { not_sampled: 1 })
  await put({ log: 'all' })
})

t.test('every fault is named by its row and column, and nothing is changed', async (t) => {
  const [number] = (await logRows(database, { projectId: numbersId }, [{ at: ago(2), answer: 1.5 }])) as [string]
  const good = idAt(ago(1))
  const before = [await countIn('outcomes'), await countIn('outcome_corrections'), await countIn('outcome_requests')]
  const { status, body } = await first.post(
    path,
    [
      { prediction_id: good, outcome: 'a' },
      { prediction_id: 'no', outcome: 'a' },
      { prediction_id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', outcome: 'a' },
      { prediction_id: idAt(Date.now() + HOUR_MS), outcome: 'a' },
      { outcome: 'a' },
      { prediction_id: good },
      { prediction_id: good, outcome: 'x'.repeat(1_001) },
      { prediction_id: good, outcome: 'a', time: 'yesterday' },
      { prediction_id: good, outcome: 'a', time: '2999-01-01T00:00:00Z' },
      { prediction_id: good, outcome: 'a', colour: 'red' },
    ],
    { 'idempotency-key': 'faulty' },
  )
  t.match([status, body.code], [400, 'REQUEST_INVALID'])
  const places = body.errors.map(({ row, column }: { row?: number; column: string }) => [row, column])
  t.same(
    places.sort(),
    [
      [1, 'prediction_id'],
      [2, 'prediction_id'],
      [3, 'prediction_id'],
      [4, 'prediction_id'],
      [5, 'outcome'],
      [6, 'outcome'],
      [7, 'time'],
      [8, 'time'],
      [undefined, 'colour'],
    ].sort(),
  )
  const text = await first.post('/api/projects/numbers/outcomes', [{ prediction_id: number, outcome: 'much' }])
  t.match(text.body.errors, [{ in: 'body', row: 0, column: 'outcome', detail: /expected a number/ }])
  for (const [sent, code] of [
    ['', 'BODY_MALFORMED'],
    ['{}', 'BODY_MALFORMED'],
    ['[]', 'REQUEST_INVALID'],
    ['[1', 'BODY_MALFORMED'],
  ]) {
    t.equal((await first.post(path, sent)).body.code, code, JSON.stringify(sent))
  }
  t.equal((await first.post('/api/projects/nowhere/outcomes', [{ prediction_id: good, outcome: 'a' }])).status, 404)
  t.same([await countIn('outcomes'), await countIn('outcome_corrections'), await countIn('outcome_requests')], before)
})

t.test('CSV, NDJSON and Arrow say the same as JSON', async (t) => {
  const rows = Array.from({ length: 3 }, () => ({ at: ago(6), answer: 0 }))
  const ids = await logRows(database, { projectId }, rows)
  const before = await countsOf('flowers')
  const csv = `prediction_id,outcome,time\n${ids[0]},a,2026-04-01T00:00:00Z\n`
  t.match(await first.post(path, csv, { 'content-type': 'text/csv' }), { status: 200, body: { added: 1 } })
  const line = `${JSON.stringify({ prediction_id: ids[1], outcome: 'a' })}\n`
  t.match(await first.post(path, line, { 'content-type': 'application/x-ndjson' }), { status: 200, body: { added: 1 } })
  const arrow = tableToIPC(tableFromArrays({ prediction_id: [ids[2]], outcome: ['a'] }), 'stream')
  const sent = await first.post(path, arrow, { 'content-type': 'application/vnd.apache.arrow.stream' })
  t.match(sent, { status: 200, body: { added: 1 } })
  const { outcomes } = await countsOf('flowers')
  t.equal(outcomes, before.outcomes + 3)
})

t.test('a large body is read in a thread', async (t) => {
  const rows = Array.from({ length: 3_000 }, (_, i) => ({ at: ago(7) + i, answer: 1, confidence: 0.75 }))
  const ids = await logRows(database, { projectId }, rows)
  const { status, body } = await first.post(
    path,
    ids.map((id) => ({ prediction_id: id, outcome: 'b' })),
  )
  t.match([status, body.added], [200, 3_000])
})

t.test('one Idempotency-Key is one request', async (t) => {
  const [id] = (await logRows(database, { projectId }, [{ at: ago(3), answer: 0 }])) as [string]
  const headers = { 'idempotency-key': 'k-1' }
  const send = (outcome: string) => first.post(path, [{ prediction_id: id, outcome }], headers)
  const once = await send('a')
  t.match(once.body, { added: 1 })
  await first.post(path, [{ prediction_id: id, outcome: 'b' }])
  t.same((await send('a')).body, once.body, 'a repeated request does not bring the earlier outcome back')
  t.match(await storedOf(id), { outcome: '"b"' })
  t.match((await send('b')).body, { code: 'IDEMPOTENCY_KEY_REUSED' })
})

t.test('two workers that take the same outcomes at once leave one of each', async (t) => {
  const rows = Array.from({ length: 200 }, () => ({ at: ago(8), answer: 0, confidence: 0.9 }))
  const ids = await logRows(database, { projectId }, rows)
  const before = await countsOf('flowers')
  const sent = Array.from({ length: 8 }, (_, i) => {
    const order = i % 2 === 0 ? ids : [...ids].reverse()
    return (i % 2 === 0 ? first : second).post(
      path,
      order.map((id) => ({ prediction_id: id, outcome: i < 4 ? 'a' : 'b', time: `2026-05-0${i + 1}T00:00:00Z` })),
    )
  })
  const answers = await Promise.all(sent)
  t.same(
    answers.map(({ status }) => status),
    answers.map(() => 200),
  )
  const added = answers.reduce((sum, { body }) => sum + body.added, 0)
  t.equal(added, ids.length)
  const { rows: kept } = await database.owner.query(
    'select outcome, count(*)::int as count from ml_worker.outcomes where prediction_id = any ($1) group by 1',
    [ids],
  )
  t.same(kept, [{ outcome: '"b"', count: ids.length }])
  t.equal((await countsOf('flowers')).outcomes, before.outcomes + ids.length)
})

t.test('the sums are those of the rows, whatever came in which order', async (t) => {
  await countsOf('flowers')
  const { rows } = await database.owner.query(
    `select count(*)::int as rows, count(o.outcome)::int as outcomes,
       (count(*) filter (where (p.answer = 0 and o.outcome = '"a"') or (p.answer = 1 and o.outcome = '"b"')))::float8
         / count(o.outcome) as accuracy
     from ml_worker.predictions p left join ml_worker.outcomes o using (project_id, predicted_at, prediction_id)
     where project_id = $1`,
    [projectId],
  )
  t.match(await countsOf('flowers'), { rows: rows[0].rows, outcomes: rows[0].outcomes })
  t.ok(Math.abs((await countsOf('flowers')).accuracy - rows[0].accuracy) < 1e-12)
})

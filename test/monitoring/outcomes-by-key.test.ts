// Outcomes by the caller's key over HTTP: each is of one prediction, whatever comes, in whichever order and however often.
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { idAt, insertAnswers, logRows } from '../support/logged.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const database = await createOwnDatabase(t)
const projectId = await insertVersions(database, 'orders', 1)
const numbersId = await insertVersions(database, 'numbers', 1)
const plainId = await insertVersions(database, 'plain', 1)
await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
await insertAnswers(database, plainId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
await insertAnswers(database, numbersId, { kind: 'numbers' })
const settings = { DATABASE_URL: database.url }
const [first, second] = [await startTestService(t, settings), await startTestService(t, settings)] as const
for (const [name, key_column] of [
  ['orders', 'order'],
  ['numbers', 'order'],
  ['plain', undefined],
] as const) {
  const { status, body } = await first.put(`/api/projects/${name}/monitoring`, {
    log: 'all',
    outcome_days: 0,
    key_column,
  })
  if (status >= 300) throw new Error(JSON.stringify(body))
}

const HOUR_MS = 3_600_000
const path = '/api/projects/orders/outcomes'
const ago = (hours: number): number => Date.now() - hours * HOUR_MS
const timeOf = (hours: number): string => new Date(ago(hours)).toISOString()
const log = (...rows: { at: number; key: string; answer?: number }[]) =>
  logRows(
    database,
    { projectId },
    rows.map((row) => ({ answer: 0, ...row })),
  )
const send = async (...rows: object[]) => {
  const { status, body } = await first.post(path, rows)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body
}
const outcomeOf = async (id: string | undefined): Promise<string | undefined> =>
  (await database.owner.query('select outcome from ml_worker.outcomes where prediction_id = $1', [id])).rows[0]?.outcome
const countIn = async (table: string): Promise<number> =>
  (await database.owner.query(`select count(*)::int as count from ml_worker.${table}`)).rows[0].count
/** As if the time that they wait for had come. */
const makeDue = () => database.owner.query('update ml_worker.keyed_outcomes set try_at = now()')
const settled = async (left = 0): Promise<void> => {
  await makeDue()
  await until(async () => (await countIn('keyed_outcomes')) === left)
}

t.test('an outcome is of the newest prediction of its key until then, or of the first after it', async (t) => {
  const [monday, tuesday, other] = await log(
    { at: ago(50), key: 'shop' },
    { at: ago(26), key: 'shop' },
    { at: ago(26), key: 'shop 2' },
  )
  t.match(await send({ key: 'shop', outcome: 'a', time: timeOf(40) }), { received: 1, added: 1, waiting: 0 })
  t.match(await send({ key: 'shop', outcome: 'b', time: timeOf(20) }), { added: 1, corrected: 0 })
  t.same(await Promise.all([monday, tuesday, other].map(outcomeOf)), ['"a"', '"b"', undefined])
  t.match(await send({ key: 'shop 2', outcome: 'a', time: timeOf(60) }), { added: 1 }, 'known before it was predicted')
  t.equal(await outcomeOf(other), '"a"')
})

t.test('twice, corrected and older are what they are by ids', async (t) => {
  const [id] = await log({ at: ago(30), key: 'o-1' })
  const [early, late] = [timeOf(20), timeOf(10)]
  t.match(await send({ key: 'o-1', outcome: 'a', time: early }), { added: 1 })
  t.match(await send({ key: 'o-1', outcome: 'a', time: early }), { unchanged: 1 })
  t.match(await send({ key: 'o-1', outcome: 'b', time: late }), { corrected: 1 })
  t.match(await send({ key: 'o-1', outcome: 'a', time: early }), { older: 1 })
  t.match(await send({ prediction_id: id, outcome: 'b', time: late }), { unchanged: 1 }, 'by its id it is the same one')
  t.equal(await outcomeOf(id), '"b"')
})

t.test('keys are the same text as a number, and another one with zeros', async (t) => {
  const [seven, padded] = await log({ at: ago(9), key: '7' }, { at: ago(9), key: '007' })
  const time = timeOf(5)
  t.match(await send({ key: 7, outcome: 'a', time }, { key: '007', outcome: 'b', time }), { added: 2 })
  t.same([await outcomeOf(seven), await outcomeOf(padded)], ['"a"', '"b"'])
  const bodies = [
    [`key,outcome,time\n7,b,${time}\n`, 'text/csv'],
    [`${JSON.stringify({ key: 7.0, outcome: 'b', time })}\n`, 'application/x-ndjson'],
    [
      tableToIPC(tableFromArrays({ key: BigInt64Array.of(7n), outcome: ['b'], time: [time] }), 'stream'),
      'application/vnd.apache.arrow.stream',
    ],
  ] as const
  for (const [i, [body, type]] of bodies.entries()) {
    const answer = await first.post(path, body, { 'content-type': type })
    t.match(answer, { status: 200, body: i === 0 ? { corrected: 1 } : { unchanged: 1 } }, type)
  }
})

t.test('an outcome of the last two minutes waits until the log has all that was predicted before it', async (t) => {
  const [old] = await log({ at: ago(5), key: 'fresh' })
  t.match(await send({ key: 'fresh', outcome: 'a' }), { added: 1, waiting: 1 }, 'without a time it is of now')
  t.equal(await outcomeOf(old), undefined)
  const [newest] = await log({ at: Date.now() - 1_000, key: 'fresh' })
  await settled()
  t.same([await outcomeOf(old), await outcomeOf(newest)], [undefined, '"a"'], 'what was still on its way is the one')
})

t.test('a key that nobody knows waits, also one that was not sampled, and joins when it is predicted', async (t) => {
  const time = timeOf(3)
  t.match(await send({ key: 'later', outcome: 'a', time }), { added: 1, waiting: 1, not_sampled: 0 })
  t.match(await send({ key: 'later', outcome: 'a', time }), { unchanged: 1, waiting: 1 })
  t.match(await send({ key: 'later', outcome: 'b', time }), { corrected: 1, waiting: 1 })
  t.match(
    await send({ key: 'later', outcome: 'a', time: timeOf(2) }, { key: 'never', outcome: 'a', time: timeOf(2) }),
    { added: 2, waiting: 2 },
  )
  await makeDue()
  await until(async () => {
    const { rows } = await database.owner.query('select min(tries) as tries from ml_worker.keyed_outcomes')
    return rows[0].tries === 1
  })
  const [id, second] = await log({ at: ago(3) - 60_000, key: 'later' }, { at: ago(2.5), key: 'later' })
  await settled(1)
  t.same([await outcomeOf(id), await outcomeOf(second)], ['"b"', '"a"'])
  const { rows } = await database.owner.query(
    'select outcome from ml_worker.outcome_corrections where prediction_id = $1',
    [id],
  )
  t.same(rows, [{ outcome: '"a"' }])
  await database.owner.query('delete from ml_worker.keyed_outcomes')
})

t.test('what is too old is told and not kept, and so is all that has no prediction while the log is off', async (t) => {
  const old = new Date(ago(24 * 40)).toISOString()
  t.match(await send({ key: 'old', outcome: 'a', time: old }), {
    expired: 1,
    waiting: 0,
    set_aside: [{ row: 0, kind: 'expired', prediction_id: undefined }],
  })
  const etag = async () => (await first.get('/api/projects/orders/monitoring')).headers.get('etag') as string
  const put = async (log: string) =>
    first.put('/api/projects/orders/monitoring', { log, key_column: 'order' }, { 'if-match': await etag() })
  await put('off')
  const [id] = await log({ at: ago(3), key: 'off' })
  t.match(await send({ key: 'off', outcome: 'a' }, { key: 'nothing', outcome: 'a' }), { added: 1, not_sampled: 1 })
  t.equal(await outcomeOf(id), '"a"')
  await put('all')
  t.equal(await countIn('keyed_outcomes'), 0)
})

t.test('every fault of a body is named at once, and nothing is changed', async (t) => {
  const before = [await countIn('outcomes'), await countIn('keyed_outcomes')]
  const id = idAt(ago(1))
  const { status, body } = await first.post(path, [
    { key: 'o-1', outcome: 'a' },
    { key: 'o-1', prediction_id: id, outcome: 'a' },
    { outcome: 'a' },
    { key: '', outcome: 'a' },
    { key: 7.5, outcome: 'a' },
    { key: 'x'.repeat(201), outcome: 'a' },
    { key: 2 ** 53, outcome: 'a' },
    { key: true, outcome: 'a' },
    { key: 'o-1' },
    { key: 'o-1', outcome: 'a', time: 'soon', order: 1 },
  ])
  t.match([status, body.code], [400, 'REQUEST_INVALID'])
  const places = body.errors.map(({ row, column }: { row?: number; column: string }) => `${row} ${column}`)
  t.same(places.sort(), [
    ...['1 key', '2 prediction_id', '3 key', '4 key', '5 key', '6 key', '7 key', '8 outcome', '9 time'],
    'undefined order',
  ])
  const plain = await first.post('/api/projects/plain/outcomes', [{ key: 'o-1', prediction_id: id, colour: 1 }])
  t.same(
    plain.body.errors.map(({ column }: { column: string }) => column).sort(),
    ['colour', 'key', 'outcome'],
    'a project that names no column of keys takes none',
  )
  await logRows(database, { projectId: numbersId }, [{ at: ago(2), answer: 1.5, key: 'n-1' }])
  const text = await first.post('/api/projects/numbers/outcomes', [{ key: 'n-1', outcome: 'much', time: timeOf(1) }])
  t.match(text.body.errors, [{ in: 'body', row: 0, column: 'outcome', detail: /expected a number/ }])
  t.match(await first.post('/api/projects/nowhere/outcomes', [{ key: 'o-1', outcome: 'a' }]), { status: 404 })
  t.same([await countIn('outcomes'), await countIn('keyed_outcomes')], before)
})

t.test('a request that is repeated with its Idempotency-Key is taken once', async (t) => {
  await log({ at: ago(9), key: 'once' })
  const headers = { 'idempotency-key': 'by-key' }
  const body = [{ key: 'once', outcome: 'a', time: timeOf(5) }]
  const answer = await first.post(path, body, headers)
  t.match(answer.body, { added: 1 })
  t.same((await second.post(path, body, headers)).body, answer.body)
  const other = [{ key: 'twice', outcome: 'a', time: body[0]?.time }]
  t.match((await first.post(path, other, headers)).body, { code: 'IDEMPOTENCY_KEY_REUSED' })
})

t.test('two workers that take and settle the same outcomes at once leave one of each', async (t) => {
  const count = 3_000
  const keys = Array.from({ length: count }, (_, i) => `w-${i}`)
  const ids = await log(...keys.map((key, i) => ({ at: ago(20) + i, key })))
  const rowsOf = (outcome: string, time?: string) => keys.map((key) => ({ key, outcome, time }))
  const [early, late] = [timeOf(10), timeOf(9)]
  const answers = await Promise.all([
    first.post(path, rowsOf('a', early)),
    second.post(path, rowsOf('b', late).reverse()),
    first.post(path, rowsOf('b')),
    second.post(path, rowsOf('b').reverse()),
  ])
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  )
  await settled()
  const { rows } = await database.owner.query(
    'select outcome, count(*)::int as count from ml_worker.outcomes where prediction_id = any ($1) group by 1',
    [ids],
  )
  t.same(rows, [{ outcome: '"b"', count }])
})

t.test('outcomes that wait are erased by their key and by what they say, and end after a week', async (t) => {
  const time = timeOf(1)
  await send({ key: 'p-1', outcome: 'a', time }, { key: 'p-2', outcome: 'a', time })
  const { erasure_id: id } = (await first.post('/api/erasures', { column: 'order', value: 'p-1' })).body
  await until(async () => (await first.get(`/api/erasures/${id}`)).body.state !== 'running')
  t.equal(await countIn('keyed_outcomes'), 1)
  await database.owner.query(`update ml_worker.keyed_outcomes set received_at = now() - interval '8 days'`)
  const { keptOutcomes } = await import('../../src/monitoring/outcomes/retention.ts')
  const kind = keptOutcomes(database.owner).find(({ name }) => name === 'keyed-outcomes')
  t.equal(await kind?.deleteOld(AbortSignal.timeout(10_000)), 1)
})

t.test('the figures are those of the outcomes', async (t) => {
  await database.owner.query('update ml_worker.performance_marks set due_at = now()')
  const url = '/api/projects/orders/performance'
  await until(async () => (await first.get(url)).body.waiting_hours === 0)
  const { outcomes } = (await first.get(url)).body.figures
  t.equal(outcomes, await countIn('outcomes'))
})

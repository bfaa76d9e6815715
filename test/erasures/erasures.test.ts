// Erasing a person by a column's value, over HTTP: what goes, what is told, and that the value is nowhere afterwards.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createKeyFile } from '../../src/encryption/key-file.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase, createTestDatabase } from '../support/database.ts'
import { filesWith, tablesWith } from '../support/planted.ts'
import { dataFolder, gate, openGate, runsOf, spoolNames } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const PLANTED = 'anna.planted@example.org'
const OWN_SCHEMAS = ['ml_worker', 'ml_jobs']

async function setUp(t: Test, models: readonly string[], settings: Record<string, string> = {}) {
  const database = await createOwnDatabase(t)
  for (const model of models) await database.registerModel(model)
  const worker = await startTestService(t, { DATABASE_URL: database.url, ...settings })
  await worker.service.whenReconciled
  const erasure = async (id: number) => (await worker.get(`/api/erasures/${id}`)).body
  const erase = async (column: string, value: unknown) => {
    const { status, body } = await worker.post('/api/erasures', { column, value })
    t.equal(status, 202, JSON.stringify(body))
    await until(async () => (await erasure(body.erasure_id)).state !== 'running')
    return erasure(body.erasure_id)
  }
  return { worker, database, erase, erasure, ...runsOf(database) }
}

type Erasure = { readonly erased: readonly { room: string; what: string; count: number }[] }
const countOf = ({ erased }: Erasure, room: string, what: string) =>
  erased.find((each) => each.room === room && each.what === what)?.count ?? 0
const idsOf = (runs: readonly { model_run_id: number }[]) => runs.map(({ model_run_id }) => model_run_id)

/** Rows of three persons, whom `who` names. */
const rowsWith = (who: string) => ({
  features: [
    { who, size: 1 },
    { who: 'bo', size: 2 },
    { who: null, size: 3 },
  ],
  labels: [{ y: 'p' }, { y: 'q' }, { y: 'p' }],
})

t.test('a value goes out of all that waits and is kept, and is nowhere when its last run has ended', async (t) => {
  const { worker, database, erase, accepted, failureOf } = await setUp(t, ['majority', 'quoting', 'held_open'])
  const ofTheWorker = async () => [
    ...(await filesWith(worker.dataDir, PLANTED)),
    ...(await tablesWith(database, OWN_SCHEMAS, PLANTED)),
  ]
  const trained = await accepted(worker, 'majority', rowsWith(PLANTED))
  const asLabel = await accepted(worker, 'majority', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ who: PLANTED }, { who: 'bo' }],
  })
  const others = await accepted(worker, 'majority', rowsWith('cy'))
  const quoting = await accepted(worker, 'quoting', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ who: PLANTED }, { who: 'bo' }],
  })
  for (const run of [trained, asLabel, others]) t.equal(await database.ended(run), 'SUCCESS')
  t.equal(await failureOf(quoting), 'model_failed')
  const isCarried = async () => (await tablesWith(database, ['ml_worker'], PLANTED)).length === 2
  await until(isCarried)

  const path = gate(t)
  const held = await accepted(worker, 'held_open', { ...rowsWith(PLANTED), parameters: { until_exists: path } })
  await until(() => worker.logged.some(({ msg, runId }) => msg === 'training begins' && runId === held))
  const waiting = await accepted(worker, 'majority', rowsWith(PLANTED))
  const emptied = await accepted(worker, 'majority', {
    features: [{ who: PLANTED }, { who: PLANTED }],
    labels: [{ y: 'p' }, { y: 'q' }],
  })
  const untouched = await accepted(worker, 'majority', rowsWith('cy'))
  const large = await accepted(worker, 'majority', {
    features: Array.from({ length: 30_000 }, (_, i) => ({ who: i % 3 === 0 ? PLANTED : `person ${i}` })),
    labels: Array.from({ length: 30_000 }, (_, i) => ({ y: i % 2 })),
  })

  const first = await erase('who', PLANTED)
  t.match(first, { state: 'done', column: 'who', requested_by: 'anyone' })
  t.equal(countOf(first, 'spool', 'rows'), 1 + 2 + 10_000)
  t.equal(countOf(first, 'runs', 'records in files'), 1)
  t.equal(countOf(first, 'runs', 'records in tables'), 1)
  t.ok(countOf(first, 'runs', 'log lines in tables') > 0)
  t.same(first.in_training, [{ model_run_id: held, model_name: 'held_open' }])
  t.same(first.trained_on, [
    { model_run_id: trained, model_name: 'majority' },
    { model_run_id: asLabel, model_name: 'majority' },
  ])
  t.same(first.undetermined, [])
  const quoted = first.remaining.find(({ place }: { place: string }) => /^error_message/.test(place))
  t.same(quoted?.model_run_ids, [quoting], 'what stands in a table of the application')
  t.equal(await failureOf(emptied), 'data_unusable')
  const [spooled] = await spoolNames(worker.dataDir)
  t.match(spooled, new RegExp(`-${held}\\.run$`))
  t.same(await ofTheWorker(), [`spool/${spooled}`], 'only the run that learns from it has it')
  t.equal(
    (await worker.train('majority', waiting, rowsWith(PLANTED))).status,
    200,
    'the same request again is the same',
  )
  t.same(await ofTheWorker(), [`spool/${spooled}`], 'and brings nothing back')
  t.match((await worker.get(`/api/runs/${quoting}`)).body, { error: { code: 'model_failed' } })

  await openGate(path)
  for (const run of [held, waiting, untouched, large]) t.equal(await database.ended(run), 'SUCCESS')
  await until(async () => (await spoolNames(worker.dataDir)).length === 0)
  const second = await erase('who', PLANTED)
  t.match(second, { state: 'done', in_training: [] })
  t.equal(countOf(second, 'spool', 'rows'), 0)
  t.same(
    idsOf(second.trained_on),
    [trained, asLabel, held],
    'those whose rows went before their training are none of them',
  )
  t.same(await ofTheWorker(), [])
  t.same(
    worker.logged.filter((line) => JSON.stringify(line).includes(PLANTED)),
    [],
  )

  const { body: list } = await worker.get('/api/erasures?limit=1')
  t.match(list, { erasures: [{ erasure_id: second.erasure_id, state: 'done' }], next: second.erasure_id })
  t.match((await worker.get(`/api/erasures?before=${list.next}`)).body, {
    erasures: [{ erasure_id: first.erasure_id }],
  })
  const { body: audit } = await worker.get(`/api/audit-events?resource=erasure/${first.erasure_id}`)
  t.match(audit.audit_events, [
    { action: 'erasure.end', actor: 'worker/erasures', details: { column: 'who', state: 'done', trained_on: 2 } },
    { action: 'erasure.create', actor: 'anyone', details: { column: 'who' } },
  ])
  t.match(await runCommandLine(['audit', 'verify'], { environment: { DATABASE_URL: database.url } }), { code: 0 })
})

t.test('of numbers it is told what cannot be known', async (t) => {
  const { worker, database, erase, accepted, inTraining } = await setUp(t, ['majority', 'held_open'])
  const features = [{ customer: 40_711 }, { customer: 40_712 }, { customer: 40_713 }]
  const labels = [{ y: 'p' }, { y: 'q' }, { y: 'p' }]
  const numeric = await accepted(worker, 'majority', { features, labels })
  const without = await accepted(worker, 'majority', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ y: 'p' }, { y: 'q' }],
  })
  for (const run of [numeric, without]) t.equal(await database.ended(run), 'SUCCESS')
  const damaged = await database.insertRun('majority', 'SUCCESS')
  await database.owner.query(`update model_runs set run_result = 'no artifact' where id = $1`, [damaged])
  const path = gate(t)
  await inTraining(worker, path)
  const waiting = await accepted(worker, 'majority', { features, labels })
  const result = await erase('customer', '40711')
  t.equal(countOf(result, 'spool', 'rows'), 1)
  t.same(result.trained_on, [])
  t.same(idsOf(result.undetermined), [numeric, damaged])
  t.same(idsOf((await erase('customer', 'C-1')).undetermined), [damaged], 'a text was in no column of numbers')
  const short = await erase('customer', 12)
  t.match(short.remaining, [{ room: 'runs', place: /^texts of logs and records/ }])
  await openGate(path)
  t.equal(await database.ended(waiting), 'SUCCESS')
})

t.test('a run that is cancelled, or has its turn, while rows are erased has one end', async (t) => {
  const { worker, database, erase, accepted, inTraining, failureOf } = await setUp(t, ['majority', 'held_open'])
  const path = gate(t)
  const held = await inTraining(worker, path)
  const runs: number[] = []
  for (let i = 0; i < 6; i++) runs.push(await accepted(worker, 'majority', rowsWith(PLANTED)))
  const [cancelled = 0, ...turns] = runs
  const [result] = await Promise.all([
    erase('who', PLANTED),
    worker.post(`/api/runs/${cancelled}/cancel`, ''),
    openGate(path),
  ])
  t.equal(await failureOf(cancelled), 'cancelled')
  for (const run of [held, ...turns]) t.equal(await database.ended(run), 'SUCCESS')
  await until(async () => (await spoolNames(worker.dataDir)).length === 0)
  t.equal(result.state, 'done')
  // Each was cleaned before its turn, or told: in training, or by its result.
  const after = await erase('who', PLANTED)
  const told = new Set([...idsOf(result.in_training), ...idsOf(result.trained_on)])
  for (const run of idsOf(after.trained_on)) t.ok(told.has(run), `run ${run} was told`)
})

t.test('what is asked wrongly is refused, and a key makes one erasure', async (t) => {
  const { worker, database, erasure } = await setUp(t, [])
  const body = { column: 'who', value: PLANTED, note: 'request 17' }
  for (const [wrong, detail] of [
    [{ value: PLANTED }, /column/],
    [{ column: 'who' }, /value/],
    [{ column: 'who', value: [PLANTED] }, /value/],
    [{ column: 'who', value: null }, /value/],
    [{ ...body, note: `of ${PLANTED.toUpperCase()}` }, /note: it has the value in it|note/],
    [{ ...body, more: 1 }, /more/],
  ] as const) {
    const answer = await worker.post('/api/erasures', wrong)
    t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID' } }, JSON.stringify(wrong))
    t.match(JSON.stringify(answer.body.errors), detail)
    t.notMatch(JSON.stringify(answer.body), PLANTED)
  }
  t.match(await worker.get('/api/erasures/1'), { status: 404, body: { code: 'ERASURE_UNKNOWN' } })
  const key = { 'idempotency-key': 'k-1' }
  const [one, two] = await Promise.all([
    worker.post('/api/erasures', body, key),
    worker.post('/api/erasures', body, key),
  ])
  t.equal(one.status, 202)
  t.equal(one.headers.get('location'), `/api/erasures/${one.body.erasure_id}`)
  t.equal(two.body.erasure_id, one.body.erasure_id)
  t.match(await worker.post('/api/erasures', { ...body, value: 'bo' }, key), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  await until(async () => (await erasure(one.body.erasure_id)).state === 'done')
  t.match(await erasure(one.body.erasure_id), { note: 'request 17', erased: [], trained_on: [] })
  t.same(await tablesWith(database, OWN_SCHEMAS, PLANTED), [])
  t.same(await filesWith(worker.dataDir, PLANTED), [])
})

t.test('an erasure whose worker is gone is interrupted, for its value is kept nowhere', async (t) => {
  const database = await createOwnDatabase(t)
  await database.owner.query(
    `insert into ml_worker.erasures (column_name, state, requested_at, requested_by, erased, remaining, in_training, trained_on,
       undetermined) values ('who', 'running', now(), 'anyone', '[]', '[]', '{}', '{}', '{}')`,
  )
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  const erasure = async () => (await worker.get('/api/erasures/1')).body
  await until(async () => (await erasure()).state !== 'running')
  t.match(await erasure(), { state: 'interrupted', reason: /ask again/ })
  const { body } = await worker.get('/api/audit-events?resource=erasure/1')
  t.match(body.audit_events, [{ action: 'erasure.end', details: { state: 'interrupted' } }])
})

t.test('a worker that stops ends its erasure as interrupted', async (t) => {
  const { worker, database, accepted, inTraining } = await setUp(t, ['majority', 'held_open'])
  await inTraining(worker, gate(t))
  for (let i = 0; i < 10; i++) await accepted(worker, 'majority', rowsWith(PLANTED))
  const { body } = await worker.post('/api/erasures', { column: 'who', value: PLANTED })
  await worker.service.close()
  const { rows } = await database.owner.query('select state from ml_worker.erasures where erasure_id = $1', [
    body.erasure_id,
  ])
  t.match(rows[0].state, /^(interrupted|done)$/)
})

t.test('without the schema nothing can be erased, and it is said what sets it up', async (t) => {
  const database = await createTestDatabase(t)
  const worker = await startTestService(t, { DATABASE_URL: database.url })
  for (const answer of [
    await worker.post('/api/erasures', { column: 'who', value: PLANTED }),
    await worker.get('/api/erasures'),
    await worker.get('/api/erasures/1'),
  ]) {
    t.match(answer, { status: 501, body: { code: 'NOT_SET_UP', detail: /ml-worker migrate/ } })
  }
})

t.test(
  'where files and results are encrypted it erases and finds the same, and leaves nothing in the clear',
  async (t) => {
    const keyFile = join(await dataFolder(t), 'key')
    await createKeyFile(keyFile)
    const { worker, database, erase, accepted, inTraining } = await setUp(t, ['majority', 'held_open'], {
      ENCRYPTION_KEY_FILE: keyFile,
    })
    const trained = await accepted(worker, 'majority', rowsWith(PLANTED))
    t.equal(await database.ended(trained), 'SUCCESS')
    const path = gate(t)
    await inTraining(worker, path)
    const waiting = await accepted(worker, 'majority', rowsWith(PLANTED))
    const result = await erase('who', PLANTED)
    t.match(result, { state: 'done', remaining: [] })
    t.equal(countOf(result, 'spool', 'rows'), 1)
    t.same(idsOf(result.trained_on), [trained])
    t.same(await filesWith(join(worker.dataDir, 'spool'), '"bo"'), [], 'the file that was written anew is sealed')
    await openGate(path)
    t.equal(await database.ended(waiting), 'SUCCESS')
    t.same(idsOf((await erase('who', PLANTED)).trained_on), [trained])
  },
)

// What a caller says of a run for his own use: his id, his key, what he lists by, and where he is told of the end.
import pg from 'pg'
import t from 'tap'
import { dataFolder, gate, heldBy, openGate } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const service = await startTrainingService(t, ['majority', 'held_open', 'misbehaving'], {
  NOTIFY_CHANNEL: 'runs_ended',
})
const { database, get, post } = service
const json = { 'content-type': 'application/json' }

t.test(
  'the id of the caller is in the answers, in each line of the log and in the list, over a restart too',
  async (t) => {
    const DATA_DIR = await dataFolder(t)
    const first = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
    const run = await database.insertRun('majority')
    const id = 'Bestellung 7/ä'
    const path = `/api/train?model_name=majority&model_run_id=${run}&correlation_id=${encodeURIComponent(id)}`
    t.equal((await first.post(path, good)).status, 200)
    t.equal(await database.ended(run), 'SUCCESS')
    const { body: made } = await first.post('/api/runs', { model_name: 'majority', ...good, correlation_id: id })
    t.equal(await database.ended(made.model_run_id), 'SUCCESS')
    for (const each of [run, made.model_run_id]) {
      t.equal((await first.get(`/api/runs/${each}`)).body.correlation_id, id)
      const lines = first.logged.filter(({ runId, msg }) => runId === each && /^training/.test(String(msg)))
      t.ok(lines.length >= 2 && lines.every(({ correlationId }) => correlationId === id))
    }
    const other = await database.insertRun('majority')
    t.equal((await first.train('majority', other, good)).status, 200)
    t.equal(await database.ended(other), 'SUCCESS')
    t.equal((await first.get(`/api/runs/${other}`)).body.correlation_id, null)
    const listed = async (worker: Pick<typeof first, 'get'>, query = '') =>
      (await worker.get(`/api/runs?correlation_id=${encodeURIComponent(id)}${query}`)).body.runs.map(
        (each: { id: number }) => each.id,
      )
    t.same(await listed(first), [made.model_run_id, run])
    await first.service.close()
    const next = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
    t.same(await listed(next), [made.model_run_id, run])
    t.same(await listed(next, '&status=FAILED'), [])
    t.same((await next.get('/api/runs?correlation_id=nobody')).body, { runs: [], next: null })
  },
)

t.test('an id that is none is refused, and so are two', async (t) => {
  const run = await database.insertRun('majority')
  const train = (query: string, body: object = good) =>
    post(`/api/train?model_name=majority&model_run_id=${run}${query}`, body)
  for (const query of ['&correlation_id=', `&correlation_id=${'x'.repeat(201)}`, '&correlation_id=a%0Ab']) {
    t.match(
      await train(query),
      { status: 400, body: { errors: [{ in: 'query', parameter: 'correlation_id' }] } },
      query,
    )
  }
  for (const correlation_id of ['', 7, 'x'.repeat(201), 'a\u0000b']) {
    t.match(await train('', { ...good, correlation_id }), {
      status: 400,
      body: { errors: [{ in: 'body', detail: /^correlation_id: expected text/ }] },
    })
  }
  t.match(await train('&correlation_id=a', { ...good, correlation_id: 'b' }), {
    status: 400,
    body: { errors: [{ parameter: 'correlation_id', detail: 'the body has another' }] },
  })
  t.equal((await database.run(run)).run_status, 'PENDING')
  t.equal((await train('', { ...good, correlation_id: null })).status, 200)
})

t.test('a body that means the same is the same request, for a key and for a run that waits', async (t) => {
  const path = gate(t)
  const parameters = heldBy(path)
  const create = (body: string, key: string, type = 'application/json', query = '') =>
    post(`/api/runs${query}`, body, { 'content-type': type, 'idempotency-key': key })
  const rows = '"labels": [{"y": "p"}, {"y": "q"}], "features": [{"a": 1, "b": "x"}, {"b": "y", "a": 2}]'
  const said = `"parameters": ${JSON.stringify(parameters.parameters)}`
  const first = await create(`{"model_name": "held_open", ${said}, ${rows}}`, 'meaning')
  t.equal(first.status, 201, JSON.stringify(first.body))
  const turned = '"features":[{"b":"x","a":1.0},{"a":2,"b":"y"}],"labels":[{"y":"p"},{"y":"q"}],"weights":null'
  const again = await create(`{${turned},${said},"model_name":"held_open"}`, 'meaning')
  t.equal(again.body.model_run_id, first.body.model_run_id)
  const moved = turned.replace('[{"y":"p"},{"y":"q"}]', '[{"y":"q"},{"y":"p"}]')
  t.match(await create(`{${moved},${said},"model_name":"held_open"}`, 'meaning'), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })

  const waiting = await database.insertRun('held_open')
  const train = `/api/train?model_name=held_open&model_run_id=${waiting}`
  t.equal((await post(train, `{${said}, ${rows}}`)).status, 200)
  t.equal((await post(train, `{${turned}, ${said}}`)).status, 200)
  t.match(await post(train, `{${moved}, ${said}}`), { status: 409, body: { code: 'RUN_ACCEPTED_DIFFERENTLY' } })

  const query = `?model_name=majority&labels=y`
  const csv = await create('a,y\n1,p\n2,q\n', 'bytes', 'text/csv', query)
  t.equal((await create('a,y\n1,p\n2,q\n', 'bytes', 'text/csv', query)).body.model_run_id, csv.body.model_run_id)
  t.equal((await create('a,y\n1,p\n2,q', 'bytes', 'text/csv', query)).status, 422, 'of other forms bytes are compared')
  await openGate(path)
  for (const run of [first.body.model_run_id, waiting, csv.body.model_run_id]) {
    t.equal(await database.ended(run), 'SUCCESS')
  }
})

t.test('the same key makes one run, at once, later and after a restart; another body is refused', async (t) => {
  const DATA_DIR = await dataFolder(t)
  const first = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
  const path = gate(t)
  const create = (worker: Pick<typeof first, 'post'>, key: string, body: object = heldBy(path)) =>
    worker.post('/api/runs', { model_name: 'held_open', ...body }, { ...json, 'idempotency-key': key })
  const count = async () => (await database.owner.query('select count(*)::int as n from model_runs')).rows[0].n
  const before = await count()
  const answers = await Promise.all(Array.from({ length: 6 }, () => create(first, 'key-1')))
  t.same([...new Set(answers.map(({ status, body }) => `${status} ${body.model_run_id}`))].length, 1)
  const run = answers[0]?.body.model_run_id
  t.equal(await count(), before + 1)
  t.match(await create(first, 'key-1', { ...heldBy(path), validation_split: 0.4 }), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  const other = await create(first, 'key-2')
  t.not(other.body.model_run_id, run)
  await first.service.close()

  const second = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
  t.equal((await create(second, 'key-1')).body.model_run_id, run, 'while it waits, of the spool')
  await openGate(path)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(await database.ended(other.body.model_run_id), 'SUCCESS')
  await until(async () => (await second.get(`/api/runs/${other.body.model_run_id}`)).body.timings.ended !== null)
  await second.service.close()

  const third = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
  t.equal((await create(third, 'key-1')).body.model_run_id, run, 'after its end, of its record')
  t.equal((await create(third, 'key-2', good)).status, 422)
  await database.owner.query('delete from model_run_metrics where model_run_id = $1', [run])
  await database.owner.query('delete from model_runs where id = $1', [run])
  t.not((await create(third, 'key-1')).body.model_run_id, run, 'a row that is gone is made anew')
  for (const key of ['', 'x'.repeat(201), 'a b'])
    t.equal((await create(third, key)).status, key === '' ? 400 : 400, key)
})

t.test('a call that was refused leaves its key free', async (t) => {
  const create = (body: object) =>
    post('/api/runs', { model_name: 'majority', ...body }, { ...json, 'idempotency-key': 'once-refused' })
  t.equal((await create({ ...good, parameters: { nonsense: 1 } })).status, 400)
  t.equal((await create(good)).status, 201)
})

t.test('lists by several statuses and by time', async (t) => {
  const runs: number[] = []
  for (const status of ['ONE', 'TWO', 'THREE']) runs.push(await database.insertRun('majority', status))
  const [one, two, three] = runs as [number, number, number]
  const day = (run: number, date: string) =>
    database.owner.query('update model_runs set run_date = $2 where id = $1', [run, date])
  await day(one, '2020-03-01 08:00')
  await day(two, '2020-03-02 08:00')
  await day(three, '2020-03-03 08:00')
  const ids = async (query: string) => (await get(`/api/runs?${query}`)).body.runs.map(({ id }: { id: number }) => id)
  t.same(await ids('status=ONE,THREE'), [three, one])
  t.same(await ids('status=ONE&status=TWO'), [two, one])
  t.same(await ids('status=ONE,TWO&status=THREE&limit=2'), [three, two])
  t.same(await ids('from=2020-03-02&to=2020-03-04'), [three, two])
  t.same(await ids('from=2020-03-01T08:00:00&to=2020-03-02T08:00:00'), [one])
  t.same(await ids('to=2020-03-02T09:00&status=ONE,TWO,THREE'), [two, one])
  for (const [parameter, value] of [
    ['from', 'yesterday'],
    ['from', '2020-02-30'],
    ['to', '2020-03-01T25:00'],
    ['to', '2020-03-01 08:00'],
  ] as const) {
    const answer = await get(`/api/runs?${parameter}=${encodeURIComponent(value)}`)
    t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID', errors: [{ parameter }] } }, value)
  }
})

t.test('who listens on the channel is told of each end when it can be seen', async (t) => {
  const listener = new pg.Client({ connectionString: database.url })
  await listener.connect()
  t.teardown(() => listener.end())
  await listener.query('listen runs_ended')
  const told = new Map<number, unknown>()
  listener.on('notification', ({ payload = '' }) => told.set(JSON.parse(payload).model_run_id, JSON.parse(payload)))
  const { run } = await service.trainToEnd('majority', good)
  await until(() => told.has(run))
  t.same(told.get(run), { model_run_id: run, status: 'SUCCESS' })
  const { run: failed } = await service.trainToEnd('misbehaving', { ...good, parameters: { deed: 'throws' } })
  await until(() => told.has(failed))
  t.same(told.get(failed), { model_run_id: failed, status: 'FAILED', error_code: 'model_failed' })
})

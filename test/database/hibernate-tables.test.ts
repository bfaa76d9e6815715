// The tables as Hibernate makes them of Long ids: every call works on them as on those of the contract.
import t from 'tap'
import { createHibernateDatabase, FIRST_ID } from '../support/hibernate.ts'
import { dataFolder, gate, heldBy, openGate, runsOf } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'

for (const tables of ['identity', 'auto'] as const) {
  t.test(`bigint ids, ${tables}`, async (t) => {
    const database = await createHibernateDatabase(t, tables)
    for (const model of ['forest', 'held_open', 'misbehaving']) await database.registerModel(model)
    const { accepted } = runsOf(database)
    const DATA_DIR = await dataFolder(t)
    const first = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
    const { get, post, predict } = first
    await until(async () => (await get('/api/health/ready')).status === 200)

    const run = await accepted(first, 'forest')
    t.ok(run >= FIRST_ID)
    t.equal(await database.ended(run), 'SUCCESS')
    t.match(await database.metrics(run), { training_rows: '3' })

    const created = await post('/api/runs', { model_name: 'forest', ...good })
    t.match(created, { status: 201, body: { model_run_id: Number } })
    const createdId = created.body.model_run_id
    t.not(createdId, run)
    t.equal(await database.ended(createdId), 'SUCCESS')
    t.ok((await database.insertRun('forest')) > createdId, 'nor does the application meet the id again')

    const { status, body } = await get('/api/runs?limit=1&status=SUCCESS')
    t.equal(status, 200)
    t.same([body.runs.map(({ id }: { id: number }) => id), body.next], [[createdId], createdId])
    t.equal((await get(`/api/runs?status=SUCCESS&before=${body.next}`)).body.runs[0].id, run)

    const shown = (await get(`/api/runs/${run}`)).body
    t.match(shown, {
      id: run,
      status: 'SUCCESS',
      timings: { accepted: String, seconds_trained: Number },
      metrics: { training_rows: 3 },
    })
    t.match((await get(`/api/runs/${run}/logs`)).body, /training succeeded/)
    t.match((await get(`/api/runs/${run}/events`)).body, /event: end/)
    t.match(await predict(run, { features: [{ a: 1 }] }), { status: 200, body: { model_run_id: run } })
    t.equal((await get(`/api/runs/${run}/report`)).status, 200)

    t.match((await get('/v2/models/forest')).body.versions, [String(createdId), String(run)])
    t.equal((await get(`/v2/models/forest/versions/${run}`)).status, 200)

    const failing = await accepted(first, 'misbehaving', { ...good, parameters: { deed: 'throws' } })
    t.equal(await database.ended(failing), 'FAILED')
    t.match((await get('/api/runs?status=FAILED')).body.runs, [{ id: failing, error: { code: 'model_failed' } }])

    const other = await startTestService(t, { DATABASE_URL: database.url })
    const path = gate(t)
    const held = await accepted(first, 'held_open', heldBy(path))
    t.match(await other.train('held_open', held, heldBy(path)), { status: 409, body: { code: 'RUN_HELD_ELSEWHERE' } })
    const waiting = await accepted(first, 'forest')
    t.equal((await get(`/api/runs/${waiting}`)).body.position, 1)
    t.equal((await post(`/api/runs/${waiting}/cancel`, '')).status, 200)
    await openGate(path)
    t.equal(await database.ended(held), 'SUCCESS')

    t.match((await get(`/api/runs/${Number.MAX_SAFE_INTEGER}`)).body, { code: 'RUN_UNKNOWN' })
    await first.service.close()
    const next = await startTestService(t, { DATABASE_URL: database.url, DATA_DIR })
    t.match((await next.get(`/api/runs/${run}`)).body, {
      timings: { accepted: String },
      parameters: { n_estimators: Number },
    })
  })
}

t.test('without a default and without a sequence a new run is refused in words', async (t) => {
  const database = await createHibernateDatabase(t, 'auto')
  await database.registerModel('forest')
  await database.owner.query('drop sequence model_runs_seq')
  const { post } = await startTestService(t, { DATABASE_URL: database.url })
  t.match(await post('/api/runs', { model_name: 'forest', ...good }), {
    status: 403,
    body: {
      code: 'RUN_NOT_CREATABLE',
      detail: /model_runs\.id has no default, and there is no sequence model_runs_seq/,
    },
  })
})

t.test('ids of an integer column are held to what JSON holds, not to the column', async (t) => {
  const { createTestDatabase } = await import('../support/database.ts')
  const database = await createTestDatabase(t)
  const { get, predict } = await startTestService(t, { DATABASE_URL: database.url })
  for (const id of [99_999_999_999, Number.MAX_SAFE_INTEGER]) {
    t.match(await get(`/api/runs/${id}`), { status: 404, body: { code: 'RUN_UNKNOWN' } })
    t.match(await predict(id, { features: [{ a: 1 }] }), { status: 404, body: { code: 'RUN_UNKNOWN' } })
    t.equal((await get(`/api/runs?before=${id}`)).status, 200)
  }
  t.equal((await get('/api/runs/9007199254740993')).status, 400)
})

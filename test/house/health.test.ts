// What an operator and an orchestrator are told: each check by name.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const nobodyListens = 'postgresql://nobody@127.0.0.1:1/nothing'

t.test('a worker that can work answers 200 with every check by name', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const { service, get } = await startTestService(t, { DATABASE_URL: database.url })
  await service.whenReconciled
  await until(async () => (await get('/api/health')).status === 200)
  for (const path of ['/api/health', '/api/health/ready']) {
    const { status, body, headers } = await get(path)
    t.equal(status, 200)
    t.equal(headers.get('retry-after'), null)
    t.same(body, {
      status: 'ok',
      checks: {
        running: { ok: true, detail: 'taking requests' },
        database: { ok: true, detail: 'answers' },
        tables: { ok: true, detail: 'as the worker needs them' },
        grants: { ok: true, detail: 'all that are needed' },
        own_schema: { ok: true, detail: 'not set up: there is no schema ml_worker and no schema ml_jobs' },
        models: { ok: true, detail: '1 available' },
        trainer: { ok: true, detail: '0 trainings waiting or running' },
        disk: { ok: true, detail: 'the spool can be written' },
        webhooks: { ok: true, detail: 'not known: the schema is not set up, or the database is away' },
      },
    })
  }
})

t.test('a worker that cannot work answers 503 and names what is wrong; live answers all the same', async (t) => {
  const database = await createTestDatabase(t)
  const { service, get, dataDir } = await startTestService(t, { DATABASE_URL: database.url })
  await service.whenReconciled
  await rm(join(dataDir, 'spool'), { recursive: true })
  for (const path of ['/api/health', '/api/health/ready']) {
    const { status, body, headers } = await get(path)
    t.equal(status, 503)
    t.match(headers.get('retry-after'), /^\d+$/)
    t.equal(headers.get('content-type'), 'application/problem+json; charset=utf-8')
    t.match(body, {
      type: 'urn:ml-worker:error:not-ready',
      title: 'The worker cannot take work',
      status: 503,
      code: 'NOT_READY',
      detail: /^the worker cannot take work: models: no model is both.*; disk: .*ENOENT/,
      instance: path,
      errors: [],
      checks: {
        database: { ok: true },
        models: { ok: false, detail: 'no model is both in the code and in the table models' },
        disk: { ok: false, detail: /ENOENT/ },
      },
    })
  }
  const live = await get('/api/health/live')
  t.equal(live.status, 200)
  t.same(live.body, { status: 'ok' })
})

t.test('a database that is away is named, and so are the models that wait for it', async (t) => {
  const { get } = await startTestService(t, { DATABASE_URL: nobodyListens })
  const { status, body } = await get('/api/health')
  t.equal(status, 503)
  t.equal(body.code, 'NOT_READY')
  t.match(body.checks, {
    running: { ok: true },
    database: { ok: false, detail: /ECONNREFUSED/ },
    models: { ok: false, detail: 'not reconciled with the database yet' },
    disk: { ok: true },
  })
  t.equal((await get('/api/health/live')).status, 200)
})

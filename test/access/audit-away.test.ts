// Trainings while the audit cannot be written: none is accepted where the audit is required, and none is held up where not.
import t from 'tap'
import { bearer, tokenByCommand } from '../support/access.ts'
import { createOwnDatabase, createTestDatabase } from '../support/database.ts'
import { spoolNames } from '../support/runs.ts'
import { clientOf, startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'

t.test('with ACCESS=required nothing is accepted that the audit does not know', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const token = await tokenByCommand(t, database, '--role', 'service')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const settings = { DATABASE_URL: database.url, OWN_DATABASE_URL: proxy.url, ACCESS: 'required' }
  const { service, dataDir } = await startTestService(t, settings)
  const { get, train, post } = clientOf(service.url, bearer(token))
  await until(async () => (await get('/api/health/ready')).status === 200)
  const run = await database.insertRun('majority')
  const before = await database.snapshot()

  await proxy.shut()
  t.match(await train('majority', run, good), { status: 503, body: { code: 'DATABASE_UNAVAILABLE' } })
  t.equal((await post('/api/runs', { model_name: 'majority', ...good })).status, 503)
  t.same(await spoolNames(dataDir), [])
  t.equal(await database.snapshot(), before)
  await proxy.open()

  await until(async () => (await get('/api/audit-events')).status === 403)
  const lock = await database.owner.connect()
  await lock.query('select pg_advisory_lock($1, 1)', [0x4d4c5741])
  t.match(
    await train('majority', run, good),
    { status: 503, body: { code: 'DATABASE_UNAVAILABLE' } },
    'held by another',
  )
  await lock.query('select pg_advisory_unlock_all()')
  lock.release()

  await database.owner.query('alter table ml_worker.audit_events rename to audit_events_away')
  t.match(await train('majority', run, good), { status: 503, body: { code: 'TABLES_UNUSABLE' } })
  t.same(await spoolNames(dataDir), [])
  t.equal(await database.snapshot(), before)
  await database.owner.query('alter table ml_worker.audit_events_away rename to audit_events')
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('with ACCESS=required and no schema nobody is let in, and strangers learn no names', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const { get, post } = await startTestService(t, { DATABASE_URL: database.url, ACCESS: 'required' })
  const headers = bearer(`mlw_${'a'.repeat(12)}_${'A'.repeat(43)}`)
  await until(async () => (await get('/api/models', headers)).status === 501)
  const refused = await post('/api/runs', { model_name: 'majority', ...good }, headers)
  t.match(refused, { status: 501, body: { code: 'NOT_SET_UP' } })
  t.notMatch(refused.body.detail, /schema|role|create|postgres/)
  t.match(await get('/api/health/ready'), { status: 503, body: { checks: { access: { ok: false } } } })
})

t.test('with ACCESS=open a training goes on without its entry, and that is counted and logged', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const settings = { DATABASE_URL: database.url, OWN_DATABASE_URL: proxy.url }
  const { get, train, logged } = await startTestService(t, settings)
  await until(async () => (await get('/api/health/ready')).status === 200)
  const first = await database.insertRun('majority')
  t.equal((await train('majority', first, good)).status, 200)
  t.match((await get('/api/audit-events')).body.audit_events, [{ actor: 'anyone', resource: `run/${first}` }])

  await proxy.shut()
  const run = await database.insertRun('majority')
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  t.match((await get('/metrics')).body, /^ml_worker_audit_events_lost_total 1$/m)
  const lines = logged.filter(({ msg }) => String(msg).startsWith('the audit has no entry of this'))
  t.match(lines, [{ action: 'run.train', resource: `run/${run}` }])
  await proxy.open()
})

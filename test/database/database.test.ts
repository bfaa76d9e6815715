// What the worker asks of its database, and what it bears from it.
import { randomBytes } from 'node:crypto'
import { access, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { blocksOf } from '../support/pages.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const good = { features: [{ a: 1 }, { a: 2 }, { a: 3 }], labels: [{ y: 'p' }, { y: 'p' }, { y: 'q' }] }

t.test('a role with the grants of the design, and nothing more, is enough for everything', async (t) => {
  const database = await createTestDatabase(t)
  for (const model of ['majority', 'misbehaving', 'gone']) await database.registerModel(model)
  await database.owner.query(`update models set pipeline_ok = true where name = 'gone'`)
  const url = await createWorkerRole(t, database)
  const { service, get, train, predict, post, logged } = await startTestService(t, { DATABASE_URL: url })
  await service.whenReconciled
  const { rows } = await database.owner.query('select name, pipeline_ok from models order by name')
  t.same(rows, [
    { name: 'gone', pipeline_ok: false },
    { name: 'majority', pipeline_ok: true },
    { name: 'misbehaving', pipeline_ok: true },
  ])
  await until(async () => (await get('/api/health')).status === 200)
  t.equal((await get('/api/models')).status, 200)

  const run = await database.insertRun('majority')
  t.equal((await train('majority', run, { ...good, validation_split: 0.4 })).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  t.match(await database.metrics(run), { training_rows: '1', validation_rows: '2' })
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 200)

  const failing = await database.insertRun('misbehaving')
  await train('misbehaving', failing, { ...good, parameters: { deed: 'throws' } })
  t.equal(await database.ended(failing), 'FAILED')
  t.match(await database.metrics(failing), { error_code: 'model_failed' })
  t.equal((await predict(failing, { features: good.features })).body.code, 'RUN_FAILED')

  const created = await post('/api/runs', { model_name: 'majority', ...good })
  t.equal(created.status, 403, 'making runs is more than the grants allow, and says so')
  t.equal(created.body.code, 'RUN_NOT_CREATABLE')
  const complaints = logged.filter(({ level }) => (level as number) >= 40)
  t.notOk(complaints.some(({ err }) => /permission denied/.test((err as Error | undefined)?.message ?? '')))
})

const outagesIn = (logged: readonly Record<string, unknown>[]) =>
  logged.filter(({ msg }) => /^the database (does not answer|answers again)$/.test(String(msg)))

t.test('starts while the database is away, answers 503, and begins to work when it comes', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const run = await database.insertRun('majority')
  const proxy = await createTcpProxy(t, database.url)
  const { service, get, train, predict, logged } = await startTestService(t, { DATABASE_URL: proxy.url })
  for (const path of ['/api/health', '/api/health/ready']) {
    const { status, body } = await get(path)
    t.equal(status, 503)
    t.match(body.checks, { database: { ok: false }, models: { ok: false }, disk: { ok: true } })
  }
  for (const answer of [
    await train('majority', run, good),
    await predict(run, { features: [{ a: 1 }] }),
    await get('/api/models'),
  ]) {
    t.equal(answer.status, 503)
    t.equal(answer.body.code, 'DATABASE_UNAVAILABLE')
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
  }
  await proxy.open()
  await service.whenReconciled
  await until(async () => (await get('/api/health/ready')).status === 200)
  const { rows } = await database.owner.query('select pipeline_ok from models')
  t.same(rows, [{ pipeline_ok: true }])
  await until(() => outagesIn(logged).length === 2)
  t.match(outagesIn(logged), [
    { level: 40, msg: 'the database does not answer' },
    { level: 30, msg: 'the database answers again', awaySeconds: Number },
  ])
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('a training that ends while the database is away is written when it is back', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('held_open')
  const run = await database.insertRun('held_open')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const { train, predict, dataDir, logged } = await startTestService(t, { DATABASE_URL: proxy.url })
  const open = join(dataDir, 'open')
  await train('held_open', run, { ...good, parameters: { until_exists: open } })
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  await proxy.shut()
  await writeFile(open, '')
  await until(() => logged.some(({ msg }) => msg === 'the database is away'))
  t.equal((await database.run(run)).run_status, 'RUNNING')
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 503)
  await proxy.open()
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 200)
})

t.test('a pipeline that is cached predicts while the database is away', async (t) => {
  const database = await createTestDatabase(t)
  await database.registerModel('majority')
  const run = await database.insertRun('majority')
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const { train, predict, logged } = await startTestService(t, { DATABASE_URL: proxy.url })
  await train('majority', run, good)
  await database.ended(run)
  t.equal((await predict(run, { features: [{ a: 1 }] })).status, 200)
  t.same(outagesIn(logged), [], 'nothing is told while all is well')
  for (const outages of [1, 2]) {
    await proxy.shut()
    await until(() => outagesIn(logged).length === 2 * outages - 1)
    t.equal((await predict(run, { features: [{ a: 1 }] })).status, 200)
    await proxy.open()
    await until(() => outagesIn(logged).length === 2 * outages)
  }
  const [gone, back] = outagesIn(logged)
  t.match(gone, { level: 40, msg: 'the database does not answer' })
  t.match(back, { level: 30, msg: 'the database answers again', awaySeconds: Number })
})

t.test('survives the end of all its connections, also in the middle of a training', async (t) => {
  const database = await createTestDatabase(t)
  for (const model of ['majority', 'held_open']) await database.registerModel(model)
  const { train, get, dataDir } = await startTestService(t, { DATABASE_URL: database.url })
  const terminate = async () => {
    const { rowCount } = await database.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'ml-worker' and datname = current_database()`,
    )
    return rowCount as number
  }
  const open = join(dataDir, 'open')
  const run = await database.insertRun('held_open')
  await train('held_open', run, { ...good, parameters: { until_exists: open } })
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  t.ok((await terminate()) > 0)
  await writeFile(open, '')
  t.equal(await database.ended(run), 'SUCCESS')
  await terminate()
  await until(async () => (await get('/api/health')).status === 200)
  const next = await database.insertRun('majority')
  t.equal((await train('majority', next, good)).status, 200)
  t.equal(await database.ended(next), 'SUCCESS')
})

t.test('without DATABASE_URL it runs a PostgreSQL of its own, and takes over one that was left running', async (t) => {
  const dataDir = await freshFolder(t)
  const environment = { DATABASE_URL: '', DATA_DIR: dataDir }
  const worker = await startTestProcess(t, environment)
  const models = (await worker.get('/api/models')).body.models as { state: string }[]
  t.ok(models.length > 5)
  t.ok(models.every(({ state }) => state === 'available'))
  const { body } = await worker.post('/api/runs', { model_name: 'majority', ...good })
  const isPredicted = (from: typeof worker) => async () =>
    (await from.predict(body.model_run_id, { features: [{ a: 1 }] })).status === 200
  await until(isPredicted(worker))
  await worker.end('SIGKILL')

  const next = await startTestProcess(t, environment)
  t.ok(next.logged.some(({ msg }) => String(msg).startsWith('taking over an embedded PostgreSQL')))
  await until(isPredicted(next))
  t.equal(await next.end('SIGTERM'), 0)
  await t.rejects(access(join(dataDir, 'postgres/postmaster.pid')), 'the server ended with the worker')
})

t.test('an embedded PostgreSQL that runs is taken over with its data, and can be stopped and started', async (t) => {
  const folder = join(await freshFolder(t), 'deep/postgres')
  const silent = pino({ level: 'silent' })
  const first = await startEmbeddedPostgres(folder, silent)
  const second = await startEmbeddedPostgres(folder, silent)
  t.equal(second.url(), first.url())
  t.equal(new URL(second.url('other')).pathname, '/other')
  await second.stop()
  await t.rejects(access(join(folder, 'postmaster.pid')))
  const third = await startEmbeddedPostgres(folder, silent)
  await third.stop()
})

/** A folder that does not exist yet, where every user may pass. It goes with the test. */
async function freshFolder(t: Test): Promise<string> {
  const folder = join(tmpdir(), `ml-worker-test-${randomBytes(6).toString('hex')}`)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A role with the grants that the README has, and its URL. */
async function createWorkerRole(t: Test, { url, owner }: TestDatabase): Promise<string> {
  const role = `ml_worker_role_${randomBytes(6).toString('hex')}`
  const [grants] = await blocksOf('README.md', 'sql')
  await owner.query(`create role ${role} login password 'secret'`)
  await owner.query(String(grants?.text).replaceAll('ml_worker;', `${role};`))
  t.teardown(() => owner.query(`drop owned by ${role}; drop role ${role}`))
  return Object.assign(new URL(url), { username: role, password: 'secret' }).href
}

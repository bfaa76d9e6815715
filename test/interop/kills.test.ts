// What a kill leaves of an import: the whole version, or none and no run; never one in work.
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { brought, formOf, importInto } from '../support/imports.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

async function setUp(t: Test) {
  const database = await createOwnDatabase(t)
  await database.registerModel('imported_model')
  const dataDir = await dataFolder(t)
  const settings = { DATABASE_URL: database.url, MODELS_DIR: 'statistical', LOCAL_STORAGE_DIR: await dataFolder(t) }
  const start = async () => {
    const worker = await startTestProcess(t, { ...settings, DATA_DIR: dataDir })
    // A machine with much other work lets the first connections wait too long.
    await until(async () => (await worker.get('/api/health/ready')).status === 200)
    await until(async () => (await worker.get('/api/projects')).status === 200)
    return worker
  }
  const count = async (sql: string): Promise<number> => Number((await database.owner.query(sql)).rows[0].count)
  /** Nobody else writes to the table until the function that this gives is called. */
  const hold = async (table: string) => {
    const client = await database.owner.connect()
    await client.query('begin')
    await client.query(`lock table ${table} in exclusive mode`)
    return async () => {
      await client.query('rollback')
      client.release()
    }
  }
  /** Somebody waits for a table. */
  const isWaitedFor = () => count("select count(*) from pg_locks where not granted and locktype = 'relation'")
  return { database, start, count, hold, isWaitedFor }
}

const FORM = () => formOf(brought('lightgbm', 'txt'), { label_name: 'y' })
const KEY = { 'idempotency-key': 'once' }

t.test('killed before its run is there, an import leaves no run, and may be sent again', async (t) => {
  const { database, start, count, hold, isWaitedFor } = await setUp(t)
  const first = await start()
  t.equal((await first.post('/api/projects', { name: 'killed', model_name: 'imported_model' })).status, 201)
  const release = await hold('model_run_metrics')
  const cut = importInto(first, 'killed', FORM(), KEY).catch(() => 'cut off')
  await until(async () => (await isWaitedFor()) > 0)
  await first.end('SIGKILL')
  await release()
  t.equal(await cut, 'cut off')
  const second = await start()
  t.equal(await count('select count(*) from model_runs'), 0)
  t.match(await importInto(second, 'killed', FORM(), KEY), { status: 503, body: { code: 'RUN_NOT_READY' } })
  // It is given up once nobody can be at it any more.
  await database.owner.query("update ml_worker.version_trainings set requested_at = requested_at - interval '1 hour'")
  await second.end('SIGKILL')
  const third = await start()
  await until(
    async () => (await count("select count(*) from ml_worker.version_trainings where state = 'failed'")) === 1,
  )
  t.match(await importInto(third, 'killed', FORM(), KEY), { status: 201, body: { version: 1 } })
  t.match(await importInto(third, 'killed', FORM(), KEY), { status: 201, body: { version: 1 } }, 'and once')
  t.equal(await count('select count(*) from model_runs'), 1)
  await third.end('SIGTERM')
})

t.test('killed between its run and its version, an import is a version after the next start', async (t) => {
  const { start, count, hold, isWaitedFor } = await setUp(t)
  const first = await start()
  t.equal((await first.post('/api/projects', { name: 'killed', model_name: 'imported_model' })).status, 201)
  const release = await hold('ml_worker.versions')
  const cut = importInto(first, 'killed', FORM(), KEY).catch(() => 'cut off')
  await until(async () => (await isWaitedFor()) > 0)
  t.equal(await count("select count(*) from model_runs where run_status = 'SUCCESS' and run_result is not null"), 1)
  await first.end('SIGKILL')
  await release()
  t.equal(await cut, 'cut off')
  const second = await start()
  await until(async () => (await second.get('/api/projects/killed/versions')).body.versions.length === 1)
  t.match(await importInto(second, 'killed', FORM(), KEY), { status: 201, body: { version: 1 } })
  t.equal(await count('select count(*) from model_runs'), 1)
  await second.end('SIGTERM')
})

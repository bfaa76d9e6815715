// What a kill leaves of a training for a project: one version, or none and why; never two, and never one that waits for ever.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { dataFolder, gate, openGate } from '../support/runs.ts'
import { startTestService, type TestClient } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const CSV = 'a,y\n1,p\n2,q\n3,p\n4,q\n'

async function setUp(t: Test) {
  const database = await createOwnDatabase(t)
  await database.registerModel('held_open')
  const storage = { LOCAL_STORAGE_DIR: await dataFolder(t) }
  const settings = { DATABASE_URL: database.url, ...storage }
  const start = async (dataDir: string) => {
    const worker = await startTestProcess(t, { ...settings, DATA_DIR: dataDir })
    // A machine with much other work lets the first connections wait too long.
    await until(async () => (await worker.get('/api/health/ready')).status === 200)
    return worker
  }
  return { database, settings, start }
}

/** Has a project train until the gate opens, and gives the run. */
async function beginVersion({ post }: TestClient, path: string): Promise<number> {
  await post('/api/datasets?name=rows&labels=y', CSV, { 'content-type': 'text/csv' })
  const review = { request: 'every_version' }
  await post('/api/projects', { name: 'held', model_name: 'held_open', dataset_name: 'rows', review })
  const { status, body } = await post('/api/projects/held/versions', { parameters: { until_exists: path } })
  if (status !== 202) throw new Error(JSON.stringify(body))
  return body.model_run_id
}

const versionsOf = async ({ get }: Pick<TestClient, 'get'>) => (await get('/api/projects/held/versions')).body.versions

t.test('a worker that is killed in training gives the version its number after the next start', async (t) => {
  const { database, start } = await setUp(t)
  const dataDir = await dataFolder(t)
  const path = gate(t)
  const first = await start(dataDir)
  const run = await beginVersion(first, path)
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  await first.end('SIGKILL')
  await openGate(path)
  const second = await start(dataDir)
  await until(async () => (await versionsOf(second)).length > 0)
  t.match(await versionsOf(second), [{ version: 1, model_run_id: run }])
  await second.end('SIGTERM')
})

t.test('of two workers that see the end of a run, one of which is killed then, one version comes', async (t) => {
  const { database, settings, start } = await setUp(t)
  const path = gate(t)
  const first = await start(await dataFolder(t))
  const run = await beginVersion(first, path)
  // Holds back what comes after the end of the run.
  const holder = await database.owner.connect()
  await holder.query('begin')
  await holder.query('select from ml_worker.version_trainings where run_id = $1 for update', [run])
  await openGate(path)
  await until(async () => (await database.run(run)).run_status === 'SUCCESS')
  const second = await startTestService(t, settings)
  // Both wait for the row now, as far as can be told.
  await pause(500)
  await first.end('SIGKILL')
  t.same(await versionsOf(second), [])
  await holder.query('commit')
  holder.release()
  await until(async () => (await versionsOf(second)).length > 0)
  t.match(await versionsOf(second), [{ version: 1, model_run_id: run }])
  t.match((await second.get('/api/projects/held/trainings')).body, { trainings: [{ state: 'succeeded', version: 1 }] })
  await pause(500)
  t.equal((await versionsOf(second)).length, 1)
  const { reviews } = (await second.get('/api/projects/held/versions/1/reviews')).body
  t.match(reviews, [{ decision: 'requested', decided_by: 'policy/held' }])
  t.equal(reviews.length, 1)
})

t.test('a project with a run in training is not archived; when the run is cancelled, it can be', async (t) => {
  const { database, settings } = await setUp(t)
  const worker = await startTestService(t, settings)
  const run = await beginVersion(worker, gate(t))
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  const archive = () => worker.request('POST', '/api/projects/held/archive', '', { 'if-match': '"1"' })
  t.match(await archive(), { status: 409, body: { code: 'PROJECT_IN_USE', detail: new RegExp(`runs ${run} are`) } })
  t.equal((await worker.post(`/api/runs/${run}/cancel`, '')).status, 200)
  await until(async () => (await worker.get('/api/projects/held/trainings')).body.trainings[0].state === 'failed')
  const { trainings } = (await worker.get('/api/projects/held/trainings')).body
  t.match(trainings, [{ model_run_id: run, reason: /^cancelled: / }])
  t.equal((await archive()).status, 200)
})

t.test('a training whose run never came is given up by the sweep, and not before its time', async (t) => {
  const { database, settings } = await setUp(t)
  const worker = await startTestService(t, settings)
  const run = await beginVersion(worker, '/dev/null')
  await until(async () => (await versionsOf(worker)).length > 0)
  const lost = run + 1_000
  await database.owner.query(
    `insert into ml_worker.version_trainings (run_id, project_id, request, dataset_id, state, requested_at, requested_by)
     select run_id + $1, project_id, request, dataset_id, 'training', now() - $2::interval, requested_by
     from ml_worker.version_trainings where run_id = $3`,
    [1_000, '10 minutes', run],
  )
  const stateOf = async (client: TestClient) => {
    const { body } = await client.get('/api/projects/held/trainings')
    return body.trainings.find(({ model_run_id }: { model_run_id: number }) => model_run_id === lost)
  }
  const second = await startTestService(t, settings)
  await second.service.whenReconciled
  t.match(await stateOf(second), { state: 'training' })
  await database.owner.query(
    `update ml_worker.version_trainings set requested_at = now() - interval '16 minutes' where run_id = $1`,
    [lost],
  )
  const third = await startTestService(t, settings)
  await third.service.whenReconciled
  t.match(await stateOf(third), { state: 'failed', reason: /no row/ })
})

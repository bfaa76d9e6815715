// Two workers of one experiment, kills, and a database that is away: a key stays in its arm, and a unit counts once.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { ExperimentTraffic } from '../support/experiment-traffic.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService, type TestClient } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const KEYS = 60

async function preparedDatabase() {
  const database = await createOwnDatabase(t)
  for (const model of ['forest', 'majority']) await database.registerModel(model)
  return database
}

t.test('an assignment never moves, and nobody is exposed twice, whatever is killed', async (t) => {
  const database = await preparedDatabase()
  const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: await dataFolder(t), REVIEW_SELF: 'allow' }
  const start = async () => startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  const [killed, other] = [await start(), await start()]
  const { name, path } = await experimentProject(killed, 'kinds')
  const traffic = new ExperimentTraffic(database, name, await startExperiment(killed, path, twoArms('first')))
  for (const worker of [killed, other]) await traffic.begun(worker)
  const keys = Array.from({ length: KEYS }, (_, i) => `user ${i}`)
  const armsOf = async (worker: Pick<TestClient, 'post'>): Promise<string[]> => {
    const arms: string[] = []
    for (const key of keys) arms.push((await traffic.predict(worker, key)).body.deployment.experiment.arm)
    return arms
  }
  const arms = await armsOf(killed)
  t.same(await armsOf(other), arms, 'both workers say the same')
  await killed.end('SIGKILL')
  t.same(await armsOf(other), arms)
  const restarted = await start()
  await traffic.begun(restarted)
  t.same(await armsOf(restarted), arms, 'and so does one that was started again')
  const units = await traffic.unitsOnce(keys)
  t.same(
    units.map(({ arm }) => ['control', 'b'][arm]),
    arms,
  )
  const rows = await traffic.rows(keys)
  t.equal(new Set(rows.map((row) => row.id)).size, rows.length, 'no row is there twice')
  t.ok(rows.every(({ unit, arm }) => units.find((each) => each.unit === unit)?.arm === arm))
})

t.test('an outage of some seconds changes no answer and loses no exposure', async (t) => {
  const database = await preparedDatabase()
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const service = await startTestService(t, { DATABASE_URL: proxy.url, REVIEW_SELF: 'allow' })
  const { name, path } = await experimentProject(service, 'kinds')
  const traffic = new ExperimentTraffic(database, name, await startExperiment(service, path, twoArms('first')))
  await traffic.begun(service)
  const early = await traffic.keysOf(1, 10, 'early')
  for (const key of early) await traffic.predict(service, key)
  await traffic.unitsOnce(early)

  await proxy.shut()
  await until(async () => (await service.get('/api/health/ready')).status === 503)
  const late = await traffic.keysOf(1, 50, 'late')
  for (const key of [...late, ...early, ...late]) {
    const { status, body } = await traffic.predict(service, key)
    t.match({ status, body }, { status: 200, body: { deployment: { version: 2, experiment: { arm: 'b' } } } })
  }
  const waiting = async (): Promise<number> => {
    const { body } = await service.get('/metrics')
    return Number(/^ml_worker_experiments_waiting (\d+)$/m.exec(body)?.[1])
  }
  t.ok((await waiting()) > 0)
  await proxy.open()
  t.match(
    (await traffic.unitsOnce(late)).map(({ arm }) => arm),
    late.map(() => 1),
  )
  // Three rows a request.
  t.equal((await traffic.rowsOnce(late, 300)).length, 300)
  await until(async () => (await waiting()) === 0)
})

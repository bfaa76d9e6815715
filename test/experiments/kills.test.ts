// What a kill leaves of a promotion: all of it, or nothing, and then another worker makes it.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { experimentProject, letWin, startExperiment, twoArms } from '../support/experiments.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority']) await database.registerModel(model)
const settings = { DATABASE_URL: database.url, REVIEW_SELF: 'allow', LOCAL_STORAGE_DIR: await dataFolder(t) }
const start = async () => {
  const worker = await startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  // A machine with much other work lets the first connections wait too long.
  await until(async () => (await worker.get('/api/health/ready')).status === 200)
  return worker
}

/** Tables that a change comes to, in its order: a worker is killed while it waits for each. */
const STEPS = ['deployments', 'deployment_events', 'experiments', 'audit_events', 'notices']

t.test('a worker that is killed at any write of a promotion leaves nothing; the next promotes', async (t) => {
  const second = await startTestService(t, settings)
  const { name, path } = await experimentProject(second, 'killed')
  const id = await startExperiment(second, path, twoArms('x'))
  await letWin(database.owner, id, 1)
  const deployments = async () =>
    (await second.get(`/api/projects/${name}/environments/production/deployments`)).body.deployments
  const promote = `${path}/${id}/promote`
  for (const table of STEPS) {
    const first = await start()
    // Its pool has its connections before it is asked.
    const asked = () => Promise.all([1, 2, 3, 4].map(() => first.get(`${path}/${id}`)))
    await until(async () => (await asked()).every(({ status }) => status === 200))
    const holder = await database.owner.connect()
    const isWaiting = async (): Promise<boolean> => {
      const { rows } = await holder.query<{ count: number }>(
        `select count(*)::int as count from pg_locks l join pg_class c on c.oid = l.relation
         where not l.granted and c.relname = $1`,
        [table],
      )
      return (rows[0]?.count ?? 0) > 0
    }
    await holder.query('begin')
    // Who reads goes on, who writes waits.
    await holder.query(`lock table ml_worker.${table} in share mode`)
    const lost = first.post(promote, {}).catch(() => 'no answer')
    await until(isWaiting)
    await first.end('SIGKILL')
    t.equal(await lost, 'no answer')
    await holder.query('commit')
    holder.release()
    t.equal((await deployments()).length, 1, table)
    t.notOk('promoted_as' in (await second.get(`${path}/${id}`)).body, table)
  }
  const { status, body } = await second.post(promote, {})
  t.equal(status, 200)
  await until(async () => (await deployments())[0].status === 'active')
  t.match(await deployments(), [{ id: body.promoted_as, version: 2 }, { version: 1 }])
})

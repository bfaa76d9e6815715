// What a kill leaves of a deployment: another worker, or the next start, brings it to its end; never two that are active.
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import type { TestClient } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const CSV = 'a,y\n1,p\n2,q\n3,p\n4,q\n'
const PLACE = '/api/projects/killed/environments/production'

/** Two workers over one database, and a project with two versions that are approved. */
async function setUp(t: Test) {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: await dataFolder(t) }
  const start = async () => startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  const [first, second] = [await start(), await start()]
  await first.post('/api/datasets?name=rows&labels=y', CSV, { 'content-type': 'text/csv' })
  await first.post('/api/projects', { name: 'killed', model_name: 'majority', dataset_name: 'rows' })
  for (const version of [1, 2]) {
    await first.post('/api/projects/killed/versions', {})
    await until(async () => (await first.get(`/api/projects/killed/versions/${version}`)).status === 200)
    await first.post(`/api/projects/killed/versions/${version}/reviews`, { decision: 'approved' })
  }
  /** As when the lease of a worker that is gone has come to its end. */
  const leasesEnd = () =>
    database.owner.query('update ml_worker.deployments set lease_until = now() where lease_owner is not null')
  return { database, first, second, start, leasesEnd }
}

const deploy = ({ post }: Pick<TestClient, 'post'>, version: number) => post(`${PLACE}/deployments`, { version })
const activeIn = async ({ get }: Pick<TestClient, 'get'>) => (await get(`${PLACE}/current`)).body.version

t.test('a deployment whose worker is killed at any step becomes active by another', async (t) => {
  const { database, first, second, leasesEnd } = await setUp(t)
  t.equal((await deploy(first, 1)).status, 202)
  await until(async () => (await activeIn(first)) === 1)
  // The worker comes to its next write, and waits there for the row.
  const holder = await database.owner.connect()
  const waiting = async (): Promise<boolean> => {
    const { rows } = await holder.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return (rows[0]?.count ?? 0) > 0
  }
  await holder.query('begin')
  await holder.query('lock table ml_worker.deployment_events in share row exclusive mode')
  const lost = deploy(first, 2).catch(() => 'no answer')
  await until(waiting)
  await first.end('SIGKILL')
  t.equal(await lost, 'no answer')
  await holder.query('commit')
  t.equal((await second.get(`${PLACE}/deployments`)).body.deployments.length, 1, 'what was not answered is not there')
  holder.release()

  // Of each status that a killed worker leaves with a lease that it has no more, the next worker makes an end.
  for (const [status, step] of [
    ['pending', 'prepare'],
    ['deploying', 'prepare'],
    ['deploying', 'activate'],
  ] as const) {
    const { version } = (await second.get(`${PLACE}/current`)).body
    const { rows } = await database.owner.query<{ id: number }>(
      `insert into ml_worker.deployments
         (project_id, environment, version, run_id, model_name, target, settings, instances, origin, deactivate_others,
          status, requested_at, requested_by, request_digest, step, failures, try_after, attempt, lease_owner, lease_until)
       select project_id, 'production', version, run_id, 'majority', 'local', '{}', 1, 'deploy', false,
         $1, now(), 'anyone', '', $2, 0, now(), 7, 'killed', now() + interval '1 hour'
       from ml_worker.versions where version = $3 returning deployment_id::int as id`,
      [status, step, 3 - version],
    )
    const id = rows[0]?.id as number
    t.equal((await second.get(`${PLACE}/current`)).body.version, version, 'meanwhile what was active goes on')
    await leasesEnd()
    await until(async () => (await second.get(`${PLACE}/deployments/${id}`)).body.status === 'active')
    await until(async () => {
      const { deployments } = (await second.get(`${PLACE}/deployments?status=replaced`)).body
      return deployments.every(({ is_removed }: { is_removed: boolean }) => is_removed)
    })
  }
  t.equal((await second.get(`${PLACE}/deployments?status=active`)).body.deployments.length, 1)
  await second.end('SIGTERM')
})

t.test('workers that are killed at random moments leave one truth', async (t) => {
  const { first, second, start, leasesEnd } = await setUp(t)
  const asked = await deploy(first, 1)
  t.equal(asked.status, 202)
  await first.end('SIGKILL')
  await leasesEnd()
  await until(async () => (await activeIn(second)) === 1)
  const calls = Promise.all(
    [deploy(second, 2), deploy(second, 1), deploy(second, 2)].map((call) => call.catch(() => null)),
  )
  await new Promise((resolve) => setTimeout(resolve, 20))
  await second.end('SIGKILL')
  await calls
  const third = await start()
  await leasesEnd()
  await until(async () => {
    const { deployments } = (await third.get(`${PLACE}/deployments`)).body
    return deployments.every(
      ({ status, is_removed }: { status: string; is_removed: boolean }) => status === 'active' || is_removed,
    )
  })
  t.equal((await third.get(`${PLACE}/deployments?status=active`)).body.deployments.length, 1)
  await third.end('SIGTERM')
})

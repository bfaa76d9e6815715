// What a worker predicts with while another one switches: a version is loaded before it is switched to, and the one before stays.
import pino from 'pino'
import t, { type Test } from 'tap'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool } from '../../src/database/pool.ts'
import type { Deployment } from '../../src/deployments/deployment.ts'
import { ActiveDeployments } from '../../src/deployments/serving/active-deployments.ts'
import { CountedDeployments } from '../../src/deployments/serving/deployment-counts.ts'
import { Projects } from '../../src/projects/projects.ts'
import { createOwnDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t)
const { owner } = database
const pool = createPool(database.url, log)
t.teardown(() => pool.close())
const ownSchema = new OwnSchema({ pool })
const projects = new Projects({ ownSchema, audit: { append: async () => {} }, check: async () => {} })

/** Runs whose pipelines wait, and runs that cannot be loaded. */
const waiting = new Map<number, () => void>()
const broken = new Set<number>()
const held = new Set<number>()
const predictor = {
  async tryOut(runId: number): Promise<void> {
    if (held.has(runId)) await new Promise<void>((resolve) => waiting.set(runId, resolve))
    if (broken.has(runId)) throw new Error('no room')
  },
}
const counted = new CountedDeployments({ save: async () => {}, log })
const openActive = (t: Test): ActiveDeployments => {
  const active = new ActiveDeployments({ ownSchema, projects, predictor, counted, log })
  t.teardown(() => active.close())
  return active
}

/** As another worker does: the version is active from now on, in place of the one before. */
async function switchTo(projectId: number, version: number, environment = 'production'): Promise<number> {
  await end(projectId, environment, 'replaced')
  const { rows } = await owner.query<{ id: number }>(
    `insert into ml_worker.deployments
       (project_id, environment, version, run_id, model_name, target, settings, instances, origin, deactivate_others,
        status, requested_at, requested_by, request_digest, active_from, step, failures, try_after, attempt)
     select project_id, $3, version, run_id, 'majority', 'local', '{}', 1, 'deploy', false, 'active', now(), 'anyone', '',
       now(), 'observe', 0, now() + interval '1 hour', 0
     from ml_worker.versions where project_id = $1 and version = $2 returning deployment_id::float8 as id`,
    [projectId, version, environment],
  )
  return (rows[0] as { id: number }).id
}

async function end(projectId: number, environment: string, status: string): Promise<void> {
  await owner.query(
    `update ml_worker.deployments set status = $3, active_until = now(), step = 'done'
     where project_id = $1 and environment = $2 and status = 'active'`,
    [projectId, environment, status],
  )
}

t.test('a version is loaded before it is switched to, and the newest one counts', async (t) => {
  const active = openActive(t)
  const id = await insertVersions(database, 'loads', 4)
  const versionOf = () => active.find('loads', 'production')?.plan.version
  await switchTo(id, 1)
  t.equal(
    (await active.require('loads', 'production')).plan.version,
    1,
    'one that nothing was before is served at once',
  )
  const run = (version: number): number => id * 1_000_000 + version
  held.add(run(2))
  const second = await switchTo(id, 2)
  const refreshed = active.refresh()
  await until(() => waiting.has(run(2)))
  t.equal(versionOf(), 1)
  t.match(active.viewOf({ projectId: id, environment: 'production' }), { loads: second, error: null })
  const third = await switchTo(id, 3)
  await active.refresh()
  t.equal(versionOf(), 3, 'one does not wait for another')
  waiting.get(run(2))?.()
  await refreshed
  t.equal(versionOf(), 3)
  t.match(active.viewOf({ projectId: id, environment: 'production' }), { serves: third, loads: null })
})

t.test('who is told that a deployment is active waits until this worker predicts with it', async (t) => {
  const active = openActive(t)
  const id = await insertVersions(database, 'told', 3)
  const versionOf = () => active.find('told', 'production')?.plan.version
  const told = (version: number, deploymentId: number, status: Deployment['status'] = 'active') =>
    active.caughtUp({ status, projectId: id, environment: 'production', deploymentId, version } as Deployment)
  await told(1, await switchTo(id, 1))
  t.equal(versionOf(), 1)
  const run = id * 1_000_000 + 2
  held.add(run)
  const second = await switchTo(id, 2)
  await told(2, second, 'deploying')
  t.equal(versionOf(), 1, 'nobody waits for what is not active')
  let isTold = false
  const telling = told(2, second).then(() => {
    isTold = true
  })
  await until(() => waiting.has(run))
  t.equal(isTold, false)
  waiting.get(run)?.()
  await telling
  t.equal(versionOf(), 2)
  broken.add(id * 1_000_000 + 3)
  await told(3, await switchTo(id, 3))
  t.equal(versionOf(), 2, 'nor for ever for what cannot be loaded')
  broken.clear()
  const last = await switchTo(id, 1)
  await told(1, last)
  await end(id, 'production', 'undeployed')
  await told(1, last, 'undeployed')
  t.equal(versionOf(), undefined, 'nor is anybody answered by what is told to have ended')
})

t.test('a version that cannot be loaded is tried again, and the one before answers', async (t) => {
  const active = openActive(t)
  active.start()
  const id = await insertVersions(database, 'broken', 2)
  const first = await switchTo(id, 1)
  await active.require('broken', 'production')
  const run = id * 1_000_000 + 2
  broken.add(run)
  const second = await switchTo(id, 2)
  await active.refresh()
  const view = () => active.viewOf({ projectId: id, environment: 'production' })
  t.match(view(), { serves: first, loads: second, error: 'no room', lookError: null })
  broken.delete(run)
  await until(() => view().serves === second)
  t.match(view(), { loads: null, error: null })
})

t.test('what has ended is gone, and a name leads to the project that has it now', async (t) => {
  const active = openActive(t)
  const id = await insertVersions(database, 'named', 1)
  await switchTo(id, 1)
  await switchTo(id, 1, 'staging')
  await active.refresh()
  t.same(
    active.environmentsOf('named').map(({ plan }) => plan.environment),
    ['production', 'staging'],
  )
  await end(id, 'staging', 'undeployed')
  await active.refresh()
  t.equal(active.find('named', 'staging'), undefined)
  await owner.query('update ml_worker.projects set archived_at = now() where project_id = $1', [id])
  await active.refresh()
  t.ok(active.find('named', 'production'), 'as long as no other has the name')
  await owner.query(
    `insert into ml_worker.projects
       (project_name, revision, tags, model_name, parameters, label_columns, feature_columns, training_options,
        next_version, created_at, created_by, changed_at, changed_by)
     values ('named', 1, '{}', 'majority', '{}', '{}', '{}', '{}', 1, now(), 'anyone', now(), 'anyone')`,
  )
  await active.refresh()
  t.equal(active.find('named', 'production'), undefined)
  t.equal(active.find(String(id), 'production')?.plan.projectId, id)
  await t.rejects(active.require('named', 'production'), { code: 'NOTHING_DEPLOYED' })
})

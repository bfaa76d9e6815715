// Deployments over HTTP on this worker: asked for, found, rolled back, undeployed, with what stands in their way.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
for (const model of ['majority', 'forest']) await database.registerModel(model)
const { get, post, request, logged, delete: remove } = await startTestService(t, { DATABASE_URL: database.url })

const CSV = `a,kind\n${Array.from({ length: 20 }, (_, i) => `${i},${i < 12 ? 'low' : 'high'}\n`).join('')}`
await post('/api/datasets?name=kinds&labels=kind', CSV, { 'content-type': 'text/csv' })
await post('/api/projects', { name: 'kinds', model_name: 'majority', dataset_name: 'kinds' })
for (const version of [1, 2, 3]) {
  await post('/api/projects/kinds/versions', {})
  await until(async () => (await get(`/api/projects/kinds/versions/${version}`)).status === 200)
  const review = (decision: string) => post(`/api/projects/kinds/versions/${version}/reviews`, { decision })
  await review('requested')
  await review('approved')
}

const PLACE = '/api/projects/kinds/environments/production'
const deploy = (body: unknown, headers: Record<string, string> = {}) => post(`${PLACE}/deployments`, body, headers)
const one = async (id: number) => (await get(`${PLACE}/deployments/${id}`)).body
const comesTo = async (id: number, status: string) => {
  await until(async () => (await one(id)).status === status)
  return one(id)
}

t.test('a version is deployed, and found with what became of it', async (t) => {
  t.match(await get(`${PLACE}/current`), { status: 409, body: { code: 'NOTHING_DEPLOYED' } })
  const asked = await deploy({ version: 1, note: 'the first' })
  t.equal(asked.status, 202, JSON.stringify(asked.body))
  const { id } = asked.body
  t.equal(asked.headers.get('location'), `${PLACE}/deployments/${id}`)
  t.match(asked.body, {
    project: 'kinds',
    environment: 'production',
    version: 1,
    model_name: 'majority',
    target: 'local',
    instances: 1,
    origin: 'deploy',
    note: 'the first',
    status: 'pending',
    requested_by: 'anyone',
    is_removed: false,
  })
  const active = await comesTo(id, 'active')
  t.match(active, { active_from: String, observed: { state: 'ready', instances: 1 } })
  t.match(
    active.events.map(({ status, by }: { status: string; by: string }) => [status, by]),
    [
      ['pending', 'anyone'],
      ['deploying', 'worker'],
      ['active', 'worker'],
    ],
  )
  t.same((await get(`${PLACE}/current`)).body, active)
  t.match((await get('/api/projects/kinds/environments/staging/current')).body, { code: 'NOTHING_DEPLOYED' })
  t.match(logged.filter(({ msg }) => msg === 'a deployment has a new status').at(-1), {
    deploymentId: id,
    status: 'active',
  })
})

t.test('by an alias, and the lineage of the version tells of it', async (t) => {
  await request('PUT', '/api/projects/kinds/aliases/champion', { version: 2 })
  const { body } = await deploy({ alias: 'champion' })
  t.equal(body.version, 2)
  await comesTo(body.id, 'active')
  const { nodes, edges } = (await get('/api/projects/kinds/versions/2/lineage')).body
  const node = { id: `deployment/${body.id}`, type: 'deployment', label: 'production, active', sha256: String }
  t.ok(nodes.some((each: { id: string }) => each.id === node.id))
  t.match(
    nodes.find((each: { id: string }) => each.id === node.id),
    node,
  )
  const edge = { from: 'version/2', to: node.id, relation: 'deployed_as' }
  t.match(
    edges.find(({ to }: { to: string }) => to === node.id),
    edge,
  )
})

t.test('every fault of a request is named, and nothing is asked for', async (t) => {
  const before = (await get('/api/deployments')).body.deployments.length
  const faultsOf = async (body: unknown) => {
    const { status, body: problem } = await deploy(body)
    t.equal(status, 400)
    return problem.errors.map(({ parameter }: { parameter: string }) => parameter).sort()
  }
  t.same(await faultsOf({}), ['version'])
  t.same(await faultsOf({ version: 1, alias: 'champion' }), ['version'])
  t.same(await faultsOf({ version: 0, target: 'moon', instances: 0, nonsense: 1, note: 7 }), [
    ...['instances', 'nonsense', 'note', 'target', 'version'],
  ])
  t.same(await faultsOf({ version: 1, settings: { size: 'large' }, instances: 2 }), ['instances', 'settings.size'])
  t.match(await deploy({ version: 9 }), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  t.match(await deploy({ alias: 'nobody' }), { status: 404, body: { code: 'ALIAS_UNKNOWN' } })
  t.match(await deploy({ version: 1, target: 'kserve' }), { status: 501, body: { code: 'TARGET_NOT_SET_UP' } })
  t.match(await post('/api/projects/nobody/environments/production/deployments', { version: 1 }), {
    status: 404,
    body: { code: 'PROJECT_UNKNOWN' },
  })
  t.match(await post('/api/projects/kinds/environments/Production/deployments', { version: 1 }), { status: 400 })
  t.match(await get(`${PLACE}/deployments/1000`), { status: 404, body: { code: 'DEPLOYMENT_UNKNOWN' } })
  t.match(await get('/api/projects/kinds/environments/staging/deployments/1'), { status: 404 })
  t.match(await post(`${PLACE}/scale`, { instances: 2 }), { status: 400 })
  t.match(await post(`${PLACE}/scale`, {}), { status: 400 })
  t.match(await post(`${PLACE}/rollback`, { to: 1000 }), { status: 404, body: { code: 'DEPLOYMENT_UNKNOWN' } })
  t.equal((await get('/api/deployments')).body.deployments.length, before)
})

t.test('rolled back, listed by status and by time, over all projects too', async (t) => {
  const back = await post(`${PLACE}/rollback`, { note: 'as it was' })
  t.equal(back.status, 202, JSON.stringify(back.body))
  t.match(back.body, { version: 1, origin: 'rollback', restores: Number, note: 'as it was' })
  const { active_from } = await comesTo(back.body.id, 'active')
  const { deployments } = (await get(`${PLACE}/deployments`)).body
  t.same(
    deployments.map(({ version, status }: { version: number; status: string }) => [version, status]),
    [
      [1, 'active'],
      [2, 'replaced'],
      [1, 'replaced'],
    ],
  )
  const page = (await get(`${PLACE}/deployments?limit=2`)).body
  t.equal(page.next, deployments[1].id)
  t.match((await get(`${PLACE}/deployments?limit=2&before=${page.next}`)).body, { deployments: [{ version: 1 }] })
  t.equal((await get(`${PLACE}/deployments?status=replaced`)).body.deployments.length, 2)
  const at = async (time: string) =>
    (await get(`${PLACE}/deployments?at=${encodeURIComponent(time)}`)).body.deployments.map(
      ({ id }: { id: number }) => id,
    )
  t.same(await at(deployments[2].active_from), [deployments[2].id])
  t.same(await at(active_from), [back.body.id])
  t.same(await at('2020-01-01T00:00:00Z'), [])
  const query = `at=${encodeURIComponent(active_from)}`
  const idsOf = async (path: string) => (await get(path)).body.deployments.map(({ id }: { id: number }) => id)
  t.same(await idsOf(`${PLACE}/deployments?${query}&status=active`), [back.body.id])
  t.same(await idsOf(`${PLACE}/deployments?${query}&status=replaced`), [], 'what was active then, and is replaced now')
  t.same(await idsOf(`/api/deployments?${query}&project=kinds`), [back.body.id])
  t.same(await idsOf(`/api/deployments?at=${encodeURIComponent(deployments[2].active_from)}`), [deployments[2].id])
  for (const path of [`${PLACE}/deployments?at`, '/api/deployments?at', '/api/audit-events?from', '/api/datasets?to']) {
    const { status, body } = await get(`${path}=2026-01-01T01:00:00+01:00`)
    t.equal(status, 400, path)
    t.match(body.errors, [{ detail: /^expected a time such as 2026-03-01T00:00:00Z, .*%2B is the \+/ }], path)
  }
  t.match(await get(`${PLACE}/deployments?at=2026-01-01T01:00:00%2B01:00`), { status: 200 })
  t.equal((await get('/api/deployments?status=active&project=kinds&target=local')).body.deployments.length, 1)
  t.equal((await get('/api/deployments?target=azure_ml')).body.deployments.length, 0)
  t.match(await get('/api/deployments?status=gone'), { status: 400 })
})

t.test('a version whose artifact is gone has failed, and what was active goes on', async (t) => {
  const { model_run_id: run } = (await get('/api/projects/kinds/versions/3')).body
  const { rows } = await database.owner.query(`select run_result from model_runs where id = $1`, [run])
  await database.owner.query(`update model_runs set run_result = 'damaged' where id = $1`, [run])
  const { body } = await deploy({ version: 3 })
  t.match(await comesTo(body.id, 'failed'), { reason: /^ARTIFACT_UNUSABLE: / })
  t.match((await get(`${PLACE}/current`)).body, { version: 1, status: 'active' })
  await database.owner.query(`update model_runs set run_result = $2 where id = $1`, [run, rows[0].run_result])
})

t.test('a project with something deployed is not archived; undeployed, it can be', async (t) => {
  const archive = () => request('POST', '/api/projects/kinds/archive', '', { 'if-match': '*' })
  t.match(await archive(), {
    status: 409,
    body: { code: 'PROJECT_IN_USE', detail: /^deployment \d+ in production of project kinds/ },
  })
  t.match(await remove(`${PLACE}/current`), { status: 200, body: { status: 'undeployed', version: 1 } })
  t.match(await remove(`${PLACE}/current`), { status: 409, body: { code: 'NOTHING_DEPLOYED' } })
  t.equal((await archive()).status, 200)
  const id = (await get('/api/projects?status=archived&name=kinds')).body.projects[0].id
  const place = `/api/projects/${id}/environments/production`
  t.match(await post(`${place}/deployments`, { version: 1 }), { status: 409, body: { code: 'PROJECT_ARCHIVED' } })
  t.match(await post(`${place}/rollback`, {}), { status: 409, body: { code: 'PROJECT_ARCHIVED' } })
  t.equal((await get(`${place}/deployments`)).body.deployments.length, 4, 'its history is read')
})

t.test('deployments are told to Prometheus, to the audit and to receivers', async (t) => {
  const figures = (await get('/metrics')).body
  t.match(figures, /ml_worker_deployment_changes_total\{target="local",status="active"\} 3/)
  t.match(figures, /ml_worker_deployment_seconds_count\{target="local"\} 3/)
  t.match(figures, /# TYPE ml_worker_deployments gauge/)
  const { rows } = await database.owner.query<{ action: string }>(
    `select action from ml_worker.audit_events where action like 'deployment.%' order by event_id`,
  )
  t.same(
    rows.map(({ action }) => action),
    ['create', 'create', 'rollback', 'create', 'undeploy'].map((verb) => `deployment.${verb}`),
  )
  const notices = await database.owner.query(
    `select data from ml_worker.notices where notice_type = 'deployment.changed' order by notice_id limit 3`,
  )
  t.match(
    notices.rows.map(({ data }) => data.status),
    ['pending', 'deploying', 'active'],
  )
})

t.test('the environments in which something was deployed are listed, with what is active', async (t) => {
  const slots = '/api/projects/slots'
  const environments = `${slots}/environments`
  await post('/api/projects', { name: 'slots', model_name: 'majority', dataset_name: 'kinds' })
  await post(`${slots}/versions`, {})
  await until(async () => (await get(`${slots}/versions/1`)).status === 200)
  await post(`${slots}/versions/1/reviews`, { decision: 'approved' })
  t.same((await get(environments)).body, { environments: [] })
  const deployTo = async (name: string): Promise<number> => {
    const { id } = (await post(`${environments}/${name}/deployments`, { version: 1 })).body
    await until(async () => (await get(`${environments}/${name}/current`)).body.id === id)
    return id
  }
  await deployTo('production')
  const [staging, production] = [await deployTo('staging'), await deployTo('production')]
  const ofProduction = {
    environment: 'production',
    active: { id: production, version: 1, status: 'active' },
    latest: { id: production },
  }
  const both = (await get(environments)).body
  t.match(both, {
    environments: [ofProduction, { environment: 'staging', active: { id: staging }, latest: { id: staging } }],
  })
  t.same([both.environments.length, both.next], [2, undefined])
  await remove(`${environments}/staging/current`)
  const page = (await get(`${environments}?limit=1`)).body
  t.match(page, { environments: [ofProduction], next: production })
  const rest = (await get(`${environments}?before=${page.next}`)).body
  t.match(rest, { environments: [{ environment: 'staging', latest: { id: staging, status: 'undeployed' } }] })
  t.same([rest.environments.length, rest.environments[0].active, rest.next], [1, undefined, undefined])
  t.match(await get('/api/projects/nobody/environments'), { status: 404, body: { code: 'PROJECT_UNKNOWN' } })
})

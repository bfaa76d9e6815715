import t from 'tap'
import { ServiceError } from '../../../src/errors.ts'
import { Azure, PLAN } from './azure-target.ts'
import type { FakeDeployment, FakeEndpoint } from './fake-workspace.ts'

const ENDPOINT = /^mlw-production-[a-z2-7]{12}$/
const SECOND = { ...PLAN, deploymentId: 42, version: 4, runId: 130 }

t.test(
  'a version is prepared without traffic, then gets all of it, and leaves nothing when it is removed',
  async (t) => {
    const azure = await Azure.start(t)
    const prepared = await azure.driven(() => azure.prepare())
    const [endpoint = ''] = Object.keys(azure.standing)
    t.match(endpoint, ENDPOINT)
    t.same(prepared, { state: 'ready', endpoint: `${azure.fake.url}/score/${endpoint}/api/predict`, instances: 1 })
    t.same(azure.standing, { [endpoint]: ['deploy-41'] })
    t.same(azure.traffic(endpoint), {})
    t.strictSame(
      azure.changes().map((line) => line.replace(endpoint, 'ENDPOINT').replace(/[a-z2-7]{12}$/, 'HASH')),
      [
        'PUT /onlineEndpoints/ENDPOINT',
        'PUT /models/mlw-p7-house-prices_2-1/versions/3-HASH',
        'PUT /environments/mlw-serve/versions/HASH',
        'PUT /onlineEndpoints/ENDPOINT/deployments/deploy-41',
      ],
    )
    const [model] = azure.fake.workspace.models.values()
    t.match(model, {
      properties: {
        modelType: 'custom_model',
        modelUri: /^azureml:\/\/subscriptions\/.+\/workspaces\/ml\/datastores\/bundles\/paths\/bundles\/7\/3\.mlwb$/,
      },
    })
    t.strictSame(await azure.driven(() => azure.activate()), prepared)
    t.same(azure.traffic(endpoint), { 'deploy-41': 100 })
    t.strictSame(await azure.observe(), prepared)
    t.equal(azure.bundles, 1)

    await azure.removed()
    t.same(azure.standing, {})
    t.same(await azure.observe(), { state: 'absent' })
  },
)

t.test('the next version takes the traffic over, and the endpoint stays when the first is removed', async (t) => {
  const azure = await Azure.start(t)
  await azure.deployed()
  const [endpoint = ''] = Object.keys(azure.standing)
  azure.changes()
  await azure.driven(() => azure.prepare(SECOND))
  t.same(azure.traffic(endpoint), { 'deploy-41': 100 }, 'prepared beside the first')
  await azure.driven(() => azure.activate(SECOND))
  t.same(azure.traffic(endpoint), { 'deploy-42': 100 })
  await azure.removed()
  t.same(azure.standing, { [endpoint]: ['deploy-42'] })
  t.same(azure.traffic(endpoint), { 'deploy-42': 100 })
  t.match(await azure.observe(SECOND), { state: 'ready' })
  const puts = azure.changes().filter((line) => line === `PUT /onlineEndpoints/${endpoint}`)
  t.equal(puts.length, 1, 'the traffic was moved once, however late it is seen')
})

t.test('an endpoint for each project and environment', async (t) => {
  const azure = await Azure.start(t)
  const staging = { ...PLAN, deploymentId: 43, environment: 'staging' }
  await azure.deployed()
  await azure.deployed(staging)
  t.equal(Object.keys(azure.standing).length, 2)
  await azure.removed()
  t.strictSame(Object.values(azure.standing), [['deploy-43']])
})

t.test('traffic counts when Azure shows it twice', async (t) => {
  const azure = await Azure.start(t)
  azure.fake.workspace.staleLooks = 3
  await azure.driven(() => azure.prepare())
  azure.changes()
  const messages: string[] = []
  await azure.driven(async () => {
    const observed = await azure.activate()
    if (observed.state === 'in_progress') messages.push(observed.message)
    return observed
  })
  t.ok(messages.includes('Azure does not show the new traffic yet'))
  t.equal(azure.changes().length, 1)
})

t.test('Azure is not asked before the time that it names', async (t) => {
  const azure = await Azure.start(t)
  azure.fake.retryAfter = 120
  await azure.deployed()
  await azure.deployed(SECOND)
  t.equal(await azure.remove(), false)
  azure.fake.requests.length = 0
  azure.fake.now += 119_000
  t.equal(await azure.remove(), false)
  t.same(azure.fake.requests, [])
  azure.fake.now += 1_000
  await azure.remove()
  t.not(azure.fake.requests.length, 0)
})

t.test('other instances', async (t) => {
  const azure = await Azure.start(t)
  await azure.deployed()
  azure.changes()
  const scaled = await azure.driven(() => azure.prepare({ ...PLAN, instances: 3 }))
  t.match(scaled, { state: 'ready', instances: 3 })
  t.match(azure.changes(), [/^PATCH .*\/deployments\/deploy-41$/])
  t.match(await azure.observe(), { state: 'ready', instances: 3 })

  azure.fake.workspace.nextDeployment = { message: 'Not enough quota for 9 instances', log: '' }
  const refused = await azure.driven(() => azure.prepare({ ...PLAN, instances: 9 }))
  t.match(refused, { state: 'failed', reason: /deploy-41.* is Failed: .*Not enough quota for 9 instances/ })
})

t.test('a deployment that fails tells why, and leaves nothing', async (t) => {
  const azure = await Azure.start(t)
  azure.fake.workspace.nextDeployment = {
    message: 'the container did not start',
    log: 'a line\nerror: no bundle found\n',
  }
  const failed = await azure.deployed()
  t.match(failed, {
    state: 'failed',
    reason: /is Failed: .*the container did not start; the log ends with: a line error: no bundle found/,
  })
  azure.fresh()
  t.match(await azure.prepare(), {
    state: 'failed',
    reason: /is Failed: the log ends with: a line error: no bundle found/,
  })
  await azure.removed()
  t.same(azure.standing, {})
})

t.test('an endpoint that fails tells why, and leaves nothing', async (t) => {
  const azure = await Azure.start(t)
  azure.fake.workspace.nextEndpoint = { message: 'no room in the region', log: '' }
  t.match(await azure.deployed(), { state: 'failed', reason: /the endpoint .* is Failed: .*no room in the region/ })
  await azure.removed()
  t.same(azure.standing, {})
  t.match(await azure.deployed(), { state: 'ready' }, 'and can be tried again')
})

t.test('traffic that cannot be moved leaves it where it was', async (t) => {
  const azure = await Azure.start(t)
  await azure.deployed()
  await azure.driven(() => azure.prepare(SECOND))
  azure.fake.workspace.nextEndpoint = { message: 'the gateway is ill', log: '' }
  t.match(await azure.driven(() => azure.activate(SECOND)), {
    state: 'failed',
    reason: /the traffic of the endpoint .* is Failed/,
  })
  const [endpoint = ''] = Object.keys(azure.standing)
  t.same(azure.traffic(endpoint), { 'deploy-41': 100 })
  await azure.removed(SECOND)
  t.same(azure.standing, { [endpoint]: ['deploy-41'] })
})

t.test("what is not the worker's own is left alone", async (t) => {
  const azure = await Azure.start(t)
  await azure.deployed()
  const [[endpoint, standing]] = [...azure.fake.workspace.endpoints] as [[string, FakeEndpoint]]
  const { resource: deployment } = standing.deployments.get('deploy-41') as FakeDeployment
  deployment.tags = { ...deployment.tags, artifact_sha256: 'cd'.repeat(32) }
  t.match(await azure.prepare(), { state: 'failed', reason: /not the worker's own.*AZURE_ML_NAME_PREFIX/ })
  t.equal(await azure.remove(), true)
  t.same(azure.standing, { [endpoint]: ['deploy-41'] })
  standing.resource.tags = { team: 'another' }
  t.match(await azure.prepare(), { state: 'failed', reason: /its tag ml-worker is not mlw\/7\/production/ })
  t.match(await azure.activate(), { state: 'failed', reason: /not the worker's own/ })
  t.equal(await azure.remove(), true)
  t.same(azure.standing, { [endpoint]: ['deploy-41'] })
})

t.test('a name that is taken in the region', async (t) => {
  const azure = await Azure.start(t)
  await azure.prepare()
  azure.fake.workspace.taken.add(Object.keys(azure.standing)[0] ?? '')
  azure.fake.workspace.endpoints.clear()
  azure.fresh()
  t.match(await azure.prepare(), {
    state: 'failed',
    reason: /Azure refuses it: HTTP 400 UserError: .* is taken in the region/,
  })
})

t.test('what is gone is absent', async (t) => {
  const azure = await Azure.start(t)
  t.same(await azure.observe(), { state: 'absent' })
  t.same(await azure.activate(), { state: 'absent' })
  t.equal(await azure.remove(), true)
  await azure.driven(() => azure.prepare())
  for (const { deployments } of azure.fake.workspace.endpoints.values()) deployments.clear()
  t.same(await azure.activate(), { state: 'absent' })
})

t.test('a bundle that cannot be stored', async (t) => {
  const azure = await Azure.start(t)
  const refusals = [
    new ServiceError('PRESIGN_UNSUPPORTED', 'the storage is encrypted'),
    new ServiceError('STORAGE_UNAVAILABLE', 'the store is away'),
  ] as const
  for (const refusal of refusals) {
    azure.fresh()
    const parts = Reflect.get(azure.target, 'bundles') as { stored: unknown }
    parts.stored = async () => {
      throw refusal
    }
    const step = azure.driven(() => azure.prepare())
    if (refusal.code === 'STORAGE_UNAVAILABLE') await t.rejects(step, refusal, 'thrown: it may pass')
    else t.match(await step, { state: 'failed', reason: /the storage is encrypted/ })
  }
})

// Predictions by project: the active version answers, in every form, and says what it is.
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import { bearer, startGuardedService } from '../support/access.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { readInferenceAnswer } from '../support/inference-answer.ts'
import { fetchDocumented } from '../support/openapi.ts'
import { clientOf, startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const { service, database, admin, adminToken, tokenOf } = await startGuardedService(t, ['forest', 'majority'], {
  REVIEW_SELF: 'allow',
})
const { url } = service
const other = await startTestService(t, { DATABASE_URL: database.url })
const { versions } = await deployableProject(admin, 'kinds', ['forest', 'majority', 'forest'])
const [first, second] = versions as [(typeof versions)[number], (typeof versions)[number]]
const path = '/api/projects/kinds/predict'
const body = { features }
const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('nothing deployed, and what is wrong with a request', async (t) => {
  const none = await admin.post(path, body)
  t.match([none.status, none.body.code], [409, 'NOTHING_DEPLOYED'])
  const unknown = await admin.post('/api/projects/nowhere/predict', body)
  t.match([unknown.status, unknown.body.code], [404, 'PROJECT_UNKNOWN'])
  const wrong = await admin.post(`${path}?environment=No%20Such&colour=red`, body)
  t.equal(wrong.status, 400)
  t.same(wrong.body.errors.map(({ parameter }: { parameter: string }) => parameter).sort(), ['colour', 'environment'])
})

t.test(
  'answers as /api/predict with the run of the version, and names the deployment and each prediction',
  async (t) => {
    const deployment = await deploy(admin, 'kinds', first.version)
    const query = 'probabilities=true&extra_columns=drop'
    const rows = features.map((row) => ({ ...row, odd: 1 }))
    const { status, body: answer } = await admin.post(`${path}?${query}`, { features: rows })
    t.equal(status, 200)
    const { deployment: named, prediction_ids: ids, ...rest } = answer
    t.same(rest, (await admin.predict(first.run, { features: rows }, `&${query}`)).body)
    t.same(named, { id: deployment, version: first.version, environment: 'production' })
    t.equal(ids.length, rows.length)
    for (const id of ids) t.match(id, UUID_7)
    const next = (await admin.post(path, body)).body.prediction_ids
    t.same([...ids, ...next], [...new Set([...ids, ...next])].sort(), 'all different, in the order of their making')
    const byId = (await admin.get('/api/projects/kinds')).body.id
    t.match((await admin.post(`/api/projects/${byId}/predict`, body)).body.deployment, { id: deployment })
    const faulty = await admin.post(`${path}?explain_class=low`, { features: [{ a: 'x', b: 1 }] })
    t.match([faulty.status, faulty.body.code], [400, 'REQUEST_INVALID'])
    t.ok((await admin.post(`${path}?explain=true`, body)).body.explanations.length === features.length)
  },
)

t.test('tables have the ids as their last column, and the deployment in headers', async (t) => {
  const { id } = (await admin.post(path, body)).body.deployment
  const csv = await admin.post(`${path}?probabilities=true`, body, { accept: 'text/csv' })
  const [head, ...lines] = (csv.body as string).trim().split('\r\n')
  t.match(head, /^kind,kind\.probability\.high,kind\.probability\.low,prediction_id$/)
  t.equal(lines.length, features.length)
  for (const line of lines) t.match(line.split(',').at(-1), UUID_7)
  t.equal(csv.headers.get('x-deployment'), String(id))
  t.equal(csv.headers.get('x-version'), String(first.version))
  t.equal(csv.headers.get('x-environment'), 'production')

  const rowCount = 40_000
  const many = `a,b\n${Array.from({ length: rowCount }, (_, i) => `${i % 60},${i % 5}\n`).join('')}`
  const headers = { ...bearer(adminToken), 'content-type': 'text/csv', accept: 'application/vnd.apache.arrow.stream' }
  const arrow = await fetch(url + path, { method: 'POST', headers, body: many })
  const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()))
  const ids = [...(table.getChild('prediction_id') ?? [])].map(String)
  t.equal(ids.length, rowCount)
  t.same(ids, [...new Set(ids)].sort())
  const text = await fetch(url + path, {
    method: 'POST',
    headers: { ...headers, accept: 'application/json' },
    body: many,
  })
  const large = (await text.json()) as { prediction_ids: string[]; predictions: unknown[] }
  t.equal(large.predictions.length, rowCount)
  t.same(large.prediction_ids, [...new Set(large.prediction_ids)].sort())
})

t.test(
  'each environment has its own version; a switch and an end are seen at once, by other workers soon',
  async (t) => {
    const versionIn = async (environment: string, client = admin) => {
      const { body: answer } = await client.post(`${path}?environment=${environment}`, body)
      return answer.deployment?.version ?? answer.code
    }
    const staging = await deploy(admin, 'kinds', second.version, 'staging')
    t.equal(await versionIn('staging'), second.version)
    t.equal(await versionIn('production'), first.version)
    t.equal(await versionIn('staging', other), second.version, 'one that another worker did not know is looked for')
    await deploy(admin, 'kinds', first.version, 'staging')
    await until(async () => (await versionIn('staging')) === first.version)
    await until(async () => (await versionIn('staging', other)) === first.version)
    t.equal((await admin.delete('/api/projects/kinds/environments/staging/current')).status, 200)
    await until(async () => (await versionIn('staging')) === 'NOTHING_DEPLOYED')
    await until(async () => (await versionIn('staging', other)) === 'NOTHING_DEPLOYED')
    const old = `/api/projects/kinds/environments/staging/deployments/${staging}`
    t.match((await admin.get(`${old}/health`)).body, { id: staging, status: 'replaced', healthy: false })
  },
)

t.test('a token of a project predicts there and nowhere else', async (t) => {
  const client = clientOf(url, bearer(await tokenOf(['client'], { projects: ['kinds'] })))
  t.equal((await client.post(path, body)).status, 200)
  t.equal((await client.post('/api/projects/others/predict', body)).status, 403)
  t.equal((await client.post('/v2/models/kinds/infer', {})).status, 403)
})

t.test('health and figures of what is active', async (t) => {
  const current = '/api/projects/kinds/environments/production/current'
  const health = (await admin.get(`${current}/health`)).body
  t.match(health, { version: first.version, target: 'local', status: 'active', healthy: true })
  t.match(health.worker, { predicts_with: health.id, looked_at: String })
  const before = (await admin.get(`${current}/metrics`)).body
  t.match(before, { id: health.id, window: '1h' })
  for (let i = 0; i < 5; i++) await admin.post(path, body)
  await admin.post(path, { features: [{ a: 'x', b: 1 }] })
  const after = (await admin.get(`${current}/metrics`)).body
  t.equal(after.requests - before.requests, 6)
  t.equal(after.failures - before.failures, 1)
  t.equal(after.rows - before.rows, 5 * features.length)
  t.ok(after.errors.some(({ code }: { code: string }) => code === 'REQUEST_INVALID'))
  t.ok(after.p50_ms > 0 && after.p50_ms <= after.p95_ms && after.p95_ms <= after.p99_ms)
  t.equal(after.steps.length, 12)
  t.equal(
    after.steps.reduce((sum: number, { requests }: { requests: number }) => sum + requests, 0),
    after.requests,
  )
  for (const window of ['15m', '24h', '7d']) {
    t.match((await admin.get(`${current}/metrics?window=${window}`)).body, { window, requests: after.requests })
  }
  t.equal((await admin.get(`${current}/metrics?window=1y`)).status, 400)
  // Of the other worker, once it has written them.
  t.match((await admin.get('/api/projects/kinds/environments/nowhere/current/metrics')).body, {
    code: 'NOTHING_DEPLOYED',
  })
  const unknown = await admin.get('/api/projects/kinds/environments/production/deployments/999999/health')
  t.match([unknown.status, unknown.body.code], [404, 'DEPLOYMENT_UNKNOWN'])
})

t.test('a project is a model of the Open Inference Protocol', async (t) => {
  const inputs = ['a', 'b'].map((name) => {
    const data = features.map((row) => row[name as 'a' | 'b'])
    return { name, datatype: 'FP64', shape: [features.length], data }
  })
  const infer = async (model: string, more: object = {}) => {
    const headers = { ...bearer(adminToken), 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify({ inputs, ...more }) }
    return readInferenceAnswer(await fetchDocumented(url, `/v2/models/${model}/infer`, init))
  }
  const { deployment } = (await admin.post(path, body)).body
  const predictions = (await admin.predict(first.run, body)).body.predictions
  for (const more of [{}, { parameters: { binary_data_output: true } }]) {
    const answer = await infer('kinds', more)
    t.match(answer.body, { model_name: 'kinds', model_version: String(first.version) })
    const { parameters } = answer.body
    t.match(parameters, { version: first.version, deployment: deployment.id, environment: 'production' })
    const ids = JSON.parse(parameters.prediction_ids)
    t.equal(ids.length, features.length)
    for (const id of ids) t.match(id, UUID_7)
    t.same(
      answer.outputs['kind'],
      predictions.map(({ kind }: { kind: string }) => kind),
    )
  }
  t.match((await admin.get('/v2/models/kinds')).body, { name: 'kinds', versions: [String(first.version)] })
  t.match((await admin.get('/v2/models/kinds/ready')).body, { name: 'kinds', ready: true })
  t.equal((await infer(`kinds/versions/${first.version}`)).status, 200)
  const undeployed = await infer(`kinds/versions/${second.version}`)
  t.match([undeployed.status, undeployed.body.code], [404, 'MODEL_VERSION_UNKNOWN'])
  t.match((await infer('nowhere')).body, { code: 'MODEL_VERSION_UNKNOWN' })
  // A class wins over a project of its name.
  await deployableProject(admin, 'majority', ['majority'])
  await deploy(admin, 'majority', 1)
  t.notMatch((await infer('majority')).body, { parameters: { deployment: Number } })
  await deployableProject(admin, 'idle', ['majority'])
  t.match((await infer('idle')).body, { code: 'NOTHING_DEPLOYED' })
})

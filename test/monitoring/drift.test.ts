// Drift and the quality of data over HTTP: rows are predicted, counted and judged against the training.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { monitoredCsv, monitoredRows } from '../support/monitored.ts'
import { startTestService } from '../support/service.ts'

const database = await createOwnDatabase(t, ['forest'])
const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
const { get, post } = service
const path = '/api/projects/orders'
await deployableProject(service, 'orders', ['forest'], {
  csv: monitoredCsv(4_000, 1),
  content: { validation_split: 0.5 },
})

t.test('nothing is deployed, nothing was looked at, and what is wrong with a request', async (t) => {
  t.match(await get(`${path}/drift`), { status: 409, body: { code: 'NOTHING_DEPLOYED' } })
  t.match(await get('/api/projects/nowhere/drift'), { status: 404, body: { code: 'PROJECT_UNKNOWN' } })
  t.match(await get(`${path}/drift?version=9`), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  t.match(await get(`${path}/drift/history/7`), { status: 404, body: { code: 'LOOK_UNKNOWN' } })
  t.same((await get(`${path}/drift/history`)).body, { looks: [] })
  const time = '2026-03-01T00:00:00Z'
  const cases = [
    [`window=1h&from=${time}`, 'window'],
    [`to=${time}`, 'to'],
    [`from=${time}&to=${time}`, 'from'],
    [`from=2020-01-01T00:00:00Z&to=${time}`, 'from'],
    ['window=2h', 'window'],
    ['colour=red', 'colour'],
  ]
  for (const [query, parameter] of cases) {
    const { status, body } = await get(`${path}/data-quality?${query}`)
    t.same([status, body.errors?.[0].parameter], [400, parameter], query ?? '')
  }
})

t.test('rows as in the training do not drift; shifted, missing and unseen ones do', async (t) => {
  await deploy(service, 'orders', 1)
  const few = await get(`${path}/drift?window=24h`)
  t.match(few.body, { state: 'insufficient_data', rows: 0, columns: [], version: 1 })

  t.equal((await post(`${path}/predict`, { features: monitoredRows(2_500, 2) })).status, 200)
  const same = (await get(`${path}/drift?window=24h`)).body
  t.match(same, { state: 'ok', rows: 2_500, drifted: 0, environment: 'production' })
  t.same(same.columns.map(({ name, role }: { name: string; role: string }) => `${role} ${name}`).sort(), [
    'answer kind',
    'confidence confidence',
    'feature amount',
    'feature colour',
  ])
  const cells = same.columns.find(({ name }: { name: string }) => name === 'colour').cells
  t.equal(
    cells.reduce((sum: number, { current }: { current: number }) => sum + current, 0),
    2_500,
  )
  t.match((await get(`${path}/data-quality?window=24h`)).body, { state: 'ok', bad: 0 })

  const changed = monitoredRows(2_500, 3, { shift: 1, missing: 0.3, unseen: 0.3 })
  t.equal((await post(`${path}/predict`, { features: changed })).status, 200)
  const drift = (await get(`${path}/drift?window=24h`)).body
  t.match(drift, { state: 'drift', severity: 'critical', rows: 5_000 })
  t.notOk('look_id' in drift, 'nothing is kept')
  t.equal(drift.columns[0].state, 'drift')
  const quality = (await get(`${path}/data-quality?window=24h`)).body
  t.match(quality, { state: 'bad', severity: 'high' })
  const [amount, colour] = ['amount', 'colour'].map((wanted) =>
    quality.columns.find(({ name }: { name: string }) => name === wanted),
  )
  t.match(amount, { findings: ['missing'], state: 'bad' })
  t.match(colour, { findings: ['unseen'], state: 'bad' })
  t.ok(Math.abs(colour.unseen.current - 0.15) < 0.02)
  t.equal(colour.unseen.baseline, 0)
  const page = await get(`${path}/monitoring/report?window=24h`)
  t.match(page.body, /columns? (has|have) drifted/)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'/)
})

t.test('the figures of drift are there for Prometheus', async (t) => {
  const { body } = await get('/metrics')
  t.match(body, /^ml_worker_drift_look_failures_total 0$/m)
})

// Rows that are strange as a whole, and requests that are refused for the type of a column: counted, judged, kept and shown.
import t from 'tap'
import { decodeArtifact, encodeArtifact, readArtifactParameters } from '../../src/model/artifact.ts'
import Forest from '../models/forest.ts'
import { countedOf } from '../support/counted.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { monitoredCsv, monitoredRows } from '../support/monitored.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t, ['forest'])
const storage = await dataFolder(t)
const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage, REVIEW_SELF: 'allow' }
const first = await startTestService(t, { ...settings, DATA_DIR: await dataFolder(t) })
const { get, post, put } = first
const path = '/api/projects/orders'
const { versions } = await deployableProject(first, 'orders', ['forest', 'forest'], { csv: monitoredCsv(6_000, 1) })
await deploy(first, 'orders', 1)
const wanted = { log: 'all', anomaly_share: 0.01, calibration_windows: 0 }

const quality = async () => (await get(`${path}/data-quality?window=24h`)).body
const drift = async () => (await get(`${path}/drift?window=24h`)).body
const figure = async (pattern: RegExp): Promise<number> => Number(pattern.exec((await get('/metrics')).body)?.[1] ?? 0)

t.test('without the setting nothing is scored, and what it may be is told', async (t) => {
  t.equal((await get(`${path}/monitoring`)).body.anomaly_share, 0)
  t.equal((await post(`${path}/predict`, { features: monitoredRows(50, 2) })).status, 200)
  t.notOk('anomalous_rows' in (await drift()))
  const refused = await put(`${path}/monitoring`, { anomaly_share: 0.5 })
  t.match([refused.status, refused.body.errors?.[0].parameter], [400, 'anomaly_share'])
})

t.test('of ordinary rows about the stated share is anomalous, and the answer does not say so', async (t) => {
  t.equal((await put(`${path}/monitoring`, wanted)).status, 200)
  const rows = monitoredRows(3_000, 3)
  const { status, body } = await post(`${path}/predict`, { features: rows })
  t.equal(status, 200)
  t.notOk('anomaly_score' in body)
  for (const row of monitoredRows(20, 4)) t.equal((await post(`${path}/predict`, { features: [row] })).status, 200)
  await until(async () => (await drift()).anomalous_rows?.rows === 3_020)
  const { anomalous_rows: found, columns, state } = await drift()
  t.match(found, { state: 'ok', allowed_share: 0.01 })
  t.ok(Math.abs(found.expected_share - 0.01) < 0.001)
  t.ok(found.share < 0.02, `${found.share}`)
  t.equal(state, 'ok')
  const cells = columns.find(({ role }: { role: string }) => role === 'row').cells
  t.same(
    cells.map(({ cell }: { cell: string }) => cell),
    ['ordinary', 'anomalous', 'unseen', 'missing'],
  )
  t.match(await quality(), { state: 'ok', bad: 0 })
})

t.test('strange rows drift together, and can be looked at one by one', async (t) => {
  // Each value by itself was in the training, but for the level.
  const strange = Array.from({ length: 600 }, (_, i) => ({ amount: i % 2 === 0 ? 3.1 : -3.1, colour: 'violet' }))
  t.equal((await post(`${path}/predict`, { features: strange })).status, 200)
  await until(async () => (await drift()).anomalous_rows.rows === 3_620)
  const { anomalous_rows: found, columns } = await drift()
  t.equal(found.state, 'drift')
  t.ok(found.anomalous >= 600, `${found.anomalous}`)
  t.match(
    columns.find(({ role }: { role: string }) => role === 'row'),
    { name: 'anomaly', state: 'drift', method: 'chi2' },
  )
  const listed = async (query: string) => (await get(`${path}/predictions?limit=200&${query}`)).body.predictions
  await until(async () => (await listed('anomalous=true')).length === 200)
  for (const { anomalous, anomaly_score: score, unseen } of await listed('anomalous=true')) {
    t.same([anomalous, unseen], [true, ['colour']])
    t.ok(score > 0.5 && score < 1, `${score}`)
  }
  const ordinary = await listed('anomalous=false')
  t.ok(ordinary.every((each: { anomalous: boolean }) => !each.anomalous))
  t.ok(ordinary.length > 0)
  const { body } = await get(`${path}/predictions/content?version=1&anomalous=true`)
  const [header, ...lines] = body.trim().split(/\r?\n/)
  t.ok(header.split(',').includes('prediction.anomaly_score'))
  t.ok(lines.length >= 600)
  t.equal(await figure(/^ml_worker_scored_rows_total\{project_id="\d+"\} (\d+)$/m), 3_620)
  t.equal(await figure(/^ml_worker_anomalous_rows_total\{project_id="\d+"\} (\d+)$/m), found.anomalous)
  t.match((await get(`${path}/monitoring/report?window=24h`)).body, /rows that are strange as a whole/)
})

t.test('requests that are refused for the type of a column are counted by what came', async (t) => {
  const send = async (row: object, expected: number) => {
    const { status, body } = await post(`${path}/predict`, { features: [row] })
    if (status !== expected) throw new Error(JSON.stringify(body))
    return body
  }
  const refused = await send({ amount: '12', colour: 'red' }, 400)
  t.same(Object.keys(refused.errors[0]).sort(), ['column', 'detail', 'in', 'row'], 'the answer is as it was')
  await send({ amount: [1], colour: 'red' }, 400)
  await send({ amount: true, colour: 'red' }, 400)
  await send({ amount: 1, colour: { a: 1 } }, 400)
  await send({ colour: 'red' }, 400)
  await send({ amount: 1, colour: 'red', surplus: [1] }, 400)
  const inputs = [
    { name: 'amount', datatype: 'BYTES', shape: [1], data: ['12'] },
    { name: 'colour', datatype: 'BYTES', shape: [1], data: ['red'] },
  ]
  t.equal((await post('/v2/models/orders/infer', { inputs })).status, 400)
  const large = `amount,colour\n${'x,red\n'.repeat(20_000)}`
  t.equal((await post(`${path}/predict`, large, { 'content-type': 'text/csv' })).status, 400, 'in the thread')
  const columnOf = async (wanted: string) =>
    (await quality()).columns.find(({ name }: { name: string }) => name === wanted)
  await until(async () => (await columnOf('amount')).wrong_type?.got.string === 3)
  const { wrong_type: amount, state } = await columnOf('amount')
  t.match(amount, { got: { string: 3, array: 1, boolean: 1, absent: 1 } })
  // One of 50 rows, one of 3,000, 20 of one, one of 600; and eight that were refused.
  t.equal(amount.requests, 23 + 8)
  t.equal(amount.share, 6 / 31)
  t.equal(state, 'bad')
  t.match(await columnOf('amount'), { findings: ['wrong_type'], severity: 'high' })
  t.match(await columnOf('colour'), { wrong_type: { got: { object: 1 }, requests: 31 } })
  t.equal((await quality()).columns.length, 2, 'columns that the version does not have are not counted')
  t.equal(await figure(/^ml_worker_refused_types_total\{project_id="\d+",column="amount",got="string"\} (\d+)$/m), 3)
  t.match((await get(`${path}/monitoring/report?window=24h`)).body, /of 31 requests were refused for its type/)
})

t.test('another worker adds its own, and what was counted outlives the process', async (t) => {
  const second = await startTestService(t, { ...settings, DATA_DIR: await dataFolder(t) })
  const figureOfSecond = async (pattern: RegExp) => Number(pattern.exec((await second.get('/metrics')).body)?.[1] ?? 0)
  const scored = () => figureOfSecond(/^ml_worker_scored_rows_total\{project_id="\d+"\} (\d+)$/m)
  let sent = 0
  // It knows the settings some moments after it knows the deployment.
  await until(async () => {
    const { status } = await second.post(`${path}/predict`, { features: monitoredRows(10, 5) })
    if (status === 200) sent += 1
    return (await scored()) > 0
  })
  t.equal((await second.post(`${path}/predict`, { features: [{ amount: 'x', colour: 'red' }] })).status, 400)
  await until(async () => {
    const { body } = await second.get(`${path}/data-quality?window=24h`)
    return body.columns.some((each: { wrong_type?: { got: object } }) => each.wrong_type?.got['string' as never] === 4)
  })
  await until(async () => {
    const { body } = await second.get(`${path}/drift?window=24h`)
    return body.anomalous_rows.rows === 3_620 + (await scored())
  })
  await second.service.close()
  t.match(await quality(), { columns: [{ name: 'amount', wrong_type: { got: { string: 4 }, requests: 32 + sent } }] })
  const [counted] = await countedOf(database, 'orders')
  t.match(counted?.windows, [{ quality: { requests: 32 + sent, refused: 9 } }])
})

t.test('of a version that an earlier worker has trained no rows are scored, which is told', async (t) => {
  const run = versions[1]?.run as number
  const { rows } = await database.owner.query('select run_result from model_runs where id = $1', [run])
  const bytes: Buffer = rows[0].run_result
  const model = new Forest()
  const { readArtifactBaseline } = await import('../../src/model/artifact.ts')
  const { rowForest: _, ...baseline } = readArtifactBaseline(bytes) as Record<string, never>
  const earlier = encodeArtifact(model, readArtifactParameters(bytes), decodeArtifact(bytes, model), { baseline })
  await database.owner.query('update model_runs set run_result = $2 where id = $1', [run, earlier])
  await deploy(first, 'orders', 2, 'staging')
  const staging = `${path}/predict?environment=staging`
  t.equal((await post(staging, { features: monitoredRows(40, 6) })).status, 200)
  await until(async () => (await figure(/^ml_worker_scored_rows_dropped_total\{reason="no_forest"\} (\d+)$/m)) === 40)
  const { body } = await get(`${path}/drift?window=24h&environment=staging`)
  t.match(body.anomalous_rows, { state: 'no_forest', allowed_share: 0.01, rows: 0 })
  t.equal(body.rows, 40, 'they are counted')
  await until(async () => (await get(`${path}/predictions?version=2`)).body.predictions.length === 40)
  const [kept] = (await get(`${path}/predictions?version=2&limit=1`)).body.predictions
  t.notOk('anomalous' in kept)
})

// Kept predictions over HTTP: the settings of a project, lists, one by its id, tables, and erasing in them.
import { tableFromIPC } from 'apache-arrow'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createPool } from '../../src/database/pool.ts'
import { NO_KEYS } from '../../src/encryption/key-ring.ts'
import { batchOf, writeBatch } from '../../src/monitoring/log/log-writer.ts'
import type { LoggedRow } from '../../src/monitoring/log/logged-row.ts'
import { idOfRow } from '../../src/prediction/prediction-ids.ts'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy } from '../support/deployed.ts'
import { idsAt } from '../support/predicted.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
const COLORS = ['blue', 'green', 'red']
const CSV = `size,color,seen,kind\n${Array.from({ length: 60 }, (_, i) => `${i},${COLORS[i % 3]},2026-01-${10 + (i % 20)},${i % 2 === 0 ? 'low' : 'high'}\n`).join('')}`
const SEEN = Date.parse('2026-01-15T00:00:00Z')

/** A service with a project of one version that is deployed, and a way to put rows into its log. */
async function setUp(t: Test) {
  const database = await createOwnDatabase(t)
  await database.registerModel('decision_tree_classifier')
  const service = await startTestService(t, { DATABASE_URL: database.url, MODELS_DIR: `${PROJECT}/statistical` })
  await service.post('/api/datasets?name=kinds&labels=kind', CSV, { 'content-type': 'text/csv' })
  const { body: project } = await service.post('/api/projects', {
    name: 'kinds',
    model_name: 'decision_tree_classifier',
    dataset_name: 'kinds',
  })
  await service.post('/api/projects/kinds/versions', {})
  await until(async () => (await service.get('/api/projects/kinds/versions/1')).status === 200)
  await service.post('/api/projects/kinds/versions/1/reviews', { decision: 'approved' })
  const deploymentId = await deploy(service, 'kinds', 1)
  const pool = createPool(database.url, log, 1)
  t.teardown(() => pool.close())
  const keep = async (rows: readonly Partial<LoggedRow>[], at = Date.now()): Promise<string[]> => {
    const prefix = idsAt(at).next()
    const whole = rows.map(
      (row, i): LoggedRow => ({
        ...{ projectId: project.id, deploymentId, version: 1, environment: 'production', milliseconds: 2, weight: 1 },
        ...{ predictionId: idOfRow(prefix, i), answer: 1, confidence: 0.75, features: Float64Array.of(7, 1, SEEN) },
        ...row,
      }),
    )
    await writeBatch(pool, batchOf(whole, NO_KEYS))
    return whole.map(({ predictionId }) => predictionId)
  }
  return { database, service, deploymentId, keep }
}

t.test('a project says what is kept; a change names the revision that it was made from', async (t) => {
  const { service } = await setUp(t)
  const path = '/api/projects/kinds/monitoring'
  const first = await service.get(path)
  t.match(first, { status: 200, body: { log: 'off', rate: 0.1, retention_days: 30, days_per_false_alarm: 90 } })
  t.equal(first.headers.get('etag'), null)
  const made = await service.put(path, { log: 'all', window_hours: 1 })
  t.match(made, { status: 200, body: { log: 'all', window_hours: 1, retention_days: 30, revision: 1 } })
  t.equal(made.headers.get('etag'), '"1"')
  t.match(await service.put(path, {}), { status: 428 })
  t.match(await service.put(path, {}, { 'if-match': '"7"' }), { status: 412 })
  t.match(await service.put(path, { log: 'all', window_hours: 1 }, { 'if-match': '"1"' }), { body: { revision: 1 } })
  t.match(await service.put(path, { log: null, rate: 1 }, { 'if-match': '"1"' }), { body: { log: 'off', revision: 2 } })
  const wrong = { log: 'some', rate: 0, retention_days: 0.5, looks: ['drift', 'drift'], more: 1 }
  const refused = await service.put(path, wrong, { 'if-match': '"2"' })
  t.match(refused, { status: 400, body: { code: 'REQUEST_INVALID' } })
  const named = refused.body.errors.map(({ parameter }: { parameter: string }) => parameter)
  t.same(named.sort(), ['log', 'looks', 'more', 'rate', 'retention_days'])
  const order = await service.put(path, { window_hours: 48, window_hours_max: 24 }, { 'if-match': '"2"' })
  t.match(order, { status: 400, body: { errors: [{ parameter: 'window_hours_max' }] } })
  t.match(await service.get(path), { body: { log: 'off', rate: 1, revision: 2 } }, 'nothing was changed')
  const { body } = await service.get('/api/audit-events?action=monitoring.put')
  t.match(body.audit_events, [{ details: { log: 'off', revision: 2 } }, { details: { log: 'all', revision: 1 } }])
  t.match(await service.get('/api/projects/nobody/monitoring'), { status: 404, body: { code: 'PROJECT_UNKNOWN' } })
})

t.test('kept predictions are listed with the values that their codes stand for', async (t) => {
  const { service, keep, deploymentId } = await setUp(t)
  const path = '/api/projects/kinds/predictions'
  t.match(await service.get(path), { status: 200, body: { predictions: [] } })
  const now = Date.now()
  const [old = ''] = await keep([{ answer: 0, weight: 10 }], now - 3 * 86_400_000)
  const fresh = await keep(
    [
      {},
      { features: Float64Array.of(Number.NaN, -2, Number.NaN), answer: Number.NaN, confidence: Number.NaN },
      { features: Float64Array.of(0.1, -1, SEEN + 1), answer: 0, environment: 'staging' },
    ],
    now,
  )
  const { body } = await service.get(path)
  const told = { environment: 'production', deployment_id: deploymentId, version: 1, milliseconds: 2, weight: 1 }
  t.same(body.predictions, [
    {
      ...{ id: fresh[2], at: new Date(now).toISOString(), ...told, environment: 'staging', answer: 'high' },
      ...{ confidence: 0.75, features: { size: 0.1, color: null, seen: '2026-01-15T00:00:00.001Z' } },
    },
    {
      ...{ id: fresh[1], at: new Date(now).toISOString(), ...told, answer: null },
      ...{ features: { size: null, color: null, seen: null }, unseen: ['color'] },
    },
    {
      ...{ id: fresh[0], at: new Date(now).toISOString(), ...told, answer: 'low', confidence: 0.75 },
      features: { size: 7, color: 'green', seen: '2026-01-15T00:00:00.000Z' },
    },
    {
      ...{ id: old, at: new Date(now - 3 * 86_400_000).toISOString(), ...told, weight: 10, answer: 'high' },
      ...{ confidence: 0.75, features: { size: 7, color: 'green', seen: '2026-01-15T00:00:00.000Z' } },
    },
  ])
  t.same((await service.get(`${path}/${old}`)).body, body.predictions[3])

  const idsOf = async (query: string): Promise<string[]> => {
    const answer = await service.get(`${path}?${query}`)
    t.equal(answer.status, 200, `${query}: ${JSON.stringify(answer.body)}`)
    return answer.body.predictions.map(({ id }: { id: string }) => id)
  }
  t.same(await idsOf('environment=staging'), [fresh[2]])
  t.same(await idsOf('version=1&answer=low'), [fresh[0]])
  t.same(await idsOf(`to=${new Date(now).toISOString()}`), [old])
  t.same(await idsOf(`from=${new Date(now).toISOString()}&deployment=${deploymentId}`), fresh.toReversed())
  t.same(await idsOf('deployment=999'), [])
  await service.post('/api/projects/kinds/outcomes', [
    { prediction_id: old, outcome: 'low' },
    { prediction_id: fresh[1], outcome: 'high' },
  ])
  t.same(await idsOf('has_outcome=true'), [fresh[1], old])
  t.same(await idsOf('has_outcome=false'), [fresh[2], fresh[0]])
  t.equal((await service.get(`${path}/${old}`)).body.outcome, 'low')
  const known = await service.get(`${path}/content?version=1&has_outcome=true`)
  t.match(known.body.split('\r\n')[1], /,high,low,0.75,2,10,/)
  const pages: string[] = []
  let next: string | undefined
  do {
    const { body: page } = await service.get(`${path}?limit=3${next === undefined ? '' : `&before=${next}`}`)
    pages.push(...page.predictions.map(({ id }: { id: string }) => id))
    next = page.next
  } while (next !== undefined)
  t.same(pages, [...fresh.toReversed(), old])

  t.match(await service.get(`${path}?answer=low`), { status: 400, body: { errors: [{ parameter: 'version' }] } })
  t.match(await service.get(`${path}?version=1&answer=middle`), {
    status: 400,
    body: { errors: [{ parameter: 'answer', detail: /high.*low/ }] },
  })
  t.match(await service.get(`${path}?version=9&answer=low`), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  t.match(await service.get(`${path}/${idOfRow(idsAt(now).next(), 99)}`), { body: { code: 'PREDICTION_UNKNOWN' } })
  t.match(await service.get(`${path}/some`), { status: 400 })
})

t.test('a version is fetched as one table, over all pages', async (t) => {
  const { service, keep } = await setUp(t)
  const path = '/api/projects/kinds/predictions/content?version=1'
  const count = 4_501
  const ids: string[] = []
  for (let start = 0; start < count; start += 1_500) {
    const rows = Array.from({ length: Math.min(1_500, count - start) }, (_, i) => ({
      features: Float64Array.of(start + i, ((start + i) % 5) - 2, i % 7 === 0 ? Number.NaN : SEEN),
    }))
    ids.push(...(await keep(rows, Date.now() - count + start)))
  }
  const { headers, body: csv } = await service.get(path)
  t.match(headers.get('content-type'), /^text\/csv/)
  const lines = csv.trimEnd().split('\r\n')
  t.equal(
    lines[0],
    'size,color,seen,prediction.at,prediction.answer,prediction.outcome,prediction.confidence,prediction.milliseconds,prediction.weight,prediction.deployment,prediction.anomaly_score,prediction.environment,prediction.key,prediction_id',
  )
  t.same(
    lines.slice(1).map((line: string) => line.split(',').at(-1)),
    ids,
    'all of them, the oldest first',
  )
  t.match(lines[3], /^2,blue,2026-01-15T00:00:00.000Z,20..-.*,low,,0.75,2,1,/)
  t.match(lines[1], /^0,,,/)

  const response = await fetch(service.service.url + path, {
    headers: { accept: 'application/vnd.apache.arrow.stream' },
  })
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
  t.equal(table.numRows, count)
  t.same([...(table.getChild('prediction_id') ?? [])], ids)
  const colors = [...(table.getChild('color') ?? [])]
  t.same(colors.slice(0, 5), [null, null, 'blue', 'green', 'red'])
  t.same(colors.slice(4_495, 4_500), [null, null, 'blue', 'green', 'red'], 'the same levels in the last page')
  t.same([...(table.getChild('seen') ?? [])].slice(0, 2), [null, SEEN])
  t.equal(table.getChild('size')?.get(4_500), 4_500)
  t.match(await service.get(path, { accept: 'image/png' }), { status: 406 })
  t.match(await service.get('/api/projects/kinds/predictions/content'), { status: 400 })
  const empty = await service.get(`${path}&environment=staging`)
  t.equal(empty.body.split('\r\n').length, 2, 'a header alone')
})

t.test('an erasure takes whole rows that have the value, in every kind of column', async (t) => {
  const { service, keep } = await setUp(t)
  await keep([
    { features: Float64Array.of(7, 0, SEEN) },
    { features: Float64Array.of(8, 1, SEEN) },
    { features: Float64Array.of(9, 1, SEEN + 1_000), answer: 0 },
    { features: Float64Array.of(Number.NaN, -2, Number.NaN) },
  ])
  const left = async () => (await service.get('/api/projects/kinds/predictions')).body.predictions.length
  const erase = async (column: string, value: unknown) => {
    const { body } = await service.post('/api/erasures', { column, value })
    let result: { state: string; erased: { room: string; count: number }[] } = { state: 'running', erased: [] }
    await until(async () => {
      result = (await service.get(`/api/erasures/${body.erasure_id}`)).body
      return result.state !== 'running'
    })
    t.equal(result.state, 'done')
    return result.erased.find(({ room }) => room === 'predictions')?.count ?? 0
  }
  t.equal(await erase('color', 'violet'), 0)
  t.equal(await erase('size', '7'), 1, 'a number, written as text')
  t.equal(await erase('seen', '2026-01-15T00:00:01Z'), 1, 'a time')
  t.equal(await left(), 2)
  t.equal(await erase('color', 'green'), 1, 'a level')
  t.equal(await erase('kind', 'low'), 1, 'an answer')
  t.equal(await left(), 0)
})

// Keys of the caller in predictions over HTTP: a column that the version does not see is kept with what is logged, in every form.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow'
import t from 'tap'
import { PROJECT } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const TREE = 'decision_tree_classifier'
const path = '/api/projects/orders'

/** A service with a deployed project that logs all predictions; rows have the columns a and b. */
async function setUp(settings: Record<string, string> = {}) {
  const database = await createOwnDatabase(t)
  await database.registerModel(TREE)
  const given = { MODELS_DIR: `${PROJECT}/statistical`, REVIEW_SELF: 'allow', ...settings }
  const service = await startTestService(t, { DATABASE_URL: database.url, ...given })
  await deployableProject(service, 'orders', [TREE])
  await deploy(service, 'orders', 1)
  const put = async (words: object) => {
    const etag = (await service.get(`${path}/monitoring`)).headers.get('etag')
    const { status, body } = await service.put(`${path}/monitoring`, words, etag === null ? {} : { 'if-match': etag })
    if (status !== 200) throw new Error(JSON.stringify(body))
  }
  const predict = (features: readonly object[], query = '') => service.post(`${path}/predict${query}`, { features })
  const kept = async (ids: readonly string[]): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = []
    for (const id of ids) {
      await until(async () => (await service.get(`${path}/predictions/${id}`)).status === 200)
      found.push((await service.get(`${path}/predictions/${id}`)).body)
    }
    return found
  }
  const keysOf = async (ids: readonly string[]) => (await kept(ids)).map(({ key = null }) => key)
  return { database, service, put, predict, kept, keysOf }
}

const { service, put, predict, kept, keysOf } = await setUp()

t.test('a column of keys is refused until the project names it', async (t) => {
  const row = { a: 1, b: 2, order: 'o-1' }
  const refused = await predict([row])
  t.match(refused, { status: 400, body: { errors: [{ column: 'order' }] } })
  await put({ log: 'all', key_column: 'order' })
  t.equal((await service.get(`${path}/monitoring`)).body.key_column, 'order')
  t.match(await predict([row]), { status: 200, body: { warnings: undefined } })
  t.match(await predict([{ ...row, other: 1 }]), { status: 400, body: { errors: [{ column: 'other' }] } })
  t.match(await predict([{ ...row, order: { id: 1 } }]), { status: 400, body: { errors: [{ column: 'order' }] } })
  await put({ log: 'all', key_column: null })
  t.equal((await service.get(`${path}/monitoring`)).body.key_column, undefined)
  t.match(await predict([row]), { status: 400 })
  const etag = (await service.get(`${path}/monitoring`)).headers.get('etag') as string
  const wrong = { key_column: 'x'.repeat(201), window_hours: 48, window_hours_max: 24 }
  t.match(await service.put(`${path}/monitoring`, wrong, { 'if-match': etag }), { status: 400 })
  const half = await service.put(`${path}/monitoring`, { ...wrong, key_column: '\ud800' }, { 'if-match': etag })
  t.same(half.body.errors.map(({ parameter }: { parameter: string }) => parameter).sort(), [
    'key_column',
    'window_hours_max',
  ])
})

t.test('one key is one text, in every form of body, on this thread and on the other', async (t) => {
  await put({ log: 'all', key_column: 'order' })
  const given = [7, '7', 7.0, '7.0', '007', 'Straße 5', ' padded ', 2 ** 53 - 1]
  const expected = ['7', '7', '7', '7.0', '007', 'Straße 5', ' padded ', '9007199254740991']
  const rows = given.map((order, i) => ({ a: i, b: 1, order }))
  const whole = await predict(rows)
  t.same(await keysOf(whole.body.prediction_ids), expected, 'JSON')
  const oneByOne: string[] = []
  for (const row of rows) oneByOne.push((await predict([row])).body.prediction_ids[0])
  t.same(await keysOf(oneByOne), expected, 'JSON, a row at a time')
  const send = async (body: string | Uint8Array, type: string) => {
    const { status, body: answer } = await service.post(`${path}/predict`, body, { 'content-type': type })
    if (status !== 200) throw new Error(JSON.stringify(answer))
    return keysOf(answer.prediction_ids)
  }
  t.same(await send(rows.map((row) => `${JSON.stringify(row)}\n`).join(''), 'application/x-ndjson'), expected, 'NDJSON')
  const csv = `order,a,b\n7,1,1\n7.0,1,1\n007,1,1\nStraße 5,1,1\n9007199254740993,1,1\n`
  t.same(await send(csv, 'text/csv'), ['7', '7.0', '007', 'Straße 5', '9007199254740993'], 'CSV, as it is written')
  const arrow = (order: unknown) =>
    tableToIPC(tableFromArrays({ a: [1, 2], b: [1, 1], order } as Record<string, number[]>), 'stream')
  const ARROW = 'application/vnd.apache.arrow.stream'
  t.same(await send(arrow(Float64Array.of(7, 8)), ARROW), ['7', '8'], 'Arrow, doubles')
  t.same(await send(arrow(BigInt64Array.of(7n, 8n)), ARROW), ['7', '8'], 'Arrow, 64-bit integers')
  t.same(await send(arrow(vectorFromArray(['7', 'x'])), ARROW), ['7', 'x'], 'Arrow, texts')
})

t.test('a row without a usable key is predicted and told, and kept without one', async (t) => {
  await put({ log: 'all', key_column: 'order' })
  const lacking = [{}, { order: null }, { order: '' }, { order: 7.5 }, { order: 2 ** 53 }, { order: true }]
  const rows = [...lacking, { order: 'x'.repeat(201) }, { order: 'x'.repeat(200) }, { order: '😀'.repeat(200) }]
  const { status, body } = await predict(rows.map((row, i) => ({ a: i, b: 1, ...row })))
  t.equal(status, 200)
  t.same(body.warnings, [{ code: 'KEYS_MISSING', column: 'order', rows: 7, values: [] }])
  t.same(await keysOf(body.prediction_ids), [...Array(7).fill(null), 'x'.repeat(200), '😀'.repeat(200)])
  for (const row of lacking) {
    const one = await predict([{ a: 1, b: 1, ...row }])
    t.match(one, { status: 200, body: { warnings: [{ code: 'KEYS_MISSING', rows: 1 }] } }, JSON.stringify(row))
  }
  const csv = await service.post(`${path}/predict`, 'a,b\n1,1\n', { 'content-type': 'text/csv', accept: 'text/csv' })
  t.match(csv.headers.get('x-warnings'), /KEYS_MISSING/)
})

t.test('a key that is a feature too is both', async (t) => {
  await put({ log: 'all', key_column: 'a' })
  const { body } = await predict([{ a: 7, b: 1 }])
  t.match(await kept(body.prediction_ids), [{ key: '7', features: { a: 7, b: 1 } }])
  t.match(await predict([{ b: 1 }]), { status: 400, body: { errors: [{ column: 'a' }] } })
})

t.test('keys are listed, looked for, exported and erased', async (t) => {
  await put({ log: 'all', key_column: 'order' })
  const { body } = await predict(['k-1', 17, 'k-1', null].map((order, i) => ({ a: i, b: 1, order })))
  const ids = body.prediction_ids
  await kept(ids)
  const idsOf = async (query: string) =>
    (await service.get(`${path}/predictions?${query}`)).body.predictions.map(({ id }: { id: string }) => id)
  t.same(await idsOf('key=k-1'), [ids[2], ids[0]])
  t.same(await idsOf('key=17'), [ids[1]])
  t.same(await idsOf('key=k-1&version=1&from=2026-01-01T00:00:00Z'), [ids[2], ids[0]])
  t.same(await idsOf('key=o-9'), [])
  const { body: csv } = await service.get(`${path}/predictions/content?version=1`)
  const lines = csv.trimEnd().split('\r\n')
  t.match(lines[0], /,prediction\.environment,prediction\.key,prediction_id$/)
  t.same(
    lines.slice(-4).map((line: string) => line.split(',').at(-2)),
    ['k-1', '"17"', 'k-1', ''],
  )
  const response = await fetch(`${service.service.url}${path}/predictions/content?version=1&key=k-1`, {
    headers: { accept: 'application/vnd.apache.arrow.stream' },
  })
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
  t.same([...(table.getChild('prediction.key') ?? [])], ['k-1', 'k-1'])

  const erase = async (column: string, value: unknown) => {
    const { erasure_id: id } = (await service.post('/api/erasures', { column, value })).body
    await until(async () => (await service.get(`/api/erasures/${id}`)).body.state !== 'running')
    const { state, erased } = (await service.get(`/api/erasures/${id}`)).body
    t.equal(state, 'done')
    return erased.find(({ room }: { room: string }) => room === 'predictions')?.count ?? 0
  }
  t.equal(await erase('customer', 'k-1'), 0, 'in another column')
  t.equal(await erase('order', '17'), 1, 'a number, written as text')
  await put({ log: 'all', key_column: 'customer' })
  t.same(await idsOf('key=k-1'), [], 'keys of a column that was named before are none of this one')
  t.equal(await erase('order', 'k-1'), 2, 'and are erased by the column that they stood in')
  await put({ log: 'all' })
  t.match(await service.get(`${path}/predictions?key=k-1&answer=low`), {
    status: 400,
    body: { errors: [{ parameter: 'key' }, { parameter: 'version' }] },
  })
  t.equal((await service.get(`${path}/predictions/${ids[3]}`)).status, 200, 'what has no key stays')
})

t.test(
  'with keys of the operator no key of a row is in the table, and it is found and shown all the same',
  async (t) => {
    const file = join(t.testdir(), 'keys')
    await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    const { put, predict, service, kept, database } = await setUp({ ENCRYPTION_KEY_FILE: file })
    await put({ log: 'all', key_column: 'order' })
    const { body } = await predict([{ a: 1, b: 1, order: 'secret-1' }])
    t.match(await kept(body.prediction_ids), [{ key: 'secret-1', features: { a: 1, b: 1 } }])
    t.equal((await service.get(`${path}/predictions?key=secret-1`)).body.predictions.length, 1)
    const { rows } = await database.owner.query(`select row_to_json(p)::text as text, key, key_digest,
    sha256('order\\000secret-1'::bytea) as plain from ml_worker.predictions p`)
    t.equal(rows[0].key, null)
    t.notMatch(rows[0].text, /secret/)
    t.notOk(rows[0].plain.subarray(0, 16).equals(rows[0].key_digest), 'nor a digest that can be guessed back')
  },
)

t.test('a large body is predicted on the other thread, and its keys are kept', async (t) => {
  await put({ log: 'all', key_column: 'order' })
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    a: i % 50,
    b: i % 5,
    order: i % 100 === 0 ? null : `o-${i}`,
  }))
  const { status, body } = await predict(rows)
  t.equal(status, 200)
  t.same(body.warnings, [{ code: 'KEYS_MISSING', column: 'order', rows: 200, values: [] }])
  await until(async () => {
    const { predictions } = (await service.get(`${path}/predictions?key=o-19999`)).body
    return predictions[0]?.id === body.prediction_ids[19_999]
  })
  const explained = await predict([rows[1] as object], '?explain=true')
  t.match(explained, { status: 200, body: { explanations: [{}] } })
})

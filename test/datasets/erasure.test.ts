// Erasing a value in data sets: what goes, what is told, and that a kill leaves the one or the other.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createKeyFile } from '../../src/encryption/key-file.ts'
import { createOwnDatabase } from '../support/database.ts'
import { filesWith, tablesWith } from '../support/planted.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { until } from '../support/until.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const PLANTED = 'anna.planted@example.org'
const CSV = { 'content-type': 'text/csv' }
const person = (i: number): string => (i % 4 === 0 ? PLANTED : `person ${i}`)
const ROWS = `who,a,kind\n${Array.from({ length: 40 }, (_, i) => `${person(i)},${i},${i < 20 ? 'low' : 'high'}\n`).join('')}`
const LEFT = ROWS.split('\n')
  .filter((line) => !line.startsWith(PLANTED))
  .join('\n')

type Client = Pick<TestService, 'get' | 'post'>

async function erase({ get, post }: Client, column: string, value: string) {
  const { status, body } = await post('/api/erasures', { column, value })
  if (status !== 202) throw new Error(JSON.stringify(body))
  const look = async () => (await get(`/api/erasures/${body.erasure_id}`)).body
  await until(async () => (await look()).state !== 'running')
  return look()
}

async function setUp(t: Test, settings: Record<string, string> = {}) {
  const database = await createOwnDatabase(t)
  await database.registerModel('forest')
  const worker = await startTestService(t, { DATABASE_URL: database.url, ...settings })
  const everywhere = async () => [
    ...(await filesWith(worker.dataDir, PLANTED)),
    ...(await tablesWith(database, ['ml_worker', 'ml_jobs'], PLANTED)),
  ]
  return { database, worker, everywhere }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const foundIn = ({ erased }: { erased: { room: string; what: string; count: number }[] }, what: string): number =>
  erased.find((each) => each.room === 'datasets' && each.what === what)?.count ?? 0

t.test('the rows go out of every version, and all that is said of it is of what is left', async (t) => {
  const { database, worker, everywhere } = await setUp(t)
  const { get, post } = worker
  const upload = async (query: string, body: string = ROWS) => (await post(`/api/datasets?${query}`, body, CSV)).body
  const first = await upload(`name=people&labels=kind&description=asked%20by%20${PLANTED}`)
  const second = await upload('name=people')
  const others = await upload('name=others', 'who,a\nbo,1\n')
  const elsewhere = await upload('name=elsewhere', `id,a\n${PLANTED},1\nbo,2\n`)
  const alone = await upload('name=alone', `who,a\n${PLANTED},1\n${PLANTED},2\n`)
  const made = await post('/api/runs', {
    model_name: 'forest',
    dataset: { id: first.id, labels: ['kind'], features: ['a'] },
  })
  const run = made.body.model_run_id
  t.equal(await database.ended(run), 'SUCCESS')

  const erasure = await erase(worker, 'who', PLANTED)
  t.match(erasure, { state: 'done', trained_on: [{ model_run_id: run, model_name: 'forest' }] })
  t.same(erasure.datasets, [
    { dataset_id: first.id, rows: 10, rows_left: 30 },
    { dataset_id: second.id, rows: 10, rows_left: 30 },
    { dataset_id: alone.id, rows: 2, rows_left: 0 },
  ])
  t.equal(foundIn(erasure, 'rows'), 22)
  t.equal(foundIn(erasure, 'data sets written anew'), 2)
  t.equal(foundIn(erasure, 'descriptions'), 1)
  t.same(erasure.remaining, [])

  const { body: after } = await get(`/api/datasets/${first.id}`)
  t.match(after, { version: 1, rows: 30, erased_rows: 10, sha256: digestOf(LEFT), byte_length: LEFT.length })
  t.notMatch(after, { description: String })
  t.equal((await get(`/api/datasets/${first.id}/content`)).body, LEFT)
  t.match((await get(`/api/datasets/${first.id}/statistics`)).body, {
    rows: 30,
    columns: [{ distinct: { count: 30 } }],
  })
  t.match((await get(`/api/datasets/${first.id}/preview`)).body, { total_rows: 30, rows: [{ who: 'person 1' }] })
  t.match((await get(`/api/runs/${run}`)).body.dataset, { id: first.id, sha256: digestOf(ROWS) }, 'as it was trained')
  t.match((await get(`/api/datasets/${others.id}`)).body, { sha256: others.sha256 })
  t.match((await get(`/api/datasets/${alone.id}`)).body, { deleted_by: 'worker/erasures' })
  t.match((await get(`/api/datasets/${alone.id}/content`)).body, { code: 'DATASET_DELETED' })
  const audited = await get(`/api/audit-events?action=dataset.erase&resource=dataset/${second.id}`)
  t.match(audited.body.audit_events, [
    {
      actor: 'worker/erasures',
      before_digest: digestOf(ROWS),
      after_digest: digestOf(LEFT),
      details: { rows: 10, left: 30 },
    },
  ])
  t.equal((await everywhere()).length, 2, 'what another column has: one object, one row')
  await erase(worker, 'id', PLANTED)
  t.same(await everywhere(), [])
  t.match((await get(`/api/datasets/${elsewhere.id}`)).body, { rows: 1 })
  t.same((await erase(worker, 'who', PLANTED)).datasets, [], 'again: nothing is left to do')

  const again = await post('/api/runs', { model_name: 'forest', dataset: { id: first.id } })
  t.equal(await database.ended(again.body.model_run_id), 'SUCCESS', 'what is left can be trained from')
})

t.test('a binary file is kept as NDJSON, and a workbook that is left alone is told', async (t) => {
  const { worker } = await setUp(t)
  const files = join(import.meta.dirname, '../golden/files')
  const send = async (name: string, type: string) => {
    const { status, body } = await worker.post(`/api/datasets?name=x`, await readFile(join(files, name)), {
      'content-type': type,
    })
    t.equal(status, 201, JSON.stringify(body))
    return body
  }
  const parquet = await send('plain.parquet', 'application/vnd.apache.parquet')
  const workbook = await send('sales.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  const { rows } = (await worker.get(`/api/datasets/${parquet.id}/preview`)).body
  const [column, value] = Object.entries(rows[0]).find(([, value]) => typeof value === 'string') as [string, string]
  const erasure = await erase(worker, column, value)
  t.match(erasure.datasets, [{ dataset_id: parquet.id }])
  const { body: after } = await worker.get(`/api/datasets/${parquet.id}`)
  t.match(after, { format: 'ndjson', uploaded_format: 'parquet' })
  t.equal(after.rows, parquet.rows - after.erased_rows)
  t.same(
    after.columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
    parquet.columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
  )
  const untouched = await erase(worker, workbook.columns[0].name, 'nobody at all')
  t.match(untouched.remaining, [{ room: 'datasets', place: new RegExp(`only the sheet .*: ${workbook.id}$`) }])
})

t.test('with a key nothing of it lies in the clear, neither before nor after', async (t) => {
  const key = join(t.testdir(), 'key')
  await createKeyFile(key)
  const { worker, everywhere } = await setUp(t, { ENCRYPTION_KEY_FILE: key })
  const large = `who,a\n${Array.from({ length: 100_000 }, (_, i) => `${person(i)},${i}\n`).join('')}`
  const { body } = await worker.post('/api/datasets?name=large', large, CSV)
  t.same(await filesWith(worker.dataDir, PLANTED), [])
  const erasure = await erase(worker, 'who', PLANTED)
  t.same(erasure.datasets, [{ dataset_id: body.id, rows: 25_000, rows_left: 75_000 }])
  t.match((await worker.get(`/api/datasets/${body.id}`)).body, { rows: 75_000 })
  const content = await worker.get(`/api/datasets/${body.id}/content`)
  t.equal(content.body.split('\n').length, 75_002)
  t.same(await everywhere(), [])
})

t.test('an upload that is on its way is let through first, and erased', async (t) => {
  const { worker } = await setUp(t)
  const lines = Array.from({ length: 100_000 }, (_, i) => `${person(i)},${i}\n`)
  const { promise: isHalf, resolve: half } = Promise.withResolvers<void>()
  const { promise: goOn, resolve: release } = Promise.withResolvers<void>()
  async function* slowly() {
    yield Buffer.from(`who,a\n${lines.slice(0, 90_000).join('')}`)
    half()
    await goOn
    yield Buffer.from(lines.slice(90_000).join(''))
  }
  const sent = fetch(`${worker.service.url}/api/datasets?name=slow`, {
    method: 'POST',
    headers: CSV,
    body: Readable.toWeb(Readable.from(slowly())) as unknown as NonNullable<RequestInit['body']>,
    duplex: 'half',
  } as RequestInit)
  await isHalf
  // It lies in a file by then: what is held in memory counts as sent later.
  await until(async () => (await filesWith(join(worker.dataDir, 'datasets'), PLANTED)).length > 0)
  const { body } = await worker.post('/api/erasures', { column: 'who', value: PLANTED })
  const look = async () => (await worker.get(`/api/erasures/${body.erasure_id}`)).body
  t.equal((await look()).state, 'running')
  release()
  const made = (await (await sent).json()) as { id: number }
  await until(async () => (await look()).state !== 'running')
  t.match(await look(), { state: 'done', datasets: [{ dataset_id: made.id, rows: 25_000, rows_left: 75_000 }] })
})

t.test('two workers erase in the same data set, and neither brings back what the other took', async (t) => {
  const storage = t.testdir()
  const { database, worker } = await setUp(t, { LOCAL_STORAGE_DIR: storage })
  const other = await startTestService(t, { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage })
  const rows = Array.from({ length: 60_000 }, (_, i) => `person ${i % 3},${i}\n`)
  for (let i = 0; i < 3; i++) await worker.post('/api/datasets?name=people', `who,a\n${rows.join('')}`, CSV)
  const done = await Promise.all([erase(worker, 'who', 'person 1'), erase(other, 'who', 'person 2')])
  for (const { state, datasets } of done) {
    t.equal(state, 'done')
    t.same(
      datasets.map((each: { rows: number }) => each.rows),
      [20_000, 20_000, 20_000],
    )
  }
  const { body } = await worker.get('/api/datasets')
  const left = `who,a\n${rows.filter((_, i) => i % 3 === 0).join('')}`
  for (const { sha256, erased_rows } of body.datasets) t.same([sha256, erased_rows], [digestOf(left), 40_000])
})

t.test('a worker that is killed on the way leaves each data set as it was or as it is to be', async (t) => {
  const database = await createOwnDatabase(t)
  const folder = t.testdir({ data: {} })
  const environment = { DATABASE_URL: database.url, DATA_DIR: `${folder}/data`, LOCAL_STORAGE_DIR: `${folder}/storage` }
  const models = { MODELS_DIR: `${import.meta.dirname}/../models`, PORT: '0', TRAIN_THREADS: '1' }
  const worker = new WorkerProcess({ ...environment, ...models })
  t.teardown(() => worker.kill('SIGKILL'))
  await worker.start()
  const row = (i: number): string => `${i % 50 === 0 ? PLANTED : `person ${i}`},${i}\n`
  const body = `who,a\n${Array.from({ length: 40_000 }, (_, i) => row(i)).join('')}`
  for (let i = 0; i < 5; i++) {
    t.equal((await worker.client.post(`/api/datasets?name=people`, body, CSV)).status, 201)
  }
  for (const delayMs of [150, 300, 500]) {
    const { status } = await worker.client.post('/api/erasures', { column: 'who', value: PLANTED })
    t.equal(status, 202)
    await pause(delayMs)
    await worker.kill('SIGKILL')
    await worker.start()
    for (const { id, sha256, rows, erased_rows: erased = 0 } of (await worker.client.get('/api/datasets')).body
      .datasets) {
      const content = await (await fetch(`${worker.url}/api/datasets/${id}/content`)).text()
      t.equal(digestOf(content), sha256, 'what is said of it is of its bytes')
      t.equal(rows + erased, 40_000)
      t.equal(content.includes(PLANTED), erased === 0)
    }
  }
  const done = await erase(worker.client, 'who', PLANTED)
  t.equal(done.state, 'done')
  t.same(await tablesWith(database, ['ml_worker'], PLANTED), [])
})

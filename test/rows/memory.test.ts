// Bytes of a request against the memory that they take, measured on a worker process from outside.
import { randomFillSync } from 'node:crypto'
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import Majority from '../models/majority.ts'
import { createTestDatabase } from '../support/database.ts'
import { mibOf, peakGrowth } from '../support/resident-memory.ts'
import { artifactsOf, resultsOf } from '../support/results.ts'
import { begun, dataFolder, gate, heldBy, openGate, runsOf, spoolNames } from '../support/runs.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

const MIB = 2 ** 20
const BUDGET_MB = 256
/** What a process takes for code, stacks and what waits for the collector. */
const ROOM_MB = 200

/** A schema whose message has a body, in which a batch of many rows lies: 304 and 432 bytes that took gigabytes. */
const SCHEMAS_WITH_BODIES = [
  [
    'ffffffff80000000100000000000530010000e00070008000a00000000000001100000000000040008000800000004000800',
    '00000400000001000000140000001000180004000b001300140000000c001000000014000000000000011400000000000003',
    '180000000100000061000000000000000000060008000600060000000000020000000000ffffffff88000000140000000000',
    '00000c00160014000f00100004000c0000001000000000000000000000031000000004000a0018000c00080004000a000000',
    '1400000038000000020000000000000000000000000000400000000000000000000000000000000000000000000000001000',
    '000000000000000000000100000002000000000000000000000000000000000000000000f03f0000000000000040ffffffff',
    '00000000',
  ].join(''),
  [
    'ffffffffb8000000100000000000530010000e00070008000a00000000000001100000000000040008000800000004000800',
    '00000400000001000000140000001000180004000b001300140000000c00100000001400000000000001140000000000000c',
    '580000000100000061000000010000001400000010001400040000000f001000000008001000000010000000140000000000',
    '000318000000010000007800000000000000000006000800060006000000000002000400040004000000ffffffffb8000000',
    '14000000000000000c00160014000f00100004000c0000002800000000000000000000031000000004000a0018000c000800',
    '04000a0000001400000058000000020000000000000000000000040000000000000000000000000000000000000000000000',
    '0000000010000000002b0000100000000000000000000000000000000300000000000000000000000000f03f000000000000',
    '0040000000000000000000000000000000000300000000000000000000000000000000000000020000000300000000000000',
    '000000000000f03f00000000000000400000000000000840ffffffff00000000',
  ].join(''),
]
const APACHE_ARROW = 'application/vnd.apache.arrow.stream'

const database = await createTestDatabase(t)
for (const model of ['majority', 'one_cluster', 'held_open']) await database.registerModel(model)
const { accepted, failureOf } = runsOf(database)
const dataDir = await dataFolder(t)
const worker = await startTestProcess(t, {
  DATABASE_URL: database.url,
  DATA_DIR: dataDir,
  MEMORY_BUDGET_MB: String(BUDGET_MB),
  TRAIN_MEMORY_MB: '512',
})

/** Fails when the worker grew by more than that. */
async function grows(t: Test, of: TestProcess, mibMax: number, work: () => Promise<unknown>): Promise<void> {
  const growth = await peakGrowth(of.child.pid as number, work)
  t.ok(growth <= mibMax * MIB, `${mibOf(growth)} MiB, at most ${mibMax}`)
}

t.test('an Arrow schema that claims a body is no stream, and takes nothing', async (t) => {
  const path = `/api/runs?model_name=majority&labels=a`
  for (const hex of SCHEMAS_WITH_BODIES) {
    await grows(t, worker, ROOM_MB, async () => {
      const answer = await worker.post(path, Buffer.from(hex, 'hex'), { 'content-type': APACHE_ARROW })
      t.match(answer, { status: 400, body: { code: 'BODY_MALFORMED', detail: /a schema has a body/ } })
    })
  }
})

t.test('rows that are nearly all missing take no more than is said of their body', async (t) => {
  const names = Array.from({ length: 450 }, (_, i) => i.toString(36))
  const first = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])))
  const body = gzipSync(`{"features":[${first}${',{}'.repeat(290_000)}]}`)
  t.ok(body.length < 4096)
  const run = await database.insertRun('one_cluster')
  await grows(t, worker, 64 + 64 + ROOM_MB, async () => {
    const path = `/api/train?model_name=one_cluster&model_run_id=${run}`
    const answer = await worker.post(path, body, { 'content-encoding': 'gzip' })
    t.match(answer, { status: 413, body: { code: 'MEMORY_EXCEEDED', detail: /for a body of its length/ } })
  })
  t.same(await spoolNames(dataDir), [])
})

t.test('a table beyond the budget is refused, however it is sent', async (t) => {
  const rows = `1${',1'.repeat(99)}\n`.repeat(400_000)
  const header = Array.from({ length: 100 }, (_, i) => `c${i}`).join()
  await grows(t, worker, BUDGET_MB + ROOM_MB, async () => {
    const path = '/api/runs?model_name=majority&labels=c0'
    const answer = await worker.post(path, gzipSync(`${header}\n${rows}`, { level: 1 }), {
      'content-type': 'text/csv',
      'content-encoding': 'gzip',
    })
    t.match(answer, { status: 413, body: { code: 'MEMORY_EXCEEDED', detail: /MEMORY_BUDGET_MB/ } })
  })
})

t.test('many classes: a training fails in words, and a prediction is refused or has its answer', async (t) => {
  const withClasses = (count: number) => ({
    features: Array.from({ length: count }, (_, i) => ({ a: i % 10 })),
    labels: Array.from({ length: count }, (_, i) => ({ y: `k${i}` })),
  })
  const tooMany = await accepted(worker, 'majority', withClasses(15_000))
  t.equal(await database.ended(tooMany), 'FAILED')
  t.match(await database.metrics(tooMany), {
    error_code: 'out_of_memory',
    error_message: /of 15000 classes 1717 MiB of probabilities, but the training may hold 512 MiB \(TRAIN_MEMORY_MB\)/,
  })
  const many = await accepted(worker, 'majority', withClasses(3_000))
  t.equal(await database.ended(many), 'SUCCESS')
  const rows = (count: number): string => `{"features":[${'{"a":1},'.repeat(count).slice(0, -1)}]}`
  const path = `/api/predict?model_run_id=${many}&probabilities=true`
  await grows(t, worker, ROOM_MB, async () => {
    const answer = await worker.post(path, rows(30_000))
    t.match(answer, { status: 413, body: { code: 'MEMORY_EXCEEDED', detail: /the predictions: .*MEMORY_BUDGET_MB/ } })
  })
  for (const accept of ['application/json', 'text/csv', APACHE_ARROW]) {
    await grows(t, worker, 2 * 46 + ROOM_MB, async () => {
      const answer = await fetch(worker.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: rows(2_000),
      })
      t.equal(answer.status, 200)
      let byteLength = 0
      for await (const chunk of answer.body as ReadableStream<Uint8Array>) byteLength += chunk.length
      t.ok(byteLength > 2_000 * 3_000, `${accept}: ${byteLength} bytes`)
    })
  }
  const without = await worker.post(`/api/predict?model_run_id=${many}`, rows(30_000))
  t.equal(without.status, 200)
})

t.test('a result beyond the longest string predicts, in a bounded memory', async (t) => {
  const budgetMb = 1280
  const large = await startTestProcess(t, {
    DATABASE_URL: database.url,
    DATA_DIR: await dataFolder(t),
    MEMORY_BUDGET_MB: String(budgetMb),
    PREDICT_CACHE_MB: '16',
  })
  const artifact = artifactsOf(new Majority())
  const insertResult = resultsOf(database.owner, 'majority')
  const row = { a: 1, b: 1, c: 'x' }
  // What PostgreSQL packs, and what it does not.
  for (const [what, padding] of [
    ['random', randomFillSync(Buffer.alloc(280 * MIB))],
    ['zeros', Buffer.alloc(280 * MIB)],
  ] as const) {
    const run = await insertResult(await artifact(padding))
    await grows(t, large, 4 * 280, async () => {
      for (const _ of [1, 2]) {
        const answer = await large.predict(run, { features: [row] })
        t.same(answer.body.predictions, [{ y: 'p' }], what)
      }
    })
    const refused = await worker.predict(run, { features: [row] })
    t.match(refused, { status: 413, body: { code: 'MEMORY_EXCEEDED', detail: /the pipeline of run \d+: 1121 MiB/ } })
  }
})

/** Lets a training end while the database is away, makes its artifact so long, and gives the run. */
async function withArtifactOf(t: Test, byteLength: number, budgetMb: number) {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const folder = await dataFolder(t)
  const environment = { DATABASE_URL: proxy.url, DATA_DIR: folder, MEMORY_BUDGET_MB: String(budgetMb) }
  const of = await startTestProcess(t, environment)
  const path = gate(t)
  const run = await accepted(of, 'held_open', heldBy(path))
  await until(() => begun(of, run) === 1)
  await proxy.shut()
  await openGate(path)
  await until(async () => (await spoolNames(folder)).some((name) => name.endsWith('.outcome')))
  const name = (await spoolNames(folder)).find((candidate) => candidate.endsWith('.artifact'))
  await truncate(join(folder, 'spool', name as string), byteLength)
  return { of, run, open: () => proxy.open() }
}

t.test('a large artifact is written in parts', async (t) => {
  const { of, run, open } = await withArtifactOf(t, 300 * MIB, 1280)
  await grows(t, of, 100, async () => {
    await open()
    const isOver = async (): Promise<boolean> => (await of.get(`/api/runs/${run}`)).body.status === 'SUCCESS'
    await until(isOver)
  })
  const { rows } = await database.owner.query(
    'select octet_length(run_result) as length, substring(run_result from 1 for 4) as start from model_runs where id = $1',
    [run],
  )
  t.same(rows, [{ length: 300 * MIB, start: Buffer.from('MLWA') }])
})

t.test('an artifact that could not be loaded to predict ends its run as FAILED', async (t) => {
  const { run, open } = await withArtifactOf(t, 30 * MIB, 64)
  await open()
  t.equal(await failureOf(run), 'artifact_too_large')
  t.match((await database.metrics(run))['error_message'], /31457280 bytes, and with MEMORY_BUDGET_MB 16777216 can be/)
})

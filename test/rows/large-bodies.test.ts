// Bodies that go through a file and a thread of their own: the same answers as for small ones, and nothing left behind.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { IN_MEMORY_BYTES_MAX } from '../../src/rows/body-receiver.ts'
import { fetchDocumented } from '../support/openapi.ts'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const LIMIT_MB = 4
const service = await startTrainingService(t, ['majority', 'forest', 'one_cluster'], { BODY_LIMIT_MB: LIMIT_MB })
const { database, dataDir, train, predict, post, trainToEnd } = service
const bodies = (): Promise<string[]> => readdir(join(dataDir, 'bodies'))

const ROWS = 20_000
const features = Array.from({ length: ROWS }, (_, i) => ({ number: i % 97, colour: ['red', 'green', null][i % 3] }))
const labels = features.map(({ number }) => ({ y: number > 50 ? 'much' : 'little' }))
const good = { features, labels }
const bytes = JSON.stringify(good)
t.ok(bytes.length > IN_MEMORY_BYTES_MAX)

t.test('a large body is trained as a small one is', async (t) => {
  const { run, status } = await trainToEnd('forest', {
    ...good,
    parameters: { n_estimators: 2 },
    validation_split: 0.5,
  })
  t.equal(status, 'SUCCESS')
  t.match(await database.metrics(run), { training_rows: '10000', validation_rows: '10000' })
  const small = await predict(run, { features: features.slice(0, 2) })
  const large = await predict(run, { features: [...features, ...features] })
  t.equal(large.status, 200)
  t.equal(large.body.predictions.length, 2 * ROWS)
  t.same(large.body.predictions.slice(0, 2), small.body.predictions)
})

t.test('the same large body twice at once is accepted twice and trained once', async (t) => {
  const run = await database.insertRun('majority')
  const [first, second] = await Promise.all([train('majority', run, good), train('majority', run, good)])
  t.same([first.status, second.status], [200, 200])
  t.equal(await database.ended(run), 'SUCCESS')
  // The end stands in the database a moment before the spool lets the run go.
  await until(async () => (await train('majority', run, good)).status === 409)
  t.match(await train('majority', run, good), { status: 409, body: { code: 'RUN_FINISHED' } })
})

t.test('faults of a large body are named as those of a small one, with those of the query', async (t) => {
  const faulty = {
    parameters: { smoothing: 'much' },
    features: [...features, { number: [], colour: 1 }, 7],
    labels,
    weigths: [],
  }
  const faults = (padding: string) =>
    post('/api/train?model_name=majority&model_run_id=0', `${padding}${JSON.stringify(faulty)}`)
  const { status, body } = await faults('')
  t.equal(status, 400)
  t.match(body, {
    code: 'REQUEST_INVALID',
    detail: /^6 faults/,
    errors: [
      { in: 'query', parameter: 'model_run_id' },
      { in: 'body', detail: /unknown member "weigths"/ },
      { in: 'parameters', parameter: 'smoothing' },
      { in: 'features', row: ROWS, column: 'number', detail: /got an array/ },
      { in: 'features', row: ROWS + 1, detail: /got a number/ },
      { in: 'labels', detail: `expected ${ROWS + 2} rows, as many as features, got ${ROWS}` },
    ],
  })
  t.match(await predict(1, { features: [...features, ...features, 7] }), {
    status: 400,
    body: { errors: [{ in: 'features', row: 2 * ROWS, detail: /got a number/ }] },
  })
})

t.test('a large body that is not JSON is told where', async (t) => {
  const run = await database.insertRun('majority')
  t.match(await train('majority', run, bytes.slice(0, -1)), {
    status: 400,
    body: { code: 'BODY_MALFORMED', detail: `the body is not JSON: unexpected end at byte ${bytes.length - 1}` },
  })
})

t.test('a run of its own is made for a large body, whatever the order of its members', async (t) => {
  const created = await post('/api/runs', { ...good, model_name: 'majority' })
  t.equal(created.status, 201)
  t.equal(await database.ended(created.body.model_run_id), 'SUCCESS')
  const before = await database.snapshot()
  t.match(await post('/api/runs', good), { status: 400, body: { errors: [{ detail: /^model_name: expected/ }] } })
  const unknown = await post('/api/runs', { ...good, features: [7], model_name: 'no_such' })
  t.match(unknown, { status: 400, body: { code: 'MODEL_UNKNOWN' } })
  t.equal(await database.snapshot(), before)
})

t.test('labels for a model that learns without are refused', async (t) => {
  const run = await database.insertRun('one_cluster')
  t.match(await train('one_cluster', run, good), { status: 400, body: { errors: [{ in: 'labels' }] } })
  t.equal((await train('one_cluster', run, { features })).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('takes gzip, small and large, on train and on predict', async (t) => {
  const headers = { 'content-encoding': 'gzip' }
  const send = async (model: string, body: unknown) => {
    const run = await database.insertRun(model)
    const path = `/api/train?model_name=${model}&model_run_id=${run}`
    return { run, answer: await post(path, gzipSync(JSON.stringify(body)), headers) }
  }
  for (const body of [good, { features: features.slice(0, 9), labels: labels.slice(0, 9) }]) {
    const { run, answer } = await send('majority', body)
    t.equal(answer.status, 200)
    t.equal(await database.ended(run), 'SUCCESS')
    const predicted = await post(
      `/api/predict?model_run_id=${run}`,
      gzipSync(JSON.stringify({ features: body.features })),
      headers,
    )
    t.equal(predicted.body.predictions?.length, body.features.length)
  }
})

t.test('refuses gzip that unpacks to more than the limit, is damaged, cut short or something else', async (t) => {
  const run = await database.insertRun('majority')
  const path = `/api/train?model_name=majority&model_run_id=${run}`
  const packed = gzipSync(bytes)
  const cases: [string, Uint8Array, string, number, string][] = [
    ['a bomb', gzipSync(Buffer.alloc((LIMIT_MB + 1) * 2 ** 20, ' ')), 'gzip', 413, 'BODY_TOO_LARGE'],
    ['no gzip', Buffer.from('{}'), 'gzip', 400, 'BODY_MALFORMED'],
    ['damaged', Buffer.concat([packed.subarray(0, 900), packed.subarray(910)]), 'gzip', 400, 'BODY_MALFORMED'],
    ['cut short', packed.subarray(0, packed.length - 20), 'gzip', 400, 'BODY_MALFORMED'],
    ['nothing', new Uint8Array(0), 'gzip', 400, 'BODY_MALFORMED'],
    ['brotli', packed, 'br', 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ]
  for (const [what, body, encoding, status, code] of cases) {
    const answer = await post(path, body, { 'content-encoding': encoding })
    t.match(answer, { status, body: { code } }, what)
  }
})

t.test('a body of unknown length is bounded all the same', async (t) => {
  const stream = (chunks: number): Promise<Response> =>
    fetchDocumented(service.service.url, `/api/train?model_name=majority&model_run_id=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: ReadableStream.from(Array.from({ length: chunks }, () => Buffer.alloc(2 ** 16, ' '))),
      duplex: 'half',
    } as RequestInit)
  t.equal((await stream(16 * LIMIT_MB + 1)).status, 413)
  t.match(await (await stream(16 * LIMIT_MB)).json(), { code: 'BODY_MALFORMED', detail: /no body/ })
})

/** A request that stops in its body, once that has become a file. */
function stalled(run: number): Socket {
  const { hostname, port } = new URL(service.service.url)
  const socket = connect(Number(port), hostname)
  const head = `POST /api/train?model_name=majority&model_run_id=${run} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json`
  socket.write(`${head}\r\ncontent-length: ${bytes.length}\r\n\r\n${bytes.slice(0, IN_MEMORY_BYTES_MAX + 2 ** 17)}`)
  return socket
}

t.test('a sender that goes away leaves nothing behind', async (t) => {
  const run = await database.insertRun('majority')
  const socket = stalled(run)
  await until(async () => (await bodies()).length > 0)
  socket.destroy()
  await until(async () => (await bodies()).length === 0)
  t.equal((await train('majority', run, good)).status, 200)
})

t.test('as many large bodies are received at once as there may be, and small ones all the time', async (t) => {
  const run = await database.insertRun('majority')
  const sockets = Array.from({ length: 32 }, () => stalled(run))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await until(async () => (await bodies()).length === 32)
  const answer = await train('majority', run, good)
  t.match(answer, { status: 503, body: { code: 'OVERLOADED', detail: /32 large bodies/ } })
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
  t.equal((await train('majority', run, { features: features.slice(0, 9), labels: labels.slice(0, 9) })).status, 200)
  for (const socket of sockets) socket.destroy()
  await until(async () => (await bodies()).length === 0)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('a disk that does not take the body is 503', async (t) => {
  const run = await database.insertRun('majority')
  await rm(join(dataDir, 'bodies'), { recursive: true })
  t.match(await train('majority', run, good), { status: 503, body: { code: 'DISK_UNAVAILABLE' } })
  await mkdir(join(dataDir, 'bodies'))
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('after all this no body is left', async (t) => {
  await until(async () => (await bodies()).length === 0)
  t.pass('the folder is empty')
})

// Bodies that mean harm, through real HTTP to a process of its own: each gets a 4xx that says why, or a right answer.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { postRaw } from '../support/raw-request.ts'
import { dataFolder, runsOf, spoolNames } from '../support/runs.ts'
import { type Answer, startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const MIB = 2 ** 20
const BODY_LIMIT_MB = 24

const database = await createTestDatabase(t)
await database.registerModel('majority')
const { accepted } = runsOf(database)
const dataDir = await dataFolder(t)
const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir, BODY_LIMIT_MB: String(BODY_LIMIT_MB) }
const worker = await startTestProcess(t, environment)
const trained = await accepted(worker, 'majority')
await database.ended(trained)
const pending = await database.insertRun('majority')

const row = '{"a":1}'
const rows = (text: string): string => `{"features":[${text}],"labels":[{"y":"p"}]}`
const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(',')
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)
const gzip = { 'content-encoding': 'gzip' }

/** What no route may take. */
const refused: readonly (readonly [what: string, body: string | Uint8Array, headers?: Record<string, string>])[] = [
  ['a million open brackets', '['.repeat(1e6)],
  ['a million lists in each other', nested(1e6, '[', ']')],
  ['a million objects in each other', `${'{"a":'.repeat(1e6)}1${'}'.repeat(1e6)}`],
  ['rows that are a deep list', `{"features":${nested(1e6, '[', ']')},"labels":[]}`],
  ['a row that is a deep list', rows(nested(1e6, '[', ']'))],
  ['a value that is a deep list', rows(`{"a":${nested(1e6, '[', ']')}}`)],
  ['a value that is a deep object', rows(`{"a":${'{"a":'.repeat(1e6)}1${'}'.repeat(1e6)}}`)],
  ['parameters that are a deep list', `{"parameters":${nested(1e6, '[', ']')},${rows(row).slice(1)}`],
  ['a parameter that is a deep list', `{"parameters":{"smoothing":${nested(1e5, '[', ']')}},${rows(row).slice(1)}`],
  ['a fraction that is a deep list', `{"validation_split":${nested(1e5, '[', ']')},${rows(row).slice(1)}`],
  ['a model that is a deep list', `{"model_name":${nested(1e5, '[', ']')},${rows(row).slice(1)}`],
  ['a million columns in one row', rows(`{${times(1e6, (i) => `"c${i}":1`)}}`)],
  ['names of many characters', gzipSync(rows(`{${times(100, (i) => `"${'k'.repeat(200_000)}${i}":1`)}}`)), gzip],
  ['a million unknown members', `{${times(1e6, (i) => `"m${i}":1`)}}`],
  ['a million unknown parameters', `{"parameters":{${times(1e6, (i) => `"p${i}":1`)}},${rows(row).slice(1)}`],
  ['a million rows that are no objects', rows(times(1e6, () => '1'))],
  ['numbers beyond all others', rows('{"a":1e999},{"a":-1e999}')],
  ['an integer of a million digits', rows(`{"a":${'9'.repeat(1e6)}}`)],
  ['NaN', rows('{"a":NaN}')],
  ['Infinity', rows('{"a":-Infinity}')],
  ['a number in hexadecimal', rows('{"a":0x10}')],
  ['a number that begins with 0', rows('{"a":01}')],
  ['a number without an end', rows('{"a":1e')],
  ['a word without an end', rows('{"a":tru}')],
  ['a comma too many', rows('{"a":1,}')],
  ['quotes of another kind', rows("{'a':1}")],
  ['a comment', rows('{"a":1/* one */}')],
  ['a control character in a text', rows('{"a":"\n"}')],
  ['an escape that there is not', rows('{"a":"\\x41"}')],
  ['two bodies', `${rows(row)}${rows(row)}`],
  ['nothing but spaces', ' '.repeat(MIB)],
  ['UTF-16', Buffer.from(rows(row), 'utf16le')],
  ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"features":[{"'), Buffer.from([0xc3, 0x28, 0xff])])],
  ['half a surrogate pair in UTF-8', Buffer.from('7b2261223a22eda080227d', 'hex')],
  ['a slash written in two bytes', Buffer.from('7b2261223a22c0af227d', 'hex')],
  ['gzip of zeros, a thousand to one', gzipSync(Buffer.alloc(512 * MIB)), gzip],
  ['gzip in gzip', gzipSync(gzipSync(Buffer.alloc(64 * MIB))), { 'content-encoding': 'gzip, gzip' }],
  ['gzip of rows without an end', gzipSync(`{"features":[${`${row},`.repeat(20 * MIB)}`), gzip],
  ['gzip that is none', rows(row), gzip],
  ['an encoding that there is not', rows(row), { 'content-encoding': 'zip' }],
]
const routes = {
  train: `/api/train?model_name=majority&model_run_id=${pending}`,
  create: '/api/runs',
  predict: `/api/predict?model_run_id=${trained}`,
}

t.test('what no route may take', async (t) => {
  const before = await database.snapshot()
  for (const [what, body, headers] of refused) {
    await t.test(what, async (t) => {
      for (const [route, path] of Object.entries(routes)) isRefusal(t, await send(path, body, headers), route)
    })
  }
  t.equal(await database.snapshot(), before, 'the database is as it was')
  t.same(await spoolNames(dataDir), [], 'and the spool is empty')
})

t.test('what no inference may take: values that are nested deeper than they can be written again', async (t) => {
  const deep = [nested(4e5, '[', ']'), `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`]
  const input = (members: string): string => `{"inputs":[{${members}}]}`
  const sound = '"name":"a","shape":[1],"datatype":"FP64","data":[1]'
  for (const value of deep) {
    for (const body of [
      input(`"name":"a","shape":${value},"datatype":"FP64","data":[1]`),
      input(`"name":"a","shape":[1],"datatype":${value},"data":[1]`),
      input(`"name":${value},"shape":[1],"datatype":"FP64","data":[1]`),
      input(`"name":"a","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":${value}}`),
      `{"id":${value},${input(sound).slice(1)}`,
      `{"parameters":{"binary_data_output":${value}},${input(sound).slice(1)}`,
      `{"outputs":${value},${input(sound).slice(1)}`,
      `{"outputs":[{"name":${value}}],${input(sound).slice(1)}`,
    ]) {
      isRefusal(t, await send(`/v2/models/majority/versions/${trained}/infer`, body), body.slice(0, 80))
    }
  }
})

t.test('a body that stops half-way is refused, and kept by nobody', async (t) => {
  const bytes = Buffer.from(JSON.stringify(good))
  for (const path of Object.values(routes)) {
    const answer = await postRaw(worker.url, {
      path,
      chunks: [bytes.subarray(0, 20)],
      length: bytes.length,
      isCut: true,
    })
    if (answer !== undefined) t.equal(answer.status, 400)
    const chunks = [Buffer.from('20\r\n{"features":')]
    const headers = { 'transfer-encoding': 'chunked', 'content-length': undefined }
    const chunked = { path, chunks, headers, isCut: true }
    t.ok([400, undefined].includes((await postRaw(worker.url, chunked))?.status))
  }
  t.same(await spoolNames(dataDir), [])
})

t.test('a body that says or turns out to be over the limit is refused before it is whole', async (t) => {
  const chunk = Buffer.alloc(MIB, ' ')
  for (const path of Object.values(routes)) {
    const said = await postRaw(worker.url, { path, chunks: [Buffer.from('{')], length: 1e15 })
    t.equal(said?.status, 413)
    t.equal(said?.body.code, 'BODY_TOO_LARGE')
    const chunks = Array.from({ length: BODY_LIMIT_MB + 2 }, () => [
      Buffer.from('100000\r\n'),
      chunk,
      Buffer.from('\r\n'),
    ])
    const headers = { 'transfer-encoding': 'chunked', 'content-length': undefined }
    // The worker hangs up on who goes on sending, and that may come before its answer.
    const grown = await postRaw(worker.url, { path, chunks: chunks.flat(), headers })
    t.ok([413, undefined].includes(grown?.status))
  }
  t.equal((await worker.get('/api/health/live')).status, 200)
})

t.test('a body that comes a byte at a time is a body', async (t) => {
  const run = await database.insertRun('majority')
  const bytes = Buffer.from(JSON.stringify(good))
  const chunks = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
  const path = `/api/train?model_name=majority&model_run_id=${run}`
  t.equal((await postRaw(worker.url, { path, chunks }))?.status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
})

t.test('names that mean something in JavaScript are names', async (t) => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '__defineGetter__',
    'length',
    '',
  ]
  const pairs = (value: (i: number) => string): string =>
    `{${names.map((name, i) => `"${name}":${value(i)}`).join(',')}}`
  const features = [0, 1, 2, 3].map((r) =>
    pairs((i) => (i % 2 === 0 ? String(r) : `"${names[(i + r) % names.length]}"`)),
  )
  const labels = [0, 1, 2, 3].map((r) => pairs(() => `"${names[r === 3 ? 0 : r]}"`))
  const run = await database.insertRun('majority')
  const body = `{"features":[${features}],"labels":[${labels}]}`
  t.equal((await worker.post(`/api/train?model_name=majority&model_run_id=${run}`, body)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const answer = await worker.post(`/api/predict?model_run_id=${run}&probabilities=true`, `{"features":[${features}]}`)
  t.equal(answer.status, 200)
  for (const prediction of answer.body.predictions) {
    t.same(Object.keys(prediction).sort(), [...names].sort())
    for (const [, value] of Object.entries(prediction)) t.equal(value, '__proto__', 'the class of two rows out of four')
  }
  t.equal(Object.entries(answer.body.probabilities[0]).length, names.length)
  for (const model of ['__proto__', 'constructor', 'toString']) {
    isRefusal(t, await worker.train(model, pending, good), model)
    isRefusal(t, await worker.post('/api/runs', { model_name: model, ...good }), model)
  }
  isRefusal(
    t,
    await worker.post(routes.train, `{"parameters":{"__proto__":{"smoothing":1}},${body.slice(1)}`),
    'parameter',
  )
})

t.test('half a surrogate pair, duplicate keys and numbers at the edge have a right answer or a 4xx', async (t) => {
  const halves = [String.raw`"\ud800"`, String.raw`"\udc00x"`, String.raw`"\ud83d\ude00"`]
  await trainsRightly(t, {
    features: halves.map((half) => `{${half}:${half}}`),
    labels: halves.map(() => `{${halves[0]}:${halves[1]}}`),
    expected: JSON.parse(`{${halves[0]}:${halves[1]}}`),
    asked: `{${halves[0]}:${halves[0]},${halves[1]}:null,${halves[2]}:null}`,
  })
  const lastCounts = { features: ['{"a":"x","a":1}', '{"a":2}'], labels: ['{"y":"p","y":"q"}', '{"y":"q"}'] }
  await trainsRightly(t, { ...lastCounts, expected: { y: 'q' }, asked: '{"a":"x","a":1}' })
  const edge = [
    '5e-324',
    '1.7976931348623157e308',
    '-0',
    '1E400'.replace('400', '+30'),
    '123456789012345678901234567890',
  ]
  await trainsRightly(t, {
    features: edge.map((number) => `{"a":${number}}`),
    labels: edge.map(() => `{"y":${edge[4]}}`),
    expected: { y: Number(edge[4]) },
    asked: '{"a":1e-400}',
  })
})

t.test('a hundred thousand categories', async (t) => {
  const features = Array.from({ length: 100_000 }, (_, i) => `{"id":"k${i}"}`)
  const labels = features.map((_, i) => `{"y":${i % 3 === 0}}`)
  await trainsRightly(t, { features, labels, expected: { y: false }, asked: '{"id":"k99999"}' })
})

t.test('no prototype is touched, as a service in this process shows', async (t) => {
  const { post } = await startTestService(t, { DATABASE_URL: database.url })
  const prototypes = [Object, Array, String, Number, Map].map(({ prototype }) => prototype)
  const keys = (): string => JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)))
  const before = keys()
  const poison = ['"__proto__":{"poisoned":1}', '"constructor":{"prototype":{"poisoned":1}}', '"__proto__":[]']
  for (const member of poison) {
    const bodies = [`{${member}}`, `{${member},${rows(row).slice(1)}`, rows(`{${member}}`), rows(`{"a":1},{${member}}`)]
    for (const body of [...bodies, `{"parameters":{${member}},${rows(row).slice(1)}`]) {
      for (const [route, path] of Object.entries(routes)) isRefusal(t, await post(path, body), route)
    }
  }
  t.equal(keys(), before)
  t.notOk('poisoned' in {})
})

t.test('the memory comes back, and nothing of all this was an error of the worker', async (t) => {
  const pid = worker.child.pid as number
  const residentMib = async (): Promise<number> => {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) / 1024
  }
  const round = async (): Promise<void> => {
    for (const [, body, headers] of refused) await send(routes.predict, body, headers)
  }
  await round()
  const after = await residentMib()
  for (let i = 0; i < 2; i++) await round()
  // A leak would be that of two rounds, of some 100 MiB each.
  await until(async () => (await worker.get('/api/health')).status === 200 && (await residentMib()) < after + 100)
  t.pass(`${Math.round(after)} MiB after one round, ${Math.round(await residentMib())} MiB after three`)
  t.same((await worker.predict(trained, { features: [{ a: 1 }] })).body.predictions, [{ y: 'p' }])
  t.notOk(worker.logged.some(({ level }) => (level as number) >= 50))
})

/** What is refused before it was read may lose its answer with the connection: once more, then. */
function send(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Answer> {
  return worker.post(path, body, headers).catch(() => worker.post(path, body, headers))
}

function isRefusal(t: Test, answer: Answer, what: string): void {
  const isClientError = answer.status >= 400 && answer.status < 500
  t.ok(isClientError, `${what}: ${answer.status}`)
  t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  t.match(answer.body, { status: answer.status, code: /./, detail: /./ })
  t.ok(JSON.stringify(answer.body).length < 100_000, 'the answer is of bounded length')
}

interface Rightly {
  readonly features: readonly string[]
  readonly labels: readonly string[]
  /** A row to predict, and its label. */
  readonly asked: string
  readonly expected: Record<string, unknown>
}

/** Refused with a 4xx, or trained and predicted as it should be. */
async function trainsRightly(t: Test, { features, labels, asked, expected }: Rightly): Promise<void> {
  const run = await database.insertRun('majority')
  const body = `{"features":[${features}],"labels":[${labels}]}`
  const answer = await worker.post(`/api/train?model_name=majority&model_run_id=${run}`, body)
  if (answer.status !== 200) return isRefusal(t, answer, 'train')
  t.equal(await database.ended(run), 'SUCCESS')
  const prediction = await worker.post(`/api/predict?model_run_id=${run}`, `{"features":[${asked}]}`)
  t.equal(prediction.status, 200)
  t.same(prediction.body.predictions, [expected])
}

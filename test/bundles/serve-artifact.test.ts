// A version in one file, served by a process without a database: the same predictions, and clear words where it cannot start.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createSigningKey } from '../../src/signing/signing-keys.ts'
import { startGuardedService } from '../support/access.ts'
import { runCommandLine } from '../support/command-line.ts'
import { inferenceSample } from '../support/inference-sample.ts'
import { clientOf } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const folder = t.testdir({ classes: {}, tmp: {} })
const keyPath = join(folder, 'key')
const key = await createSigningKey(keyPath)
const stranger = await createSigningKey(join(folder, 'stranger'))
const worker = await startGuardedService(t, ['forest'], { SIGNING_KEY_FILE: keyPath, SIGNATURES: 'required' })
const { admin, adminToken } = worker
const { url } = worker.service

const sample = await inferenceSample()
const rows = sample.features.slice(0, 5)
const lines = sample.features.map((row, i) => `${JSON.stringify({ ...row, ...sample.labels[i] })}\n`)
const labels = encodeURIComponent(JSON.stringify(Object.keys(sample.labels[0] as object)))
await admin.post(`/api/datasets?name=things&labels=${labels}`, lines.join(''), {
  'content-type': 'application/x-ndjson',
})
await admin.post('/api/projects', { name: 'things', model_name: 'forest', dataset_name: 'things' })
const versionPath = '/api/projects/things/versions/1'
const trained = await admin.post('/api/projects/things/versions', {})
if (trained.status !== 202) throw new Error(JSON.stringify(trained.body))
await until(async () => (await admin.get(versionPath)).status === 200)
const version = (await admin.get(versionPath)).body
const run: number = version.model_run_id
const bundleUrl = `${url}${versionPath}/bundle`
const environment = { ML_WORKER_URL: url, ML_WORKER_TOKEN: adminToken }
const file = join(folder, 'things.mlwb')
const fetched = await runCommandLine(
  ['version', 'bundle', '--project', 'things', '--version', '1', '--out', file, '--json'],
  { environment },
)
const expected = (await admin.predict(run, { features: rows }, '&probabilities=true')).body

/** Without what would lead to a database or to a folder that is kept. */
const serve = (t: Test, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  startTestProcess(t, { DATA_DIR: join(folder, 'none'), TMPDIR: join(folder, 'tmp'), ...more }, args)
const failing = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
  const MODELS_DIR = join(import.meta.dirname, '../models')
  const settings = { PORT: '0', MODELS_DIR, DATA_DIR: join(folder, 'none'), TMPDIR: join(folder, 'tmp'), ...more }
  const { code, err } = await runCommandLine(['serve', ...args], { environment: settings })
  return { code, err }
}

t.test('the command line fetches the bundle, and says what it is', async (t) => {
  t.match(fetched, { code: 0, err: '' })
  const { sha256 } = version.artifact
  t.same(JSON.parse(fetched.out), { file, model_name: 'forest', model_run_id: run, sha256, signed: true })
  const response = await fetch(bundleUrl, { headers: { authorization: `Bearer ${adminToken}` } })
  t.match(response.headers.get('content-disposition'), /things-1\.mlwb/)
  t.ok((await readFile(file)).equals(Buffer.from(await response.arrayBuffer())), 'each time the same bytes')
  const again = await runCommandLine(['version', 'bundle', '--project', 'things', '--version', '2', '--out', file], {
    environment,
  })
  t.match(again, { code: 1, err: /VERSION_UNKNOWN/ })
  t.notOk((await readdir(folder)).includes('things.mlwb.part'))
})

t.test('it answers as the worker does, without a database', async (t) => {
  const served = await serve(t, ['--artifact', file])
  t.same((await served.predict(run, { features: rows }, '&probabilities=true')).body, expected)
  const unnamed = await served.post('/api/predict?probabilities=true', { features: rows })
  t.same(unnamed.body, expected, 'the run need not be named')
  t.match(await served.predict(run + 1, { features: rows }), { status: 404, body: { code: 'RUN_UNKNOWN' } })
  t.match(await served.predict(run, { features: [{}] }), { status: 400, body: { code: 'REQUEST_INVALID' } })
  const many = Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length])
  t.equal((await served.predict(run, { features: many })).body.predictions.length, many.length)

  t.match(await served.get('/api/health'), {
    status: 200,
    body: { status: 'ok', checks: { version: { ok: true, detail: 'version 1 of project things' } } },
  })
  t.match((await served.get('/metrics')).body, /ml_worker_predicted_rows_total\{model="forest"\} 20010/)

  t.match((await served.get('/v2/models/things')).body, { name: 'things', versions: ['1'], platform: 'ml-worker' })
  t.match(await served.get('/v2/models/things/versions/1/ready'), { status: 200, body: { ready: true } })
  for (const path of ['/v2/models/forest', '/v2/models/things/versions/2', `/v2/models/things/versions/${run}x`]) {
    t.match(await served.get(path), { status: 404, body: { code: 'MODEL_VERSION_UNKNOWN' } }, path)
  }
  const inputs = [
    { name: 'count', datatype: 'FP64' },
    { name: 'size', datatype: 'FP64' },
    { name: 'colour', datatype: 'BYTES' },
    { name: 'kind', datatype: 'BYTES' },
    { name: 'is new', datatype: 'BOOL' },
  ].map(({ name, datatype }) => ({ name, datatype, shape: [rows.length], data: rows.map((row) => row[name]) }))
  for (const path of ['/v2/models/things/infer', '/v2/models/things/versions/1/infer']) {
    const { status, body } = await served.post(path, { inputs })
    t.match({ status, body }, { status: 200, body: { model_name: 'things', model_version: '1' } }, path)
    const much = body.outputs.find(({ name }: { name: string }) => name === 'much')
    const column = expected.predictions.map((row: { much: unknown }) => row.much)
    t.same(much.data, column)
  }
  t.equal((await fetch(`${served.url}/api/models`)).status, 404, 'and nothing else')

  t.equal(await served.end('SIGTERM'), 0)
  t.same(await readdir(join(folder, 'tmp')), [], 'nothing is left')
  t.notOk((await readdir(folder)).includes('none'))
})

t.test('a request that is in flight is answered before it ends', async (t) => {
  const served = await serve(t, ['--artifact', file])
  const many = Array.from({ length: 100_000 }, (_, i) => rows[i % rows.length])
  const answer = served.predict(run, { features: many })
  await until(async () => /_duration_seconds_count/.test(String((await served.get('/metrics')).body)))
  const ended = served.end('SIGTERM')
  t.match(await answer, { status: 200 })
  t.equal(await ended, 0)
})

t.test('it is fetched from a worker, with a token in a file', async (t) => {
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, `${await worker.tokenOf(['reviewer'])}\n`)
  const { sha256 } = version.artifact
  const args = ['--artifact', bundleUrl, '--token-file', tokenFile, '--sha256', sha256]
  const served = await serve(t, args, { SIGNATURES: 'required', SIGNING_TRUSTED_KEYS: key.publicPath })
  t.same((await served.predict(run, { features: rows }, '&probabilities=true')).body, expected)
  t.equal(await served.end('SIGINT'), 0)

  const refused = await failing(['--artifact', bundleUrl])
  t.match(refused, { code: 1, err: /bundle is refused: UNAUTHENTICATED: / })
  await writeFile(tokenFile, `${await worker.tokenOf(['client'])}\n`)
  t.match(await failing(['--artifact', bundleUrl, '--token-file', tokenFile]), { code: 1, err: /FORBIDDEN: / })
  t.match(await failing(['--artifact', bundleUrl, '--token-file', join(folder, 'no')]), {
    err: /its file cannot be read/,
  })
})

t.test('what cannot be served ends with one line that says why', async (t) => {
  const bytes = await readFile(file)
  const cut = join(folder, 'cut.mlwb')
  await writeFile(cut, bytes.subarray(0, -5))
  const other = createHash('sha256').digest('hex')
  const trusting = (path: string) => ({ SIGNATURES: 'required', SIGNING_TRUSTED_KEYS: path })
  const cases: [name: string, args: string[], environment: Record<string, string>, message: RegExp][] = [
    ['no file', ['--artifact', join(folder, 'nowhere')], {}, /nowhere is not there\n$/],
    ['a folder', ['--artifact', folder], {}, /cannot be read: EISDIR/],
    ['a file that is cut', ['--artifact', cut], {}, /cut\.mlwb is not whole: it has/],
    [
      'another artifact than was said',
      ['--artifact', file, '--sha256', other],
      {},
      /has the artifact [0-9a-f]+; expected/,
    ],
    [
      'no class',
      ['--artifact', file],
      { MODELS_DIR: join(folder, 'classes') },
      /MODELS_DIR\) has the name "forest"; the classes there are none/,
    ],
    ['a key that is not accepted', ['--artifact', file], trusting(stranger.publicPath), /is signed by no accepted key/],
    [
      'tokens without a database',
      ['--artifact', file],
      { ACCESS: 'required' },
      /^ACCESS: required, but without a database/,
    ],
    [
      'nobody there',
      ['--artifact', 'http://127.0.0.1:1/x?secret=1'],
      {},
      /^http:\/\/127\.0\.0\.1:1\/x cannot be fetched: /,
    ],
    ['options without it', ['--sha256', other], {}, /--sha256 goes with --artifact/],
    ['no digest', ['--artifact', file, '--sha256', 'abc'], {}, /--sha256: expected 64 hexadecimal digits/],
  ]
  for (const [name, args, environment, message] of cases) {
    const { code, err } = await failing(args, environment)
    t.match(err, message, name)
    t.ok(code === 1 || code === 2, name)
    t.notMatch(err, /\n {4}at /, name)
  }
  t.same(await readdir(join(folder, 'tmp')), [])
})

t.test('a server that sends too much, too slowly, or elsewhere is given up', async (t) => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization)
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/large' }).end()
    else if (request.url === '/missing') response.writeHead(404).end('<html>')
    else if (request.url === '/slow') response.write('MLWB')
    else if (request.url === '/said') response.writeHead(200, { 'content-length': 2 ** 31 }).write('MLWB')
    else for (let i = 0; i < 40; i++) response.write(Buffer.alloc(2 ** 16))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const from = (path: string, ...more: string[]) =>
    failing(['--artifact', `http://127.0.0.1:${port}${path}`, '--max-mb', '1', '--timeout', '20', ...more])
  t.match(await from('/large'), { code: 1, err: /\/large has more than the 1048576 bytes that it may have/ })
  t.match(await from('/said'), { code: 1, err: /has more than the 1048576 bytes/ })
  t.match(await from('/elsewhere'), { code: 1, err: /leads elsewhere: redirects are not followed/ })
  t.match(await from('/missing'), { code: 1, err: /is refused with 404/ })
  t.match(await from('/slow', '--timeout', '1'), { code: 1, err: /was not there within 1 s/ })
  t.same(new Set(asked), new Set([undefined]))
  t.same(await readdir(join(folder, 'tmp')), [])
})

t.test('who may not see deployments gets no bundle, and a changed artifact is given to nobody', async (t) => {
  const client = clientOf(url, { authorization: `Bearer ${await worker.tokenOf(['client'])}` })
  t.match(await client.get(`${versionPath}/bundle`), { status: 403, body: { code: 'FORBIDDEN' } })
  const owner = new pg.Client(worker.database.url)
  await owner.connect()
  await owner.query(`update model_runs set run_result = run_result || 'x' where id = $1`, [run])
  await owner.end()
  t.match(await admin.get(`${versionPath}/bundle`), { status: 409, body: { code: 'VERSION_UNTRUSTED' } })
})

// A finished run as a file of ONNX: by GET /api/runs/{id}/export and by the command line.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runCommandLine } from '../support/command-line.ts'
import { readOnnxFile } from '../support/onnx-file.ts'
import { startTrainingService } from '../support/trained.ts'

const CLASSES = ['iris_species', 'decision_tree_classifier', 'multinomial_naive_bayes', 'ml_cart_classifier']
const MODELS_DIR = join(import.meta.dirname, '../../statistical')
const { service, database, trainToEnd } = await startTrainingService(t, CLASSES, { MODELS_DIR })
const features = Array.from({ length: 12 }, (_, i) => ({ größe: i % 5, city: i % 3 === 0 ? 'Zürich' : '東京' }))
const labels = features.map((_, i) => ({ kind: i % 2 === 0 ? 'naïve' : '未知' }))
const { run } = await trainToEnd('decision_tree_classifier', { features, labels })

const ask = (id: number | string, query = '?format=onnx', headers: Record<string, string> = {}) =>
  fetch(`${service.url}/api/runs/${id}/export${query}`, { headers })

t.test('gives the file with its digest, its name, and where it comes from', async (t) => {
  const response = await ask(run)
  t.equal(response.status, 200)
  const bytes = Buffer.from(await response.arrayBuffer())
  t.equal(response.headers.get('etag'), `"${createHash('sha256').update(bytes).digest('hex')}"`)
  t.equal(response.headers.get('content-type'), 'application/octet-stream')
  t.match(response.headers.get('content-disposition'), `decision_tree_classifier-${run}.onnx`)
  const file = readOnnxFile(bytes)
  t.match(file, { irVersion: 10, producer: 'ml-worker', opsets: { '': 21, 'ai.onnx.ml': 5 } })
  t.same(
    file.inputs.map(({ name }) => name),
    ['größe', 'city'],
  )
  t.same(
    file.outputs.map(({ name }) => name),
    ['kind', 'kind.probabilities'],
  )
  const { run_result: artifact } = await database.run(run)
  const sha256 = createHash('sha256')
    .update(artifact as Buffer)
    .digest('hex')
  t.match(file.metadata, {
    'ml_worker.model_run_id': String(run),
    'ml_worker.model_name': 'decision_tree_classifier',
    'ml_worker.artifact_sha256': sha256,
  })
  t.match(JSON.parse(file.metadata['ml_worker.inputs'] as string), [
    { input: 'größe', kind: 'numeric', type: 'double', missing: 'NaN' },
    { input: 'city', kind: 'categorical', type: 'string', missing: '' },
  ])
  t.match(JSON.parse(file.metadata['ml_worker.outputs'] as string), [
    { output: 'kind', says: 'label', type: 'string' },
    { output: 'kind.probabilities', says: 'probabilities', classes: ['naïve', '未知'] },
  ])
  const again = await ask(run)
  t.ok(Buffer.from(await again.arrayBuffer()).equals(bytes), 'each time the same bytes')
})

t.test('a caller that has the file is told so', async (t) => {
  const etag = (await ask(run)).headers.get('etag') as string
  const response = await ask(run, '?format=onnx', { 'if-none-match': etag })
  t.equal(response.status, 304)
  t.equal((await response.arrayBuffer()).byteLength, 0)
  const head = await fetch(`${service.url}/api/runs/${run}/export?format=onnx`, { method: 'HEAD' })
  t.match([head.status, head.headers.get('etag')], [200, etag])
})

t.test('refuses by name what ONNX cannot say, all of it', async (t) => {
  const texts = Array.from({ length: 60 }, (_, i) => ({ note: `letter ${i} of a customer has ${i * 7} words`, n: i }))
  const halves = texts.map(({ n }) => ({ kind: n % 2 === 0 ? 'naïve' : '未知' }))
  const worded = await trainToEnd('multinomial_naive_bayes', { features: texts, labels: halves })
  t.equal(worded.status, 'SUCCESS')
  const refused = await ask(worded.run)
  t.equal(refused.status, 409)
  t.match(await refused.json(), { code: 'EXPORT_UNSUPPORTED', detail: /step text: no operator of ONNX parts texts/ })
  const numbers = { features: features.map((row) => ({ a: row['größe'] })), labels }
  const ofPackage = await trainToEnd('ml_cart_classifier', numbers)
  t.match(await (await ask(ofPackage.run)).json(), {
    code: 'EXPORT_UNSUPPORTED',
    detail: /the estimator of "kind": there is no rule for .*/,
  })
})

t.test('says what stands against a run, and what is wrong with the question', async (t) => {
  t.match(await (await ask(99_999)).json(), { code: 'RUN_UNKNOWN', status: 404 })
  const waiting = await database.insertRun('iris_species')
  t.match(await (await ask(waiting)).json(), { code: 'RUN_NOT_READY', status: 503 })
  t.match(await (await ask(run, '?format=pmml')).json(), { code: 'REQUEST_INVALID', status: 400 })
  t.match(await (await ask(run, '')).json(), { code: 'REQUEST_INVALID', status: 400 })
})

t.test('the command line writes the file once all of it has come', async (t) => {
  const folder = t.testdir({})
  const output = join(folder, 'f.onnx')
  const environment = { ML_WORKER_URL: service.url }
  const args = ['export', '--run', String(run), '--format', 'onnx', '--output', output]
  t.match(await runCommandLine(args, { environment }), { code: 0, out: /is run \d+ as onnx, \d+ bytes/ })
  t.ok((await readFile(output)).equals(Buffer.from(await (await ask(run)).arrayBuffer())))
  const unknown = await runCommandLine(['export', '--run', '99999', '--output', join(folder, 'g.onnx')], {
    environment,
  })
  t.match(unknown, { code: 1, err: /RUN_UNKNOWN/ })
  t.match(await runCommandLine([...args.slice(0, 3), '--format', 'pmml', '--output', output], { environment }), {
    code: 2,
    err: /expected onnx, got pmml/,
  })
  t.same(await readdir(folder), ['f.onnx'])
})

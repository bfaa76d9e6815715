// Traces: one for the call and the training that follows, sent to a receiver of OTLP over HTTP.
import { createRequire } from 'node:module'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts'
import { begun, dataFolder, gate, heldBy, openGate } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const database = await createTestDatabase(t)
for (const model of ['forest', 'misbehaving', 'held_open']) await database.registerModel(model)

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const traceparent = `00-${TRACE}-${CALLER}-01`

/** Packages of OpenTelemetry that this process has loaded, but for the interface, which prom-client asks for. */
const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).filter((path) => /@opentelemetry.(?!api.)|@fastify.otel/.test(path))

t.test('without an endpoint nothing of it is loaded, and logs have the trace of the caller all the same', async (t) => {
  const service = await startTestService(t, { DATABASE_URL: database.url })
  const run = await database.insertRun('forest')
  await service.post(`/api/train?model_name=forest&model_run_id=${run}`, good, { traceparent })
  t.equal(await database.ended(run), 'SUCCESS')
  t.same(loaded(), [])
  t.equal(service.logged.find(({ msg, runId }) => msg === 'training begins' && runId === run)?.['traceId'], TRACE)
  const answered = service.logged.find(({ msg, path }) => msg === 'answered' && path === '/api/train')
  t.match(answered, { traceId: TRACE, requestId: String })
})

t.test('one trace spans the call and the training, with the times of its phases', async (t) => {
  const { endpoint, spans, paths } = await startOtlpReceiver(t)
  const settings = {
    DATABASE_URL: database.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/`,
    OTEL_SERVICE_NAME: 'trained',
  }
  const service = await startTestService(t, settings)
  t.ok(loaded().length > 0)
  const run = await database.insertRun('forest')
  const features = Array.from({ length: 300 }, (_, i) => ({ a: i, c: ['x', 'y'][i % 2] }))
  const labels = features.map(({ a }) => ({ y: a > 150 ? 'p' : 'q' }))
  const path = `/api/train?model_name=forest&model_run_id=${run}`
  t.equal((await service.post(path, { features, labels }, { traceparent })).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const predicted = await service.post(
    `/api/predict?model_run_id=${run}`,
    { features: [{ a: 1, c: 'x' }] },
    { traceparent },
  )
  t.equal(predicted.status, 200)
  const inputs = [
    { name: 'a', datatype: 'FP64', shape: [2], data: [1, 2] },
    { name: 'c', datatype: 'BYTES', shape: [2], data: ['x', 'y'] },
  ]
  t.equal((await service.post('/v2/models/forest/infer', { inputs }, { traceparent })).status, 200)
  await service.get('/api/health')
  await service.service.close()

  t.ok(paths.every((to) => to === '/v1/traces'))
  t.ok(spans.every(({ service }) => service === 'trained'))
  t.ok(
    spans.every(({ traceId }) => traceId === TRACE),
    'a look at the health makes none',
  )
  const named = (name: string): ReceivedSpan => {
    const found = spans.filter((span) => span.name === name)
    if (found.length !== 1) throw new Error(`${found.length} spans ${name} of ${spans.map((span) => span.name)}`)
    return found[0] as ReceivedSpan
  }
  const request = named('POST /api/train')
  t.equal(request.parentSpanId, CALLER)
  t.match(request.attributes, { 'http.route': '/api/train', 'url.path': '/api/train' })
  const [wait, train, write] = ['wait in queue', 'train', 'write end'].map(named) as [
    ReceivedSpan,
    ReceivedSpan,
    ReceivedSpan,
  ]
  for (const span of [wait, train, write]) {
    t.equal(span.parentSpanId, request.spanId, span.name)
    t.match(span.attributes, { 'ml_worker.run_id': run, 'ml_worker.model': 'forest' })
  }
  const phases = ['read', 'fit', 'metrics', 'report', 'artifact'].map(named)
  let before = train.start
  for (const phase of phases) {
    t.equal(phase.parentSpanId, train.spanId, phase.name)
    t.ok(phase.start >= before && phase.end >= phase.start && phase.end <= train.end, phase.name)
    before = phase.end
  }
  t.ok(wait.end === train.start && train.end === write.start && write.end >= write.start)
  t.match(train.attributes, { 'ml_worker.attempt': 1, 'ml_worker.rows': 300 })

  for (const [name, rows] of [
    ['POST /api/predict', 1],
    ['POST /v2/models/:model_name/infer', 2],
  ] as const) {
    const { spanId } = named(name)
    const predict = spans.find((span) => span.name === 'predict' && span.parentSpanId === spanId)
    t.match(
      predict?.attributes,
      { 'ml_worker.run_id': run, 'ml_worker.rows': rows, 'ml_worker.place': /^(in place|thread)$/ },
      name,
    )
  }
})

t.test('a training that fails is an error by its code, without its words', async (t) => {
  const { endpoint, spans, texts } = await startOtlpReceiver(t)
  const service = await startTestService(t, { DATABASE_URL: database.url, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  const run = await database.insertRun('misbehaving')
  const path = `/api/train?model_name=misbehaving&model_run_id=${run}`
  await service.post(path, { ...good, parameters: { deed: 'throws' } })
  t.equal(await database.ended(run), 'FAILED')
  await service.post(path, { features: [{ a: { secret: 1 } }] })
  await service.service.close()
  const train = spans.find(({ name }) => name === 'train')
  t.match(train, { isError: true, attributes: { 'error.type': 'model_failed' } })
  t.equal(train?.traceId, spans.find(({ name }) => name === 'POST /api/train')?.traceId, 'a trace of its own')
  t.ok(spans.every(({ service }) => service === 'ml-worker'))
  t.notMatch(texts.join(''), /went wrong|secret/)
})

t.test('a training that a kill cut off goes on in the same trace', async (t) => {
  const { endpoint, spans } = await startOtlpReceiver(t)
  const environment = {
    DATABASE_URL: database.url,
    DATA_DIR: await dataFolder(t),
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  }
  const worker = await startTestProcess(t, environment)
  const held = gate(t)
  const run = await database.insertRun('held_open')
  await worker.post(`/api/train?model_name=held_open&model_run_id=${run}`, heldBy(held), { traceparent })
  await until(() => begun(worker, run) === 1)
  await worker.end('SIGKILL')
  const next = await startTestProcess(t, environment)
  await until(() => begun(next, run) === 1)
  await openGate(held)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(await next.end('SIGTERM'), 0)
  t.match(
    spans.find(({ name }) => name === 'train'),
    { traceId: TRACE, attributes: { 'ml_worker.attempt': 2 } },
  )
})

t.test('an endpoint that is away harms nothing, and is complained of once', async (t) => {
  const service = await startTestService(t, {
    DATABASE_URL: database.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  })
  const run = await database.insertRun('forest')
  await service.train('forest', run, good)
  t.equal(await database.ended(run), 'SUCCESS')
  for (let i = 0; i < 5; i++) t.equal((await service.predict(run, { features: [{ a: 1 }] })).status, 200)
  await service.service.close()
  const complaints = service.logged.filter(({ msg }) => String(msg).startsWith('spans were not taken'))
  t.ok(complaints.length <= 1)
})

// The log: what stands in its lines, what explains a decision, and that no value of a row is ever in it.
import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const MARKER = 'Zebra7391'
const NUMBER = 73917391.25

t.test('no value of a row is in the log, at LOG_LEVEL=trace, whatever goes wrong with it', async (t) => {
  const database = await createTestDatabase(t)
  for (const model of ['forest', 'misbehaving', 'quoting', 'majority']) await database.registerModel(model)
  const dataDir = await dataFolder(t)
  const worker = await startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: dataDir, LOG_LEVEL: 'trace' })
  const features = Array.from({ length: 40 }, (_, i) => ({ a: NUMBER + i, c: i % 2 ? MARKER : 'other' }))
  const labels = features.map(({ c }) => ({ y: `is ${c}` }))
  const run = await database.insertRun('forest')
  t.equal((await worker.train('forest', run, { features, labels })).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  const quoting = await database.insertRun('quoting')
  t.equal((await worker.train('quoting', quoting, { features, labels })).status, 200)
  t.equal(await database.ended(quoting), 'FAILED')
  t.match((await database.metrics(quoting))['error_message'], MARKER, 'the run has the words of its model class')
  const toQuote = await database.insertRun('quoting')
  await worker.train('quoting', toQuote, { features, labels, parameters: { at: 'predict' } })
  t.equal(await database.ended(toQuote), 'SUCCESS')

  const json = (value: unknown) => JSON.stringify(value)
  const csv = { 'content-type': 'text/csv' }
  const answers = [
    await worker.predict(run, { features: features.slice(0, 2) }, '&probabilities=true'),
    await worker.predict(run, { features: [{ a: NUMBER, c: `${MARKER} unseen` }] }),
    await worker.predict(run, { features: Array.from({ length: 5000 }, () => ({ a: NUMBER, c: MARKER })) }),
    await worker.predict(run, { features: [{ a: MARKER, c: NUMBER }] }),
    await worker.predict(run, { features: [{ a: { [MARKER]: 1 }, c: [MARKER] }] }),
    await worker.predict(run, `{"features": [{"a": ${MARKER}`),
    await worker.predict(toQuote, { features: features.slice(0, 1) }),
    await worker.post(`/api/predict?model_run_id=${run}`, `a,c\n${MARKER},"${MARKER}\n`, csv),
    await worker.post(`/api/predict?model_run_id=${run}`, `a,c\n${NUMBER},${MARKER}\n`, csv),
    await worker.post(`/api/predict?model_run_id=${run}`, MARKER, { 'content-type': 'text/plain' }),
    await worker.post('/api/runs', `{"model_name": "forest", "features": [{"a": "${MARKER}"`),
    await worker.post('/api/runs', json({ model_name: 'forest', features, labels, parameters: { max_depth: MARKER } })),
    await worker.post('/api/runs', json({ model_name: 'majority', features, labels: [{ y: { [MARKER]: NUMBER } }] })),
    await worker.post(`/api/runs?model_name=forest&labels=c&parameters=${MARKER}`, `a,c\n${NUMBER},${MARKER}`, csv),
  ]
  t.ok(answers.some(({ body }) => json(body).includes(MARKER)))
  t.ok(
    answers.some(({ status }) => status === 500),
    'a model class that throws while it predicts',
  )
  t.ok(answers.filter(({ status }) => status === 400).length >= 6)
  t.equal(await worker.end('SIGTERM'), 0)

  t.ok(worker.logged.length > 30)
  for (const line of worker.logged) {
    const text = json(line)
    t.notOk(text.includes(MARKER) || text.includes('73917391'), text.slice(0, 300))
  }
  const kept = await readdir(join(dataDir, 'runs'))
  t.ok(kept.length > 0)
  const record = await readFile(join(dataDir, 'runs', `${run}.ndjson`), 'utf8')
  t.notMatch(record, MARKER, 'nor is one in the log of a run that nothing went wrong in')
})

t.test('a value that is made up as lines of a stack is not in the log either', async (t) => {
  const { trainToEnd, logged, linesOf } = await startTrainingService(t, ['quoting', 'random_forest_classifier'], {
    MODELS_DIR: join(import.meta.dirname, '../../statistical'),
  })
  const forged = `\n    at ${MARKER} (file:///${MARKER}.ts:7391:1)\n    at ${MARKER}`
  const { run, status } = await trainToEnd('random_forest_classifier', {
    features: [{ x: 1 }, { x: 2 }],
    labels: [{ y: forged }, { y: 'b' }],
    parameters: { class_weight: { z: 1 } },
  })
  t.equal(status, 'FAILED')
  t.match(linesOf(run, 'training failed')[0], {
    errorCode: 'parameters_invalid',
    stack: /^ {4}at file:.*\/src\/.*:\d+:\d+/,
  })
  for (const line of logged) t.notMatch(JSON.stringify(line), MARKER)
})

t.test('lines have the id of the request, the run and the model; debug explains what was decided', async (t) => {
  const { database, train, predict, post, trainToEnd, logged } = await startTrainingService(t, ['forest', 'majority'])
  const { run } = await trainToEnd('forest', { ...good, parameters: { n_estimators: 1 } })
  const path = `/api/predict?model_run_id=${run}`
  const given = await post(path, { features: [{ a: 1 }] }, { 'x-request-id': 'order-17' })
  t.equal(given.headers.get('x-request-id'), 'order-17')
  t.equal((await predict(run, { features: [{ a: 1 }] })).headers.get('x-request-id'), null)
  const refused = await post(path, { features: [] }, { 'x-request-id': 'no good\tid' })
  t.equal(refused.status, 400)
  const ours = refused.headers.get('x-request-id')
  t.match(ours, /^\w+-\w+$/, 'a refusal says what to look for in the log')
  await predict(run, { features: Array.from({ length: 20_000 }, () => ({ a: 1 })) })
  const waiting = await database.insertRun('majority')
  await Promise.all([train('majority', waiting, good), train('majority', waiting, good)])
  t.equal(await database.ended(waiting), 'SUCCESS')

  const linesOf = (msg: string) => logged.filter((line) => line['msg'] === msg)
  t.match(linesOf('a pipeline is loaded')[0], { runId: run, model: 'forest', places: 'in place or thread' })
  const [first] = linesOf('predicted').filter(({ requestId }) => requestId === 'order-17')
  t.match(first, { runId: run, model: 'forest', place: 'in place', rows: 1 })
  t.ok(linesOf('predicted').some(({ place, rows }) => place === 'thread' && rows === 20_000))
  t.match(
    linesOf('a request was refused').find(({ requestId }) => requestId === ours),
    { code: 'REQUEST_INVALID', faults: 1 },
  )
  t.match(linesOf('a training is queued')[0], { runId: run, model: 'forest', position: 1 })
  t.match(linesOf('training succeeded')[0], { runId: run, model: 'forest' })
  t.equal(linesOf('the same request again: the run is accepted already').length, 1)
  t.ok(linesOf('answered').every(({ requestId, path: of }) => requestId !== undefined && !String(of).includes('?')))
})

t.test('is readable text where that is asked for, and JSON where its output is no terminal', async (t) => {
  const outputOf = async (format: string): Promise<string> => {
    const child = spawn(process.execPath, ['--require', './bin/node-setup.cjs', 'src/main.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        LOG_FORMAT: format,
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
        DATA_DIR: await dataFolder(t),
        MODELS_DIR: join(import.meta.dirname, '../models'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = new Promise((resolve) => child.once('close', resolve))
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    await until(() => /(INFO: |"msg":")listening/.test(text))
    child.kill('SIGKILL')
    await closed
    return text
  }
  const lines = (await outputOf('auto')).trim().split('\n')
  t.match(lines.map((line) => JSON.parse(line)).at(-1), { level: Number, time: Number, msg: String })
  t.match(await outputOf('pretty'), /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening \{"url":/m)
})

t.test('a request without a trace has none in its lines', async (t) => {
  const { post, logged } = await startTestService(t, { DATABASE_URL: (await createTestDatabase(t)).url })
  await post('/nowhere', {})
  const line = logged.find(({ msg, path }) => msg === 'answered' && path === '/nowhere')
  t.ok(line !== undefined && !('traceId' in line))
})

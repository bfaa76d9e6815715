// GET /api/runs, a run, and its log: what callers see of runs that wait, are trained, have ended, or are not ours.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { fetchDocumented } from '../support/openapi.ts'
import { gate, heldBy, openGate, runsOf } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const service = await startTrainingService(t, ['majority', 'held_open', 'misbehaving', 'forest'])
const { database, trainToEnd, get, post, dataDir } = service
const { accepted } = runsOf(database)

t.test('a run that was trained has its parameters with defaults, metrics as numbers, and times', async (t) => {
  const body = { ...good, parameters: { n_estimators: 2 }, validation_split: 0.34 }
  const { run } = await trainToEnd('forest', body)
  const answer = await get(`/api/runs/${run}`)
  t.equal(answer.status, 200)
  const { parameters, metrics, timings, ...rest } = answer.body
  t.same(rest, {
    id: run,
    model_name: 'forest',
    status: 'SUCCESS',
    position: null,
    correlation_id: null,
    progress: null,
    error: null,
    hints: [],
    warnings: [
      {
        code: 'LABEL_CONSTANT',
        message: 'the one training row has one label: nothing can be learned, and it is always predicted',
        column: 'y',
      },
    ],
    split_seed: 0,
  })
  t.match(parameters, { n_estimators: 2, criterion: 'gini', max_depth: null })
  const stored = await database.metrics(run)
  t.same(metrics, Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, Number(value)])))
  for (const name of ['accuracy', 'training_rows', 'validation_rows']) t.ok(name in metrics, name)
  const { accepted, started, ended, run_date, seconds_waited, seconds_trained } = timings
  t.match(run_date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  t.ok(accepted <= started && started < ended, `${accepted} ${started} ${ended}`)
  t.equal(seconds_waited, (Date.parse(started) - Date.parse(accepted)) / 1000)
  t.ok(seconds_trained > 0 && seconds_trained <= (Date.parse(ended) - Date.parse(started)) / 1000)
})

t.test('runs that wait have places in the queue, and the one in training its progress', async (t) => {
  const held = gate(t)
  const running = await accepted(service, 'held_open', heldBy(held))
  const first = await accepted(service, 'majority')
  const second = await accepted(service, 'majority')
  await until(async () => (await get(`/api/runs/${running}`)).body.progress?.seconds_left > 0)
  const { body: inWork } = await get(`/api/runs/${running}`)
  t.match(inWork, { status: 'RUNNING', position: null, metrics: {}, error: null, parameters: { until_exists: held } })
  const { phase, step, done, of, fraction, seconds_left } = inWork.progress
  t.same({ phase, step, of }, { phase: 'fit', step: 'looking for the file', of: 10_000 })
  t.equal(fraction, done / of)
  t.ok(seconds_left > 0)
  t.ok(inWork.timings.seconds_trained > 0)
  t.equal(inWork.timings.ended, null)

  t.match((await get(`/api/runs/${first}`)).body, { status: 'PENDING', position: 1, progress: null })
  const { body: last } = await get(`/api/runs/${second}`)
  t.match(last, { status: 'PENDING', position: 2, timings: { started: null, seconds_trained: null } })
  t.ok(last.timings.seconds_waited > 0)
  const { body: listed } = await get('/api/runs?limit=3')
  t.same(
    listed.runs.map(({ id, position }: { id: number; position: number | null }) => [id, position]),
    [
      [second, 2],
      [first, 1],
      [running, null],
    ],
  )

  t.equal((await post(`/api/runs/${first}/cancel`, '')).status, 200)
  t.equal((await get(`/api/runs/${second}`)).body.position, 1)
  const { body: cancelled } = await get(`/api/runs/${first}`)
  t.match(cancelled, { status: 'FAILED', position: null, timings: { started: null, seconds_trained: null } })
  t.same(cancelled.error, { code: 'cancelled', message: 'cancelled by a caller' })
  await openGate(held)
  t.equal(await database.ended(second), 'SUCCESS')
})

t.test('a run tells the warnings of its fit: in itself, its log, its metrics and its report', async (t) => {
  const { run } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'warns' } })
  const expected = [
    { code: 'NOT_CONVERGED', message: 'it was not tried', column: 'a' },
    { code: 'LEVELS_POOLED', message: 'none were pooled' },
    { code: 'CLASS_TOO_SMALL', message: '1 class has a single row, of 2 classes', column: 'y' },
  ]
  const { body } = await get(`/api/runs/${run}`)
  t.same(body.warnings, expected)
  t.equal(body.metrics.warning_count, 3)
  t.equal(body.split_seed, null)
  const { body: log } = await get(`/api/runs/${run}/logs`)
  t.match(log, 'warning: NOT_CONVERGED, column \\"a\\": it was not tried')
  t.match(log, 'warning: LEVELS_POOLED: none were pooled')
  t.same((await get(`/api/runs/${run}/artifacts`)).body.warnings, expected)
  t.match((await get(`/api/runs/${run}/report`)).body, /3 warnings:[\s\S]*NOT_CONVERGED[\s\S]*it was not tried/)

  const other = await startTestService(t, { DATABASE_URL: database.url })
  t.same(
    (await other.get(`/api/runs/${run}`)).body.warnings,
    expected,
    'a worker that did not train it has its artifact',
  )
  await database.owner.query(`update model_runs set run_result = '\\x4d4c57' where id = $1`, [run])
  const { warnings, hints } = (await other.get(`/api/runs/${run}`)).body
  t.equal(warnings, null)
  t.match(hints, [/the warnings are not known here/])
})

t.test('two runs on the same rows are judged on the same held-out rows, whatever their parameters', async (t) => {
  const rows = Array.from({ length: 60 }, (_, a) => a)
  const body = { features: rows.map((a) => ({ a })), labels: rows.map((a) => ({ y: (a * a) % 7 < 3 ? 'p' : 'q' })) }
  const judged = async (parameters: object, more: object) => {
    const { run } = await trainToEnd('forest', { ...body, validation_split: 0.3, ...more, parameters })
    const { training_seconds: _, ...metrics } = await database.metrics(run)
    return { metrics, split_seed: (await get(`/api/runs/${run}`)).body.split_seed }
  }
  const first = await judged({ n_estimators: 4 }, {})
  t.same(await judged({ n_estimators: 4, max_depth: null }, {}), first, 'a default that is said draws nothing else')
  t.same(await judged({ n_estimators: 4 }, { split_seed: 0 }), first, '0 is the default')
  const other = await judged({ n_estimators: 4 }, { split_seed: 4_294_967_295 })
  t.equal(other.split_seed, 4_294_967_295)
  t.notSame(other.metrics, first.metrics)
})

t.test('all metrics of three hundred classes are there, those of single classes last', async (t) => {
  const rows = Array.from({ length: 3000 }, (_, i) => i)
  const features = rows.map((i) => ({ a: (i * 7919) % 3000 }))
  const labels = rows.map((i) => ({ y: `class ${i % 300}` }))
  const { run } = await trainToEnd('majority', { features, labels, validation_split: 0.2 })
  const { body } = await get(`/api/runs/${run}`)
  const names = Object.keys(body.metrics)
  t.equal(names.length, Object.keys(await database.metrics(run)).length)
  t.ok(names.length > 2400)
  const firstOfClass = names.findIndex((name) => name.includes('.class'))
  for (const name of ['accuracy', 'validation_accuracy', 'training_rows', 'validation_rows', 'warning_count']) {
    t.ok(name in body.metrics && names.indexOf(name) < firstOfClass, name)
  }
  t.same(body.hints, [])
})

t.test('a run with more metrics than are read says so', async (t) => {
  const { run } = await trainToEnd('majority', good)
  await database.owner.query(
    `insert into model_run_metrics (model_run_id, metric_name, metric_value)
     select $1, 'precision.' || n, '1' from generate_series(1, 20000) n`,
    [run],
  )
  await database.owner.query(
    `insert into model_run_metrics (model_run_id, metric_name, metric_value) values ($1, 'late', '5')`,
    [run],
  )
  const { body } = await get(`/api/runs/${run}`)
  t.equal(Object.keys(body.metrics).length, 20_000)
  t.equal(body.metrics.late, 5, 'what is of no class comes first')
  t.match(body.hints, [/more than 20000 metrics/])
})

t.test('a run that failed has its error, and no metrics', async (t) => {
  const { run } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'exits' } })
  const { body } = await get(`/api/runs/${run}`)
  t.match(body, { status: 'FAILED', error: { code: 'trainer_died', message: /code 7/ }, parameters: { deed: 'exits' } })
  t.same(body.metrics, {})
  t.ok(body.timings.seconds_trained > 0)
  const { body: listed } = await get('/api/runs?limit=1')
  t.same(listed.runs[0].error, body.error)
})

t.test('of a run that is not known here, parameters come from its artifact, and times are null', async (t) => {
  const { run } = await trainToEnd('forest', { ...good, parameters: { n_estimators: 3 } })
  const other = await startTestService(t, { DATABASE_URL: database.url })
  const { body } = await other.get(`/api/runs/${run}`)
  t.match(body, { status: 'SUCCESS', parameters: { n_estimators: 3, criterion: 'gini' } })
  t.match(body.timings, { accepted: null, started: null, ended: null, seconds_waited: null, seconds_trained: null })
  t.equal((await other.get(`/api/runs/${run}/logs`)).body, '')

  await database.owner.query(`update model_runs set run_result = '\\x4d4c57' where id = $1`, [run])
  t.equal((await other.get(`/api/runs/${run}`)).body.parameters, null, 'nor from one that is damaged')
})

t.test('what was kept of a run with the same id in another database is not shown', async (t) => {
  const { run } = await trainToEnd('majority', good)
  await database.owner.query(`update model_runs set run_status = 'FAILED', run_result = null where id = $1`, [run])
  const { body } = await get(`/api/runs/${run}`)
  t.match(body, { status: 'FAILED', parameters: null, timings: { accepted: null } })
})

t.test('lists the newest first, by model and status, page after page', async (t) => {
  const one = await database.insertRun('forest', 'LATER')
  const two = await database.insertRun('forest', 'LATER')
  const three = await database.insertRun('majority', 'LATER')
  const ids = async (query: string) => {
    const { body } = await get(`/api/runs?${query}`)
    return [body.runs.map(({ id }: { id: number }) => id), body.next]
  }
  t.same(await ids('status=LATER'), [[three, two, one], null])
  t.same(await ids('status=LATER&model_name=forest'), [[two, one], null])
  t.same(await ids('status=LATER&limit=2'), [[three, two], two])
  t.same(await ids(`status=LATER&limit=2&before=${two}`), [[one], null])
  t.same(await ids('model_name=nobody'), [[], null])
})

t.test('refuses what it cannot read, and names it', async (t) => {
  for (const [path, parameter] of [
    ['/api/runs?limit=0', 'limit'],
    ['/api/runs?limit=201', 'limit'],
    ['/api/runs?before=x', 'before'],
    ['/api/runs?page=2', 'page'],
    ['/api/runs/x', 'model_run_id'],
    ['/api/runs/0/events', 'model_run_id'],
    ['/api/runs/9007199254740993/logs', 'model_run_id'],
  ] as const) {
    const { status, body } = await get(path)
    t.equal(status, 400, path)
    t.match(body, { code: 'REQUEST_INVALID', errors: [{ parameter }] }, path)
  }
  for (const path of ['/api/runs/999999', '/api/runs/999999/logs', '/api/runs/999999/events']) {
    t.match(await get(path), { status: 404, body: { code: 'RUN_UNKNOWN' } }, path)
  }
})

t.test('the log of a run has what the worker and the model class said, as NDJSON or text', async (t) => {
  const { run } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'prints' } })
  const { body, headers } = await get(`/api/runs/${run}/logs`)
  t.match(headers.get('content-type'), 'application/x-ndjson')
  const lines = (body as string).trim().split('\n')
  const said = lines.map((line) => JSON.parse(line)).map(({ source, text }) => `${source}: ${text}`)
  t.match(said[0], 'worker: training begins, attempt 1')
  t.ok(said.includes('stdout: printed by the model'))
  t.ok(said.includes('stderr: complained by the model'))
  t.ok(said.includes('worker: artifact: writing the fitted pipeline'))
  t.match(said.at(-1), /^worker: training succeeded after \d+\.\d{3} s$/)

  const as = (accept: string) => fetchDocumented(service.service.url, `/api/runs/${run}/logs`, { headers: { accept } })
  const text = await as('text/plain')
  t.match(text.headers.get('content-type'), 'text/plain')
  t.match((await text.text()).split('\n')[0], /^\d{4}-\S+Z worker training begins, attempt 1$/)
  const refused = await as('image/png')
  t.equal(refused.status, 406)
  t.match(await refused.json(), { code: 'ANSWER_TYPE_UNSUPPORTED' })
})

t.test('a disk that takes no records or logs changes nothing for the training', async (t) => {
  await rm(join(dataDir, 'runs'), { recursive: true })
  const { run, status } = await trainToEnd('misbehaving', { ...good, parameters: { deed: 'prints' } })
  t.equal(status, 'SUCCESS')
  const { body } = await get(`/api/runs/${run}`)
  t.match(body, { status: 'SUCCESS', parameters: { deed: 'prints' } }, 'what is in memory is shown')
  t.equal((await get(`/api/runs/${run}/logs`)).status, 200)
  t.ok(
    service.logged.some(({ msg, runId, level }) => runId === run && level === 40 && /record or the log/.test(`${msg}`)),
  )
})

t.test('without the right to read metrics there are none, and a hint', async (t) => {
  const role = `ml_worker_role_${randomBytes(6).toString('hex')}`
  await database.owner.query(`
    create role ${role} login password 'secret';
    grant select, update (pipeline_ok) on models to ${role};
    grant select, update (run_status, run_result) on model_runs to ${role};
    grant insert on model_run_metrics to ${role};
    grant usage on sequence model_run_metrics_id_seq to ${role}`)
  t.teardown(() => database.owner.query(`drop owned by ${role}; drop role ${role}`))
  const url = Object.assign(new URL(database.url), { username: role, password: 'secret' }).href
  const limited = await startTestService(t, { DATABASE_URL: url })
  const good1 = await accepted(limited, 'majority')
  const bad = await accepted(limited, 'misbehaving', { ...good, parameters: { deed: 'exits' } })
  t.equal(await database.ended(bad), 'FAILED')
  const { body } = await limited.get(`/api/runs/${good1}`)
  t.match(body, { status: 'SUCCESS', metrics: null, hints: [/grant select on model_run_metrics/] })
  t.match((await limited.get(`/api/runs/${bad}`)).body, { metrics: null, error: { code: 'trainer_died' } })
  const { body: listed } = await limited.get('/api/runs?status=FAILED&limit=1')
  t.match(
    listed.runs[0],
    { id: bad, error: { code: 'trainer_died' }, hints: [] },
    'it is known here: nothing is missing',
  )
  const stranger = await startTestService(t, { DATABASE_URL: url })
  const { body: strange } = await stranger.get('/api/runs?status=FAILED&limit=1')
  t.match(strange.runs[0], { id: bad, error: null, hints: [/grant select/] })
})

t.test('of a run that nobody has accepted yet there is no hint about its warnings', async (t) => {
  const run = await database.insertRun('majority')
  t.match((await get(`/api/runs/${run}`)).body, { status: 'PENDING', warnings: null })
  t.same((await get(`/api/runs/${run}`)).body.hints, [])
})

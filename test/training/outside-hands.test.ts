// What somebody else does to runs that this worker has to do with: in the table, with locks, and by odd requests.
import pg from 'pg'
import t from 'tap'
import { gate, heldBy, openGate } from '../support/runs.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

t.test('a result that is withdrawn or replaced is not predicted with any more, within seconds', async (t) => {
  const { database, predict, trainToEnd } = await startTrainingService(t, ['majority', 'mean'])
  const rows = { features: [{ a: 1 }] }
  const withdrawn = async (statement: string, code: string): Promise<void> => {
    const { run } = await trainToEnd('majority', good)
    t.equal((await predict(run, rows)).status, 200)
    await database.owner.query(statement, [run])
    await until(async () => (await predict(run, rows)).status !== 200)
    t.equal((await predict(run, rows)).body.code, code)
  }
  await withdrawn('update model_runs set run_result = null where id = $1', 'ARTIFACT_UNUSABLE')
  await withdrawn(`update model_runs set run_status = 'FAILED' where id = $1`, 'RUN_FAILED')
  await withdrawn(`update model_runs set run_status = 'WITHDRAWN' where id = $1`, 'RUN_NOT_READY')
  const remove =
    'with gone as (delete from model_run_metrics where model_run_id = $1) delete from model_runs where id = $1'
  await withdrawn(remove, 'RUN_UNKNOWN')

  const { run } = await trainToEnd('majority', good)
  const other = await trainToEnd('majority', { ...good, labels: [{ y: 'q' }, { y: 'q' }, { y: 'q' }] })
  const before = (await predict(run, rows)).body
  await database.owner.query(
    'update model_runs set run_result = (select run_result from model_runs where id = $2) where id = $1',
    [run, other.run],
  )
  await until(async () => JSON.stringify((await predict(run, rows)).body) !== JSON.stringify(before))
  t.match((await predict(run, rows)).body, { predictions: [{ y: 'q' }] })
})

t.test('a lock of ours in the hands of another program is told in words', async (t) => {
  const { database, train, get, logged } = await startTrainingService(t, ['majority'])
  const run = await database.insertRun('majority')
  const foreign = new pg.Client({ connectionString: database.url, application_name: 'somebody' })
  await foreign.connect()
  t.teardown(() => foreign.end())
  await foreign.query('select pg_advisory_lock($1, $2)', [0x4d4c574b, run])
  const { status, body } = await train('majority', run, good)
  t.match({ status, code: body.code }, { status: 409, code: 'RUN_HELD_ELSEWHERE' })
  t.match(body.detail, /its advisory lock is held by session \d+ \("somebody"\), which is no worker/)
  t.match((await get('/api/health')).body.checks.database, { ok: true, detail: /run \d+ waits: its advisory lock/ })
  const told = logged.filter(({ msg }) => /held by a session that is no worker/.test(String(msg)))
  t.match(told, [{ level: 40, runId: run, application: 'somebody' }])
  await train('majority', run, good)
  t.equal(logged.filter(({ msg }) => /no worker/.test(String(msg))).length, 1, 'once')
  await foreign.query('select pg_advisory_unlock_all()')
  t.equal((await train('majority', run, good)).status, 200)
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal((await get('/api/health')).body.checks.database.detail, 'answers')
})

t.test('a status that was changed by hand is told where the outcome is dropped', async (t) => {
  const { database, train, get, linesOf } = await startTrainingService(t, ['held_open'])
  for (const status of ['PENDING', 'FAILED', 'CANCELLED']) {
    const path = gate(t)
    const run = await database.insertRun('held_open')
    t.equal((await train('held_open', run, heldBy(path))).status, 200)
    await until(() => linesOf(run, 'training begins').length > 0)
    await database.owner.query('update model_runs set run_status = $2 where id = $1', [run, status])
    await openGate(path)
    await until(
      () => linesOf(run, 'the status of the run was changed from elsewhere; its training is dropped').length > 0,
    )
    const [line] = linesOf(run, 'the status of the run was changed from elsewhere; its training is dropped')
    t.match(line, { level: 40, status, outcome: 'trained' })
    t.equal((await database.run(run)).run_status, status, 'the row stays as it is')
    await until(async () => /was set to/.test(JSON.stringify((await get(`/api/runs/${run}/logs`)).body)))
    const { body } = await get(`/api/runs/${run}/logs`)
    t.match(body, new RegExp(`its status was set to \\\\"${status}\\\\" from elsewhere: what came of its training`))
  }
})

t.test('HEAD follows nothing', async (t) => {
  const { database, service, get } = await startTrainingService(t, ['held_open'])
  const run = await database.insertRun('held_open')
  const url = `${service.url}/api/runs/${run}/events`
  for (let i = 0; i < 120; i++) {
    const { status, headers } = await fetch(url, { method: 'HEAD' })
    if (status !== 200 || headers.get('content-type') !== 'text/event-stream; charset=utf-8') t.fail(`${i}: ${status}`)
  }
  t.equal((await fetch(`${service.url}/api/runs/999999/events`, { method: 'HEAD' })).status, 404)
  const followed = new AbortController()
  t.equal((await fetch(url, { signal: followed.signal })).status, 200, 'a client can still follow')
  followed.abort()
  const { body } = await get('/openapi.json')
  const paths = Object.keys(body.paths).map((path) => path.replaceAll(/\{[^}]+\}/g, String(run)))
  const before = await database.snapshot()
  for (const path of paths) {
    const answer = await fetch(service.url + path, { method: 'HEAD' })
    // 501: what needs the worker's own schema, which this database lacks.
    t.ok(answer.status < 500 || [501, 503].includes(answer.status), `${path} ${answer.status}`)
    t.equal(await answer.text(), '')
  }
  t.equal(await database.snapshot(), before)
})

t.test('U+0000 anywhere in a path or a query is the fault of the caller', async (t) => {
  const { get, post } = await startTrainingService(t, ['majority'])
  for (const path of [
    '/api/runs?status=%00',
    '/api/runs?model_name=a%00b',
    '/api/runs/%00',
    '/api/runs/1%00/logs',
    '/v2/models/a%00b',
    '/v2/models/a%00b/ready',
    '/v2/models/a%00b/versions/1',
    '/v2/models/majority/versions/1%00',
    '/v2/models/a%00b/versions/1/ready',
  ]) {
    const { status } = await get(path)
    t.ok([400, 404].includes(status), `${path} ${status}`)
  }
  for (const path of ['/api/runs?status=%00', '/api/runs?model_name=a%00b']) {
    t.match((await get(path)).body, { status: 400, code: 'REQUEST_INVALID' })
  }
  const csv = { 'content-type': 'text/csv' }
  const answers = [
    await post('/api/train?model_name=a%00b&model_run_id=1', good),
    await post('/api/runs', { model_name: 'a\0b', ...good }),
    await post('/api/runs?model_name=a%00b&labels=y', 'a,y\n1,2\n', csv),
    await post('/api/runs?model_name=majority&labels=%00', 'a,y\n1,2\n', csv),
    await post('/api/runs?model_name=majority&labels=y&parameters=%00', 'a,y\n1,2\n', csv),
    await post('/v2/models/a%00b/infer', {}),
    await post('/v2/models/a%00b/versions/1/infer', {}),
  ]
  for (const { status } of answers) t.ok([400, 404].includes(status), String(status))
})

t.test('classes that are not registered take one line', async (t) => {
  const { service, logged } = await startTrainingService(t, ['majority'])
  await service.whenReconciled
  const told = logged.filter(({ msg }) => /not registered/.test(String(msg)))
  t.equal(told.length, 1)
  const { count, models } = told[0] as { count: number; models: string[] }
  t.ok(count > 3)
  t.equal(models.length, count)
})

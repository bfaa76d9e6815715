// Every way in which a run ends, through its one door: table, log, record, figures and spans say the same.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { dataFolder, gate, openGate, runsOf } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'

const database = await createTestDatabase(t)
for (const model of ['majority', 'misbehaving', 'held_open', 'gone']) await database.registerModel(model)
const { accepted, inTraining } = runsOf(database)
const { endpoint, spans } = await startOtlpReceiver(t)
const dataDir = await dataFolder(t)
const proxy = await createTcpProxy(t, database.url)
await proxy.open()

// What the start finds: a damaged spool file, and a run whose worker went away.
const damaged = await database.insertRun('majority')
await mkdir(join(dataDir, 'spool'), { mode: 0o700 })
await writeFile(join(dataDir, 'spool', `00000000000000000001-${damaged}.run`), 'no spool file')
const interrupted = await database.insertRun('majority', 'RUNNING')

const worker = await startTestService(t, {
  DATABASE_URL: proxy.url,
  DATA_DIR: dataDir,
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  RECOVERY_GRACE_SECONDS: 1,
})
const cancel = (run: number) => worker.post(`/api/runs/${run}/cancel`, '')

/** Trainings that ended so, as Prometheus reads it: of all models, for that of a damaged file is not known. */
async function counted(outcome: string): Promise<number> {
  const { body } = await worker.get('/metrics')
  const values = [...(body as string).matchAll(/^ml_worker_trainings_total\{.*outcome="(\w+)"\} (\d+)$/gm)]
  return values.filter(([, one]) => one === outcome).reduce((sum, [, , value]) => sum + Number(value), 0)
}

/** What came about, for its spans: those are sent some seconds later. */
const ends: { readonly run: number; readonly outcome: string }[] = []

/** Holds table, log, record and figures against each other. */
async function agree(t: Test, run: number, outcome: string, message: string): Promise<void> {
  const isSuccess = outcome === 'success'
  t.equal(await database.ended(run), isSuccess ? 'SUCCESS' : 'FAILED', 'the table')
  const metrics = await database.metrics(run)
  t.equal(metrics['error_code'], isSuccess ? undefined : outcome, 'its metrics')

  const isEnd = (line: Record<string, unknown>): boolean =>
    line['runId'] === run && /^training (succeeded|failed|was cancelled)$/.test(String(line['msg']))
  await until(() => worker.logged.some(isEnd))
  const [line, ...more] = worker.logged.filter(isEnd)
  t.equal(line?.['msg'], message, 'the log')
  if (message === 'training failed') t.equal(line?.['errorCode'], outcome)
  t.same(more, [], 'one line')

  const { body } = await worker.get(`/api/runs/${run}`)
  t.equal(body.error?.code ?? 'success', outcome, 'the record')
  t.ok(body.timings.ended, 'and its time')
  const log = (await worker.get(`/api/runs/${run}/logs`)).body as string
  t.match(log, isSuccess ? 'training succeeded' : `training failed, ${outcome}`)

  t.equal(await counted(outcome), 1, 'the figures')
  ends.push({ run, outcome })
}

t.test('a damaged spool file', (t) => agree(t, damaged, 'spool_damaged', 'training failed'))

t.test('a run that no worker holds', (t) => agree(t, interrupted, 'interrupted', 'training failed'))

t.test('a training that succeeds', async (t) => {
  await agree(t, await accepted(worker, 'majority'), 'success', 'training succeeded')
})

t.test('a model class that throws', async (t) => {
  const run = await accepted(worker, 'misbehaving', { ...good, parameters: { deed: 'throws' } })
  await agree(t, run, 'model_failed', 'training failed')
})

t.test('a process that dies', async (t) => {
  const run = await accepted(worker, 'misbehaving', { ...good, parameters: { deed: 'exits' } })
  await agree(t, run, 'trainer_died', 'training failed')
})

t.test('cancelled in training, and while it waits', async (t) => {
  const path = gate(t)
  const run = await inTraining(worker, path)
  t.equal((await cancel(run)).status, 200)
  await agree(t, run, 'cancelled', 'training was cancelled')
  const before = gate(t)
  const first = await inTraining(worker, before)
  const waiting = await accepted(worker, 'majority')
  t.equal((await cancel(waiting)).status, 200)
  t.equal(await database.ended(waiting), 'FAILED')
  t.equal(await counted('cancelled'), 2)
  await openGate(before)
  t.equal(await database.ended(first), 'SUCCESS')
  ends.push({ run: waiting, outcome: 'cancelled' })
})

t.test('a run whose row was made, and whose caller was told that it was not', async (t) => {
  await database.owner.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(42); return new; end $$;
    create constraint trigger waiting_at_commit after insert on model_runs deferrable initially deferred for each row
    execute function wait_for_test()`)
  const owner = await database.owner.connect()
  await owner.query('select pg_advisory_lock(42)')
  const creating = worker.post('/api/runs', { model_name: 'majority', ...good })
  await until(async () => {
    const { rowCount } = await database.owner.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into model_runs%'
       and datname = current_database()`,
    )
    return (rowCount as number) > 0
  })
  await proxy.shut()
  await owner.query('select pg_advisory_unlock(42)')
  owner.release()
  t.match(await creating, { status: 503, body: { code: 'DATABASE_UNAVAILABLE' } })
  await database.owner.query('drop trigger waiting_at_commit on model_runs')
  await proxy.open()
  const { rows } = await database.owner.query<{ id: number }>('select max(id)::int as id from model_runs')
  await agree(t, rows[0]?.id as number, 'not_accepted', 'training failed')
})

t.test('the spans say the same of each', async (t) => {
  const ofRun = (run: number) => spans.filter(({ attributes }) => Number(attributes['ml_worker.run_id']) === run)
  for (const { run, outcome } of ends) {
    const told = () => ofRun(run).filter(({ attributes }) => 'error.type' in attributes)
    if (outcome === 'success') await until(() => ofRun(run).some(({ name, isError }) => name === 'train' && !isError))
    else await until(() => told().length > 0)
    const wanted = outcome === 'success' ? [] : [[outcome, true]]
    t.same(
      told().map(({ attributes, isError }) => [attributes['error.type'], isError]),
      wanted,
      `run ${run}, ${outcome}`,
    )
  }
})

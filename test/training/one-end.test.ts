// The end of a run is decided once: the table, the answer, the log, the record and the figures say the same.
import t from 'tap'
import { gate, openGate, runsOf } from '../support/runs.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const service = await startTrainingService(t, ['held_open', 'misbehaving', 'majority'], { RECOVERY_GRACE_SECONDS: 1 })
const { database, post, get, linesOf } = service
const { inTraining, accepted } = runsOf(database)
const cancel = (run: number) => post(`/api/runs/${run}/cancel`, '')

/** How often trainings of a model ended so, as Prometheus reads it. */
async function counted(model: string, outcome: string, from: Pick<TestService, 'get'> = service): Promise<number> {
  const { body } = await from.get('/metrics')
  const name = `ml_worker_trainings_total{model="${model}",outcome="${outcome}"}`
  return Number(
    (body as string)
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(name.length) ?? 0,
  )
}

/** Holds the row of a run, as another transaction of the application does. Gives the function that lets it go. */
async function holdRow(run: number): Promise<() => Promise<void>> {
  const owner = await database.owner.connect()
  await owner.query('begin')
  await owner.query('select 1 from model_runs where id = $1 for update', [run])
  return async () => {
    await owner.query('commit')
    owner.release()
  }
}

const isWaiting = async (statement = 'update model_runs'): Promise<boolean> => {
  const { rows } = await database.owner.query(
    `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like $1 and datname = current_database()`,
    [`${statement}%`],
  )
  return rows.length > 0
}

t.test('a cancel that comes while the success is written comes too late, everywhere', async (t) => {
  const path = gate(t)
  const run = await inTraining(service, path)
  const [successes, cancels] = [await counted('held_open', 'success'), await counted('held_open', 'cancelled')]
  const letGo = await holdRow(run)
  await openGate(path)
  await until(() => isWaiting())
  const cancelling = cancel(run)
  // The call has come when another, behind it on the same thread, is answered.
  await get('/api/health/live')
  await letGo()
  const { status, body } = await cancelling
  t.match({ status, code: body.code }, { status: 409, code: 'RUN_FINISHED' })
  t.equal((await database.run(run)).run_status, 'SUCCESS')
  t.notOk('error_code' in (await database.metrics(run)))
  t.equal(linesOf(run, 'training succeeded').length, 1)
  t.equal(linesOf(run, 'training was cancelled').length, 0)
  const { body: shown } = await get(`/api/runs/${run}`)
  t.match(shown, { status: 'SUCCESS', error: null, timings: { ended: String } })
  t.match((await get(`/api/runs/${run}/logs`)).body, /training succeeded/)
  t.equal(await counted('held_open', 'success'), successes + 1)
  t.equal(await counted('held_open', 'cancelled'), cancels)
})

t.test('a cancel that comes while a failure is written is not answered as one that cancelled', async (t) => {
  const before = gate(t)
  const first = await inTraining(service, before)
  const run = await accepted(service, 'misbehaving', { ...good, parameters: { deed: 'throws' } })
  const cancels = await counted('misbehaving', 'cancelled')
  // Its row is free for the beginning, and held when the end comes: both wait for the same lock otherwise.
  await database.owner.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(42); return new; end $$;
    create trigger waiting before update on model_runs for each row
    when (new.id = ${run} and new.run_status = 'FAILED') execute function wait_for_test()`)
  const owner = await database.owner.connect()
  await owner.query('begin; select pg_advisory_xact_lock(42)')
  await openGate(before)
  await database.ended(first)
  await until(() => isWaiting())
  const cancelling = cancel(run)
  await get('/api/health/live')
  await owner.query('commit')
  owner.release()
  t.match(await cancelling, { status: 409, body: { code: 'RUN_FINISHED' } })
  t.equal((await database.metrics(run))['error_code'], 'model_failed')
  t.match((await get(`/api/runs/${run}`)).body, { error: { code: 'model_failed' } })
  t.equal(await counted('misbehaving', 'cancelled'), cancels)
  t.equal(linesOf(run, 'training was cancelled').length, 0)
})

t.test('an end whose answer got lost is told as what the table says', async (t) => {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const worker = await startTestService(t, { DATABASE_URL: proxy.url })
  const path = gate(t)
  const run = await inTraining(worker, path)
  // The commit itself waits: what it says is written, and the answer to it is lost.
  await database.owner.query(`
    create constraint trigger waiting_at_commit after update on model_runs deferrable initially deferred for each row
    when (new.id = ${run} and new.run_status = 'SUCCESS') execute function wait_for_test()`)
  const owner = await database.owner.connect()
  await owner.query('begin; select pg_advisory_xact_lock(42)')
  await openGate(path)
  await until(() => isWaiting('commit'))
  await proxy.shut()
  await owner.query('commit')
  owner.release()
  t.equal(await database.ended(run), 'SUCCESS')
  await proxy.open()
  await until(async () => (await counted('held_open', 'success', worker)) === 1)
  t.match((await worker.get(`/api/runs/${run}`)).body, { status: 'SUCCESS', timings: { ended: String } })
})

t.test('a run that nobody trains is told of by the worker that ends it', async (t) => {
  const run = await database.insertRun('majority', 'RUNNING')
  t.equal(await database.ended(run), 'FAILED')
  await until(async () => (await counted('majority', 'interrupted')) === 1)
  t.match((await get(`/api/runs/${run}`)).body, { error: { code: 'interrupted' }, timings: { ended: String } })
  t.match((await get(`/api/runs/${run}/logs`)).body, /training failed, interrupted/)
})

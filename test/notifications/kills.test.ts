// What a kill leaves of notices: each is told at least once, whenever its worker was killed.
import t, { type Test } from 'tap'
import { createOwnDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts'
import { dataFolder, gate, heldBy, openGate, spoolNames } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { answers, startReceiver } from '../support/webhook-receiver.ts'
import { startTestProcess } from '../support/worker-process.ts'

const receiver = await startReceiver(t)

/** own: the database of the schema; by default that of the runs. */
async function setUp(t: Test, own?: TestDatabase) {
  const database = await (own === undefined ? createOwnDatabase : createTestDatabase)(t)
  await database.registerModel('held_open')
  const settings = {
    DATABASE_URL: database.url,
    ...(own && { OWN_DATABASE_URL: own.url }),
    WEBHOOK_ALLOWED_HOSTS: '127.0.0.0/8',
    WEBHOOK_TIMEOUT_SECONDS: '3',
    WEBHOOK_RETRY_SECONDS: '1',
  }
  const start = async (dataDir: string) => {
    const worker = await startTestProcess(t, { ...settings, DATA_DIR: dataDir })
    await until(async () => (await worker.get('/api/webhooks')).status === 200)
    return worker
  }
  return { database, start }
}

t.test('a delivery whose worker was killed in the middle comes again, under the same webhook-id', async (t) => {
  const { start } = await setUp(t)
  const first = await start(await dataFolder(t))
  const url = `${receiver.url}/middle`
  const { body: made } = await first.post('/api/webhooks', { url })
  const came = () => receiver.received.filter(({ path }) => path === '/middle')
  receiver.answer(() => {})
  const { body: sent } = await first.post(`/api/webhooks/${made.id}/test`, '')
  await until(() => came().length === 1)
  await first.end('SIGKILL')
  receiver.answer(answers(204))
  const second = await start(await dataFolder(t))
  await until(() => came().length === 2)
  t.same(
    came().map(({ headers }) => headers['webhook-id']),
    [sent.message_id, sent.message_id],
  )
  const stateNow = async () => (await second.get(`/api/webhooks/${made.id}/deliveries`)).body.deliveries[0]
  await until(async () => (await stateNow()).state === 'delivered')
  t.equal((await stateNow()).attempts, 2)
  await second.end('SIGTERM')
})

t.test('a stop in good order gives an attempt back, which does not count', async (t) => {
  const { start } = await setUp(t)
  const first = await start(await dataFolder(t))
  const { body: made } = await first.post('/api/webhooks', { url: `${receiver.url}/stopped` })
  const came = () => receiver.received.filter(({ path }) => path === '/stopped')
  receiver.answer(() => {})
  await first.post(`/api/webhooks/${made.id}/test`, '')
  await until(() => came().length === 1)
  t.equal(await first.end('SIGTERM'), 0)
  receiver.answer(answers(204))
  const second = await start(await dataFolder(t))
  await until(() => came().length === 2)
  const stateNow = async () => (await second.get(`/api/webhooks/${made.id}/deliveries`)).body.deliveries[0]
  await until(async () => (await stateNow()).state === 'delivered')
  t.equal((await stateNow()).attempts, 1)
  await second.end('SIGTERM')
})

t.test('the end of a run is told once, also when its worker was killed after it and before it was told', async (t) => {
  const { database, start } = await setUp(t)
  receiver.answer(answers(204))
  const first = await start(await dataFolder(t))
  await first.post('/api/webhooks', { url: `${receiver.url}/ended` })
  const path = gate(t)
  const run = await database.insertRun('held_open')
  t.equal((await first.train('held_open', run, heldBy(path))).status, 200)
  const watched = async () => (await database.owner.query('select run_id from ml_worker.watched_runs')).rows.length
  await until(async () => (await watched()) === 1)
  // Holds back what comes after the end of the run.
  const holder = await database.owner.connect()
  await holder.query('begin')
  await holder.query('select from ml_worker.watched_runs where run_id = $1 for update', [run])
  await openGate(path)
  t.equal(await database.ended(run), 'SUCCESS')
  await first.end('SIGKILL')
  await holder.query('commit')
  holder.release()
  const second = await start(await dataFolder(t))
  const told = () => receiver.received.filter((each) => each.path === '/ended').map(({ body }) => body.data)
  await until(() => told().length > 0)
  t.same(told(), [{ model_run_id: run, model_name: 'held_open', status: 'SUCCESS' }])
  t.equal(await watched(), 0)
  const { rows } = await database.owner.query('select count(*)::int as count from ml_worker.notices')
  t.equal(rows[0].count, 1)
  await second.end('SIGTERM')
})

/** As if the lines of the pool were silent, while that of the locks is not. */
const POOL_IS_AWAY = `
  create function away() returns trigger language plpgsql as $$ begin
    if current_setting('application_name') not like 'ml-worker-locks-%' then
      raise exception 'away' using errcode = '57P03';
    end if;
    return new;
  end $$;
  create trigger away before insert on ml_worker.watched_runs for each row execute function away()`
/** The database takes the end back when it is to be kept, and keeps the next. */
const FIRST_END_IS_LOST = `
  create sequence ends;
  grant usage on sequence ends to public;
  create function lost() returns trigger language plpgsql as $$ begin
    if nextval('ends') = 1 then raise exception 'lost' using errcode = '57P03'; end if;
    return null;
  end $$;
  create constraint trigger lost after update on model_runs deferrable initially deferred
    for each row when (new.run_status = 'SUCCESS') execute function lost()`

for (const [what, path, troubles] of [
  ['a run', '/unwatched', [POOL_IS_AWAY]],
  ['a run whose end is written twice', '/lost', [POOL_IS_AWAY, FIRST_END_IS_LOST]],
] as const) {
  t.test(`the same of ${what} that could not be written down as one to watch until it ended`, async (t) => {
    const { database, start } = await setUp(t)
    receiver.answer(answers(204))
    const dataDir = await dataFolder(t)
    const first = await start(dataDir)
    await first.post('/api/webhooks', { url: receiver.url + path })
    for (const trouble of troubles) await database.owner.query(trouble)
    const opening = gate(t)
    const run = await database.insertRun('held_open')
    t.equal((await first.train('held_open', run, { ...heldBy(opening), correlation_id: 'order-7' })).status, 200)
    await openGate(opening)
    t.equal(await database.ended(run), 'SUCCESS')
    await until(async () => (await spoolNames(dataDir)).length === 0)
    await first.end('SIGKILL')
    await database.owner.query('drop function away cascade')
    await toldAtLast(t, start, path, { model_run_id: run, correlation_id: 'order-7' })
  })
}

t.test('the end of a run waits until another database has written down that it is to be told', async (t) => {
  const own = await createOwnDatabase(t)
  const { database, start } = await setUp(t, own)
  receiver.answer(answers(204))
  const first = await start(await dataFolder(t))
  await first.post('/api/webhooks', { url: `${receiver.url}/elsewhere` })
  const holder = await own.owner.connect()
  await holder.query('begin')
  await holder.query('lock table ml_worker.watched_runs in exclusive mode')
  const opening = gate(t)
  const run = await database.insertRun('held_open')
  t.equal((await first.train('held_open', run, heldBy(opening))).status, 200)
  await openGate(opening)
  // What was accepted is to be written, and what is to end.
  const waiting = `select from pg_locks join pg_database d on d.oid = database
    where not granted and datname = current_database() and relation = 'ml_worker.watched_runs'::regclass`
  await until(async () => (await own.owner.query(waiting)).rowCount === 2)
  t.equal((await database.run(run)).run_status, 'RUNNING')
  await holder.query('commit')
  holder.release()
  t.equal(await database.ended(run), 'SUCCESS')
  await first.end('SIGKILL')
  await toldAtLast(t, start, '/elsewhere', { model_run_id: run })
})

/** Another worker tells the end of the run, at least once. */
async function toldAtLast(
  t: Test,
  start: Awaited<ReturnType<typeof setUp>>['start'],
  path: string,
  run: Readonly<Record<string, unknown>>,
): Promise<void> {
  const second = await start(await dataFolder(t))
  const told = () => receiver.received.filter((each) => each.path === path).map(({ body }) => body.data)
  await until(() => told().length > 0)
  t.same(told()[0], { model_name: 'held_open', status: 'SUCCESS', ...run })
  await second.end('SIGTERM')
}

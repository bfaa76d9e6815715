import { randomUUID } from 'node:crypto'
import pino from 'pino'
import t, { type Test } from 'tap'
import { startSilentProxy } from '../../test/chaos/silent-proxy.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { createTcpProxy } from '../../test/support/tcp-proxy.ts'
import { until } from '../../test/support/until.ts'
import { LockSession } from './lock-session.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

const database = await createTestDatabase(t)
const log = pino({ level: 'silent' })

/** A session that is closed when the test ends; `lost` grows with what it loses. */
function openSession(t: Test, { url = database.url, workerId = randomUUID() as string } = {}) {
  const lost: number[] = []
  const session = new LockSession(url, workerId, log, (id) => lost.push(id))
  t.teardown(() => session.close())
  return { session, workerId, lost }
}

/** Ends the session of a worker, and resolves when the server has done it. */
async function terminate(workerId: string): Promise<void> {
  const name = `ml-worker-locks-${workerId}`
  const { rows } = await database.owner.query(
    'select pid, pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [name],
  )
  if (rows.length !== 1) throw new Error(`${rows.length} sessions have the name ${name}`)
  await until(async () => {
    const { rowCount } = await database.owner.query('select from pg_stat_activity where pid = $1', [rows[0].pid])
    return rowCount === 0
  })
}

/** Whether any session holds the lock. */
async function isHeld(id: number): Promise<boolean> {
  const { rowCount } = await database.owner.query(
    `select from pg_locks where locktype = 'advisory' and objid = $1 and granted
     and database = (select oid from pg_database where datname = current_database())`,
    [id],
  )
  return (rowCount as number) > 0
}

t.test('a lock is held by one session, until that gives it back or closes', async (t) => {
  const { session: a } = openSession(t)
  const { session: b } = openSession(t)
  t.equal(await a.tryLock(1), true)
  t.equal(await a.tryLock(1), true, 'again is as good as once')
  t.equal(await b.tryLock(1), false)
  t.equal(await b.tryLock(2), true, 'another id is another lock')
  await a.unlock(1)
  t.equal(await b.tryLock(1), true)
  await a.unlock(1)
  t.equal(await isHeld(1), true, 'what is not held is not given back')
  await b.close()
  await until(async () => !(await isHeld(1)))
  t.equal(await a.tryLock(1), true)
})

t.test('of many that try at once, one gets the lock', async (t) => {
  const sessions = Array.from({ length: 4 }, () => openSession(t).session)
  const results = await Promise.all(sessions.map((session) => session.tryLock(7)))
  t.equal(results.filter(Boolean).length, 1)
})

t.test('a transaction runs only while its lock is held, and whole or not at all', async (t) => {
  const { session } = openSession(t)
  const insert = (tx: { query(text: string): Promise<unknown> }, name: string) =>
    tx.query(
      `insert into models (name, type, class_name, features_ok, pipeline_ok) values ('${name}', '', '', true, true)`,
    )
  t.equal(await session.transaction(3, async () => t.fail('it must not run')), undefined)
  await session.tryLock(3)
  t.equal(await session.transaction(3, async (tx) => insert(tx, 'kept').then(() => 'done')), 'done')
  const broken = session.transaction(3, async (tx) => {
    await insert(tx, 'dropped')
    throw new Error('half-way')
  })
  await t.rejects(broken, { message: 'half-way' })
  const { rows } = await database.owner.query('select name from models')
  t.same(rows, [{ name: 'kept' }])
  t.equal(await session.transaction(3, async () => 'next'), 'next', 'the session goes on')
})

t.test('a session that is terminated takes its locks again by itself', async (t) => {
  const { session, workerId, lost } = openSession(t)
  for (const id of [11, 12]) await session.tryLock(id)
  await terminate(workerId)
  await until(async () => (await isHeld(11)) && (await isHeld(12)))
  t.equal(await openSession(t).session.tryLock(11), false)
  t.equal(await session.transaction(12, async () => 'ours'), 'ours')
  t.same(lost, [])
})

t.test('one that is terminated in a transaction throws that the database is away, and works again', async (t) => {
  const { session, workerId } = openSession(t)
  await session.tryLock(21)
  const broken = session.transaction(21, async (tx) => {
    await terminate(workerId)
    await tx.query('select 1')
  })
  const error = await broken.then(
    () => undefined,
    (reason) => reason,
  )
  t.ok(isDatabaseUnavailable(error), String(error))
  t.equal(await session.transaction(21, async () => 'again'), 'again')
})

t.test('a lock that another has taken meanwhile is lost, and said to be', async (t) => {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const { session, lost } = openSession(t, { url: proxy.url })
  for (const id of [31, 32]) await session.tryLock(id)
  await proxy.shut()
  const other = openSession(t).session
  await until(() => other.tryLock(31))
  t.ok(isDatabaseUnavailable(await session.tryLock(33).catch((error) => error)), 'while it is away')
  await proxy.open()
  await until(() => lost.length > 0)
  t.same(lost, [31])
  t.equal(await session.transaction(31, async () => t.fail('it must not run')), undefined)
  t.equal(await session.transaction(32, async () => 'ours'), 'ours')
})

t.test('what the process before held on a line that went silent is freed for the next one', async (t) => {
  const proxy = await startSilentProxy(() => Number(new URL(database.url).port || 5432))
  t.teardown(() => proxy.close())
  const line = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
  // The name that an operator gives in the URL is not the one by which a session knows its own.
  const url = `${line}?application_name=given-by-the-operator`
  const { session: before, workerId } = openSession(t, { url })
  await before.tryLock(41)
  proxy.silence()
  t.equal(await openSession(t).session.tryLock(41), false, 'another worker has to wait')
  const { session: next } = openSession(t, { workerId, url: `${database.url}?application_name=given-by-the-operator` })
  await until(() => next.tryLock(41))
  t.equal(await next.transaction(41, async () => 'ours'), 'ours')
})

import { randomUUID } from 'node:crypto'
import pino from 'pino'
import t, { type Test } from 'tap'
import { startSilentProxy } from '../../test/chaos/silent-proxy.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { createTcpProxy } from '../../test/support/tcp-proxy.ts'
import { until } from '../../test/support/until.ts'
import { type LockKind, lockCall, RUN_LOCKS } from './lock-kinds.ts'
import { LockSession } from './lock-session.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

const database = await createTestDatabase(t)
const log = pino({ level: 'silent' })

/** A session that is closed when the test ends; `lost` grows with what it loses. */
function openSession(t: Test, { url = database.url, workerId = randomUUID() as string } = {}) {
  const lost: number[] = []
  const session = new LockSession(url, workerId, log)
  t.teardown(() => session.close())
  return { session, locks: session.of(RUN_LOCKS, (id) => lost.push(id)), workerId, lost }
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
  const { locks: a } = openSession(t)
  const { locks: b, session: ofB } = openSession(t)
  t.equal(await a.tryLock(1), true)
  t.equal(await a.tryLock(1), true, 'again is as good as once')
  t.equal(await b.tryLock(1), false)
  t.equal(await b.tryLock(2), true, 'another id is another lock')
  await a.unlock(1)
  t.equal(await b.tryLock(1), true)
  await a.unlock(1)
  t.equal(await isHeld(1), true, 'what is not held is not given back')
  await ofB.close()
  await until(async () => !(await isHeld(1)))
  t.equal(await a.tryLock(1), true)
})

t.test('of many that try at once, one gets the lock', async (t) => {
  const sessions = Array.from({ length: 4 }, () => openSession(t).locks)
  const results = await Promise.all(sessions.map((locks) => locks.tryLock(7)))
  t.equal(results.filter(Boolean).length, 1)
})

t.test('a transaction runs only while its lock is held, and whole or not at all', async (t) => {
  const { locks } = openSession(t)
  const insert = (tx: { query(text: string): Promise<unknown> }, name: string) =>
    tx.query(
      `insert into models (name, type, class_name, features_ok, pipeline_ok) values ('${name}', '', '', true, true)`,
    )
  t.equal(await locks.transaction(3, async () => t.fail('it must not run')), undefined)
  await locks.tryLock(3)
  t.equal(await locks.transaction(3, async (tx) => insert(tx, 'kept').then(() => 'done')), 'done')
  const broken = locks.transaction(3, async (tx) => {
    await insert(tx, 'dropped')
    throw new Error('half-way')
  })
  await t.rejects(broken, { message: 'half-way' })
  const { rows } = await database.owner.query('select name from models')
  t.same(rows, [{ name: 'kept' }])
  t.equal(await locks.transaction(3, async () => 'next'), 'next', 'the session goes on')
})

t.test('a session that is terminated takes its locks again by itself', async (t) => {
  const { locks, workerId, lost } = openSession(t)
  for (const id of [11, 12]) await locks.tryLock(id)
  await terminate(workerId)
  await until(async () => (await isHeld(11)) && (await isHeld(12)))
  t.equal(await openSession(t).locks.tryLock(11), false)
  t.equal(await locks.transaction(12, async () => 'ours'), 'ours')
  t.same(lost, [])
})

t.test('one that is terminated in a transaction throws that the database is away, and works again', async (t) => {
  const { locks, workerId } = openSession(t)
  await locks.tryLock(21)
  const broken = locks.transaction(21, async (tx) => {
    await terminate(workerId)
    await tx.query('select 1')
  })
  const error = await broken.then(
    () => undefined,
    (reason) => reason,
  )
  t.ok(isDatabaseUnavailable(error), String(error))
  t.equal(await locks.transaction(21, async () => 'again'), 'again')
})

t.test('a lock that another has taken meanwhile is lost, and said to be', async (t) => {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const { locks, lost } = openSession(t, { url: proxy.url })
  for (const id of [31, 32]) await locks.tryLock(id)
  await proxy.shut()
  const other = openSession(t).locks
  await until(() => other.tryLock(31))
  t.ok(isDatabaseUnavailable(await locks.tryLock(33).catch((error) => error)), 'while it is away')
  await proxy.open()
  await until(() => lost.length > 0)
  t.same(lost, [31])
  t.equal(await locks.transaction(31, async () => t.fail('it must not run')), undefined)
  t.equal(await locks.transaction(32, async () => 'ours'), 'ours')
})

t.test('what the process before held on a line that went silent is freed for the next one', async (t) => {
  const proxy = await startSilentProxy(() => Number(new URL(database.url).port || 5432))
  t.teardown(() => proxy.close())
  const line = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
  // The name that an operator gives in the URL is not the one by which a session knows its own.
  const url = `${line}?application_name=given-by-the-operator`
  const { locks: before, workerId } = openSession(t, { url })
  await before.tryLock(41)
  proxy.silence()
  t.equal(await openSession(t).locks.tryLock(41), false, 'another worker has to wait')
  const { locks: next } = openSession(t, { workerId, url: `${database.url}?application_name=given-by-the-operator` })
  await until(() => next.tryLock(41))
  t.equal(await next.transaction(41, async () => 'ours'), 'ours')
})

t.test('locks of different kinds on one id are different locks, of small ids and of large ones', async (t) => {
  const other: LockKind = { name: 'other', lockClass: 0x4d4c5854, prefix: 0x136 }
  const { session: a } = openSession(t)
  const { session: b } = openSession(t)
  for (const id of [51, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1]) {
    t.equal(await a.of(RUN_LOCKS).tryLock(id), true, `run ${id}`)
    t.equal(await b.of(other).tryLock(id), true, `other ${id}`)
    t.equal(await b.of(RUN_LOCKS).tryLock(id), false, `run ${id} is taken`)
    t.equal(await a.of(other).transaction(id, async () => t.fail('it must not run')), undefined)
    await a.of(RUN_LOCKS).unlock(id)
    t.equal(await b.of(RUN_LOCKS).tryLock(id), true, `run ${id} is free`)
  }
})

t.test('a lock that a session of another program holds is told, of small ids and of large ones', async (t) => {
  const foreigner = await database.owner.connect()
  t.teardown(() => foreigner.release(true))
  await foreigner.query(`set application_name = 'psql'`)
  for (const id of [61, 2 ** 31 + 61, 2 ** 53 - 61]) {
    const { session, locks } = openSession(t)
    await foreigner.query(...lockCall('pg_advisory_lock', RUN_LOCKS, id))
    t.equal(await locks.tryLock(id), false)
    t.match(session.foreignLock, `run ${id} waits: its advisory lock is held by session`)
    t.match(locks.foreignLockOn(id), '("psql"), which is no worker')
    t.equal(locks.foreignLockOn(id + 1), undefined)
    await foreigner.query(...lockCall('pg_advisory_unlock', RUN_LOCKS, id))
    t.equal(await locks.tryLock(id), true)
    t.equal(session.foreignLock, undefined)
  }
})

import pino from 'pino'
import t from 'tap'
import { startSilentProxy } from '../../test/chaos/silent-proxy.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { createPool, inTransaction, type Transaction } from './pool.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

const database = await createTestDatabase(t)

t.test('a pool closes though a statement and an idle connection are on a line that went silent', async (t) => {
  const proxy = await startSilentProxy(() => Number(new URL(database.url).port || 5432))
  t.teardown(() => proxy.close())
  const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
  const pool = createPool(url, pino({ level: 'silent' }))
  const [idle, busy] = await Promise.all([pool.connect(), pool.connect()])
  await Promise.all([idle.query('select 1'), busy.query('select 1')])
  idle.release()
  proxy.silence()
  const asked = busy.query('select 2').then(
    () => 'answered',
    () => 'failed',
  )
  await pool.close()
  t.equal(await asked, 'failed', 'who still waited is told')
  busy.release(true)
})

t.test('a pool that is healthy closes with all its connections', async (t) => {
  const pool = createPool(`${database.url}?application_name=to-be-closed`, pino({ level: 'silent' }))
  await Promise.all(Array.from({ length: 4 }, () => pool.query('select pg_sleep(0.01)')))
  await pool.close()
  await until(async () => {
    const { rowCount } = await database.owner.query(
      `select from pg_stat_activity where application_name = 'to-be-closed'`,
    )
    return rowCount === 0
  })
  await t.rejects(pool.query('select 1'), { message: /after calling end/ })
})

t.test(
  'a transaction on a line that went silent gives its locks back, and whoever waits for one gives up',
  async (t) => {
    await database.owner.query('create table silent_rows as select 1 as id')
    const proxy = await startSilentProxy(() => Number(new URL(database.url).port || 5432))
    t.teardown(() => proxy.close())
    const silent = pino({ level: 'silent' })
    const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
    const [cut, own] = [createPool(url, silent), createPool(database.url, silent)]
    t.teardown(() => Promise.all([cut.close(), own.close()]))
    const settingOf = async (tx: Transaction, name: string): Promise<unknown> =>
      (await tx.query(`show ${name}`)).rows[0]?.[name]
    const held = inTransaction(cut, async (tx) => {
      t.equal(await settingOf(tx, 'idle_in_transaction_session_timeout'), '30s')
      t.equal(await settingOf(tx, 'lock_timeout'), '35s')
      // So that the test need not wait for half a minute.
      await tx.query(`set local idle_in_transaction_session_timeout = '500ms'`)
      await tx.query('select from silent_rows for update')
      proxy.silence()
      await new Promise(() => {})
    })
    held.catch(() => {})
    await until(async () => {
      const { rowCount } = await database.owner.query(
        `select from pg_locks where relation = 'silent_rows'::regclass and mode = 'RowShareLock'`,
      )
      return rowCount === 1
    })
    t.equal(await inTransaction(own, async (tx) => (await tx.query('select from silent_rows for update')).rowCount), 1)
  },
)

t.test('a transaction that says nothing for too long is the database being away, and its pool goes on', async (t) => {
  const pool = createPool(database.url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  const error = await inTransaction(pool, async (tx) => {
    await tx.query(`set local idle_in_transaction_session_timeout = '50ms'`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await tx.query('select 1')
  }).catch((reason) => reason)
  t.ok(isDatabaseUnavailable(error), String(error))
  t.equal((await pool.query('select 1')).rowCount, 1)
})

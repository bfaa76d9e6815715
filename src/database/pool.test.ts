import pino from 'pino'
import t from 'tap'
import { startSilentProxy } from '../../test/chaos/silent-proxy.ts'
import { createTestDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { createPool } from './pool.ts'

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

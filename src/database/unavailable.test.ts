import { createServer } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { createTestDatabase } from '../../test/support/database.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

const withCode = (code: string): Error => Object.assign(new Error('it went wrong'), { code })

t.test(
  'a broken or refused connection, and a server that stops, is full or takes no writes, are the database being away',
  async (t) => {
    const codes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']
    for (const code of [
      ...codes,
      '08006',
      '08P01',
      '53300',
      '57P01',
      '57P02',
      '57P03',
      '28P01',
      '3D000',
      '25006',
      '25P03',
      '40P01',
    ]) {
      t.ok(isDatabaseUnavailable(withCode(code)), code)
    }
    t.ok(isDatabaseUnavailable(Object.assign(withCode('ENOENT'), { syscall: 'connect' })), 'no Unix socket')
    for (const message of ['Connection terminated unexpectedly', 'Query read timeout', 'timeout expired']) {
      t.ok(isDatabaseUnavailable(new Error(message)), message)
    }
  },
)

t.test('a refused connection to several addresses is as well', async (t) => {
  t.ok(isDatabaseUnavailable(new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')])))
  t.notOk(isDatabaseUnavailable(new AggregateError([new Error('no')])))
})

t.test('a statement that is wrong, and what is no error, are not', async (t) => {
  // Syntax, unique, privilege, lock_timeout, statement cancelled, no such table.
  for (const code of ['42601', '23505', '42501', '55P03', '57014', '42P01', 'EACCES', 'ENOSPC', 'ENOENT']) {
    t.notOk(isDatabaseUnavailable(withCode(code)), code)
  }
  const tooLong = new RangeError('Cannot create a string longer than 0x1fffffe8 characters')
  t.notOk(isDatabaseUnavailable(Object.assign(tooLong, { code: 'ERR_STRING_TOO_LONG' })))
  t.notOk(isDatabaseUnavailable(new RangeError('Invalid string length')))
  for (const value of [new Error('no'), new Error('about: Connection terminated'), undefined, null, 'ECONNRESET', {}]) {
    t.notOk(isDatabaseUnavailable(value))
  }
})

t.test('a statement that a real server finds too long is not the server being away', async (t) => {
  const { owner } = await createTestDatabase(t)
  const list = (count: number): string => Array.from({ length: count }, (_, i) => `$${i + 1}`).join()
  const error = await owner.query(`select 1 where 1 in (${list(10)})`, Array(70_000).fill(1)).catch((reason) => reason)
  t.equal(error.code, '08P01')
  t.notOk(isDatabaseUnavailable(error))
})

t.test('knows what the driver says of a real server', async (t) => {
  const { url, owner } = await createTestDatabase(t)
  const errorOf = async (connectionString: string, statement: string): Promise<unknown> => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 300 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query(statement)
      return undefined
    } catch (error) {
      return error
    } finally {
      await client.end().catch(() => {})
    }
  }
  t.ok(isDatabaseUnavailable(await errorOf('postgresql://nobody@127.0.0.1:1/nothing', 'select 1')), 'nobody listens')
  t.ok(isDatabaseUnavailable(await errorOf(url, 'select pg_terminate_backend(pg_backend_pid())')), 'terminated')
  t.notOk(isDatabaseUnavailable(await errorOf(url, 'select 1 / 0')))
  t.notOk(isDatabaseUnavailable(await errorOf(url, 'select nothing from nowhere')))

  const mute = createServer()
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.teardown(() => mute.close())
  const { port } = mute.address() as { port: number }
  t.ok(isDatabaseUnavailable(await errorOf(`postgresql://nobody@127.0.0.1:${port}/nothing`, 'select 1')), 'silence')

  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query('select pg_backend_pid() as pid')
  const ended = new Promise((resolve) => client.once('end', resolve))
  await owner.query('select pg_terminate_backend($1)', [rows[0].pid])
  await ended
  t.ok(isDatabaseUnavailable(await client.query('select 1').catch((error) => error)), 'used after its end')
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { createTestDatabase } from '../../test/support/database.ts'
import { runWithFile } from './file-parameter.ts'
import type { Transaction } from './pool.ts'

t.test('a large file leaves no listener on the connection, which sends many in its life', async (t) => {
  const database = await createTestDatabase(t)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  t.teardown(() => client.end())
  const byteLength = 32 * 2 ** 20
  const path = join(t.testdir(), 'artifact')
  await writeFile(path, Buffer.alloc(byteLength, 7))
  const { stream } = (client as unknown as { connection: pg.Connection }).connection
  const listeners = (): number[] => ['drain', 'close', 'error'].map((name) => stream.listenerCount(name))
  await client.query('create temp table files (name text, bytes bytea)')
  const before = listeners()
  const text = 'insert into files values ($1, $2)'
  const statement = { text, value: 'a', path, byteLength, timeoutMs: 60_000 }
  t.equal(await runWithFile(client as unknown as Transaction, statement), 1)
  t.same(listeners(), before)
  const { rows } = await client.query('select length(bytes) as length from files')
  t.same(rows, [{ length: byteLength }])
})

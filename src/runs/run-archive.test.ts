import { join } from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import { migrateOwnSchema } from '../database/own-schema/migrate.ts'
import { OwnSchema } from '../database/own-schema/own-schema.ts'
import { createPool, type ServicePool } from '../database/pool.ts'
import { RunArchive } from './run-archive.ts'
import { RunFiles } from './run-files.ts'
import type { RunRecord } from './run-record.ts'
import { RunTables } from './run-tables.ts'

const log = pino({ level: 'silent' })
const DAY_MS = 86_400_000

async function setUp(t: Test) {
  const database = await createTestDatabase(t)
  const pool = createPool(database.url, log)
  t.teardown(() => pool.close())
  const root = t.testdir()
  return { database, pool, tables: new RunTables(pool), folderOf: (worker: string) => join(root, worker) }
}

/** The archive of a worker on a folder below the one of the test. */
async function openArchive(pool: ServicePool, folder: string) {
  const files = new RunFiles(folder)
  await files.open()
  const schema = new OwnSchema({ pool })
  return new RunArchive({ files, tables: new RunTables(pool), schema, keptDays: 30, log })
}

const recordOf = (runId: number, endedAt = Date.now()): RunRecord => ({
  runId,
  modelName: 'majority',
  status: 'SUCCESS',
  acceptedAt: endedAt - 2,
  startedAt: endedAt - 1,
  endedAt,
  secondsTrained: 0.001,
  parameters: { a: 1 },
  warnings: null,
  splitSeed: null,
  correlationId: 'order 1',
  error: null,
})
const lineOf = (at: number, text: string) =>
  ({ id: at * 1000, time: new Date(at).toISOString(), source: 'worker', text }) as const

t.test('what one worker writes another reads, while the run is in training too', async (t) => {
  const { database, pool, folderOf } = await setUp(t)
  await migrateOwnSchema(database.url, { log })
  const [a, b] = [await openArchive(pool, folderOf('a')), await openArchive(pool, folderOf('b'))]
  const now = Date.now()
  await a.begin(1, now - 10)
  await a.append(1, [lineOf(now - 5, 'first')])
  await until(async () => (await b.readLog(1)).length === 1)
  await a.append(1, [lineOf(now, 'last')])
  await a.writeRecord(recordOf(1, now))
  await until(async () => (await b.readRecord(1)) !== undefined)
  t.same(await b.readRecord(1), recordOf(1, now))
  t.same(await b.readLog(1), [lineOf(now - 5, 'first'), lineOf(now, 'last')])
  t.same(await b.readLog(1, (now - 5) * 1000), [lineOf(now, 'last')])
  t.same([...(await b.readRecords([1, 2])).keys()], [1])
  t.same(await b.runIdsOf('order 1'), [1])
  await Promise.all([a.close(), b.close()])
})

t.test('a run that another worker ended has the lines of both', async (t) => {
  const { database, pool, tables, folderOf } = await setUp(t)
  await migrateOwnSchema(database.url, { log })
  const now = Date.now()
  const a = await openArchive(pool, folderOf('a'))
  await a.append(1, [lineOf(now - 5, 'begun by a')])
  const b = await openArchive(pool, folderOf('b'))
  await b.begin(1, now)
  await b.append(1, [lineOf(now, 'ended by b')])
  await b.writeRecord(recordOf(1, now))
  await until(async () => (await tables.readLog(1)).length === 2 && (await tables.readRecord(1)) !== undefined)
  t.same(
    (await a.readLog(1)).map(({ text }) => text),
    ['begun by a', 'ended by b'],
  )
  t.same(await a.readRecord(1), recordOf(1, now))
  await Promise.all([a.close(), b.close()])
})

t.test('without the schema files do, and what they have comes to the tables once that is there', async (t) => {
  const { database, pool, tables, folderOf } = await setUp(t)
  const archive = await openArchive(pool, folderOf('a'))
  await archive.append(1, [lineOf(Date.now(), 'one')])
  const record = recordOf(1)
  await archive.writeRecord(record)
  await archive.append(2, [lineOf(Date.now(), 'cut off')])
  await archive.writeRecord(recordOf(3, Date.now() - 31 * DAY_MS))
  t.same(await archive.readRecord(1), record)
  t.same(await archive.runIdsOf('order 1'), [3, 1])
  t.equal(await archive.readRecord(9), undefined)
  await archive.close()

  await migrateOwnSchema(database.url, { log })
  await tables.writeRecord({ ...recordOf(4), modelName: 'other' })
  const files = new RunFiles(folderOf('a'))
  await files.open()
  await files.writeRecord(recordOf(4))
  const next = await openArchive(pool, folderOf('a'))
  next.recover()
  await until(async () => (await tables.readLog(2)).length === 1 && (await tables.readRecord(1)) !== undefined)
  t.same(await tables.readRecord(1), record)
  t.equal(await tables.readRecord(3), undefined, 'it is older than the tables keep it')
  t.equal((await tables.readRecord(4))?.modelName, 'other', 'what the tables have stays')
  await next.close()
})

t.test('what was written while the database was away is carried when it is back', async (t) => {
  const { database, pool, tables, folderOf } = await setUp(t)
  await migrateOwnSchema(database.url, { log })
  const away = createPool('postgresql://nobody@127.0.0.1:1/nothing', log)
  const archive = await openArchive(away, folderOf('a'))
  const record = recordOf(1)
  await archive.append(1, [lineOf(Date.now(), 'one')])
  await archive.writeRecord(record)
  t.same(await archive.readRecord(1), record)
  t.equal(await archive.readRecord(2), undefined, 'it throws nothing')
  await archive.close()
  await away.close()
  const next = await openArchive(pool, folderOf('a'))
  next.recover()
  await until(async () => (await tables.readRecord(1)) !== undefined)
  t.same(await tables.readLog(1), await next.readLog(1))
  await next.close()
})

t.test('a stop carries what is left', async (t) => {
  const { database, pool, tables, folderOf } = await setUp(t)
  await migrateOwnSchema(database.url, { log })
  const archive = await openArchive(pool, folderOf('a'))
  await archive.append(1, [lineOf(Date.now(), 'last')])
  await archive.writeRecord(recordOf(1))
  await archive.close()
  t.equal((await tables.readLog(1)).length, 1)
  t.not(await tables.readRecord(1), undefined)
})

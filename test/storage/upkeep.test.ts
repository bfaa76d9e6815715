// Objects are deleted after the commit of whoever let go of them, and never one that somebody needs.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import pino from 'pino'
import t, { type Test } from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool, inTransaction } from '../../src/database/pool.ts'
import { Jobs } from '../../src/jobs/jobs.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { type Storage, StorageError } from '../../src/storage/storage.ts'
import { deleteDueObjects } from '../../src/storage-upkeep/delete-objects.ts'
import { ObjectReferences } from '../../src/storage-upkeep/object-references.ts'
import { openStorageUpkeep } from '../../src/storage-upkeep/open-storage-upkeep.ts'
import { sweepOrphans } from '../../src/storage-upkeep/sweep-orphans.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { QUICK } from '../support/job-kinds.ts'
import { createRole } from '../support/roles.ts'
import { until } from '../support/until.ts'

const silent = pino({ level: 'silent' })
const BOUND = { byteLengthMax: 1_000 }
const never = new AbortController().signal

/** The room over a database and a folder of its own, as a role without DDL. needed: keys that a room needs. */
async function openUpkeep(t: Test, options: { storage?: Storage; needed?: Set<string> } = {}) {
  const database = await createTestDatabase(t)
  const { role, url } = await createRole(t, database)
  await migrateOwnSchema(database.url, { grantTo: role, log: silent })
  const pool = createPool(url, silent)
  t.teardown(() => pool.close())
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const ownSchema = new OwnSchema({ pool })
  const jobs = new Jobs({ schema: ownSchema, log: silent, settings: QUICK })
  t.teardown(() => jobs.close(1_000))
  const storage = options.storage ?? new LocalStorage(join(t.testdir(), 'storage'))
  const references = new ObjectReferences()
  const { needed = new Set<string>() } = options
  references.register('test', { prefix: 'a/', inUse: async (keys) => new Set(keys.filter((key) => needed.has(key))) })
  const base = { ownSchema, storage, jobs, log } as unknown as Parameters<typeof openStorageUpkeep>[0]
  const { api } = await openStorageUpkeep(base, references)
  const put = (key: string): Promise<unknown> => storage.put(key, Readable.from([Buffer.from(key)]), BOUND)
  const turn = (): Promise<number> => deleteDueObjects({ pool, storage, references, log }, never)
  const waiting = async (): Promise<Record<string, unknown>[]> =>
    (await pool.query('select object_key, attempts, last_error from ml_worker.storage_deletions order by 1')).rows
  return { ...database, pool, api, storage, references, jobs, needed, put, turn, waiting, lines }
}

t.test('an object is deleted after the commit, and not after a rollback', async (t) => {
  const { pool, api, storage, put, turn, waiting } = await openUpkeep(t)
  for (const key of ['a/kept', 'a/gone', 'a/too']) await put(key)
  await t.rejects(
    inTransaction(pool, async (tx) => {
      await api.deleteAfterCommit(tx, 'a/kept')
      throw new Error('rolled back')
    }),
  )
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/gone', 'a/too', 'a/gone', 'a/never-there'))
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/gone'))
  t.equal((await storage.list({ limit: 10 })).length, 3, 'nothing is deleted before the turn')
  t.equal(await turn(), 3)
  t.same(
    (await storage.list({ limit: 10 })).map(({ key }) => key),
    ['a/kept'],
  )
  t.same(await waiting(), [])
})

t.test('the worker does it by itself', async (t) => {
  const { pool, api, storage, jobs, put } = await openUpkeep(t)
  await put('a/gone')
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/gone'))
  await jobs.start()
  await until(async () => (await storage.stat('a/gone')) === undefined)
})

t.test('an object that a room needs again stays', async (t) => {
  const { pool, api, storage, needed, put, turn, waiting } = await openUpkeep(t)
  await put('a/again')
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/again'))
  needed.add('a/again')
  t.equal(await turn(), 0)
  t.ok(await storage.stat('a/again'))
  t.same(await waiting(), [])
})

t.test('a transaction that will refer to an object keeps it, and is told of one that is gone', async (t) => {
  const { pool, api, storage, needed, put, turn, waiting } = await openUpkeep(t)
  await put('a/same')
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/same'))
  await inTransaction(pool, async (tx) => {
    t.same(await api.keep(tx, 'a/same', 'a/missing'), ['a/missing'])
    t.equal(await turn(), 0)
    t.ok(await storage.stat('a/same'), 'while the transaction is open')
    needed.add('a/same')
  })
  t.match(await waiting(), [{ object_key: 'a/same', attempts: 0 }])
  await pool.query('update ml_worker.storage_deletions set try_after = now()')
  t.equal(await turn(), 0)
  t.ok(await storage.stat('a/same'), 'and after its commit')
  t.same(await waiting(), [])
})

t.test('whoever comes while an object is being deleted waits, and learns that it is gone', async (t) => {
  const folder = new LocalStorage(join(t.testdir(), 'storage'))
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const slow: Storage = Object.create(folder, {
    delete: {
      value: async (key: string) => {
        begun.resolve()
        await release.promise
        await folder.delete(key)
      },
    },
  })
  const { pool, api, put, turn } = await openUpkeep(t, { storage: slow })
  await put('a/same')
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, 'a/same'))
  const deleting = turn()
  await begun.promise
  let isTold = false
  const keeping = inTransaction(pool, async (tx) => {
    const gone = await api.keep(tx, 'a/same')
    isTold = true
    return gone
  })
  await until(async () => {
    const { rows } = await pool.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)
    return rows.length === 1
  })
  t.equal(isTold, false)
  release.resolve()
  t.equal(await deleting, 1)
  t.same(await keeping, ['a/same'])
})

t.test('two workers delete each object once', async (t) => {
  const { pool, api, put, turn, storage } = await openUpkeep(t)
  const keys = Array.from({ length: 20 }, (_, i) => `a/${i}`)
  for (const key of keys) await put(key)
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, ...keys))
  const deleted = await Promise.all([turn(), turn()])
  t.equal(deleted[0] + deleted[1], 20)
  t.same(await storage.list({ limit: 10 }), [])
})

t.test('an object that will not go is tried again, later each time, and told', async (t) => {
  const folder = new LocalStorage(join(t.testdir(), 'storage'))
  let isAway = true
  const storage: Storage = Object.create(folder, {
    delete: {
      value: async (key: string) => {
        if (isAway) throw new StorageError('failed', `${key}: the store is away`)
        await folder.delete(key)
      },
    },
  })
  const { pool, api, put, turn, waiting, lines } = await openUpkeep(t, { storage })
  const keys = ['a/1', 'a/2', 'a/3', 'a/4', 'a/5']
  for (const key of keys) await put(key)
  await inTransaction(pool, (tx) => api.deleteAfterCommit(tx, ...keys))
  t.equal(await turn(), 0)
  const attempts = (await waiting()).map((row) => row['attempts'] as number)
  t.equal(
    attempts.reduce((a, b) => a + b),
    3,
    'a store that is away is left alone after three',
  )
  const wait = `extract(epoch from try_after - now())::float8 as wait`
  const waits: number[] = []
  for (let attempt = 0; attempt < 10; attempt++) {
    await pool.query(`update ml_worker.storage_deletions set try_after = now() + make_interval(days => 1)`)
    await pool.query(`update ml_worker.storage_deletions set try_after = now() where object_key = 'a/1'`)
    await turn()
    const { rows } = await pool.query(`select ${wait} from ml_worker.storage_deletions where object_key = 'a/1'`)
    waits.push(rows[0].wait)
  }
  t.ok(
    waits.every((each, i) => each > (waits[i - 1] ?? 0) * 0.99 && each <= 6 * 3_600),
    `waits ${waits}`,
  )
  t.match(
    lines.find(({ level }) => level === 40),
    { object: 'a/1', attempts: 3, detail: 'a/1: the store is away' },
  )
  isAway = false
  await pool.query('update ml_worker.storage_deletions set try_after = now()')
  t.equal(await turn(), 5)
  t.same(await folder.list({ limit: 10 }), [])
})

t.test('a sweep finds what is old, owned and not needed', async (t) => {
  const { pool, storage, references, needed, put, turn, waiting } = await openUpkeep(t, { needed: new Set(['a/2']) })
  for (const key of ['a/1', 'a/2', 'a/3', 'b/1']) await put(key)
  t.same([...needed], ['a/2'])
  const parts = { storage, references, client: pool }
  const young = await sweepOrphans(parts, { isDryRun: false })
  t.match(young, { listed: 4, unowned: 1, young: 3, orphans: 0 })
  const later = { ...parts, now: () => Date.now() + 25 * 3_600_000 }
  const told: string[] = []
  const dry = await sweepOrphans(later, { isDryRun: true, onOrphan: ({ key }) => told.push(key) })
  t.match(dry, { listed: 4, unowned: 1, young: 0, orphans: 2, orphanBytes: 6 })
  t.same(told, ['a/1', 'a/3'])
  t.same(await waiting(), [], 'a dry run changes nothing')
  t.match(await sweepOrphans(later, { isDryRun: false }), { orphans: 2 })
  t.equal(await turn(), 2)
  t.same(
    (await storage.list({ limit: 10 })).map(({ key }) => key),
    ['a/2', 'b/1'],
  )
})

t.test('nothing is swept when a room cannot say what it needs', async (t) => {
  const { pool, storage, put, waiting } = await openUpkeep(t)
  await put('a/1')
  const references = new ObjectReferences()
  references.register('broken', { prefix: 'a/', inUse: () => Promise.reject(new Error('no answer')) })
  const now = (): number => Date.now() + 25 * 3_600_000
  await t.rejects(sweepOrphans({ storage, references, client: pool, now }, { isDryRun: false }), /no answer/)
  t.same(await waiting(), [])
})

t.test('npx ml-worker storage sweep', async (t) => {
  const database = await createTestDatabase(t)
  const DATA_DIR = t.testdir()
  const environment = { DATABASE_URL: database.url, DATA_DIR }
  const absent = await runCommandLine(['storage', 'sweep'], { environment })
  t.match(absent, { code: 1, err: /ml_worker/ })
  await migrateOwnSchema(database.url, { log: silent })
  await new LocalStorage(join(DATA_DIR, 'storage')).put('x/y', Readable.from([Buffer.from('x')]), BOUND)
  const swept = await runCommandLine(['storage', 'sweep', '--dry-run'], { environment })
  t.match(swept, { code: 0, out: /^1 objects; 0 of them[\s\S]*1 that no part of the worker calls its own/ })
  t.match(await runCommandLine(['storage', 'tidy'], { environment }), { code: 2, err: /what is "tidy"/ })
  t.match(await runCommandLine(['storage', 'sweep'], { environment: { DATA_DIR } }), { code: 1, err: /DATABASE_URL/ })
  const silentServer = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1')
  await once(silentServer, 'listening')
  t.teardown(() => silentServer.close())
  const { port } = silentServer.address() as { port: number }
  const s3 = { STORAGE_DRIVER: 's3', S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_BUCKET: 'b' }
  const keys = { S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'very-secret' }
  const away = await runCommandLine(['storage', 'sweep'], { environment: { ...environment, ...s3, ...keys } })
  t.match(away, { code: 1, err: /the S3 bucket b failed/ })
  t.notMatch(away.err, /very-secret/)
})

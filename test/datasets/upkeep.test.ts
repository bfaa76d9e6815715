// What becomes of data sets without a caller: their time, and the sweep of what an upload has left, with keys too.
import { randomUUID } from 'node:crypto'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createPool } from '../../src/database/pool.ts'
import { createKeyFile, readKeys } from '../../src/encryption/key-file.ts'
import { objectOwners } from '../../src/object-owners.ts'
import { EncryptedStorage } from '../../src/storage/encrypted-storage.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { deleteDueObjects } from '../../src/storage-upkeep/delete-objects.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase, type TestDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'

const log = pino({ level: 'silent' })
const CSV = { 'content-type': 'text/csv' }
const ROWS = `a,kind\n${Array.from({ length: 20 }, (_, i) => `${i},${i < 10 ? 'low' : 'high'}\n`).join('')}`

async function ownDatabase(t: Test): Promise<TestDatabase> {
  const database = await createOwnDatabase(t)
  return database
}

/** The objects, as their bytes lie in the folder. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** As a worker does once a minute. */
async function emptyOutbox(t: Test, { url }: TestDatabase, storage: Storage): Promise<void> {
  const pool = createPool(url, log)
  t.teardown(() => pool.close())
  await deleteDueObjects({ pool, storage, references: objectOwners(pool), log }, new AbortController().signal)
}

t.test('the content of old data sets goes, but for what runs were trained from', async (t) => {
  const database = await ownDatabase(t)
  await database.registerModel('forest')
  const storage = t.testdir()
  const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage }
  const environment = { ...settings, DATASET_DAYS: '30', DATA_DIR: await dataFolder(t) }
  const { get, post } = await startTestService(t, settings)
  const made = []
  for (const name of ['old', 'used', 'young']) {
    made.push((await post(`/api/datasets?name=${name}&labels=kind`, ROWS, CSV)).body.id)
  }
  const [old, used, young] = made
  const { body: run } = await post('/api/runs', { model_name: 'forest', dataset: { id: used } })
  t.equal(await database.ended(run.model_run_id), 'SUCCESS')
  await database.owner.query(
    `update ml_worker.datasets set created_at = now() - interval '31 days' where dataset_id <> $1`,
    [young],
  )
  t.notMatch(JSON.stringify((await get('/api/retention')).body), 'DATASET_DAYS', 'it is off by default')
  const dry = await runCommandLine(['retention', '--dry-run'], { environment })
  t.match(dry, { code: 0, out: /kind +kept days +due +in use +what\n[\s\S]*\ndatasets +30 +1 +1 +content/ })
  t.match(await runCommandLine(['retention'], { environment }), { code: 0, out: /\ndatasets +30 +1 +1 / })
  t.match((await get(`/api/datasets/${old}`)).body, { rows: 20, deleted_by: 'worker/retention' })
  t.match((await get(`/api/datasets/${old}/content`)).body, { code: 'DATASET_DELETED' })
  for (const id of [used, young]) t.equal((await get(`/api/datasets/${id}/content`)).body, ROWS)
  const { rows } = await database.owner.query(
    `select details from ml_worker.audit_events where action = 'retention.remove'`,
  )
  t.same(rows, [{ details: { kept_days: 30, due: 1, in_use: 1 } }])

  await database.owner.query(`update ml_worker.datasets set created_at = now() - interval '31 days'`)
  const worker = await startTestService(t, { ...settings, DATASET_DAYS: 30 })
  const { body } = await worker.get('/api/retention')
  t.match(
    body.retention.find(({ name }: { name: string }) => name === 'datasets'),
    { kept_days: 30, due: 1, in_use: 1 },
  )
  await emptyOutbox(t, database, new LocalStorage(storage))
  t.equal((await filesOf(storage)).length, 2)
})

t.test('the sweep knows what a worker with keys has stored', async (t) => {
  const database = await ownDatabase(t)
  const folder = t.testdir({ storage: {} })
  const storage = join(folder, 'storage')
  const ENCRYPTION_KEY_FILE = join(folder, 'key')
  await createKeyFile(ENCRYPTION_KEY_FILE)
  const environment = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage, ENCRYPTION_KEY_FILE }
  const { get, post } = await startTestService(t, environment)
  const { body: kept } = await post('/api/datasets?name=kept', ROWS, CSV)
  const { keys } = await readKeys(ENCRYPTION_KEY_FILE)
  const stored = new EncryptedStorage({ driver: new LocalStorage(storage), keys, folder })
  const orphan = `datasets/${randomUUID()}`
  await stored.put(orphan, Readable.from([Buffer.from('x')]), { byteLengthMax: 1 })
  const longAgo = new Date(Date.now() - 3 * 86_400_000)
  for (const file of await filesOf(storage)) await utimes(file, longAgo, longAgo)

  const DATA_DIR = await dataFolder(t)
  const sweep = (...args: string[]) =>
    runCommandLine(['storage', 'sweep', ...args], { environment: { ...environment, DATA_DIR } })
  const dry = await sweep('--dry-run')
  t.match(dry, {
    code: 0,
    out: new RegExp(`^${orphan}  1 bytes, of [\\s\\S]*2 objects; 1 of them .* would be deleted`),
  })
  t.match(await sweep(), { code: 0, out: /1 of them .* are to be deleted by a running worker/ })
  await emptyOutbox(t, database, stored)
  t.equal((await filesOf(storage)).length, 2, 'an object, and the header with its key')
  t.equal((await get(`/api/datasets/${kept.id}/content`)).body, ROWS, 'and nothing else went')
  const wrong = { ...environment, DATA_DIR, ENCRYPTION_KEY_FILE: join(folder, 'none') }
  t.match(await runCommandLine(['storage', 'sweep'], { environment: wrong }), { code: 1, err: /ENCRYPTION_KEY_FILE/ })
})

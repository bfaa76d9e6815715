// What a failure or a kill leaves of an upload: the whole data set, or nothing that the sweep does not take.
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import t from 'tap'
import { createPool, type ServicePool } from '../../src/database/pool.ts'
import { objectOwners } from '../../src/object-owners.ts'
import { LocalStorage } from '../../src/storage/local-storage.ts'
import { deleteDueObjects } from '../../src/storage-upkeep/delete-objects.ts'
import { sweepOrphans } from '../../src/storage-upkeep/sweep-orphans.ts'
import { createOwnDatabase } from '../support/database.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const log = pino({ level: 'silent' })
const DAY_MS = 24 * 3_600_000
const ROWS = `a,b\n${Array.from({ length: 200_000 }, (_, i) => `${i},${i % 7}\n`).join('')}`

/** What a worker does within a day, at a time that is so much later. */
async function sweep(pool: ServicePool, storage: LocalStorage, laterMs: number): Promise<number> {
  const references = objectOwners(pool)
  const now = () => Date.now() + laterMs
  const { orphans } = await sweepOrphans({ storage, references, client: pool, now }, { isDryRun: false })
  await deleteDueObjects({ pool, storage, references, log }, new AbortController().signal)
  return orphans
}

t.test('the sweep takes old objects that no data set has, and no other', async (t) => {
  const database = await createOwnDatabase(t)
  const folder = t.testdir()
  const { post, get } = await startTestService(t, { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: folder })
  const kept = await post('/api/datasets?name=kept', 'a\n1\n', { 'content-type': 'text/csv' })
  t.equal(kept.status, 201)
  const storage = new LocalStorage(folder)
  for (const key of [`datasets/${randomUUID()}`, 'others/one']) {
    await storage.put(key, Readable.from([Buffer.from('x')]), { byteLengthMax: 1 })
  }
  const pool = createPool(database.url, log)
  t.teardown(() => pool.close())
  t.equal(await sweep(pool, storage, 0), 0, 'those that are young may be of an upload that goes on')
  t.equal(await sweep(pool, storage, 2 * DAY_MS), 1)
  t.same((await storage.list({ prefix: 'others/', limit: 10 })).length, 1)
  const content = await get(`/api/datasets/${kept.body.id}/content`)
  t.equal(content.body, 'a\n1\n')
})

t.test('a worker that is killed during uploads leaves whole data sets only', async (t) => {
  const database = await createOwnDatabase(t)
  const folder = t.testdir()
  const worker = new WorkerProcess({
    DATABASE_URL: database.url,
    // A trainer that is left alone may write its compiled code to the last.
    DATA_DIR: await dataFolder(t),
    LOCAL_STORAGE_DIR: folder,
    MODELS_DIR: `${import.meta.dirname}/../models`,
    PORT: '0',
    TRAIN_THREADS: '1',
  })
  t.teardown(() => worker.kill('SIGKILL'))
  for (const [round, delayMs] of [20, 150, 400, 900].entries()) {
    await worker.start()
    const url = `${worker.url}/api/datasets?name=round-${round}`
    const sent = fetch(url, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: ROWS })
    const ended = sent.then(({ status }) => status).catch(() => 0)
    await pause(delayMs)
    await worker.kill('SIGKILL')
    await ended
  }
  await worker.start()
  const { body } = await worker.client.get('/api/datasets')
  for (const { id, sha256, rows } of body.datasets) {
    t.equal(rows, 200_000)
    const content = await (await fetch(`${worker.url}/api/datasets/${id}/content`)).text()
    t.equal(createHash('sha256').update(content).digest('hex'), sha256)
  }
  const pool = createPool(database.url, log)
  t.teardown(() => pool.close())
  const storage = new LocalStorage(folder)
  await sweep(pool, storage, 2 * DAY_MS)
  t.equal((await storage.list({ limit: 100 })).length, body.datasets.length, 'one object a data set')
})

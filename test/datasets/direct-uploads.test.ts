// Data sets that callers put into a real remote store themselves, past the worker: what is kept, refused, and swept.
import { createHash, randomUUID } from 'node:crypto'
import pino from 'pino'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { createPool } from '../../src/database/pool.ts'
import { objectOwners } from '../../src/object-owners.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { deleteDueObjects } from '../../src/storage-upkeep/delete-objects.ts'
import { sweepOrphans } from '../../src/storage-upkeep/sweep-orphans.ts'
import { createOwnDatabase } from '../support/database.ts'
import { missing } from '../support/optional-package.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { AZURITE_ACCOUNT, type StorageServer, startAzurite, startMoto } from '../support/storage-servers.ts'
import { until } from '../support/until.ts'

const log = pino({ level: 'silent' })
const DAY_MS = 24 * 3_600_000
const ROWS = `a,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? 'low' : 'high'}\n`).join('')}`
const announced = { byte_length: ROWS.length, sha256: createHash('sha256').update(ROWS).digest('hex') }

/** Settings of a worker for a new bucket there. */
type Opening = (url: string) => Promise<Record<string, string>>

async function s3(url: string): Promise<Record<string, string>> {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3')
  const S3_BUCKET = `bucket-${randomUUID()}`
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }))
  client.destroy()
  return { STORAGE_DRIVER: 's3', S3_ENDPOINT: url, S3_BUCKET, S3_ACCESS_KEY: 'key', S3_SECRET_KEY: 'secret' }
}

async function azure(url: string): Promise<Record<string, string>> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
  const { account, key } = AZURITE_ACCOUNT
  const endpoint = `${url}/${account}`
  const container = `container-${randomUUID()}`
  await new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, key)).createContainer(container)
  const where = { AZURE_STORAGE_ENDPOINT: endpoint, AZURE_STORAGE_ACCOUNT: account, AZURE_STORAGE_KEY: key }
  return { STORAGE_DRIVER: 'azure', AZURE_STORAGE_CONTAINER: container, ...where }
}

async function setUp(t: Test, settings: Record<string, string>) {
  const database = await createOwnDatabase(t)
  await database.registerModel('forest')
  const worker = await startTestService(t, { DATABASE_URL: database.url, MAX_UPLOAD_SIZE_MB: '1', ...settings })
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), ...settings }, false)
  const storage = await openStorage(config)
  const begin = async (said: object = {}) => {
    const { status, body } = await worker.post('/api/datasets/uploads', { name: 'sent', format: 'csv', ...said })
    t.equal(status, 201, JSON.stringify(body))
    // The length is that of the bytes, whatever was announced.
    const { 'content-length': _, ...headers } = body.headers
    const put = (bytes: string) => fetch(body.url, { method: body.method, headers, body: bytes })
    return { put, complete: () => worker.post(`/api/datasets/uploads/${body.upload_id}/complete`, '') }
  }
  const count = async () => (await storage.list({ limit: 100 })).length
  return { database, worker, storage, begin, count }
}

function suite(name: string, server: StorageServer, opening: Opening, isStrict: boolean): void {
  t.test(name, 'skip' in server ? { skip: server.skip } : {}, async (t) => {
    const { url } = server as { url: string }
    const { database, worker, storage, begin, count } = await setUp(t, await opening(url))

    t.test('what was put is kept, and trained from where a policy says so', async (t) => {
      const { put, complete } = await begin({ ...announced, labels: ['kind'] })
      t.match(await complete(), { status: 404, body: { code: 'UPLOAD_UNKNOWN', detail: /nothing was put/ } })
      t.ok((await put(ROWS)).ok)
      await worker.put('/api/dataset-policies/sent', { model_name: 'forest' })
      const { status, body } = await complete()
      t.match({ status, body }, { status: 201, body: { rows: 40, sha256: announced.sha256, labels: ['kind'] } })
      t.equal(await database.ended(body.training.model_run_id), 'SUCCESS')
      await worker.delete('/api/dataset-policies/sent')
      t.equal((await worker.get(`/api/datasets/${body.id}/content`)).body, ROWS)
      const redirect = await fetch(`${worker.service.url}/api/datasets/${body.id}/content?redirect=true`)
      t.equal(await redirect.text(), ROWS, 'and read past the worker')
      t.match(await complete(), { status: 404, body: { code: 'UPLOAD_UNKNOWN' } }, 'once')
    })

    t.test('other bytes than announced, and no rows, are refused and deleted; the right ones may follow', async (t) => {
      const before = await count()
      const other = `${ROWS.slice(0, -5)}HIGH\n`
      const refusals: [object, string, string, RegExp][] = [
        [announced, other, 'UPLOAD_DIFFERENT', /^sha256: /],
        [{ sha256: announced.sha256 }, `${ROWS}41,x\n`, 'UPLOAD_DIFFERENT', /^sha256: /],
        [{}, 'a,b\n1\n', 'REQUEST_INVALID', /expected 2 fields/],
        [{}, 'a\n"', 'BODY_MALFORMED', /quote that is not closed/],
        [{}, `a\n${'1\n'.repeat(2 ** 19)}`, 'BODY_TOO_LARGE', /MAX_UPLOAD_SIZE_MB/],
      ]
      for (const [said, bytes, code, detail] of refusals) {
        const { put, complete } = await begin(said)
        t.ok((await put(bytes)).ok)
        t.match((await complete()).body, { code, detail }, code)
        t.equal(await count(), before, 'nothing of it is left')
        t.ok((await put(ROWS)).ok)
        t.equal((await complete()).status, 201)
        const { body } = await worker.get('/api/datasets?limit=1')
        await worker.delete(`/api/datasets/${body.datasets[0].id}`)
      }
      const longer = await begin(announced)
      const sent = await longer.put(`${ROWS}41,high\n`)
      if (sent.ok) t.match((await longer.complete()).body, { code: 'UPLOAD_DIFFERENT', detail: /^byte_length: / })
      else t.match((await longer.complete()).body, { code: 'UPLOAD_UNKNOWN' }, 'the store refused it')
      const tooLarge = { name: 'x', format: 'csv', byte_length: 2 ** 21 }
      t.match((await worker.post('/api/datasets/uploads', tooLarge)).body, { code: 'BODY_TOO_LARGE' })
    })

    t.test('what is never completed is swept when its URL has expired', async (t) => {
      const short = await setUp(t, { ...(await opening(url)), URL_EXPIRE_SECONDS: '2' })
      const { put, complete } = await short.begin()
      t.ok((await put(ROWS)).ok)
      const pool = createPool(short.database.url, log)
      t.teardown(() => pool.close())
      const references = objectOwners(pool)
      const parts = { storage: short.storage, references, client: pool, now: () => Date.now() + 2 * DAY_MS }
      await until(async () => (await sweepOrphans(parts, { isDryRun: false })).orphans === 1)
      await deleteDueObjects({ pool, storage: short.storage, references, log }, new AbortController().signal)
      t.equal(await short.count(), 0)
      t.match(await complete(), { status: 404, body: { code: 'UPLOAD_UNKNOWN' } })
      if (isStrict) t.notOk((await put(ROWS)).ok, 'the URL is over')
    })
    t.equal((await storage.list({ prefix: 'datasets/', limit: 10 })).length, await count())
  })
}

const noS3 = await missing('@aws-sdk/client-s3')
const noAzure = await missing('@azure/storage-blob')
// Both before the first suite: the file is over when no suite is left, whatever it still waits for.
const moto = noS3 === undefined ? await startMoto(t) : { skip: noS3 }
const azurite = noAzure === undefined ? await startAzurite(t) : { skip: noAzure }
suite('S3', moto, s3, false)
suite('Azure', azurite, azure, true)

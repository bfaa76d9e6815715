// The driver of S3 against moto, or against the store of TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY and TEST_S3_SECRET_KEY.
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { RemoteStorage } from '../../src/storage/remote-storage.ts'
import { s3Store } from '../../src/storage/s3-store.ts'
import { missing } from '../support/optional-package.ts'
import { presignSuite } from '../support/presign-suite.ts'
import { startMoto } from '../support/storage-servers.ts'
import { storageSuite } from '../support/storage-suite.ts'

const given = process.env['TEST_S3_ENDPOINT'] ?? ''
const absent = await missing('@aws-sdk/client-s3')
const server = absent !== undefined ? { skip: absent } : given === '' ? await startMoto(t) : { url: given }
const S3_ACCESS_KEY = process.env['TEST_S3_ACCESS_KEY'] ?? 'key'
const S3_SECRET_KEY = process.env['TEST_S3_SECRET_KEY'] ?? 'secret'

async function open(t: Test, more: Record<string, string> = {}): Promise<RemoteStorage> {
  const { url } = server as { url: string }
  const S3_BUCKET = `bucket-${randomUUID()}`
  const credentials = { accessKeyId: S3_ACCESS_KEY, secretAccessKey: S3_SECRET_KEY }
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3')
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }))
  client.destroy()
  const settings = { S3_ENDPOINT: url, S3_PUBLIC_ENDPOINT: '', S3_REGION: 'us-east-1', S3_BUCKET }
  const store = await s3Store({ ...settings, S3_ACCESS_KEY, S3_SECRET_KEY, ...more })
  return new RemoteStorage(store, { folder: t.testdir() })
}

t.test('the driver of S3', 'skip' in server ? { skip: server.skip } : {}, async (t) => {
  storageSuite(t, open)
  presignSuite(t, open, { isStrict: given !== '', keepsFirst: true, keepsLength: true })

  t.test('URLs for callers have the public address', async (t) => {
    const storage = await open(t, { S3_PUBLIC_ENDPOINT: 'https://files.example:8443' })
    t.match(await storage.presignGet('a', 60), /^https:\/\/files\.example:8443\/bucket-/)
    t.match(await storage.presignPut('a', { seconds: 60 }), { url: /^https:\/\/files\.example:8443\/bucket-/ })
  })
})

// The driver of Google Cloud Storage against fake-gcs-server.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { gcsStore } from '../../src/storage/gcs-store.ts'
import { RemoteStorage } from '../../src/storage/remote-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { missing } from '../support/optional-package.ts'
import { presignSuite } from '../support/presign-suite.ts'
import { startFakeGcs } from '../support/storage-servers.ts'
import { storageSuite } from '../support/storage-suite.ts'

const absent = await missing('@google-cloud/storage')
const server = absent === undefined ? await startFakeGcs(t) : { skip: absent }

const { url = '' } = server as { url?: string }

async function openBucket(t: Test) {
  const GCS_BUCKET = `bucket-${randomUUID()}`
  await fetch(`${url}/storage/v1/b`, { method: 'POST', body: JSON.stringify({ name: GCS_BUCKET }) })
  const store = await gcsStore({ GCS_BUCKET, GCS_CREDENTIALS_FILE: '', GCS_ENDPOINT: url })
  const folder = t.testdir()
  return { storage: new RemoteStorage(store, { folder }), folder, GCS_BUCKET }
}

/** Signs as a service account; requests of its own log in nowhere. */
async function openSigning(t: Test): Promise<Storage> {
  const { storage, folder, GCS_BUCKET } = await openBucket(t)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const GCS_CREDENTIALS_FILE = join(folder, 'account.json')
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const account = { type: 'service_account', client_email: 'worker@project.example', private_key }
  await writeFile(GCS_CREDENTIALS_FILE, JSON.stringify(account))
  const store = await gcsStore({ GCS_BUCKET, GCS_CREDENTIALS_FILE, GCS_ENDPOINT: url })
  const signing = new RemoteStorage(store, { folder })
  const { presignGet, presignPut } = RemoteStorage.prototype
  return Object.assign(storage, { presignGet: presignGet.bind(signing), presignPut: presignPut.bind(signing) })
}

t.test('the driver of GCS', 'skip' in server ? { skip: server.skip } : {}, async (t) => {
  storageSuite(t, async (t) => (await openBucket(t)).storage)
  presignSuite(t, openSigning, { isStrict: false, keepsFirst: false, keepsLength: true })

  t.test('a URL for a put signs that it is the first, and of what length', async (t) => {
    const given = await (await openSigning(t)).presignPut?.('a', { byteLength: 5, seconds: 60 })
    const signed = new URL(given?.url ?? '').searchParams.get('X-Goog-SignedHeaders')
    t.equal(signed, 'host;x-goog-content-length-range;x-goog-if-generation-match')
    t.same(given?.headers, { 'x-goog-content-length-range': '5,5', 'x-goog-if-generation-match': '0' })
  })
})

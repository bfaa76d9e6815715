// Stores that are away, slow, full, or refuse: every driver says so in bounded time, names the store, and leaks nothing.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { azureStore } from '../../src/storage/azure-store.ts'
import { gcsStore } from '../../src/storage/gcs-store.ts'
import { RemoteStorage } from '../../src/storage/remote-storage.ts'
import type { RemoteStore, RemoteTimes } from '../../src/storage/remote-store.ts'
import { s3Store } from '../../src/storage/s3-store.ts'
import type { StorageError } from '../../src/storage/storage.ts'
import { missing } from '../support/optional-package.ts'

const SECRET = 'c2VjcmV0LW9mLXRoZS13b3JrZXI='
const QUICK: RemoteTimes = { connectMs: 1_000, requestMs: 300, attempts: 2 }
const BOUND = { byteLengthMax: 2 ** 26 }

const DRIVERS: Readonly<Record<string, (url: string, times: RemoteTimes) => Promise<RemoteStore>>> = {
  S3: (S3_ENDPOINT, times) => {
    const settings = { S3_ENDPOINT, S3_PUBLIC_ENDPOINT: '', S3_REGION: 'us-east-1', S3_BUCKET: 'bucket' }
    return s3Store({ ...settings, S3_ACCESS_KEY: 'name', S3_SECRET_KEY: SECRET }, times)
  },
  Azure: (AZURE_STORAGE_ENDPOINT, times) => {
    const settings = { AZURE_STORAGE_CONTAINER: 'bucket', AZURE_STORAGE_CONNECTION_STRING: '', AZURE_STORAGE_ENDPOINT }
    return azureStore({ ...settings, AZURE_STORAGE_ACCOUNT: 'account', AZURE_STORAGE_KEY: SECRET }, times)
  },
  GCS: (GCS_ENDPOINT, times) => gcsStore({ GCS_BUCKET: 'bucket', GCS_CREDENTIALS_FILE: '', GCS_ENDPOINT }, times),
}

const PACKAGES: Readonly<Record<string, string>> = {
  S3: '@aws-sdk/client-s3',
  Azure: '@azure/storage-blob',
  GCS: '@google-cloud/storage',
}

async function answering(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What every call of a storage says, by its name. */
async function errorsOf(storage: RemoteStorage): Promise<Record<string, StorageError>> {
  const large = (): Readable => Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(2 ** 20)))
  const calls: Record<string, () => Promise<unknown>> = {
    put: () => storage.put('a/b', Readable.from([Buffer.from('x')]), BOUND),
    'put in parts': () => storage.put('a/b', large(), BOUND),
    putContent: () => storage.putContent(large(), BOUND),
    get: async () => buffer(await storage.get('a/b')),
    stat: () => storage.stat('a/b'),
    list: () => storage.list({ limit: 10 }),
    delete: () => storage.delete('a/b'),
  }
  const errors: Record<string, StorageError> = {}
  for (const [name, call] of Object.entries(calls)) {
    const error = await call().then(
      () => new Error('it was taken'),
      (thrown) => thrown,
    )
    errors[name] = error
  }
  return errors
}

for (const [kind, open] of Object.entries(DRIVERS)) {
  const absent = await missing(PACKAGES[kind] as string)
  if (absent !== undefined) {
    t.comment(absent)
    continue
  }
  const storageAt = async (t: Test, url: string): Promise<RemoteStorage> =>
    new RemoteStorage(await open(url, QUICK), { folder: t.testdir(), times: QUICK })

  const allFail = async (t: Test, url: string, failure: string): Promise<void> => {
    for (const [call, error] of Object.entries(await errorsOf(await storageAt(t, url)))) {
      t.match(error, { name: 'StorageError', failure }, `${call}: ${error.message}`)
      t.match(error.message, /bucket/, `${call} names the store`)
      const shown = JSON.stringify([error, error.cause, error.message, (error.cause as Error)?.message, error.stack])
      t.notOk(shown.includes(SECRET), `${call} keeps the secret`)
      t.notMatch(shown, /authorization|signature=/i, call)
      t.same(
        Object.keys(error.cause ?? {}).filter((key) => !['name', 'code'].includes(key)),
        [],
        call,
      )
    }
  }

  t.test(`${kind}: a store that is away`, async (t) => {
    const url = await answering(t, (request) => request.socket.destroy())
    await allFail(t, url, 'failed')
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    await allFail(t, `http://127.0.0.1:${port}`, 'failed')
  })

  t.test(`${kind}: a store that never answers`, async (t) => {
    await allFail(t, await answering(t, (request) => void request.resume()), 'failed')
  })

  for (const [status, failure] of [
    [503, 'failed'],
    [507, 'full'],
    [403, 'refused'],
  ] as const) {
    t.test(`${kind}: a store that answers ${status}`, async (t) => {
      const url = await answering(t, (request, response) => {
        request.resume()
        response.writeHead(status).end()
      })
      await allFail(t, url, failure)
    })
  }

  t.test(`${kind}: an object that breaks off, or stops, while it is read`, async (t) => {
    for (const ends of [true, false]) {
      const url = await answering(t, (_request, response) => {
        response.writeHead(200, { 'content-length': 1_000_000, etag: '"x"', 'last-modified': new Date().toUTCString() })
        response.write(Buffer.alloc(100_000))
        if (ends) setImmediate(() => response.socket?.destroy())
      })
      const storage = await storageAt(t, url)
      const read = storage.get('a/b').then(buffer)
      await t.rejects(read, { name: 'StorageError', failure: 'failed', message: /^a\/b: the .* bucket failed: / })
    }
  })

  t.test(`${kind}: a put that is given up while the store is silent`, async (t) => {
    const abort = new AbortController()
    const url = await answering(t, (request) => {
      request.resume()
      abort.abort()
    })
    const storage = new RemoteStorage(await open(url, { ...QUICK, requestMs: 60_000 }), { folder: t.testdir() })
    const put = storage.put('a', Readable.from([Buffer.from('x')]), { ...BOUND, signal: abort.signal })
    await t.rejects(put, { name: 'StorageError', failure: 'failed' })
  })
}

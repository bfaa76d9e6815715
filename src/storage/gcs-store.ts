// The driver of Google Cloud Storage: its JSON API, with the log-in and the signatures of its SDK.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Storage as Client, File } from '@google-cloud/storage'
import { GcsError, type GcsRequest, sendOnce, withAttempts } from './gcs-api.ts'
import { GcsUpload } from './gcs-upload.ts'
import {
  faultOfStatus,
  type PartsUpload,
  type PutRequest,
  REMOTE_TIMES,
  type RemoteObject,
  type RemoteStore,
  type RemoteTimes,
  type StoreFault,
} from './remote-store.ts'
import type { ByteRange, ListOptions, PresignedPut, PresignPutOptions, StoredObject } from './storage.ts'

export interface GcsSettings {
  readonly GCS_BUCKET: string
  /** Of a service account. Empty: those that Google's SDK finds on this machine. */
  readonly GCS_CREDENTIALS_FILE: string
  /** Empty: Google's own. With another one and no file, requests log in nowhere. */
  readonly GCS_ENDPOINT: string
}

type Sdk = typeof import('@google-cloud/storage')

/** An object as the JSON API shows it. */
interface ObjectResource {
  readonly name: string
  readonly size: string
  readonly timeCreated: string
  readonly metadata?: Readonly<Record<string, string>>
}

const GOOGLE = 'https://storage.googleapis.com'
const PUT_ID = 'put-id'
const ANY_TYPE = 'application/octet-stream'

/** Touches no network. Throws ERR_MODULE_NOT_FOUND where the package is missing. */
export async function gcsStore(settings: GcsSettings, times: RemoteTimes = REMOTE_TIMES): Promise<RemoteStore> {
  return new GcsStore(await import('@google-cloud/storage'), settings, times)
}

class GcsStore implements RemoteStore {
  readonly name: string
  readonly secrets: readonly string[] = []
  /** One after the other is how GCS takes them. */
  readonly partsAtOnce = 1
  private readonly times: RemoteTimes
  private readonly client: Client
  private readonly bucket: string
  private readonly endpoint: string
  private readonly logsIn: boolean

  constructor({ Storage }: Sdk, settings: GcsSettings, times: RemoteTimes) {
    const { GCS_BUCKET, GCS_CREDENTIALS_FILE: keyFilename, GCS_ENDPOINT: apiEndpoint } = settings
    this.name = `the GCS bucket ${GCS_BUCKET}`
    this.times = times
    this.bucket = GCS_BUCKET
    this.endpoint = (apiEndpoint || GOOGLE).replace(/\/+$/, '')
    this.logsIn = apiEndpoint === '' || keyFilename !== ''
    this.client = new Storage({
      ...(keyFilename === '' ? {} : { keyFilename }),
      ...(apiEndpoint === '' ? {} : { apiEndpoint }),
    })
  }

  async putWhole(key: string, bytes: Buffer, { putId, signal }: PutRequest): Promise<void> {
    const boundary = randomUUID()
    const head = `--${boundary}\r\ncontent-type: application/json\r\n\r\n${newObject(key, putId)}\r\n--${boundary}\r\ncontent-type: ${ANY_TYPE}\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
    const headers = { 'content-type': `multipart/related; boundary=${boundary}` }
    await this.send({ method: 'POST', url: this.uploadUrl('multipart'), headers, body, signal })
  }

  /** A session that was given up is no object, and is forgotten by Google after a week. */
  async beginParts(key: string, { putId, signal }: PutRequest): Promise<PartsUpload> {
    const headers = { 'content-type': 'application/json', 'x-upload-content-type': ANY_TYPE }
    const url = this.uploadUrl('resumable')
    const answer = await this.send({ method: 'POST', url, headers, body: newObject(key, putId), signal })
    const upload = new GcsUpload(answer.headers.get('location') ?? '', this.times)
    return {
      put: (_index, bytes, signal) => upload.put(bytes, signal),
      complete: (signal) => upload.complete(signal),
      abort: () => upload.abort(),
    }
  }

  async open(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Readable | undefined> {
    const { start = 0, end } = range ?? {}
    const headers = range === undefined ? {} : { range: `bytes=${start}-${end === undefined ? '' : end - 1}` }
    try {
      const answer = await this.send({ method: 'GET', url: `${this.resourceUrl(key)}?alt=media`, headers, signal })
      return Readable.fromWeb(answer.body as ReadableStream)
    } catch (error) {
      if (error instanceof GcsError && error.status === 416) return undefined
      throw error
    }
  }

  async stat(key: string, signal: AbortSignal): Promise<RemoteObject | undefined> {
    try {
      const answer = await this.send({ method: 'GET', url: this.resourceUrl(key), signal })
      const resource = (await answer.json()) as ObjectResource
      return { ...objectOf(resource), putId: resource.metadata?.[PUT_ID] }
    } catch (error) {
      if (this.faultOf(error) === 'unknown') return undefined
      throw error
    }
  }

  async list({ prefix = '', after = '', limit }: ListOptions, signal: AbortSignal): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    for (let pageToken: string | undefined = ''; pageToken !== undefined && found.length < limit; ) {
      // The first one that it gives may be `after` itself.
      const query = { prefix, startOffset: after, pageToken, maxResults: String(limit - found.length + 1) }
      const given = Object.entries(query).filter(([, value]) => value !== '')
      const url = `${this.bucketUrl()}?${new URLSearchParams(given)}`
      const answer = await this.send({ method: 'GET', url, signal })
      const page = (await answer.json()) as { items?: ObjectResource[]; nextPageToken?: string }
      for (const item of page.items ?? []) if (item.name !== after) found.push(objectOf(item))
      pageToken = page.nextPageToken
    }
    return found.slice(0, limit)
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.send({ method: 'DELETE', url: this.resourceUrl(key), signal })
  }

  objectUrl(key: string): string {
    return `gs://${this.bucket}/${key}`
  }

  async presignGet(key: string, seconds: number): Promise<string> {
    const [url] = await this.file(key).getSignedUrl({ version: 'v4', action: 'read', expires: inSeconds(seconds) })
    return url
  }

  async presignPut(key: string, { byteLength, seconds }: PresignPutOptions): Promise<PresignedPut> {
    const headers = {
      'x-goog-if-generation-match': '0',
      ...(byteLength === undefined ? {} : { 'x-goog-content-length-range': `${byteLength},${byteLength}` }),
    }
    const expires = inSeconds(seconds)
    const how = { version: 'v4', action: 'write', expires, extensionHeaders: headers } as const
    const [url] = await this.file(key).getSignedUrl(how)
    return { url, headers }
  }

  faultOf(error: unknown): StoreFault {
    return error instanceof GcsError ? faultOfStatus(error.status, error.reason) : 'failed'
  }

  private send(request: GcsRequest): Promise<Response> {
    return withAttempts(this.times, request.signal, async () => {
      const token = this.logsIn ? await this.client.authClient.getAccessToken() : undefined
      const authorization = token ? { authorization: `Bearer ${token}` } : {}
      return sendOnce({ ...request, headers: { ...request.headers, ...authorization } }, this.times)
    })
  }

  private file(key: string): File {
    return this.client.bucket(this.bucket).file(key)
  }

  private bucketUrl(): string {
    return `${this.endpoint}/storage/v1/b/${encodeURIComponent(this.bucket)}/o`
  }

  private resourceUrl(key: string): string {
    return `${this.bucketUrl()}/${encodeURIComponent(key)}`
  }

  private uploadUrl(uploadType: string): string {
    const bucket = encodeURIComponent(this.bucket)
    return `${this.endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=${uploadType}&ifGenerationMatch=0`
  }
}

const inSeconds = (seconds: number): number => Date.now() + seconds * 1000

function newObject(name: string, putId: string): string {
  return JSON.stringify({ name, contentType: ANY_TYPE, metadata: { [PUT_ID]: putId } })
}

function objectOf({ name, size, timeCreated }: ObjectResource): StoredObject {
  return { key: name, byteLength: Number(size), storedAt: Date.parse(timeCreated) }
}

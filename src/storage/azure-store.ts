// The driver of Azure Blob Storage.

import type { Readable } from 'node:stream'
import type {
  BlockBlobClient,
  ContainerClient,
  ContainerListBlobFlatSegmentResponse,
  StoragePipelineOptions,
} from '@azure/storage-blob'
import { bounded, LateError } from './bounded.ts'
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

export interface AzureSettings {
  readonly AZURE_STORAGE_CONTAINER: string
  /** In place of account, key and endpoint. */
  readonly AZURE_STORAGE_CONNECTION_STRING: string
  readonly AZURE_STORAGE_ACCOUNT: string
  readonly AZURE_STORAGE_KEY: string
  /** Empty: Azure's own for the account. */
  readonly AZURE_STORAGE_ENDPOINT: string
}

type Sdk = typeof import('@azure/storage-blob')

/** Names of metadata are identifiers of C#. */
const PUT_ID = 'putid'
/** Of one request of a list. */
const LIST_PAGE = 1_000
const NOT_OVER_ANOTHER = { ifNoneMatch: '*' }

/** Touches no network. Throws ERR_MODULE_NOT_FOUND where the package is missing. */
export async function azureStore(settings: AzureSettings, times: RemoteTimes = REMOTE_TIMES): Promise<RemoteStore> {
  return new AzureStore(await import('@azure/storage-blob'), settings, times)
}

class AzureStore implements RemoteStore {
  readonly name: string
  readonly secrets: readonly string[]
  readonly partsAtOnce = 2
  private readonly sdk: Sdk
  private readonly times: RemoteTimes
  private readonly container: ContainerClient

  constructor(sdk: Sdk, settings: AzureSettings, times: RemoteTimes) {
    this.sdk = sdk
    this.times = times
    this.name = `the Azure container ${settings.AZURE_STORAGE_CONTAINER}`
    const [, key = settings.AZURE_STORAGE_KEY] =
      /AccountKey=([^;]+)/i.exec(settings.AZURE_STORAGE_CONNECTION_STRING) ?? []
    this.secrets = [settings.AZURE_STORAGE_CONNECTION_STRING, key]
    this.container = containerOf(sdk, settings, {
      retryOptions: {
        maxTries: times.attempts,
        retryDelayInMs: 200,
        maxRetryDelayInMs: 5_000,
      },
    })
  }

  async putWhole(key: string, bytes: Buffer, { putId, signal }: PutRequest): Promise<void> {
    const options = { conditions: NOT_OVER_ANOTHER, metadata: { [PUT_ID]: putId } }
    await this.tried(signal, (abortSignal) => this.blob(key).upload(bytes, bytes.length, { ...options, abortSignal }))
  }

  /** Blocks that are never committed are removed by Azure after a week, and are no object before. */
  async beginParts(key: string, { putId }: PutRequest): Promise<PartsUpload> {
    const blob = this.blob(key)
    const ids: string[] = []
    return {
      put: async (index, bytes, signal) => {
        // All ids of a blob have one length, also those of another put of the key.
        const id = Buffer.from(`${putId}-${String(index).padStart(5, '0')}`).toString('base64')
        await this.tried(signal, (abortSignal) => blob.stageBlock(id, bytes, bytes.length, { abortSignal }))
        ids[index] = id
      },
      complete: async (signal) => {
        const options = { conditions: NOT_OVER_ANOTHER, metadata: { [PUT_ID]: putId } }
        await this.tried(signal, (abortSignal) => blob.commitBlockList(ids, { ...options, abortSignal }))
      },
      async abort() {},
    }
  }

  async open(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Readable | undefined> {
    const { start = 0, end } = range ?? {}
    try {
      const count = end === undefined ? undefined : end - start
      const got = await this.tried(signal, (abortSignal) =>
        this.blob(key).download(start, count, { abortSignal, maxRetryRequests: 2 }),
      )
      return got.readableStreamBody as Readable
    } catch (error) {
      if (partsOfError(error).status === 416) return undefined
      throw error
    }
  }

  async stat(key: string, signal: AbortSignal): Promise<RemoteObject | undefined> {
    try {
      const found = await this.tried(signal, (abortSignal) => this.blob(key).getProperties({ abortSignal }))
      const { contentLength, lastModified, metadata } = found
      return { ...objectOf(key, contentLength, lastModified), putId: metadata?.[PUT_ID] }
    } catch (error) {
      if (this.faultOf(error) === 'unknown') return undefined
      throw error
    }
  }

  async list({ prefix = '', after = '', limit }: ListOptions, signal: AbortSignal): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    // Stores of older versions pass over startFrom, and begin at the first key.
    const options = { prefix, ...(after > prefix ? { startFrom: after } : {}) }
    for (let token: string | undefined; ; ) {
      const how =
        token === undefined ? { maxPageSize: LIST_PAGE } : { maxPageSize: LIST_PAGE, continuationToken: token }
      const page = await this.tried(signal, async (abortSignal) => {
        const pages = this.container.listBlobsFlat({ ...options, abortSignal }).byPage(how)
        return (await pages.next()).value as ContainerListBlobFlatSegmentResponse
      })
      for (const { name, properties } of page.segment.blobItems) {
        if (name <= after) continue
        found.push(objectOf(name, properties.contentLength, properties.lastModified))
        if (found.length === limit) return found
      }
      token = page.continuationToken
      if (!token) return found
    }
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.tried(signal, (abortSignal) => this.blob(key).delete({ deleteSnapshots: 'include', abortSignal }))
  }

  objectUrl(key: string): string {
    return this.blob(key).url
  }

  presignGet(key: string, seconds: number): Promise<string> {
    return this.sign(key, 'r', seconds)
  }

  /** The permission to create lets nobody write over a blob. Azure holds a length to nothing. */
  async presignPut(key: string, { seconds }: PresignPutOptions): Promise<PresignedPut> {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' }
    return { url: await this.sign(key, 'c', seconds), headers }
  }

  faultOf(error: unknown): StoreFault {
    const { status, code } = partsOfError(error)
    // Another put of the key was committed, which drops the blocks of all others.
    return code === 'InvalidBlockList' ? 'taken' : faultOfStatus(status, code)
  }

  /** The SDK asks the server to keep a time, and waits for one that is silent: that is cut off, and tried again, here. */
  private async tried<T>(signal: AbortSignal, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const { requestMs, attempts } = this.times
    for (let attempt = 1; ; attempt++) {
      try {
        return await bounded(requestMs, work, signal)
      } catch (error) {
        if (!(error instanceof LateError) || attempt >= attempts) throw error
      }
    }
  }

  private sign(key: string, permission: 'r' | 'c', seconds: number): Promise<string> {
    const blob = this.blob(key)
    return blob.generateSasUrl({
      permissions: this.sdk.BlobSASPermissions.parse(permission),
      expiresOn: new Date(Date.now() + seconds * 1000),
      ...(blob.url.startsWith('https:') ? { protocol: this.sdk.SASProtocol.Https } : {}),
    })
  }

  private blob(key: string): BlockBlobClient {
    return this.container.getBlockBlobClient(key)
  }
}

function containerOf(sdk: Sdk, settings: AzureSettings, options: StoragePipelineOptions): ContainerClient {
  const { AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_CONTAINER, AZURE_STORAGE_ACCOUNT: account } = settings
  if (AZURE_STORAGE_CONNECTION_STRING !== '') {
    return new sdk.ContainerClient(AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_CONTAINER, options)
  }
  const endpoint = settings.AZURE_STORAGE_ENDPOINT || `https://${account}.blob.core.windows.net`
  const credential = new sdk.StorageSharedKeyCredential(account, settings.AZURE_STORAGE_KEY)
  return new sdk.BlobServiceClient(endpoint, credential, options).getContainerClient(AZURE_STORAGE_CONTAINER)
}

function objectOf(key: string, byteLength: number | undefined, storedAt: Date | undefined): StoredObject {
  return { key, byteLength: byteLength ?? 0, storedAt: storedAt?.getTime() ?? 0 }
}

function partsOfError(error: unknown): { readonly status: number | undefined; readonly code: string } {
  const { statusCode, code } = (error ?? {}) as { statusCode?: number; code?: string }
  return { status: statusCode, code: code ?? '' }
}

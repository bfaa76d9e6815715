// The driver of S3, and of stores that speak its language: MinIO, Ceph, Garage, versitygw and others.

import type { Readable } from 'node:stream'
import type { S3Client as Client, GetObjectCommandOutput, ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3'
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

export interface S3Settings {
  /** Empty: AWS's own for the region. */
  readonly S3_ENDPOINT: string
  /** Empty: S3_ENDPOINT. */
  readonly S3_PUBLIC_ENDPOINT: string
  readonly S3_REGION: string
  readonly S3_BUCKET: string
  /** Empty, with the secret: those that AWS's SDK finds on this machine. */
  readonly S3_ACCESS_KEY: string
  readonly S3_SECRET_KEY: string
}

type Sdk = typeof import('@aws-sdk/client-s3')
type Presigner = typeof import('@aws-sdk/s3-request-presigner')

const PUT_ID = 'put-id'

/** Touches no network. Throws ERR_MODULE_NOT_FOUND where the packages are missing. */
export async function s3Store(settings: S3Settings, times: RemoteTimes = REMOTE_TIMES): Promise<RemoteStore> {
  const [sdk, presigner] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/s3-request-presigner')])
  return new S3Store(sdk, presigner, settings, times)
}

class S3Store implements RemoteStore {
  readonly name: string
  readonly secrets: readonly string[]
  readonly partsAtOnce = 2
  private readonly sdk: Sdk
  private readonly presigner: Presigner
  private readonly bucket: string
  private readonly client: Client
  /** The host is a part of a signature: URLs for callers need a client with theirs. */
  private readonly publicClient: Client

  constructor(sdk: Sdk, presigner: Presigner, settings: S3Settings, times: RemoteTimes) {
    const { S3_BUCKET, S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, S3_REGION } = settings
    this.sdk = sdk
    this.presigner = presigner
    this.bucket = S3_BUCKET
    this.name = `the S3 bucket ${S3_BUCKET}`
    this.secrets = [S3_SECRET_KEY]
    const clientOf = (endpoint: string): Client =>
      new sdk.S3Client({
        region: S3_REGION,
        ...(endpoint === '' ? {} : { endpoint, forcePathStyle: true }),
        ...(S3_ACCESS_KEY === ''
          ? {}
          : { credentials: { accessKeyId: S3_ACCESS_KEY, secretAccessKey: S3_SECRET_KEY } }),
        maxAttempts: times.attempts,
        requestHandler: {
          connectionTimeout: times.connectMs,
          requestTimeout: times.requestMs,
          throwOnRequestTimeout: true,
        },
        // Stores of others do not know the newer checksums, and a presigned put would sign that of no bytes. The signature of
        // a request covers the SHA-256 of its body anyway.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      })
    this.client = clientOf(S3_ENDPOINT)
    this.publicClient = S3_PUBLIC_ENDPOINT === '' ? this.client : clientOf(S3_PUBLIC_ENDPOINT)
  }

  async putWhole(key: string, bytes: Buffer, { putId, signal }: PutRequest): Promise<void> {
    const put = new this.sdk.PutObjectCommand({
      ...this.at(key),
      Body: bytes,
      ContentLength: bytes.length,
      IfNoneMatch: '*',
      Metadata: { [PUT_ID]: putId },
    })
    await this.client.send(put, { abortSignal: signal })
  }

  async beginParts(key: string, { putId, signal }: PutRequest): Promise<PartsUpload> {
    const { sdk, client } = this
    const begin = new sdk.CreateMultipartUploadCommand({ ...this.at(key), Metadata: { [PUT_ID]: putId } })
    const { UploadId } = await client.send(begin, { abortSignal: signal })
    const upload = { ...this.at(key), UploadId }
    const parts: { PartNumber: number; ETag: string | undefined }[] = []
    return {
      async put(index, bytes, abortSignal) {
        const PartNumber = index + 1
        const part = new sdk.UploadPartCommand({ ...upload, PartNumber, Body: bytes, ContentLength: bytes.length })
        const { ETag } = await client.send(part, { abortSignal })
        parts[index] = { PartNumber, ETag }
      },
      async complete(abortSignal) {
        const MultipartUpload = { Parts: parts }
        const complete = new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' })
        await client.send(complete, { abortSignal })
      },
      async abort() {
        await client.send(new sdk.AbortMultipartUploadCommand(upload))
      },
    }
  }

  async open(key: string, range: ByteRange | undefined, signal: AbortSignal): Promise<Readable | undefined> {
    const Range = range && `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}`
    let got: GetObjectCommandOutput
    try {
      got = await this.client.send(new this.sdk.GetObjectCommand({ ...this.at(key), Range }), { abortSignal: signal })
    } catch (error) {
      if (partsOfError(error).status === 416) return undefined
      throw error
    }
    return got.Body as Readable
  }

  async stat(key: string, signal: AbortSignal): Promise<RemoteObject | undefined> {
    try {
      const found = await this.client.send(new this.sdk.HeadObjectCommand(this.at(key)), { abortSignal: signal })
      const { ContentLength, LastModified, Metadata } = found
      return { ...objectOf(key, ContentLength, LastModified), putId: Metadata?.[PUT_ID] }
    } catch (error) {
      if (this.faultOf(error) === 'unknown') return undefined
      throw error
    }
  }

  async list({ prefix, after, limit }: ListOptions, signal: AbortSignal): Promise<StoredObject[]> {
    const found: StoredObject[] = []
    // A store may give fewer than it is asked for.
    for (let token: string | undefined; ; ) {
      const page = new this.sdk.ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: prefix || undefined,
        StartAfter: after || undefined,
        MaxKeys: limit - found.length,
        ContinuationToken: token,
      })
      const { Contents = [], NextContinuationToken } = await this.client.send(page, { abortSignal: signal })
      for (const { Key, Size, LastModified } of Contents) found.push(objectOf(Key as string, Size, LastModified))
      token = NextContinuationToken
      if (token === undefined || found.length >= limit) return found
    }
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.client.send(new this.sdk.DeleteObjectCommand(this.at(key)), { abortSignal: signal })
  }

  objectUrl(key: string): string {
    return `s3://${this.bucket}/${key}`
  }

  presignGet(key: string, seconds: number): Promise<string> {
    const get = new this.sdk.GetObjectCommand(this.at(key))
    return this.presigner.getSignedUrl(this.publicClient, get, { expiresIn: seconds })
  }

  async presignPut(key: string, { byteLength, seconds }: PresignPutOptions): Promise<PresignedPut> {
    const put = new this.sdk.PutObjectCommand({ ...this.at(key), IfNoneMatch: '*', ContentLength: byteLength })
    const url = await this.presigner.getSignedUrl(this.publicClient, put, { expiresIn: seconds })
    const ofLength = byteLength === undefined ? {} : { 'content-length': String(byteLength) }
    return { url, headers: { 'if-none-match': '*', ...ofLength } }
  }

  async removeAbandoned(before: number, abortSignal: AbortSignal): Promise<number> {
    let removed = 0
    let marker: Pick<ListMultipartUploadsCommandOutput, 'KeyMarker' | 'UploadIdMarker'> | undefined = {}
    while (marker !== undefined) {
      const page = new this.sdk.ListMultipartUploadsCommand({ Bucket: this.bucket, ...marker })
      const answer: ListMultipartUploadsCommandOutput = await this.client.send(page, { abortSignal })
      for (const { Key, UploadId, Initiated } of answer.Uploads ?? []) {
        if ((Initiated?.getTime() ?? before) >= before) continue
        const abort = new this.sdk.AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId })
        await this.client.send(abort, { abortSignal })
        removed += 1
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = answer
      marker = IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined
    }
    return removed
  }

  faultOf(error: unknown): StoreFault {
    const { status, code } = partsOfError(error)
    return faultOfStatus(status, code)
  }

  private at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: key }
  }
}

function objectOf(key: string, byteLength: number | undefined, storedAt: Date | undefined): StoredObject {
  return { key, byteLength: byteLength ?? 0, storedAt: storedAt?.getTime() ?? 0 }
}

function partsOfError(error: unknown): { readonly status: number | undefined; readonly code: string } {
  const { $metadata, name = '' } = (error ?? {}) as { $metadata?: { httpStatusCode?: number }; name?: string }
  return { status: $metadata?.httpStatusCode, code: name }
}

// Data sets that callers put into the storage themselves: a URL first, and a look at what came afterwards.
import { randomUUID } from 'node:crypto'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import { BodyFile } from '../rows/body-file.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import type { DataSets } from './data-sets.ts'
import type { Dataset, DatasetMeta } from './dataset.ts'
import { KEY_PREFIX } from './dataset-objects.ts'
import type { DatasetDescription } from './describe-body.ts'
import { told } from './told-by-storage.ts'
import { deleteUpload, findUpload, insertUpload, type UploadRow } from './uploads-table.ts'

export interface DirectUpload {
  readonly uploadId: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** What a caller says of the bytes before he sends them. */
export interface AnnouncedBytes {
  readonly byteLength: number | undefined
  /** In hex, of either case. */
  readonly sha256: string | undefined
}

export interface DirectUploadsParts {
  readonly ownSchema: OwnSchema
  readonly storage: Storage
  readonly dataSets: DataSets
  readonly upkeep: Pick<StorageUpkeep, 'keep'>
  readonly expireSeconds: number
  readonly byteLengthMax: number
}

export class DirectUploads {
  private readonly parts: DirectUploadsParts

  constructor(parts: DirectUploadsParts) {
    this.parts = parts
  }

  /** Throws ServiceError BODY_TOO_LARGE, and PRESIGN_UNSUPPORTED where the storage gives no URLs. */
  async begin(meta: DatasetMeta, { byteLength, sha256 }: AnnouncedBytes, caller: Caller): Promise<DirectUpload> {
    const { ownSchema, storage, expireSeconds: seconds } = this.parts
    await ownSchema.require()
    if (byteLength !== undefined) this.checkLength(byteLength)
    if (storage.presignPut === undefined) {
      throw new ServiceError('PRESIGN_UNSUPPORTED', 'the storage gives no URLs: send the rows to POST /api/datasets')
    }
    const uploadId = randomUUID()
    const storageKey = KEY_PREFIX + uploadId
    const length = byteLength === undefined ? {} : { byteLength }
    const put = await told(async () => storage.presignPut?.(storageKey, { ...length, seconds }))
    if (put === undefined) throw new ServiceError('PRESIGN_UNSUPPORTED', 'the storage gave no URL')
    const expiresAt = new Date(Date.now() + seconds * 1000)
    await inTransaction(ownSchema.pool, (tx) =>
      insertUpload(tx, {
        ...{ uploadId, storageKey, meta, createdBy: caller.actor, expiresAt },
        ...{ byteLength: byteLength ?? null, sha256: sha256?.toLowerCase() ?? null },
      }),
    )
    return { uploadId, ...put, expiresAt }
  }

  /**
   * Reads what came, checks it and writes it down. Throws ServiceError; what is refused is deleted from the storage, and can
   * be put again as long as the URL can be used.
   */
  complete(uploadId: string, caller: Caller): Promise<Dataset> {
    return this.parts.dataSets.incoming.track(this.keep(uploadId, caller))
  }

  private async keep(uploadId: string, caller: Caller): Promise<Dataset> {
    const { ownSchema, storage, dataSets, upkeep } = this.parts
    await ownSchema.require()
    const upload = await findUpload(ownSchema.pool, uploadId)
    if (upload === undefined || upload.createdBy !== caller.actor) {
      throw new ServiceError('UPLOAD_UNKNOWN', `there is no upload ${uploadId} of this caller`)
    }
    const { storageKey, meta } = upload
    const found = await told(() => storage.stat(storageKey))
    if (found === undefined) throw nothingPut(uploadId)
    const described = await this.describe(upload, found.byteLength).catch(async (error: unknown) => {
      if (error instanceof ServiceError && REFUSALS.has(error.code)) await storage.delete(storageKey).catch(() => {})
      throw error
    })
    return inTransaction(ownSchema.pool, async (tx) => {
      if (!(await deleteUpload(tx, uploadId))) {
        throw new ServiceError('UPLOAD_UNKNOWN', `upload ${uploadId} was completed already`)
      }
      // The sweep may have taken what was put long ago.
      if ((await told(() => upkeep.keep(tx, storageKey))).length > 0) throw nothingPut(uploadId)
      const made = { ...meta, ...described, storageKey, createdBy: caller.actor, idempotencyKey: undefined }
      return dataSets.incoming.write(tx, made, caller)
    })
  }

  /** Throws ServiceError where the bytes are not those that were announced, or no rows that can be kept. */
  private async describe({ storageKey, meta, ...said }: UploadRow, byteLength: number): Promise<DatasetDescription> {
    const { dataSets } = this.parts
    this.checkLength(byteLength)
    const differs = (what: string, expected: string | number, came: string | number): ServiceError =>
      new ServiceError('UPLOAD_DIFFERENT', `${what}: ${expected} was announced, ${came} came`)
    if (said.byteLength !== null && said.byteLength !== byteLength) {
      throw differs('byte_length', said.byteLength, byteLength)
    }
    const body = await dataSets.fetch(storageKey)
    try {
      const described = await dataSets.incoming.describe(body, meta)
      if (said.sha256 !== null && said.sha256 !== described.sha256) {
        throw differs('sha256', said.sha256, described.sha256)
      }
      return described
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
  }

  private checkLength(byteLength: number): void {
    const { byteLengthMax } = this.parts
    if (byteLength <= byteLengthMax) return
    throw new ServiceError('BODY_TOO_LARGE', `${byteLength} bytes; ${byteLengthMax} may be (MAX_UPLOAD_SIZE_MB)`)
  }
}

/** What is wrong with the bytes themselves: the same ones would be refused again. */
const REFUSALS: ReadonlySet<string> = new Set([
  'BODY_TOO_LARGE',
  'BODY_MALFORMED',
  'REQUEST_INVALID',
  'UPLOAD_DIFFERENT',
])

function nothingPut(uploadId: string): ServiceError {
  return new ServiceError('UPLOAD_UNKNOWN', `nothing was put for upload ${uploadId} yet`)
}

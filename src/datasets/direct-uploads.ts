// Data sets that callers put into the storage themselves: a URL first, and a look at what came afterwards.
import { randomUUID } from 'node:crypto'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import { BodyFile } from '../rows/body-file.ts'
import type { Storage } from '../storage/storage.ts'
import { type DataSets, told } from './data-sets.ts'
import type { Dataset, DatasetMeta } from './dataset.ts'
import { KEY_PREFIX } from './dataset-objects.ts'
import { deleteUpload, findUpload, insertUpload } from './uploads-table.ts'

export interface DirectUpload {
  readonly uploadId: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

export interface DirectUploadsParts {
  readonly ownSchema: OwnSchema
  readonly storage: Storage
  readonly dataSets: DataSets
  readonly expireSeconds: number
  readonly byteLengthMax: number
}

export class DirectUploads {
  private readonly parts: DirectUploadsParts

  constructor(parts: DirectUploadsParts) {
    this.parts = parts
  }

  /** Throws ServiceError PRESIGN_UNSUPPORTED where the storage gives no URLs. */
  async begin(meta: DatasetMeta, caller: Caller): Promise<DirectUpload> {
    const { ownSchema, storage, expireSeconds: seconds } = this.parts
    await ownSchema.require()
    if (storage.presignPut === undefined) {
      throw new ServiceError('PRESIGN_UNSUPPORTED', 'the storage gives no URLs: send the rows to POST /api/datasets')
    }
    const uploadId = randomUUID()
    const storageKey = KEY_PREFIX + uploadId
    const put = await told(async () => storage.presignPut?.(storageKey, { seconds }))
    if (put === undefined) throw new ServiceError('PRESIGN_UNSUPPORTED', 'the storage gave no URL')
    const expiresAt = new Date(Date.now() + seconds * 1000)
    await inTransaction(ownSchema.pool, (tx) =>
      insertUpload(tx, { uploadId, storageKey, meta, createdBy: caller.actor, expiresAt }),
    )
    return { uploadId, ...put, expiresAt }
  }

  /** Reads what came, checks it and writes it down. Throws ServiceError; what is refused is deleted from the storage. */
  async complete(uploadId: string, caller: Caller): Promise<Dataset> {
    const { ownSchema, storage, dataSets, byteLengthMax } = this.parts
    await ownSchema.require()
    const upload = await findUpload(ownSchema.pool, uploadId)
    if (upload === undefined || upload.createdBy !== caller.actor) {
      throw new ServiceError('UPLOAD_UNKNOWN', `there is no upload ${uploadId} of this caller`)
    }
    const { storageKey, meta } = upload
    const found = await told(() => storage.stat(storageKey))
    if (found === undefined) throw new ServiceError('UPLOAD_UNKNOWN', `nothing was put for upload ${uploadId} yet`)
    if (found.byteLength > byteLengthMax) {
      await storage.delete(storageKey).catch(() => {})
      throw new ServiceError(
        'BODY_TOO_LARGE',
        `${found.byteLength} bytes; ${byteLengthMax} may be (MAX_UPLOAD_SIZE_MB)`,
      )
    }
    const body = await dataSets.fetch(storageKey)
    try {
      const described = await dataSets.describe(body, meta)
      return await inTransaction(ownSchema.pool, async (tx) => {
        if (!(await deleteUpload(tx, uploadId))) {
          throw new ServiceError('UPLOAD_UNKNOWN', `upload ${uploadId} was completed already`)
        }
        const made = { ...meta, ...described, storageKey, createdBy: caller.actor, idempotencyKey: undefined }
        return dataSets.write(tx, made, caller)
      })
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
  }
}

// The SQL of ml_worker.dataset_uploads: data sets that callers put into the storage themselves.
import type { Queryable, Transaction } from '../database/pool.ts'
import type { DatasetMeta } from './dataset.ts'

export interface UploadRow {
  readonly uploadId: string
  readonly storageKey: string
  readonly meta: DatasetMeta
  readonly createdBy: string
  readonly expiresAt: Date
  /** What the caller said of the bytes; null where he did not. */
  readonly byteLength: number | null
  readonly sha256: string | null
}

export async function insertUpload(tx: Transaction, row: UploadRow): Promise<void> {
  await tx.query(
    `insert into ml_worker.dataset_uploads (upload_id, storage_key, meta, created_at, created_by, expires_at,
       byte_length, sha256)
     values ($1, $2, $3::json, now(), $4, $5, $6, $7)`,
    [
      row.uploadId,
      row.storageKey,
      JSON.stringify(row.meta),
      row.createdBy,
      row.expiresAt.toISOString(),
      row.byteLength,
      row.sha256,
    ],
  )
}

export async function findUpload(client: Queryable, uploadId: string): Promise<UploadRow | undefined> {
  const { rows } = await client.query<UploadRow>(
    `select upload_id as "uploadId", storage_key as "storageKey", meta, created_by as "createdBy",
       expires_at as "expiresAt", byte_length::float8 as "byteLength", sha256
     from ml_worker.dataset_uploads where upload_id = $1`,
    [uploadId],
  )
  return rows[0]
}

/** Returns false when another call was first. */
export async function deleteUpload(tx: Transaction, uploadId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from ml_worker.dataset_uploads where upload_id = $1', [uploadId])
  return rowCount === 1
}

export async function countUploads(client: Queryable): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::float8 as count from ml_worker.dataset_uploads',
  )
  return rows[0]?.count ?? 0
}

/** Those that nobody has completed in a week. */
export async function deleteOldUploads(client: Queryable): Promise<void> {
  await client.query(`delete from ml_worker.dataset_uploads where expires_at < now() - interval '7 days'`)
}

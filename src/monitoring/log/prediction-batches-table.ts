// The SQL of ml_worker.prediction_batches, for the rotation of keys.
import type { Queryable } from '../../database/pool.ts'

export interface StoredBatch {
  readonly batchId: string
  readonly header: Buffer
}

/** In the order of their ids; those after that one. */
export async function listBatches(client: Queryable, limit: number, after: string): Promise<StoredBatch[]> {
  const { rows } = await client.query<StoredBatch & Record<string, unknown>>(
    `select batch_id::text as "batchId", header from ml_worker.prediction_batches where batch_id > $2::uuid
     order by batch_id limit $1`,
    [limit, after],
  )
  return rows
}

/** False where it is gone by now. */
export async function rewriteHeader(client: Queryable, { batchId, header }: StoredBatch): Promise<boolean> {
  const { rowCount } = await client.query(
    'update ml_worker.prediction_batches set header = $2 where batch_id = $1::uuid',
    [batchId, header],
  )
  return rowCount === 1
}

// Statements on `model_runs`, as far as a rotation of keys needs them. The one place that changes the result of a run that
// has ended, and only from bytes to others that mean the same.
import type pg from 'pg'
import { runWithFile } from '../database/file-parameter.ts'
import { inTransaction, type Queryable } from '../database/pool.ts'
import { HEADER_LENGTH } from '../encryption/sealed-layout.ts'
import type { ArtifactFile } from './runs-table.ts'
import { transferTimeoutMs } from './transfer-time.ts'

export interface ResultHead {
  readonly runId: number
  /** The first 92 bytes. */
  readonly head: Buffer
  readonly byteLength: number
  /** PostgreSQL has packed it. */
  readonly isCompressed: boolean
}

const TIMEOUT_MS = 30_000

/** Of the runs with larger ids that ended in SUCCESS, by id. Reads the heads of their results alone. */
export async function listResultHeads(client: Queryable, afterId: number, limit: number): Promise<ResultHead[]> {
  const { rows } = await client.query<ResultHead>(
    `select id as "runId", substring(run_result from 1 for ${HEADER_LENGTH}) as head,
       octet_length(run_result) as "byteLength", pg_column_size(run_result) < octet_length(run_result) as "isCompressed"
     from model_runs where id > $1::bigint and run_status = 'SUCCESS' and run_result is not null order by id limit $2`,
    [afterId, limit],
  )
  return rows.map((row) => ({ ...row, runId: Number(row.runId) }))
}

/** Puts a header in the place of another. Returns false when the result is not the one with that header any more. */
export async function replaceHeader(
  pool: pg.Pool,
  { runId, head, byteLength }: ResultHead,
  header: Buffer,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    text: `update model_runs set run_result = overlay(run_result placing $2 from 1 for ${HEADER_LENGTH})
      where id = $1::bigint and run_status = 'SUCCESS' and substring(run_result from 1 for ${HEADER_LENGTH}) = $3`,
    values: [runId, header, head],
    // PostgreSQL writes the whole value anew.
    query_timeout: transferTimeoutMs(TIMEOUT_MS, byteLength),
  } as pg.QueryConfig)
  return rowCount === 1
}

/**
 * Puts a file in the place of a result. Returns false when the result is not the one with that head any more: the head of
 * an artifact stands for all of it, through its digests.
 */
export async function replaceResult(
  pool: pg.Pool,
  { runId, head, byteLength }: ResultHead,
  file: ArtifactFile,
): Promise<boolean> {
  const text = `update model_runs set run_result = $2 where id = $1::bigint and run_status = 'SUCCESS'
    and octet_length(run_result) = ${byteLength}
    and substring(run_result from 1 for ${HEADER_LENGTH}) = '\\x${head.toString('hex')}'::bytea`
  const timeoutMs = transferTimeoutMs(TIMEOUT_MS, file.byteLength)
  const statement = { text, value: String(runId), ...file, timeoutMs }
  return (await inTransaction(pool, (tx) => runWithFile(tx, statement))) === 1
}

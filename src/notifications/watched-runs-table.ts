// The SQL of ml_worker.watched_runs: runs whose end is to be told.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'

export interface WatchedRun {
  readonly runId: number
  /** Not known of a damaged spool file. */
  readonly modelName: string | null
  readonly correlationId: string | null
}

/** Those that are there already stay as they are. */
export async function insertWatched(client: Queryable, runs: readonly WatchedRun[]): Promise<void> {
  await client.query(
    `insert into ml_worker.watched_runs (run_id, model_name, correlation_id, watched_at)
     select run_id, model_name, correlation_id, now()
     from unnest($1::bigint[], $2::text[], $3::text[]) as given (run_id, model_name, correlation_id)
     on conflict do nothing`,
    [
      runs.map(({ runId }) => runId),
      runs.map(({ modelName }) => (modelName === null ? null : storableText(modelName))),
      runs.map(({ correlationId }) => (correlationId === null ? null : storableText(correlationId))),
    ],
  )
}

/** Whether the table is in the database of the transaction. */
export async function isTableHere(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.query<{ isHere: boolean }>(
    `select to_regclass('ml_worker.watched_runs') is not null as "isHere"`,
  )
  return rows[0]?.isHere === true
}

/** In the order of their ids. */
export async function listWatched(client: Queryable, afterRunId: number, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ runId: number }>(
    `select run_id::float8 as "runId" from ml_worker.watched_runs where run_id > $1::bigint order by run_id limit $2`,
    [afterRunId, limit],
  )
  return rows.map(({ runId }) => runId)
}

/** Whoever takes it tells its end. Undefined where somebody else has taken it. */
export async function takeWatched(tx: Transaction, runId: number): Promise<WatchedRun | undefined> {
  const { rows } = await tx.query<WatchedRun>(
    `delete from ml_worker.watched_runs where run_id = $1::bigint
     returning run_id::float8 as "runId", model_name as "modelName", correlation_id as "correlationId"`,
    [runId],
  )
  return rows[0]
}

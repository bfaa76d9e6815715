// The partitions of ml_worker.predictions, one a day of UTC, and what is beyond its time in them.
import type { Queryable } from '../../database/pool.ts'

/** Makes the days that are not there, from that day on. day: milliseconds since 1970. Gives how many were made. */
export async function addPredictionDays(client: Queryable, day: number, dayCount: number): Promise<number> {
  const { rows } = await client.query<{ made: number }>(
    'select ml_worker.add_prediction_days($1::date, $2::integer) as made',
    [dateOf(day), dayCount],
  )
  return rows[0]?.made ?? 0
}

/** Days before that one. */
export async function countDaysBefore(client: Queryable, day: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::integer as count from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'ml_worker.predictions'::regclass and c.relname < $1`,
    [`predictions_${dateOf(day).replaceAll('-', '')}`],
  )
  return rows[0]?.count ?? 0
}

/** Drops the oldest day, where it is before that one; false where there is none. */
export async function dropDayBefore(client: Queryable, day: number): Promise<boolean> {
  const { rows } = await client.query<{ dropped: string | null }>(
    'select ml_worker.drop_prediction_day($1::date)::text as dropped',
    [dateOf(day)],
  )
  return rows[0]?.dropped != null
}

/** Deletes what batches that old were sealed with: their rows are gone. */
export async function deleteBatchesBefore(client: Queryable, day: number): Promise<void> {
  await client.query('delete from ml_worker.prediction_batches where sealed_at < $1::date', [dateOf(day)])
}

/** A project, and the time before which its predictions are beyond their time, in milliseconds since 1970. */
export interface DueBefore {
  readonly projectId: number
  readonly before: number
}

/** So many of the oldest at the most; gives how many. */
export async function deletePredictionsBefore(
  client: Queryable,
  { projectId, before }: DueBefore,
  limit: number,
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.predictions p using (
       select predicted_at, prediction_id from ml_worker.predictions
       where project_id = $1::bigint and predicted_at < to_timestamp($2::float8 / 1000)
       order by predicted_at, prediction_id limit $3
     ) old
     where p.project_id = $1::bigint and p.predicted_at = old.predicted_at and p.prediction_id = old.prediction_id`,
    [projectId, before, limit],
  )
  return rowCount ?? 0
}

export async function countPredictionsBefore(client: Queryable, { projectId, before }: DueBefore): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.predictions
     where project_id = $1::bigint and predicted_at < to_timestamp($2::float8 / 1000)`,
    [projectId, before],
  )
  return rows[0]?.count ?? 0
}

/** The day of UTC, as PostgreSQL takes it. */
function dateOf(day: number): string {
  return new Date(day).toISOString().slice(0, 10)
}

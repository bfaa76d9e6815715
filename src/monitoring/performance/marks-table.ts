// The SQL of ml_worker.performance_marks: hours whose predictions or outcomes have changed since they were summed. A mark is
// written in the transaction of what it tells of, and never changed: writers wait for nobody.
import type { Queryable, Transaction } from '../../database/pool.ts'

const HOUR_MS = 3_600_000

/** Why an hour was marked. The triggers of the log write the first and the last. */
export type MarkReason = 'predicted' | 'outcome' | 'deleted'

/** Outcomes of these predictions have changed. times: of the predictions, in milliseconds since 1970. */
export async function markHours(tx: Transaction, projectId: number, times: readonly number[]): Promise<void> {
  const hours = [...new Set(times.map((time) => Math.floor(time / HOUR_MS) * HOUR_MS))]
  if (hours.length === 0) return
  await tx.query(
    `insert into ml_worker.performance_marks (project_id, hour, reason, due_at)
     select $1::bigint, to_timestamp(ms / 1000.0), 'outcome', now() from unnest($2::bigint[]) as given (ms)`,
    [projectId, hours],
  )
}

/** A day of a project that has marked hours. */
export interface MarkedDay {
  readonly projectId: number
  /** Its start in UTC. */
  readonly day: Date
}

/** Those with marks that are due, the longest waiting first. */
export async function listMarkedDays(client: Queryable, limit: number): Promise<MarkedDay[]> {
  const { rows } = await client.query<MarkedDay>(
    `select project_id::float8 as "projectId", date_trunc('day', hour, 'UTC') as day
     from ml_worker.performance_marks where due_at <= now()
     group by 1, 2 order by min(mark_id) limit $1`,
    [limit],
  )
  return rows
}

/** A marked hour. */
export interface MarkedHour {
  readonly hour: Date
  /** Whether predictions of it were deleted. */
  readonly isDeletedFrom: boolean
}

/**
 * Takes the marks of a day, and gives its marked hours. What is read by later statements of the transaction holds all that
 * these marks tell of.
 */
export async function takeMarks(tx: Transaction, { projectId, day }: MarkedDay): Promise<MarkedHour[]> {
  const { rows } = await tx.query<MarkedHour>(
    `with taken as (
       delete from ml_worker.performance_marks
       where project_id = $1::bigint and hour >= $2::timestamptz and hour < $2::timestamptz + interval '24 hours'
       returning hour, reason
     )
     select hour, bool_or(reason = 'deleted') as "isDeletedFrom" from taken group by hour order by hour`,
    [projectId, day],
  )
  return rows
}

/** False where another worker is at the project. Held until the transaction is over. */
export async function tryHoldSums(tx: Transaction, lockClass: number, projectId: number): Promise<boolean> {
  const { rows } = await tx.query<{ isHeld: boolean }>(
    'select pg_try_advisory_xact_lock($1::int, hashint8($2::bigint)) as "isHeld"',
    [lockClass, projectId],
  )
  return rows[0]?.isHeld === true
}

/** Hours of a project within a time that wait to be summed. */
export async function countMarkedHours(client: Queryable, projectId: number, from: Date, to: Date): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(distinct hour)::float8 as count from ml_worker.performance_marks
     where project_id = $1::bigint and hour >= $2::timestamptz and hour < $3::timestamptz`,
    [projectId, from, to],
  )
  return rows[0]?.count ?? 0
}

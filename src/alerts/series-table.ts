// The SQL of ml_worker.alert_series and ml_worker.alert_windows: what looks have told.
import type { Transaction } from '../database/pool.ts'
import type { SeriesKey } from './alert.ts'
import type { JudgedWindow } from './judge.ts'

export interface Series {
  readonly seriesId: number
  readonly fingerprint: string
  readonly projectId: number | null
  readonly projectName: string | null
  /** Windows up to here are not known any more, and count no more. */
  readonly forgottenUntil: Date | null
  /** Windows up to here belong to an alert that is resolved. */
  readonly countedFrom: Date | null
  /** Of its last alert that fired. */
  readonly resolvedAt: Date | null
}

/** The series, made where it is none yet. Whoever tells another window of it waits until the transaction is over. */
export async function lockSeries(tx: Transaction, fingerprint: string, key: SeriesKey): Promise<Series> {
  const { rows } = await tx.query<Series>(
    `with s as (
       insert into ml_worker.alert_series (fingerprint, kind, project_id, environment, version)
       values ($1, $2, $3::bigint, $4, $5)
       on conflict (fingerprint) do update set kind = excluded.kind
       returning *
     )
     select s.series_id::float8 as "seriesId", s.fingerprint, s.project_id::float8 as "projectId",
       p.project_name as "projectName", s.forgotten_until as "forgottenUntil", s.counted_from as "countedFrom",
       s.resolved_at as "resolvedAt"
     from s left join ml_worker.projects p using (project_id)`,
    [fingerprint, key.kind, key.projectId, key.environment, key.version],
  )
  return rows[0] as Series
}

/** The same of one that is there. */
export async function lockSeriesById(tx: Transaction, seriesId: number): Promise<void> {
  await tx.query('select from ml_worker.alert_series where series_id = $1::bigint for update', [seriesId])
}

export interface ToldWindow extends JudgedWindow {
  readonly from: Date
  readonly to: Date
}

/** False where it was told before. */
export async function insertWindow(tx: Transaction, seriesId: number, told: ToldWindow, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into ml_worker.alert_windows (series_id, window_from, window_to, verdict, severity, told_at)
     values ($1::bigint, $2, $3, $4, $5, $6) on conflict do nothing`,
    [seriesId, told.from, told.to, told.verdict, told.severity, now],
  )
  return rowCount === 1
}

/** The newest first, without those that do not count any more. */
export async function listWindows(
  tx: Transaction,
  { seriesId, countedFrom }: Series,
  limit: number,
): Promise<JudgedWindow[]> {
  const { rows } = await tx.query<JudgedWindow>(
    `select verdict, severity from ml_worker.alert_windows
     where series_id = $1::bigint and ($2::timestamptz is null or window_to > $2)
     order by window_to desc, window_from desc limit $3`,
    [seriesId, countedFrom, limit],
  )
  return rows
}

/** Forgets all windows but the newest. */
export async function forgetWindows(tx: Transaction, seriesId: number, kept: number): Promise<void> {
  await tx.query(
    `with gone as (
       delete from ml_worker.alert_windows
       where series_id = $1::bigint and (window_to, window_from) < (
         select window_to, window_from from ml_worker.alert_windows where series_id = $1::bigint
         order by window_to desc, window_from desc offset $2 limit 1)
       returning window_to
     )
     update ml_worker.alert_series set forgotten_until = greatest(forgotten_until, (select max(window_to) from gone))
     where series_id = $1::bigint and exists (select from gone)`,
    [seriesId, kept - 1],
  )
}

/** All windows that were told so far belong to an alert that is over. firedUntil: where it had fired. */
export async function closeWindows(tx: Transaction, seriesId: number, firedUntil: Date | null): Promise<void> {
  await tx.query(
    `update ml_worker.alert_series
     set counted_from = (select max(window_to) from ml_worker.alert_windows where series_id = $1::bigint),
       resolved_at = coalesce($2, resolved_at)
     where series_id = $1::bigint`,
    [seriesId, firedUntil],
  )
}

/** until: null ends it. */
export async function writeMute(
  tx: Transaction,
  seriesId: number,
  until: Date | null,
  by: string | null,
): Promise<void> {
  await tx.query('update ml_worker.alert_series set muted_until = $2, muted_by = $3 where series_id = $1::bigint', [
    seriesId,
    until,
    by,
  ])
}

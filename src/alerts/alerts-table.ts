// The SQL of ml_worker.alerts and ml_worker.alert_events.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Alert, AlertEvent, AlertState } from './alert.ts'
import type { Severity, SignalKind } from './signals.ts'

const COLUMNS = `a.alert_id::float8 as "alertId", a.series_id::float8 as "seriesId", s.fingerprint, s.kind,
  s.project_id::float8 as "projectId", p.project_name as "projectName", s.environment, s.version, a.state, a.severity,
  a.labels, a.details, a.window_from as "windowFrom", a.window_to as "windowTo", a.started_at as "startedAt",
  a.fired_at as "firedAt", a.resolved_at as "resolvedAt", a.resolved_by as "resolvedBy",
  a.resolved_reason as "resolvedReason", a.acknowledged_at as "acknowledgedAt", a.acknowledged_by as "acknowledgedBy",
  s.muted_until as "mutedUntil", s.muted_by as "mutedBy", a.told_at as "toldAt", a.told_severity as "toldSeverity"`
const JOINS = 'join ml_worker.alert_series s using (series_id) left join ml_worker.projects p using (project_id)'
const FROM = `ml_worker.alerts a ${JOINS}`
/** The project's own rules. */
const RULES = 'left join ml_worker.alert_rules r on r.project_id = s.project_id and r.kind = s.kind'
/** How severe it is, as a number. */
const rankOf = (column: string): string => `array_position(array['low', 'medium', 'high', 'critical'], ${column})`
const IS_OPEN = `a.state in ('pending', 'firing')`

export async function findOpen(client: Queryable, seriesId: number): Promise<Alert | undefined> {
  const { rows } = await client.query<Alert>(
    `select ${COLUMNS} from ${FROM} where a.series_id = $1::bigint and ${IS_OPEN}`,
    [seriesId],
  )
  return rows[0]
}

export async function findAlert(client: Queryable, alertId: number): Promise<Alert | undefined> {
  const { rows } = await client.query<Alert>(`select ${COLUMNS} from ${FROM} where a.alert_id = $1::bigint`, [alertId])
  return rows[0]
}

export type NewAlert = Pick<
  Alert,
  'seriesId' | 'severity' | 'labels' | 'details' | 'windowFrom' | 'windowTo' | 'startedAt'
>

/** A pending one. */
export async function insertAlert(tx: Transaction, made: NewAlert): Promise<Alert> {
  const { rows } = await tx.query<Alert>(
    `with a as (
       insert into ml_worker.alerts (series_id, state, severity, labels, details, window_from, window_to, started_at)
       values ($1::bigint, 'pending', $2, $3::json, $4::json, $5, $6, $7) returning *
     )
     select ${COLUMNS} from a ${JOINS}`,
    [
      made.seriesId,
      made.severity,
      JSON.stringify(made.labels),
      JSON.stringify(made.details),
      made.windowFrom,
      made.windowTo,
      made.startedAt,
    ],
  )
  return rows[0] as Alert
}

/** All of it that may change. The series must be locked. */
export async function writeAlert(tx: Transaction, alert: Alert): Promise<void> {
  await tx.query(
    `update ml_worker.alerts
     set state = $2, severity = $3, details = $4::json, window_from = $5, window_to = $6, fired_at = $7,
       resolved_at = $8, resolved_by = $9, resolved_reason = $10, acknowledged_at = $11, acknowledged_by = $12,
       told_at = $13, told_severity = $14
     where alert_id = $1::bigint`,
    [
      alert.alertId,
      alert.state,
      alert.severity,
      JSON.stringify(alert.details),
      alert.windowFrom,
      alert.windowTo,
      alert.firedAt,
      alert.resolvedAt,
      alert.resolvedBy,
      alert.resolvedReason === null ? null : storableText(alert.resolvedReason),
      alert.acknowledgedAt,
      alert.acknowledgedBy,
      alert.toldAt,
      alert.toldSeverity,
    ],
  )
}

export async function insertEvent(tx: Transaction, alertId: number, event: AlertEvent): Promise<void> {
  await tx.query(
    `insert into ml_worker.alert_events
       (alert_id, event, severity, note, window_from, window_to, happened_at, actor)
     values ($1::bigint, $2, $3, $4, $5, $6, $7, $8)`,
    [
      alertId,
      event.event,
      event.severity,
      event.note === null ? null : storableText(event.note),
      event.windowFrom,
      event.windowTo,
      event.happenedAt,
      event.actor,
    ],
  )
}

/** The newest, the oldest of them first. */
export async function listEvents(client: Queryable, alertId: number, limit: number): Promise<AlertEvent[]> {
  const { rows } = await client.query<AlertEvent>(
    `select event, severity, note, window_from as "windowFrom", window_to as "windowTo", happened_at as "happenedAt",
       actor
     from (
       select * from ml_worker.alert_events where alert_id = $1::bigint order by event_id desc limit $2
     ) newest order by event_id`,
    [alertId, limit],
  )
  return rows
}

export interface AlertFilter {
  readonly projectId?: number | undefined
  readonly state?: AlertState | undefined
  readonly kind?: SignalKind | undefined
  readonly severity?: Severity | undefined
  readonly environment?: string | undefined
  readonly version?: number | undefined
  readonly isAcknowledged?: boolean | undefined
  readonly isMuted?: boolean | undefined
}

/** The newest first; those before the id. */
export async function listAlerts(
  client: Queryable,
  filter: AlertFilter,
  now: Date,
  limit: number,
  before?: number,
): Promise<Alert[]> {
  const values: unknown[] = [limit]
  const conditions = ['true']
  // Only what is asked for: a condition that may be switched off keeps the planner from its indexes.
  const add = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  add(before, (place) => `a.alert_id < ${place}::bigint`)
  add(filter.projectId, (place) => `s.project_id = ${place}::bigint`)
  add(filter.state, (place) => `a.state = ${place}`)
  add(filter.kind, (place) => `s.kind = ${place}`)
  add(filter.severity, (place) => `a.severity = ${place}`)
  add(filter.environment, (place) => `s.environment = ${place}`)
  add(filter.version, (place) => `s.version = ${place}::integer`)
  add(filter.isAcknowledged, (place) => `(a.acknowledged_at is not null) = ${place}`)
  if (filter.isMuted !== undefined) {
    add(now, (place) => `coalesce(s.muted_until > ${place}, false) = ${filter.isMuted === true}`)
  }
  const { rows } = await client.query<Alert>(
    `select ${COLUMNS} from ${FROM} where ${conditions.join(' and ')} order by a.alert_id desc limit $1`,
    values,
  )
  return rows
}

/**
 * Firing ones that others are to be told of: they were muted when they began to fire, or when they became more severe; or
 * they were told so long ago that their rule has them told again.
 */
export async function listToTell(client: Queryable, now: Date, limit: number): Promise<Alert[]> {
  const { rows } = await client.query<Alert>(
    `select ${COLUMNS} from ${FROM} ${RULES}
     where a.state = 'firing' and (s.muted_until is null or s.muted_until <= $1)
       and (a.told_at is null or ${rankOf('a.severity')} > ${rankOf('a.told_severity')} or (a.acknowledged_at is null and r.repeat_seconds > 0
         and a.told_at <= $1::timestamptz - make_interval(secs => r.repeat_seconds)))
     order by a.alert_id limit $2`,
    [now, limit],
  )
  return rows
}

/**
 * Open ones that no window will resolve: the project is archived, the rule is switched off, or nothing was told for an hour
 * of a version that is not active in its environment any more.
 */
export async function listLeft(
  client: Queryable,
  now: Date,
  limit: number,
): Promise<(Alert & { readonly reason: string })[]> {
  const { rows } = await client.query<Alert & { reason: string }>(
    `select ${COLUMNS}, case when p.archived_at is not null then 'the project is archived'
       when not r.is_enabled then 'the rule is switched off' else 'the version is not active in the environment any more' end as reason
     from ${FROM} ${RULES}
     where ${IS_OPEN} and (p.archived_at is not null or not r.is_enabled
       or (s.version is not null and s.environment is not null
         and not exists (
           select from ml_worker.alert_windows w
           where w.series_id = a.series_id and w.told_at > $1::timestamptz - interval '1 hour')
         and not exists (
           select from ml_worker.deployments d
           where d.project_id = s.project_id and d.environment = s.environment and d.version = s.version
             and d.status = 'active')))
     order by a.alert_id limit $2`,
    [now, limit],
  )
  return rows
}

export interface AlertCount {
  readonly state: AlertState
  readonly severity: Severity
  readonly count: number
}

/** Open ones. */
export async function countOpen(client: Queryable): Promise<AlertCount[]> {
  const { rows } = await client.query<AlertCount>(
    `select state, severity, count(*)::float8 as count from ml_worker.alerts a where ${IS_OPEN} group by 1, 2`,
  )
  return rows
}

// The SQL of what the worker looks at itself for alerts: deployments, trainings, and the queue.
import type { Queryable } from '../database/pool.ts'

/** How far back a look finds what happened while no worker ran. */
const BACK = "interval '1 day'"

export interface ActiveSlot {
  readonly deploymentId: number
  readonly projectId: number
  readonly environment: string
  readonly version: number
  readonly activeFrom: Date
  /** The end of the newest window of it that was told. */
  readonly toldUntil: Date | null
}

/** What is active, the newest deployments first. */
export async function listActive(client: Queryable, limit: number): Promise<ActiveSlot[]> {
  const { rows } = await client.query<ActiveSlot>(
    `select d.deployment_id::float8 as "deploymentId", d.project_id::float8 as "projectId", d.environment, d.version,
       d.active_from as "activeFrom", (
         select max(w.window_to) from ml_worker.alert_series s join ml_worker.alert_windows w using (series_id)
         where s.project_id = d.project_id and s.kind = 'errors' and s.environment = d.environment
           and s.version = d.version) as "toldUntil"
     from ml_worker.deployments d where d.status = 'active' order by d.deployment_id desc limit $1`,
    [limit],
  )
  return rows
}

/** Something that ended well or badly, in whole milliseconds. */
export interface Ending {
  readonly projectId: number
  readonly environment: string | null
  /** Of the run, or of the deployment. */
  readonly id: number
  readonly version: number | null
  readonly isFailure: boolean
  readonly reason: string | null
  readonly from: Date
  readonly to: Date
}

/** No window of the kind, project and environment of `e` was told for it. */
const isUntold = (kind: string): string => `not exists (
    select from ml_worker.alert_series s
    where s.project_id = e."projectId"::bigint and s.kind = '${kind}' and s.environment is not distinct from e.environment
      and (s.forgotten_until >= e."to" or exists (
        select from ml_worker.alert_windows w
        where w.series_id = s.series_id and w.window_to = e."to" and w.window_from = e."from")))`
const spanOf = (begin: string, end: string): string =>
  `least(date_trunc('milliseconds', ${begin}), date_trunc('milliseconds', ${end}) - interval '1 millisecond') as "from",
   date_trunc('milliseconds', ${end}) as "to"`

/** Trainings of projects that were not told, the oldest first. Those that were cancelled ended neither well nor badly. */
export async function listEndedTrainings(client: Queryable, now: Date, limit: number): Promise<Ending[]> {
  const { rows } = await client.query<Ending>(
    `with e as (
       select t.project_id::float8 as "projectId", null::text as environment, t.run_id::float8 as id, t.version,
         t.state = 'failed' as "isFailure", t.reason, ${spanOf('t.requested_at', 't.ended_at')}
       from ml_worker.version_trainings t
       where t.ended_at > $1::timestamptz - ${BACK}
         and (t.state = 'succeeded' or t.state = 'failed' and coalesce(t.reason, '') not like 'cancelled:%')
     )
     select e.* from e where ${isUntold('training_failed')} order by e."to", e.id limit $2`,
    [now, limit],
  )
  return rows
}

/** The same of deployments that became active or failed. */
export async function listEndedDeployments(client: Queryable, now: Date, limit: number): Promise<Ending[]> {
  const { rows } = await client.query<Ending>(
    `with e as (
       select d.project_id::float8 as "projectId", d.environment, d.deployment_id::float8 as id, d.version,
         d.status = 'failed' as "isFailure", d.reason,
         ${spanOf('d.requested_at', "case d.status when 'failed' then d.ended_at else d.active_from end")}
       from ml_worker.deployments d
       where case d.status when 'failed' then d.ended_at else d.active_from end > $1::timestamptz - ${BACK}
     )
     select e.* from e where ${isUntold('deployment_failed')} order by e."to", e.id limit $2`,
    [now, limit],
  )
  return rows
}

export interface QueueAge {
  readonly projectId: number
  /** Of the oldest training that has no end; 0 where there is none. */
  readonly seconds: number
  readonly trainings: number
}

/** Of projects with trainings that have no end, and of those whose last window was bad or whose alert is open. */
export async function listQueues(client: Queryable, now: Date, limit: number): Promise<QueueAge[]> {
  const { rows } = await client.query<QueueAge>(
    `with waiting as (
       select project_id, min(requested_at) as since, count(*) as trainings
       from ml_worker.version_trainings where state = 'training' group by project_id),
     watched as (
       select s.project_id from ml_worker.alert_series s
       where s.kind = 'queue' and s.project_id is not null and (
         exists (select from ml_worker.alerts a where a.series_id = s.series_id and a.state in ('pending', 'firing'))
         or 'bad' = (
           select w.verdict from ml_worker.alert_windows w where w.series_id = s.series_id
           order by w.window_to desc, w.window_from desc limit 1)))
     select project_id::float8 as "projectId",
       greatest(0, coalesce(extract(epoch from $1::timestamptz - since), 0))::float8 as seconds,
       coalesce(trainings, 0)::float8 as trainings
     from waiting full join watched using (project_id) order by project_id limit $2`,
    [now, limit],
  )
  return rows
}

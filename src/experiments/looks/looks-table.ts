// The SQL of ml_worker.experiment_looks: looks are added, read, and thinned. Which experiments are due is asked here, too.
import type { Queryable, Transaction } from '../../database/pool.ts'
import type { Look, NewLook } from './look.ts'

const COLUMNS = `look_id as "lookId", experiment_id as "experimentId", looked_at as "lookedAt", counts as counted, judgement,
  is_deciding as "isDeciding"`

/** One look at an experiment at a time, over all workers: false where another one is at it. Until the transaction is over. */
export async function tryHoldExperiment(tx: Transaction, lockClass: number, experimentId: number): Promise<boolean> {
  const { rows } = await tx.query<{ isHeld: boolean }>(
    'select pg_try_advisory_xact_lock($1::int, hashint8($2::bigint)) as "isHeld"',
    [lockClass, experimentId],
  )
  return rows[0]?.isHeld === true
}

/** Throws where the experiment has a deciding look already. */
export async function insertLook(tx: Transaction, look: NewLook): Promise<number> {
  const { experimentId, lookedAt, counted, judgement, isDeciding } = look
  const { rows } = await tx.query<{ lookId: number }>(
    `insert into ml_worker.experiment_looks (experiment_id, looked_at, counts, judgement, is_deciding)
     values ($1::bigint, $2, $3::json, $4::json, $5) returning look_id as "lookId"`,
    [experimentId, lookedAt, JSON.stringify(counted), JSON.stringify(judgement), isDeciding],
  )
  return (rows[0] as { lookId: number }).lookId
}

export async function findNewestLook(client: Queryable, experimentId: number): Promise<Look | undefined> {
  const [look] = await listLooks(client, experimentId, 1)
  return look
}

export async function findLook(client: Queryable, experimentId: number, lookId: number): Promise<Look | undefined> {
  const { rows } = await client.query<Look>(
    `select ${COLUMNS} from ml_worker.experiment_looks where experiment_id = $1::bigint and look_id = $2::bigint`,
    [experimentId, lookId],
  )
  return rows[0]
}

/** The newest first. before: only those that were made before this one. */
export async function listLooks(
  client: Queryable,
  experimentId: number,
  limit: number,
  before?: number,
): Promise<Look[]> {
  const { rows } = await client.query<Look>(
    `select ${COLUMNS} from ml_worker.experiment_looks
     where experiment_id = $1::bigint and ($2::bigint is null or look_id < $2::bigint) order by look_id desc limit $3`,
    [experimentId, before ?? null, limit],
  )
  return rows
}

/** So many looks over all of the time, the oldest first; the first, the last and the deciding one are among them. */
export async function sampleLooks(client: Queryable, experimentId: number, limit: number): Promise<Look[]> {
  const { rows } = await client.query<Look>(
    `select ${COLUMNS} from (
       select *, row_number() over (order by look_id) as place, count(*) over () as count
       from ml_worker.experiment_looks where experiment_id = $1::bigint
     ) numbered
     where is_deciding or place = 1 or place = count
       or place * $2::int / count > (place - 1) * $2::int / count
     order by look_id`,
    [experimentId, limit],
  )
  return rows
}

/** Every look of the last hours stays; of older ones the first of each hour, and the deciding one. */
export async function thinLooks(tx: Transaction, experimentId: number, now: Date, hours: number): Promise<void> {
  await tx.query(
    `delete from ml_worker.experiment_looks l
     where l.experiment_id = $1::bigint and not l.is_deciding and l.looked_at < $2::timestamptz - make_interval(hours => $3)
       and exists (
         select from ml_worker.experiment_looks e
         where e.experiment_id = l.experiment_id and e.look_id < l.look_id
           and date_trunc('hour', e.looked_at, 'UTC') = date_trunc('hour', l.looked_at, 'UTC'))`,
    [experimentId, now, hours],
  )
}

/** What runs, or was just stopped, with what says whether a look is due. */
export interface Due {
  readonly experimentId: number
  /** Somebody has stopped it: one look is left, at all that was written until then. */
  readonly isStopped: boolean
  readonly isArchived: boolean
  /** What was active there when it was started. */
  readonly deploymentId: number | null
  /** What is active in its environment; null where nothing is. */
  readonly activeDeploymentId: number | null
  readonly activeVersion: number | null
  /** A challenger whose approval was revoked since; null without one. */
  readonly revokedVersion: number | null
  /** Of the newest look; null before the first. */
  readonly lookedAt: Date | null
  readonly talliedAt: Date | null
  readonly tallyMs: number
  /** Whether a unit failed, or was slow, since that look. */
  readonly isInTrouble: boolean
}

/** What a version that was approved at the start can have become. */
const NOT_APPROVED = "'revoked', 'pending', 'rejected'"
/** How late the time of a failure may be written. */
const WRITTEN_WITHIN = "interval '15 seconds'"
/** Workers hear of a stop within seconds, and write what they have seen behind that. */
const STOPPED_SINCE = "between now() - interval '1 day' and now() - interval '5 seconds'"

/** experimentId: only this one. A few index look-ups an experiment. */
export async function listDue(client: Queryable, limit: number, experimentId?: number): Promise<Due[]> {
  const { rows } = await client.query<Due>(
    `select e.experiment_id as "experimentId", e.state = 'concluded' as "isStopped", p.archived_at is not null as "isArchived",
       e.deployment_id as "deploymentId", d.deployment_id as "activeDeploymentId", d.version as "activeVersion", l.looked_at as "lookedAt",
       (select min(s.version) from json_array_elements(e.plan->'arms') with ordinality a (arm, place)
        join ml_worker.review_states s on s.project_id = e.project_id and s.version = (a.arm->>'version')::int
        where a.place > 1 and s.state in (${NOT_APPROVED})) as "revokedVersion",
       (l.counts->>'talliedAt')::timestamptz as "talliedAt", coalesce((l.counts->>'tallyMs')::float8, 0) as "tallyMs",
       exists (
         select from ml_worker.experiment_units u
         where u.experiment_id = e.experiment_id and (u.failed_at is not null or u.slow_at is not null)
           and greatest(u.failed_at, u.slow_at) > l.looked_at - ${WRITTEN_WITHIN}) as "isInTrouble"
     from ml_worker.experiments e
     join ml_worker.projects p using (project_id)
     left join ml_worker.deployments d
       on d.project_id = e.project_id and d.environment = e.environment and d.status = 'active'
     left join lateral (
       select looked_at, counts from ml_worker.experiment_looks n
       where n.experiment_id = e.experiment_id order by look_id desc limit 1) l on true
     where (e.state = 'running' or (
         e.outcome = 'stopped_by_user' and e.started_at is not null and e.deciding_look is null
         and e.concluded_at ${STOPPED_SINCE}))
       and ($2::bigint is null or e.experiment_id = $2::bigint)
     order by l.looked_at nulls first, e.experiment_id limit $1`,
    [limit, experimentId ?? null],
  )
  return rows
}

/** What the gauges of a moment tell of an experiment. */
export interface NewestLook extends Pick<Look, 'lookedAt' | 'counted' | 'judgement'> {
  readonly project: string
  readonly name: string
  readonly state: string
  readonly startedAt: Date
  readonly arms: readonly string[]
}

/** Of what runs, or was concluded since; what runs first. Those without a look are left out. */
export async function listNewestLooks(client: Queryable, since: Date, limit: number): Promise<NewestLook[]> {
  const { rows } = await client.query<Omit<NewestLook, 'arms'> & { plan: { arms: { name: string }[] } }>(
    `select p.project_name as project, e.experiment_name as name, e.plan,
       case when e.state = 'concluded' then e.outcome when e.is_paused then 'paused' else e.state end as state,
       e.started_at as "startedAt",
       l.looked_at as "lookedAt", l.counts as counted, l.judgement
     from ml_worker.experiments e
     join ml_worker.projects p using (project_id)
     join lateral (
       select looked_at, counts, judgement from ml_worker.experiment_looks n
       where n.experiment_id = e.experiment_id order by (n.look_id = e.deciding_look) desc nulls last, look_id desc limit 1
     ) l on true
     where e.state = 'running' or e.concluded_at > $1
     order by e.state desc, e.experiment_id desc limit $2`,
    [since, limit],
  )
  return rows.map(({ plan, ...row }) => ({ ...row, arms: plan.arms.map(({ name }) => name) }))
}

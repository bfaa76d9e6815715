// The SQL of ml_worker.deployments and ml_worker.deployment_events: what is asked for, found and told.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Deployment, DeploymentEvent, DeploymentStatus, NewDeployment } from './deployment.ts'
import type { TargetName } from './targets/target.ts'

export const COLUMNS = `d.deployment_id::float8 as "deploymentId", d.project_id::float8 as "projectId",
  p.project_name as "projectName", d.environment, d.version, d.run_id::float8 as "runId", d.model_name as "modelName",
  v.artifact_sha256 as "artifactSha256", d.target, d.settings, d.instances, d.origin, d.restores::float8 as restores,
  d.deactivate_others as "deactivateOthers", d.note, d.status, d.reason, d.endpoint, d.observed,
  d.observed_at as "observedAt", d.requested_at as "requestedAt", d.requested_by as "requestedBy",
  d.idempotency_key as "idempotencyKey", d.request_digest as "requestDigest", d.active_from as "activeFrom",
  d.active_until as "activeUntil", d.ended_at as "endedAt", d.step`
export const JOINS =
  'join ml_worker.projects p using (project_id) join ml_worker.versions v using (project_id, version)'
export const FROM = `ml_worker.deployments d ${JOINS}`

export interface DeploymentFilter {
  readonly projectId?: number | undefined
  readonly environment?: string | undefined
  readonly status?: DeploymentStatus | undefined
  readonly target?: TargetName | undefined
  /** Those that were active then, in milliseconds since 1970: one at the most of an environment. */
  readonly at?: number | undefined
}

/** The place of a project where one version at the most is active. */
export interface Slot {
  readonly projectId: number
  readonly environment: string
}

/** The time of what happens now: of all of it in a transaction, in the milliseconds that callers get. */
export async function timeOf(tx: Transaction): Promise<Date> {
  const { rows } = await tx.query<{ now: Date }>("select date_trunc('milliseconds', clock_timestamp()) as now")
  return (rows[0] as { now: Date }).now
}

/** Undefined where the caller has used the key for another one. */
export async function insertDeployment(
  tx: Transaction,
  made: NewDeployment,
  requestedAt: Date,
): Promise<Deployment | undefined> {
  const { rows } = await tx.query<Deployment>(
    `with d as (
       insert into ml_worker.deployments
         (project_id, environment, version, run_id, model_name, target, settings, instances, origin, restores,
          deactivate_others, note, status, requested_at, requested_by, idempotency_key, request_digest, step, failures,
          try_after, attempt)
       values ($1::bigint, $2, $3, $4::bigint, $5, $6, $7::json, $8, $9, $10::bigint, $11, $12, 'pending',
         $16, $13, $14, $15, 'prepare', 0, clock_timestamp(), 0)
       on conflict (requested_by, idempotency_key) where idempotency_key is not null do nothing
       returning *
     )
     select ${COLUMNS} from d ${JOINS}`,
    [
      made.projectId,
      made.environment,
      made.version,
      made.runId,
      made.modelName,
      made.target,
      JSON.stringify(made.settings),
      made.instances,
      made.origin,
      made.restores,
      made.deactivateOthers,
      made.note === null ? null : storableText(made.note),
      made.requestedBy,
      made.idempotencyKey,
      made.requestDigest,
      requestedAt,
    ],
  )
  return rows[0]
}

export async function findDeployment(client: Queryable, deploymentId: number): Promise<Deployment | undefined> {
  const { rows } = await client.query<Deployment>(`select ${COLUMNS} from ${FROM} where d.deployment_id = $1::bigint`, [
    deploymentId,
  ])
  return rows[0]
}

export async function findByKey(client: Queryable, requestedBy: string, key: string): Promise<Deployment | undefined> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM} where d.requested_by = $1 and d.idempotency_key = $2`,
    [requestedBy, key],
  )
  return rows[0]
}

export async function findActive(client: Queryable, slot: Slot): Promise<Deployment | undefined> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM} where d.project_id = $1::bigint and d.environment = $2 and d.status = 'active'`,
    [slot.projectId, slot.environment],
  )
  return rows[0]
}

/** The one that is on its way. */
export async function findOpen(client: Queryable, slot: Slot): Promise<Deployment | undefined> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM}
     where d.project_id = $1::bigint and d.environment = $2 and d.status in ('pending', 'deploying')`,
    [slot.projectId, slot.environment],
  )
  return rows[0]
}

/** What was active before another one, of another version; without one, what was active last. */
export async function findActiveBefore(
  client: Queryable,
  slot: Slot,
  anchor: Pick<Deployment, 'deploymentId' | 'version'> | undefined,
): Promise<Deployment | undefined> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM}
     where d.project_id = $1::bigint and d.environment = $2 and d.active_from is not null
       and ($3::bigint is null or (d.version <> $4
         and (d.active_from, d.deployment_id) < (
           select a.active_from, a.deployment_id from ml_worker.deployments a where a.deployment_id = $3::bigint)))
     order by d.active_from desc, d.deployment_id desc limit 1`,
    [slot.projectId, slot.environment, anchor?.deploymentId ?? null, anchor?.version ?? null],
  )
  return rows[0]
}

/** Those of other projects that are active in the environment with the model class. */
export async function listOthersOfClass(
  tx: Transaction,
  { projectId, environment, modelName }: Pick<Deployment, 'projectId' | 'environment' | 'modelName'>,
): Promise<Deployment[]> {
  const { rows } = await tx.query<Deployment>(
    `select ${COLUMNS} from ${FROM}
     where d.environment = $1 and d.model_name = $2 and d.status = 'active' and d.project_id <> $3::bigint
     order by d.deployment_id`,
    [environment, modelName, projectId],
  )
  return rows
}

/** The newest first; those before the id. */
export async function listDeployments(
  client: Queryable,
  { projectId, environment, status, target, at }: DeploymentFilter,
  limit: number,
  before?: number,
): Promise<Deployment[]> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM}
     where ($2::bigint is null or d.deployment_id < $2::bigint) and ($3::bigint is null or d.project_id = $3::bigint)
       and ($4::text is null or d.environment = $4) and ($5::text is null or d.status = $5)
       and ($6::text is null or d.target = $6)
       and ($7::float8 is null or (d.active_from <= to_timestamp($7::float8 / 1000)
         and (d.active_until is null or d.active_until > to_timestamp($7::float8 / 1000))))
     order by d.deployment_id desc limit $1`,
    [limit, before ?? null, projectId ?? null, environment ?? null, status ?? null, target ?? null, at ?? null],
  )
  return rows
}

/** Active or on their way, in the order of their environments. */
export async function listLive(client: Queryable, projectId: number, limit: number): Promise<Deployment[]> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM}
     where d.project_id = $1::bigint and d.status in ('pending', 'deploying', 'active')
     order by d.environment, d.deployment_id limit $2`,
    [projectId, limit],
  )
  return rows
}

/** The newest of each of these versions, so many in all. */
export async function listOfVersions(
  client: Queryable,
  projectId: number,
  versions: readonly number[],
  limit: number,
): Promise<Deployment[]> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM} where d.project_id = $1::bigint and d.version = any ($2::integer[])
     order by d.deployment_id desc limit $3`,
    [projectId, versions, limit],
  )
  return rows
}

export async function insertEvent(
  tx: Transaction,
  deploymentId: number,
  { status, reason, happenedAt, actor }: DeploymentEvent,
): Promise<void> {
  await tx.query(
    `insert into ml_worker.deployment_events (deployment_id, status, reason, happened_at, actor)
     values ($1::bigint, $2, $3, $4, $5)`,
    [deploymentId, status, reason === null ? null : storableText(reason), happenedAt, actor],
  )
}

/** The oldest first. */
export async function listEvents(client: Queryable, deploymentId: number, limit: number): Promise<DeploymentEvent[]> {
  const { rows } = await client.query<DeploymentEvent>(
    `select status, reason, happened_at as "happenedAt", actor from (
       select * from ml_worker.deployment_events where deployment_id = $1::bigint order by event_id desc limit $2
     ) newest order by event_id`,
    [deploymentId, limit],
  )
  return rows
}

// The SQL of ml_worker.deployments as those who move them on write it: leases, steps and statuses.
import { DEPLOYMENT_LOCK_CLASS } from '../database/lock-kinds.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Deployment, DeploymentStatus, DeploymentStep } from './deployment.ts'
import { COLUMNS, FROM, JOINS } from './deployments-table.ts'
import type { Observed } from './targets/target.ts'

/** A deployment that a worker has for one step. */
export interface Claim {
  readonly deployment: Deployment
  /** Of the claim: what is written with an older one does not hold. */
  readonly attempt: number
  /** Steps that failed, or led nowhere, one after the other. */
  readonly failures: number
}

const REASON_LENGTH_MAX = 1_000

/**
 * Takes a deployment whose next step is due, where nobody has it. Traffic has an order: a step `activate` waits until
 * nobody works on another deployment of the slot, and nothing is removed before it is done.
 */
export async function claimDeployment(
  client: Queryable,
  deploymentId: number,
  { owner, leaseSeconds }: { readonly owner: string; readonly leaseSeconds: number },
): Promise<Claim | undefined> {
  const { rows } = await client.query<Deployment & { attempt: number; failures: number }>(
    `with d as (
       update ml_worker.deployments t
       set attempt = attempt + 1, lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3)
       where deployment_id = $1::bigint and step <> 'done' and try_after <= clock_timestamp()
         and (lease_until is null or lease_until <= clock_timestamp())
         and (step not in ('activate', 'remove') or not exists (
           select from ml_worker.deployments o
           where o.project_id = t.project_id and o.environment = t.environment and o.deployment_id <> t.deployment_id
             and o.step <> 'done'
             and case t.step when 'activate' then o.lease_until > clock_timestamp() else o.step = 'activate' end))
       returning *
     )
     select ${COLUMNS}, d.attempt, d.failures from d ${JOINS}`,
    [deploymentId, owner, leaseSeconds],
  )
  const [row] = rows
  if (row === undefined) return undefined
  const { attempt, failures, ...deployment } = row
  return { deployment, attempt, failures }
}

/** False where another worker has it. */
export async function renewLease(
  client: Queryable,
  { deployment: { deploymentId }, attempt }: Claim,
  leaseSeconds: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update ml_worker.deployments set lease_until = clock_timestamp() + make_interval(secs => $3)
     where deployment_id = $1::bigint and attempt = $2 and lease_owner is not null`,
    [deploymentId, attempt, leaseSeconds],
  )
  return rowCount === 1
}

/** The next step is due at once: of whoever takes it. */
export async function releaseLease(client: Queryable, { deployment: { deploymentId }, attempt }: Claim): Promise<void> {
  await client.query(
    `update ml_worker.deployments set lease_owner = null, lease_until = null
     where deployment_id = $1::bigint and attempt = $2 and lease_owner is not null`,
    [deploymentId, attempt],
  )
}

export interface StepEnd {
  readonly step: DeploymentStep
  /** Until the next one. */
  readonly waitSeconds: number
  readonly failures: number
  /** Null: what was seen before stays. */
  readonly observed: Observed | null
}

/** Ends the step and the lease. False where the deployment was changed meanwhile: then nothing is written. */
export async function endStep(
  client: Queryable,
  { deployment: { deploymentId, step, status, instances }, attempt }: Claim,
  end: StepEnd,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update ml_worker.deployments
     set step = $5, try_after = clock_timestamp() + make_interval(secs => $6), failures = $7,
       observed = coalesce($8::json, observed),
       observed_at = case when $8::json is null then observed_at else clock_timestamp() end,
       endpoint = coalesce($9, endpoint), lease_owner = null, lease_until = null
     where deployment_id = $1::bigint and attempt = $2 and step = $3 and status = $4 and instances = $10`,
    [
      deploymentId,
      attempt,
      step,
      status,
      end.step,
      end.waitSeconds,
      end.failures,
      end.observed === null ? null : JSON.stringify(end.observed),
      end.observed?.state === 'ready' ? end.observed.endpoint : null,
      instances,
    ],
  )
  return rowCount === 1
}

/** The claimed deployment as it is now; undefined where it is another worker's. Nobody changes it until the transaction is over. */
export async function lockClaimed(
  tx: Transaction,
  { deployment: { deploymentId }, attempt }: Claim,
): Promise<Deployment | undefined> {
  const { rows } = await tx.query<Deployment>(
    `select ${COLUMNS} from ${FROM} where d.deployment_id = $1::bigint and d.attempt = $2 for update of d`,
    [deploymentId, attempt],
  )
  return rows[0]
}

/** Whether traffic of the slot is being moved to another deployment. The project must be locked. */
export async function isTrafficMoving(
  tx: Transaction,
  { projectId, environment, deploymentId }: Pick<Deployment, 'projectId' | 'environment' | 'deploymentId'>,
): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from ml_worker.deployments
     where project_id = $1::bigint and environment = $2 and deployment_id <> $3::bigint
       and step <> 'done' and step = 'activate' limit 1`,
    [projectId, environment, deploymentId],
  )
  return rows.length > 0
}

export interface StatusChange {
  readonly status: DeploymentStatus
  readonly reason: string | null
  readonly step: DeploymentStep
  /** Until the step. */
  readonly waitSeconds: number
  readonly at: Date
}

export async function writeStatus(tx: Transaction, deploymentId: number, change: StatusChange): Promise<Deployment> {
  const { rows } = await tx.query<Deployment>(
    `with d as (
       update ml_worker.deployments
       set status = $2, reason = $3, step = $4, failures = 0,
         try_after = clock_timestamp() + make_interval(secs => $5),
         active_from = case when $2 = 'active' then $6::timestamptz else active_from end,
         active_until = case when status = 'active' then $6::timestamptz end,
         ended_at = case when $2 not in ('pending', 'deploying', 'active') then $6::timestamptz end
       where deployment_id = $1::bigint returning *
     )
     select ${COLUMNS} from d ${JOINS}`,
    [
      deploymentId,
      change.status,
      change.reason === null ? null : storableText(change.reason.slice(0, REASON_LENGTH_MAX)),
      change.step,
      change.waitSeconds,
      change.at,
    ],
  )
  return rows[0] as Deployment
}

/** Due at once. instances: those that are wanted from now on. */
export async function writeStep(
  tx: Transaction,
  deploymentId: number,
  step: DeploymentStep,
  instances?: number,
): Promise<void> {
  await tx.query(
    `update ml_worker.deployments
     set step = $2, failures = 0, try_after = clock_timestamp(), instances = coalesce($3::integer, instances)
     where deployment_id = $1::bigint`,
    [deploymentId, step, instances ?? null],
  )
}

/** Those whose next step is due and that nobody has, those first that wait for the longest time. */
export async function listDue(client: Queryable, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select deployment_id::float8 as id from ml_worker.deployments
     where step <> 'done' and try_after <= clock_timestamp()
       and (lease_until is null or lease_until <= clock_timestamp())
     order by try_after limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Until the step is due; 0 or less where it waits for that of another deployment of the slot. Undefined where there is none,
 * or somebody has it.
 */
export async function secondsUntilDue(client: Queryable, deploymentId: number): Promise<number | undefined> {
  const { rows } = await client.query<{ seconds: number }>(
    `select extract(epoch from try_after - clock_timestamp())::float8 as seconds from ml_worker.deployments
     where deployment_id = $1::bigint and step <> 'done' and (lease_until is null or lease_until <= clock_timestamp())`,
    [deploymentId],
  )
  return rows[0]?.seconds
}

export interface LiveCount {
  readonly status: DeploymentStatus
  readonly target: string
  readonly count: number
  /** Of those that are active: how many their target does not see ready. */
  readonly unready: number
}

/** Of those that are active or on their way. */
export async function countLive(client: Queryable): Promise<LiveCount[]> {
  const { rows } = await client.query<LiveCount>(
    `select status, target, count(*)::float8 as count,
       count(*) filter (where status = 'active' and coalesce(observed->>'state', 'ready') <> 'ready')::float8 as unready
     from ml_worker.deployments where status in ('pending', 'deploying', 'active') group by status, target`,
  )
  return rows
}

/** Deployments that end those of a model class in an environment come one after the other. */
export async function lockClass(
  tx: Transaction,
  { environment, modelName }: Pick<Deployment, 'environment' | 'modelName'>,
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1::int, hashtext($2))', [
    DEPLOYMENT_LOCK_CLASS,
    `${environment} ${modelName}`,
  ])
}

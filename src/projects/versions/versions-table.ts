// The SQL of ml_worker.versions and ml_worker.version_metrics.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import type { NewVersion, Version } from '../project.ts'
import { isDeployed, stateOf } from '../standing-table.ts'
import { STATES_OF, type VersionStatus } from '../workflow-status.ts'

const COLUMNS = `v.project_id::float8 as "projectId", v.version, v.run_id::float8 as "runId", v.parent_version as parent,
  v.description, v.request, v.parameters, v.dataset_id::float8 as "datasetId", d.dataset_name as "datasetName",
  d.dataset_version as "datasetVersion", v.dataset_sha256 as "datasetSha256", v.split_seed::float8 as "splitSeed",
  v.worker_version as "workerVersion", v.metrics, v.artifact_sha256 as "artifactSha256",
  v.artifact_bytes::float8 as "artifactBytes", v.created_at as "createdAt", v.created_by as "createdBy",
  ${stateOf('v')} as "reviewState", ${isDeployed('v')} as "isDeployed"`
const FROM = 'ml_worker.versions v join ml_worker.datasets d using (dataset_id)'

export async function insertVersion(tx: Transaction, version: number, made: NewVersion): Promise<void> {
  await tx.query(
    `insert into ml_worker.versions
       (project_id, version, run_id, parent_version, description, request, parameters, dataset_id, dataset_sha256,
        split_seed, worker_version, metrics, artifact_sha256, artifact_bytes, created_at, created_by)
     values ($1::bigint, $2, $3::bigint, $4, $5, $6::json, $7::json, $8::bigint, $9, $10::bigint, $11, $12::json, $13,
       $14::bigint, now(), $15)`,
    [
      made.projectId,
      version,
      made.runId,
      made.parent,
      made.description,
      JSON.stringify(made.request),
      made.parameters === null ? null : JSON.stringify(made.parameters),
      made.datasetId,
      made.datasetSha256,
      made.splitSeed,
      made.workerVersion,
      JSON.stringify(made.metrics),
      made.artifactSha256,
      made.artifactBytes,
      made.createdBy,
    ],
  )
  await tx.query(`insert into ml_worker.review_states (project_id, version, state) values ($1::bigint, $2, 'none')`, [
    made.projectId,
    version,
  ])
  const numbers = Object.entries(made.metrics).filter((entry): entry is [string, number] => entry[1] !== null)
  await tx.query(
    `insert into ml_worker.version_metrics (project_id, version, metric, metric_value)
     select $1::bigint, $2, metric, metric_value from unnest($3::text[], $4::double precision[]) as m (metric, metric_value)
     on conflict do nothing`,
    [made.projectId, version, numbers.map(([name]) => storableText(name)), numbers.map(([, value]) => value)],
  )
}

export async function findVersion(client: Queryable, projectId: number, version: number): Promise<Version | undefined> {
  const { rows } = await client.query<Version>(
    `select ${COLUMNS} from ${FROM} where v.project_id = $1::bigint and v.version = $2`,
    [projectId, version],
  )
  return rows[0]
}

export interface VersionsPage {
  readonly limit: number
  /** Only those with a smaller number. */
  readonly before?: number | undefined
  readonly status?: VersionStatus | undefined
}

/** The newest first. */
export async function listVersions(
  client: Queryable,
  projectId: number,
  { limit, before, status }: VersionsPage,
): Promise<Version[]> {
  const page = [projectId, before ?? null, limit]
  const { rows } = await client.query<Version>(
    `select ${COLUMNS} from ${FROM}
     where v.project_id = $1::bigint and ($2::bigint is null or v.version < $2::bigint) ${wherein(status)}
     order by v.version desc limit $3`,
    status === undefined || status === 'deployed' ? page : [...page, STATES_OF[status]],
  )
  return rows
}

/** Each state has an index in the order of versions: so as many rows are read as are given, whatever else there is. */
function wherein(status: VersionStatus | undefined): string {
  if (status === undefined) return ''
  if (status === 'deployed') {
    return `and v.version in (select version from ml_worker.deployments where project_id = $1::bigint and status = 'active')`
  }
  return `and v.version in (
    select version from unnest($4::text[]) as wanted (state) cross join lateral (
      select version from ml_worker.review_states r
      where r.project_id = $1::bigint and r.state = wanted.state and ($2::bigint is null or r.version < $2::bigint)
        and not ${isDeployed('r')}
      order by version desc limit $3
    ) of_state
  )`
}

export interface JudgedVersion extends Version {
  /** Of the metric that was asked for. */
  readonly value: number
}

/** By metric, of these, how many versions have it; those that none has are left out. */
export async function countJudged(
  client: Queryable,
  projectId: number,
  metrics: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ metric: string; count: number }>(
    `select metric, count(*)::float8 as count from ml_worker.version_metrics
     where project_id = $1::bigint and metric = any ($2::text[]) group by metric`,
    [projectId, metrics],
  )
  return new Map(rows.map(({ metric, count }) => [metric, count]))
}

/** The best first, by a metric; of two that are equal the older one. Versions without the metric are left out. */
export async function listBest(
  client: Queryable,
  projectId: number,
  { metric, isLowerBetter, limit }: { metric: string; isLowerBetter: boolean; limit: number },
): Promise<JudgedVersion[]> {
  const order = isLowerBetter ? 'asc' : 'desc'
  const { rows } = await client.query<JudgedVersion>(
    `select best.metric_value as value, ${COLUMNS} from (
       select project_id, version, metric_value from ml_worker.version_metrics
       where project_id = $1::bigint and metric = $2 order by metric_value ${order}, version limit $3
     ) best join ml_worker.versions v using (project_id, version) join ml_worker.datasets d using (dataset_id)
     order by best.metric_value ${order}, v.version`,
    [projectId, metric, limit],
  )
  return rows
}

/** A version, its ancestors up to so many, and its children up to so many; the oldest first. */
export async function listRelatives(
  client: Queryable,
  projectId: number,
  version: number,
  limit: number,
): Promise<Version[]> {
  const { rows } = await client.query<Version>(
    `with recursive line (version, parent_version, depth) as (
       select version, parent_version, 0 from ml_worker.versions where project_id = $1::bigint and version = $2
       union all
       select p.version, p.parent_version, depth + 1 from line
       join ml_worker.versions p on p.project_id = $1::bigint and p.version = line.parent_version
       where depth < $3
     ), children (version) as (
       select version from ml_worker.versions where project_id = $1::bigint and parent_version = $2
       order by version limit $3
     )
     select ${COLUMNS} from ${FROM} where v.project_id = $1::bigint
       and v.version in (select version from line union select version from children)
     order by v.version`,
    [projectId, version, limit],
  )
  return rows
}

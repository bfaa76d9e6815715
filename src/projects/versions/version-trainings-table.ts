// The SQL of ml_worker.version_trainings: runs that are to become a version, or to be compared with one.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import type { NewVersionTraining, TrainingState, VersionTraining } from '../project.ts'
import { isDeployed, stateOf } from '../standing-table.ts'

const COLUMNS = `run_id::float8 as "runId", project_id::float8 as "projectId", reproduces, parent_version as parent,
  description, request, dataset_id::float8 as "datasetId", state, reason, version, artifact_sha256 as "artifactSha256",
  worker_version as "workerVersion", requested_at as "requestedAt", requested_by as "requestedBy",
  ended_at as "endedAt", ${isDeployed('t')} as "isDeployed",
  ${stateOf('t')} as "reviewState"`
const FROM = 'ml_worker.version_trainings t'
const REASON_LENGTH_MAX = 1_000

export async function insertTraining(tx: Transaction, made: NewVersionTraining): Promise<void> {
  await tx.query(
    `insert into ml_worker.version_trainings
       (run_id, project_id, reproduces, parent_version, description, request, dataset_id, state, requested_at, requested_by)
     values ($1::bigint, $2::bigint, $3, $4, $5, $6::json, $7::bigint, 'training', now(), $8)`,
    [
      made.runId,
      made.projectId,
      made.reproduces,
      made.parent,
      made.description === null ? null : storableText(made.description),
      JSON.stringify(made.request),
      made.datasetId,
      made.requestedBy,
    ],
  )
}

export async function findTraining(client: Queryable, runId: number): Promise<VersionTraining | undefined> {
  const { rows } = await client.query<VersionTraining>(`select ${COLUMNS} from ${FROM} where run_id = $1::bigint`, [
    runId,
  ])
  return rows[0]
}

/** Undefined unless it is still in training; then nobody else ends it until the transaction is over. */
export async function lockOpenTraining(tx: Transaction, runId: number): Promise<VersionTraining | undefined> {
  const { rows } = await tx.query<VersionTraining>(
    `select ${COLUMNS} from ${FROM} where run_id = $1::bigint and state = 'training' for update`,
    [runId],
  )
  return rows[0]
}

export interface TrainingEnd {
  readonly state: Exclude<TrainingState, 'training'>
  readonly reason?: string
  readonly version?: number
  readonly artifactSha256?: string
  readonly workerVersion?: string | null
}

export async function endTraining(tx: Transaction, runId: number, end: TrainingEnd): Promise<void> {
  await tx.query(
    `update ml_worker.version_trainings
     set state = $2, reason = $3, version = $4, artifact_sha256 = $5, worker_version = $6, ended_at = now()
     where run_id = $1::bigint`,
    [
      runId,
      end.state,
      end.reason === undefined ? null : storableText(end.reason.slice(0, REASON_LENGTH_MAX)),
      end.version ?? null,
      end.artifactSha256 ?? null,
      end.workerVersion ?? null,
    ],
  )
}

/** Runs in training, in the order of their ids. */
export async function listOpenTrainings(
  client: Queryable,
  afterRunId: number,
  limit: number,
): Promise<{ runId: number; secondsAgo: number }[]> {
  const { rows } = await client.query<{ runId: number; secondsAgo: number }>(
    `select run_id::float8 as "runId", extract(epoch from now() - requested_at)::float8 as "secondsAgo"
     from ml_worker.version_trainings where state = 'training' and run_id > $1::bigint order by run_id limit $2`,
    [afterRunId, limit],
  )
  return rows
}

export async function listOpenRunsOf(client: Queryable, projectId: number, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ runId: number }>(
    `select run_id::float8 as "runId" from ml_worker.version_trainings
     where project_id = $1::bigint and state = 'training' order by run_id limit $2`,
    [projectId, limit],
  )
  return rows.map(({ runId }) => runId)
}

/** The newest first; those with a smaller run's id. reproduces: only those of this version. */
export async function listTrainings(
  client: Queryable,
  projectId: number,
  { reproduces, limit, before }: { reproduces?: number; limit: number; before?: number | undefined },
): Promise<VersionTraining[]> {
  const { rows } = await client.query<VersionTraining>(
    `select ${COLUMNS} from ${FROM}
     where project_id = $1::bigint and ($2::bigint is null or run_id < $2::bigint)
       and ($3::integer is null or reproduces = $3::integer)
     order by run_id desc limit $4`,
    [projectId, before ?? null, reproduces ?? null, limit],
  )
  return rows
}

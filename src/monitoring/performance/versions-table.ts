// The SQL of ml_worker.performance_versions: what the codes of answers stand for, once and for all.
import type { Queryable } from '../../database/pool.ts'
import type { Answers } from './answers.ts'

export async function findAnswers(client: Queryable, projectId: number, version: number): Promise<Answers | undefined> {
  const { rows } = await client.query<{ answers: Answers }>(
    'select answers from ml_worker.performance_versions where project_id = $1::bigint and version = $2',
    [projectId, version],
  )
  return rows[0]?.answers
}

export async function insertAnswers(
  client: Queryable,
  projectId: number,
  version: number,
  answers: Answers,
): Promise<void> {
  await client.query(
    `insert into ml_worker.performance_versions (project_id, version, answers) values ($1::bigint, $2, $3::json)
     on conflict do nothing`,
    [projectId, version, JSON.stringify(answers)],
  )
}

export interface RunOfVersion {
  readonly runId: number
  /** Whether its answers go by a threshold of a probability. */
  readonly hasThreshold: boolean
}

export async function findRunOf(
  client: Queryable,
  projectId: number,
  version: number,
): Promise<RunOfVersion | undefined> {
  const { rows } = await client.query<RunOfVersion>(
    `select run_id::float8 as "runId", request->'options'->'threshold' is not null as "hasThreshold"
     from ml_worker.versions where project_id = $1::bigint and version = $2`,
    [projectId, version],
  )
  return rows[0]
}

/** By version, the metrics of its training. */
export async function listTrainedMetrics(
  client: Queryable,
  projectId: number,
  versions: readonly number[],
): Promise<Map<number, Readonly<Record<string, number | null>>>> {
  if (versions.length === 0) return new Map()
  const { rows } = await client.query<{ version: number; metrics: Record<string, number | null> }>(
    'select version, metrics from ml_worker.versions where project_id = $1::bigint and version = any ($2::int[])',
    [projectId, versions],
  )
  return new Map(rows.map(({ version, metrics }) => [version, metrics]))
}

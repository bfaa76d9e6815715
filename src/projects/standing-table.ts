// The SQL that tells how versions of a project stand: the state of their reviews, and where they are active.
import type { Queryable } from '../database/pool.ts'

/** Of a row with project_id and version, by the name of its table: whether the version is active anywhere. */
export const isDeployed = (table: string): string =>
  `exists (select from ml_worker.deployments a where a.project_id = ${table}.project_id
     and a.version = ${table}.version and a.status = 'active')`

/** Of the same: the state of its reviews; null where there is no such version. */
export const stateOf = (table: string): string =>
  `(select s.state from ml_worker.review_states s
     where s.project_id = ${table}.project_id and s.version = ${table}.version)`

/** The environments where a version is active, by name. */
export async function listEnvironmentsOf(client: Queryable, projectId: number, version: number): Promise<string[]> {
  const { rows } = await client.query<{ environment: string }>(
    `select environment from ml_worker.deployments
     where project_id = $1::bigint and version = $2 and status = 'active' order by environment`,
    [projectId, version],
  )
  return rows.map(({ environment }) => environment)
}

/** The version that is active in an environment; undefined where none is. */
export async function findActiveVersion(
  client: Queryable,
  projectId: number,
  environment: string,
): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>(
    `select version from ml_worker.deployments
     where project_id = $1::bigint and environment = $2 and status = 'active'`,
    [projectId, environment],
  )
  return rows[0]?.version
}

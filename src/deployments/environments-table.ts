// The SQL that finds the environments of a project: those in which something was deployed.
import type { Queryable } from '../database/pool.ts'
import type { Deployment } from './deployment.ts'
import { COLUMNS, FROM } from './deployments-table.ts'

/** An environment, as its deployments tell of it. */
export interface Environment {
  readonly environment: string
  readonly latest: Deployment
  readonly active: Deployment | undefined
}

/** Those whose latest deployment is the newest first; those whose latest is before the id. O(deployments of the project). */
export async function listEnvironments(
  client: Queryable,
  projectId: number,
  limit: number,
  before?: number,
): Promise<Environment[]> {
  const { rows } = await client.query<Deployment>(
    `select ${COLUMNS} from ${FROM} join (
       select environment, max(deployment_id) as latest from ml_worker.deployments where project_id = $1::bigint
       group by environment having $3::bigint is null or max(deployment_id) < $3::bigint
       order by latest desc limit $2
     ) e on e.environment = d.environment and (d.deployment_id = e.latest or d.status = 'active')
     where d.project_id = $1::bigint order by e.latest desc, d.deployment_id desc`,
    [projectId, limit, before ?? null],
  )
  const found = new Map<string, Environment>()
  for (const row of rows) {
    const { environment } = row
    const { latest = row } = found.get(environment) ?? {}
    found.set(environment, { environment, latest, active: row.status === 'active' ? row : undefined })
  }
  return [...found.values()]
}

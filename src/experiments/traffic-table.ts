// The SQL that says how many rows an environment answers.
import type { Queryable } from '../database/pool.ts'

export interface CountedTraffic {
  readonly rows: number
  /** The first hour with rows; null without any. */
  readonly since: Date | null
}

/** Over all processes and deployments of the environment. O(hours × processes). */
export async function countTraffic(
  client: Queryable,
  { projectId, environment }: { readonly projectId: number; readonly environment: string },
  from: Date,
  to: Date,
): Promise<CountedTraffic> {
  const { rows } = await client.query<CountedTraffic & Record<string, unknown>>(
    `select coalesce(sum(c.row_count), 0)::float8 as rows, min(c.hour) as since
     from ml_worker.cell_counts c join ml_worker.deployments d using (deployment_id)
     where d.project_id = $1::bigint and d.environment = $2 and c.hour >= $3 and c.hour < $4`,
    [projectId, environment, from, to],
  )
  return rows[0] as CountedTraffic
}

// The SQL that says whether experiments of a project take requests: of those every row is logged.
import type { Queryable } from '../../database/pool.ts'

/** Whether one runs, or has ended within so many seconds. */
export async function wasExperimenting(client: Queryable, projectId: number, seconds: number): Promise<boolean> {
  const { rows } = await client.query<{ was: boolean }>(
    `select exists (select from ml_worker.experiments where project_id = $1::bigint and started_at is not null
       and (concluded_at is null or concluded_at > now() - make_interval(secs => $2))) as was`,
    [projectId, seconds],
  )
  return rows[0]?.was === true
}

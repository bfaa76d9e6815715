// The SQL of who predicted when, out of the deployments of all projects.
import type { Queryable } from '../../database/pool.ts'

/** A version that was active in an environment for some of a time. */
export interface ServedSlot {
  readonly projectId: number
  readonly projectName: string
  readonly environment: string
  readonly version: number
  readonly activeFrom: Date
  /** Null while it is active. */
  readonly activeUntil: Date | null
}

/** What was active at some time since, by project. A version that was active several times comes several times. */
export async function listServedSince(client: Queryable, since: Date, limit: number): Promise<ServedSlot[]> {
  const { rows } = await client.query<ServedSlot>(
    `select project_id::float8 as "projectId", p.project_name as "projectName", d.environment, d.version,
       d.active_from as "activeFrom", d.active_until as "activeUntil"
     from ml_worker.deployments d join ml_worker.projects p using (project_id)
     where d.active_from is not null and (d.active_until is null or d.active_until >= $1)
     order by project_id, d.deployment_id limit $2`,
    [since, limit],
  )
  return rows
}

/** Ends of windows that were looked at since, as "project/environment/version/ms since 1970". */
export async function listLookedSince(client: Queryable, since: Date): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>(
    `select concat_ws('/', project_id, environment, version, (extract(epoch from window_to) * 1000)::bigint) as key
     from ml_worker.drift_looks where window_to >= $1`,
    [since],
  )
  return new Set(rows.map(({ key }) => key))
}

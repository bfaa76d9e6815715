// What is active, as each worker keeps it in memory.
import type { Queryable } from '../../database/pool.ts'
import type { Deployment } from '../deployment.ts'
import { COLUMNS, FROM } from '../deployments-table.ts'

/** Whether the name of the project leads to it: another one may have it since this one was archived. */
const IS_NAMED = `(p.archived_at is null or not exists (
    select from ml_worker.projects q where q.project_name = p.project_name and q.archived_at is null
  ) and not exists (
    select from ml_worker.projects q
    where q.project_name = p.project_name and q.archived_at is not null and q.project_id > p.project_id))`

export type ActiveRow = Deployment & { readonly isNamed: boolean }

/** The newest first. */
export async function listActive(client: Queryable, limit: number): Promise<ActiveRow[]> {
  const { rows } = await client.query<ActiveRow>(
    `select ${COLUMNS}, ${IS_NAMED} as "isNamed" from ${FROM} where d.status = 'active'
     order by d.deployment_id desc limit $1`,
    [limit],
  )
  return rows
}

/** Another text whenever listActive gives others. */
export async function digestOfActive(client: Queryable, limit: number): Promise<string> {
  const { rows } = await client.query<{ digest: string | null }>(
    `select md5(string_agg(concat_ws(' ', id, instances, named), ',' order by id)) as digest from (
       select d.deployment_id as id, d.instances, ${IS_NAMED} as named from ${FROM} where d.status = 'active'
       order by d.deployment_id desc limit $1) active`,
    [limit],
  )
  return rows[0]?.digest ?? ''
}

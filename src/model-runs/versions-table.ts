// Statements on `model_runs`, as far as the versions of a model need them.
import type { Queryable } from '../database/pool.ts'

/**
 * The newest runs of a model that ended in SUCCESS, of those with an id of `from` or more; newest first. Goes down the
 * primary key until it has found so many.
 */
export async function listVersions(
  client: Queryable,
  modelName: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select id from model_runs
     where model_id = any(array(select id from models where name = $1)) and id >= $2::bigint and run_status = 'SUCCESS'
     order by id desc limit $3`,
    [modelName, from, limit],
  )
  return rows.map(({ id }) => id)
}

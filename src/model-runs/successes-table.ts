// Statements on `model_runs`, as far as all runs with a result are gone through.
import type { Queryable } from '../database/pool.ts'

/** Runs that ended in SUCCESS with an id beyond `afterId`, in the order of their ids. */
export async function listSuccesses(client: Queryable, afterId: number, limit: number): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select id from model_runs where id > $1::bigint and run_status = 'SUCCESS' order by id limit $2`,
    [afterId, limit],
  )
  return rows.map(({ id }) => id)
}

/** The names of the models of runs, by run; a run whose row is gone has none. */
export async function findModelNames(
  client: Queryable,
  runIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (runIds.length === 0) return new Map()
  const { rows } = await client.query<{ id: number; name: string }>(
    `select r.id, m.name from model_runs r join models m on m.id = r.model_id where r.id = any($1::bigint[])`,
    [runIds],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

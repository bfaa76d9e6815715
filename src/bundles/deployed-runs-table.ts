// The SQL of ml_worker.deployments, as far as bundles need it.
import type { Queryable } from '../database/pool.ts'

/** Those of the runs whose versions have a deployment that is under way or active. */
export async function listDeployedRuns(client: Queryable, runIds: readonly number[]): Promise<number[]> {
  const { rows } = await client.query<{ runId: number }>(
    `select distinct run_id::float8 as "runId" from ml_worker.deployments
     where run_id = any ($1::bigint[]) and status in ('pending', 'deploying', 'active')`,
    [runIds],
  )
  return rows.map(({ runId }) => runId)
}

// The SQL of what retrainings have taken out of the log, in ml_worker.retrainings.
import type { Queryable, Transaction } from '../../database/pool.ts'
import type { Collected, Retraining } from './retraining.ts'

export interface CollectedDatasets {
  readonly datasetId: number
  readonly heldBackDatasetId: number
}

/** The rows that both versions will be judged on are a data set. False where it does not collect, or has one. */
export async function writeHeldBack(
  tx: Transaction,
  { retrainingId }: Retraining,
  datasetId: number,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ml_worker.retrainings set held_back_dataset_id = $2::bigint, changed_at = now()
     where retraining_id = $1::bigint and state = 'collecting' and held_back_dataset_id is null`,
    [retrainingId, datasetId],
  )
  return rowCount === 1
}

/** So are those that its challenger learns from. False where it does not collect, has them, or other rows are held back by now. */
export async function writeCollected(
  tx: Transaction,
  { retrainingId }: Retraining,
  { datasetId, heldBackDatasetId }: CollectedDatasets,
  collected: Collected,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ml_worker.retrainings set dataset_id = $2::bigint, collected = $3::json, changed_at = now()
     where retraining_id = $1::bigint and state = 'collecting' and dataset_id is null
       and held_back_dataset_id = $4::bigint`,
    [retrainingId, datasetId, JSON.stringify(collected), heldBackDatasetId],
  )
  return rowCount === 1
}

/** Its data sets are not to be used: it collects anew. */
export async function forgetCollected(client: Queryable, { retrainingId }: Retraining): Promise<void> {
  await client.query(
    `update ml_worker.retrainings
     set dataset_id = null, held_back_dataset_id = null, collected = null, changed_at = now()
     where retraining_id = $1::bigint and state = 'collecting'`,
    [retrainingId],
  )
}

/** What the last one of an environment has taken out of the log that came to a challenger; of a challenger where it is given. */
export async function lastCollected(
  client: Queryable,
  projectId: number,
  environment: string,
  challenger?: number,
): Promise<Collected | undefined> {
  const { rows } = await client.query<{ collected: Collected }>(
    `select collected from ml_worker.retrainings
     where project_id = $1::bigint and environment = $2 and collected is not null and challenger is not null
       and ($3::integer is null or challenger = $3::integer)
     order by retraining_id desc limit 1`,
    [projectId, environment, challenger ?? null],
  )
  return rows[0]?.collected
}

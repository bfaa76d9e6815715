// The SQL of ml_worker.dataset_policies.
import type { Queryable, Transaction } from '../../database/pool.ts'
import type { DatasetPolicy } from './policy-schemas.ts'

const COLUMNS = `dataset_name as name, revision, model_name as "modelName", training, changed_at as "changedAt",
  changed_by as "changedBy"`

export type PolicyWords = Pick<DatasetPolicy, 'name' | 'modelName' | 'training' | 'changedBy'>

/** Undefined where there is one. */
export async function insertPolicy(tx: Transaction, policy: PolicyWords): Promise<DatasetPolicy | undefined> {
  const { rows } = await tx.query<DatasetPolicy>(
    `insert into ml_worker.dataset_policies (dataset_name, revision, model_name, training, changed_at, changed_by)
     values ($1, 1, $2, $3::json, now(), $4) on conflict do nothing returning ${COLUMNS}`,
    [policy.name, policy.modelName, JSON.stringify(policy.training), policy.changedBy],
  )
  return rows[0]
}

export async function updatePolicy(tx: Transaction, policy: PolicyWords): Promise<DatasetPolicy> {
  const { rows } = await tx.query<DatasetPolicy>(
    `update ml_worker.dataset_policies
     set revision = revision + 1, model_name = $2, training = $3::json, changed_at = now(), changed_by = $4
     where dataset_name = $1 returning ${COLUMNS}`,
    [policy.name, policy.modelName, JSON.stringify(policy.training), policy.changedBy],
  )
  return rows[0] as DatasetPolicy
}

export async function deletePolicy(tx: Transaction, name: string): Promise<void> {
  await tx.query('delete from ml_worker.dataset_policies where dataset_name = $1', [name])
}

export async function findPolicy(client: Queryable, name: string): Promise<DatasetPolicy | undefined> {
  const { rows } = await client.query<DatasetPolicy>(
    `select ${COLUMNS} from ml_worker.dataset_policies where dataset_name = $1`,
    [name],
  )
  return rows[0]
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockPolicy(tx: Transaction, name: string): Promise<DatasetPolicy | undefined> {
  const { rows } = await tx.query<DatasetPolicy>(
    `select ${COLUMNS} from ml_worker.dataset_policies where dataset_name = $1 for update`,
    [name],
  )
  return rows[0]
}

/** By name; those after that one. */
export async function listPolicies(client: Queryable, limit: number, after: string): Promise<DatasetPolicy[]> {
  const { rows } = await client.query<DatasetPolicy>(
    `select ${COLUMNS} from ml_worker.dataset_policies where dataset_name > $1 collate "C"
     order by dataset_name collate "C" limit $2`,
    [after, limit],
  )
  return rows
}

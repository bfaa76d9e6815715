// Statements on the table `models`.
import type { Queryable, Transaction } from '../database/pool.ts'

export interface ModelRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly description: string | null
  readonly pipelineOk: boolean
}

export async function listModels(client: Queryable): Promise<ModelRow[]> {
  const { rows } = await client.query<ModelRow>(
    `select id, name, type, description, pipeline_ok as "pipelineOk" from models order by name`,
  )
  return rows
}

export async function setPipelineOk(tx: Transaction, ids: readonly number[], pipelineOk: boolean): Promise<void> {
  await tx.query('update models set pipeline_ok = $2 where id = any($1::bigint[])', [ids, pipelineOk])
}

/** Registers a model, for databases that are ours. Does nothing when the name is there. */
export async function registerModel(
  client: Queryable,
  model: { name: string; type: string; description: string; className: string },
): Promise<void> {
  await client.query(
    `insert into models (name, type, description, class_name, features_ok, pipeline_ok)
     values ($1, $2, $3, $4, true, true) on conflict (name) do nothing`,
    [model.name, model.type, model.description, model.className],
  )
}

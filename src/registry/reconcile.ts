// Compares the classes in the code with the rows of `models` (worker contract 2.2 and 5.1).
import type pg from 'pg'
import { inTransaction } from '../database/pool.ts'
import { listModels, type ModelRow, setPipelineOk } from './models-table.ts'

/** available: in both · unavailable: in the table only · unregistered: in the code only. */
export interface Reconciliation {
  readonly available: readonly ModelRow[]
  readonly unavailable: readonly ModelRow[]
  readonly unregistered: readonly string[]
  /** Rows whose pipeline_ok must become true, and false. */
  readonly toTrue: readonly number[]
  readonly toFalse: readonly number[]
}

export function planReconciliation(discovered: readonly string[], registered: readonly ModelRow[]): Reconciliation {
  const inCode = new Set(discovered)
  const inTable = new Set(registered.map((row) => row.name))
  const available = registered.filter((row) => inCode.has(row.name))
  const unavailable = registered.filter((row) => !inCode.has(row.name))
  return {
    available,
    unavailable,
    unregistered: discovered.filter((name) => !inTable.has(name)),
    toTrue: available.filter((row) => !row.pipelineOk).map((row) => row.id),
    toFalse: unavailable.filter((row) => row.pipelineOk).map((row) => row.id),
  }
}

/** Reads `models`, plans, and sets pipeline_ok where it differs. */
export async function reconcile(pool: pg.Pool, discovered: readonly string[]): Promise<Reconciliation> {
  return inTransaction(pool, async (tx) => {
    const plan = planReconciliation(discovered, await listModels(tx))
    if (plan.toTrue.length > 0) await setPipelineOk(tx, plan.toTrue, true)
    if (plan.toFalse.length > 0) await setPipelineOk(tx, plan.toFalse, false)
    return plan
  })
}

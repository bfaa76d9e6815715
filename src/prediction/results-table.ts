// Statements on `model_runs`, as far as a prediction needs them.
import type { Queryable } from '../database/pool.ts'

export interface RunResult {
  readonly modelName: string
  readonly status: string
  readonly artifact: Buffer | null
}

export async function findResult(client: Queryable, runId: number): Promise<RunResult | undefined> {
  const { rows } = await client.query<RunResult>(
    `select m.name as "modelName", r.run_status as status, r.run_result as artifact
     from model_runs r join models m on m.id = r.model_id where r.id = $1`,
    [runId],
  )
  return rows[0]
}

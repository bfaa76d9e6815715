// Statements on `model_runs`, as far as a report needs them: the front of a result, without the pipeline behind it.
import type { Queryable } from '../database/pool.ts'

export interface RunFront {
  readonly modelName: string
  readonly status: string
  /** As the database writes it, to the second. */
  readonly runDate: string
  /** The first bytes of the result; null where there is none. */
  readonly front: Buffer | null
  /** Of the whole result; 0 where there is none. */
  readonly byteLength: number
}

/** byteLength: bytes of the result that are read. */
export async function findFront(client: Queryable, runId: number, byteLength: number): Promise<RunFront | undefined> {
  const { rows } = await client.query<RunFront>(
    `select m.name as "modelName", r.run_status as status, to_char(r.run_date, 'YYYY-MM-DD HH24:MI:SS') as "runDate",
       substring(r.run_result from 1 for $2) as front, coalesce(octet_length(r.run_result), 0) as "byteLength"
     from model_runs r join models m on m.id = r.model_id where r.id = $1::bigint`,
    [runId, byteLength],
  )
  return rows[0]
}

// Trainings as Spring Boot starts them: a row in model_runs, the call, and a look at the row until it ends.
import type { Queryable } from '../../src/database/pool.ts'
import { registerModel } from '../../src/registry/models-table.ts'

export interface Trained {
  readonly run: number
  /** From the call to SUCCESS in the table. */
  readonly seconds: number
  /** Until the call was answered. */
  readonly acceptedSeconds: number
  readonly storedBytes: number
}

const POLL_MS = 5

/** Throws when the training is refused or fails. */
export async function trainToEnd(
  database: Queryable,
  url: string,
  model: string,
  body: string | Buffer,
): Promise<Trained> {
  await registerModel(database, { name: model, type: 'model', className: model, description: 'of a benchmark' })
  const inserted = await database.query<{ id: number }>(
    `insert into model_runs (model_id, run_date, run_status)
     select id, localtimestamp, 'PENDING' from models where name = $1 returning id`,
    [model],
  )
  const run = inserted.rows[0]?.id as number
  const startedAt = performance.now()
  const answer = await fetch(`${url}/api/train?model_name=${model}&model_run_id=${run}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`training of ${model}: ${answer.status} ${text.slice(0, 300)}`)
  const acceptedSeconds = (performance.now() - startedAt) / 1000
  for (;;) {
    const { rows } = await database.query<{ status: string; bytes: number | null }>(
      'select run_status as status, octet_length(run_result) as bytes from model_runs where id = $1',
      [run],
    )
    const { status, bytes } = rows[0] as (typeof rows)[number]
    const seconds = (performance.now() - startedAt) / 1000
    if (status === 'SUCCESS') return { run, seconds, acceptedSeconds, storedBytes: bytes ?? 0 }
    if (status === 'FAILED') throw new Error(`training of ${model} failed`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

// Statements on `model_runs` and `model_run_metrics`, as far as a training needs them.
import { runWithFile } from '../database/file-parameter.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'

export interface RunRow {
  readonly id: number
  readonly modelName: string
  readonly status: string
}

/** A trained pipeline on the disk. */
export interface ArtifactFile {
  readonly path: string
  readonly byteLength: number
}

/** PostgreSQL's SQLSTATE. */
const INSUFFICIENT_PRIVILEGE = '42501'

/** A slow line takes so many bytes in a second at the least. */
const BYTES_PER_SECOND_MIN = 2 ** 20

/** Length of model_run_metrics.metric_name and metric_value. */
const TEXT_LENGTH_MAX = 255

export async function findRun(client: Queryable, runId: number): Promise<RunRow | undefined> {
  const { rows } = await client.query<RunRow>(
    `select r.id, m.name as "modelName", r.run_status as status
     from model_runs r join models m on m.id = r.model_id where r.id = $1`,
    [runId],
  )
  return rows[0]
}

/** Makes the row of a run. Throws ServiceError RUN_NOT_CREATABLE when the worker's role may not. */
export async function insertRun(client: Queryable, modelName: string): Promise<number> {
  try {
    const { rows } = await client.query<{ id: number }>(
      `insert into model_runs (model_id, run_date, run_status)
       select id, localtimestamp, 'PENDING' from models where name = $1 returning id`,
      [modelName],
    )
    return (rows[0] as { id: number }).id
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error
    const detail = 'the database role of this worker may not insert into model_runs; make the row and call /api/train'
    throw new ServiceError('RUN_NOT_CREATABLE', detail, { cause: error })
  }
}

/** Ids of the runs that say RUNNING. */
export async function listRunning(client: Queryable): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `select id from model_runs where run_status = 'RUNNING' order by id`,
  )
  return rows.map((row) => row.id)
}

/** Takes a run into work. Returns false when it is gone or finished: then nothing was written. */
export async function startRun(tx: Transaction, runId: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update model_runs set run_status = 'RUNNING' where id = $1 and run_status not in ('SUCCESS', 'FAILED')`,
    [runId],
  )
  return rowCount === 1
}

/**
 * Ends a run with its result. Returns false when the run is no longer ours to end: then nothing was written. A large
 * artifact has the time that it takes: with the limit of other statements it would be tried again for ever.
 */
export async function completeRun(tx: Transaction, runId: number, artifact: ArtifactFile): Promise<boolean> {
  const timeoutMs = 20_000 + (artifact.byteLength / BYTES_PER_SECOND_MIN) * 1000
  const text = `update model_runs set run_status = 'SUCCESS', run_result = $2 where id = $1 and run_status = 'RUNNING'`
  return (await runWithFile(tx, { text, value: String(runId), ...artifact, timeoutMs })) === 1
}

/** Ends a run that has no result. Returns false when it is finished already: then nothing was written. */
export async function failRun(tx: Transaction, runId: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update model_runs set run_status = 'FAILED' where id = $1 and run_status not in ('SUCCESS', 'FAILED')`,
    [runId],
  )
  return rowCount === 1
}

/** Metrics that go in one statement: many of them would take longer than a statement may. */
const METRICS_AT_ONCE = 1_000

/** In the order given. Names and values are cut to the columns' 255 characters. */
export async function insertMetrics(
  tx: Transaction,
  runId: number,
  metrics: readonly (readonly [name: string, value: string])[],
): Promise<void> {
  for (let start = 0; start < metrics.length; start += METRICS_AT_ONCE) {
    const some = metrics.slice(start, start + METRICS_AT_ONCE)
    const names = some.map(([name]) => storable(name))
    const values = some.map(([, value]) => storable(value))
    await tx.query(
      `insert into model_run_metrics (model_run_id, metric_name, metric_value)
       select $1, name, value from unnest($2::text[], $3::text[]) as given (name, value)`,
      [runId, names, values],
    )
  }
}

/** PostgreSQL counts code points, and takes neither U+0000 nor half a surrogate pair. */
function storable(text: string): string {
  return [...text.replaceAll('\0', '\u{FFFD}').toWellFormed()].slice(0, TEXT_LENGTH_MAX).join('')
}

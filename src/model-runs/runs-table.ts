// Statements on `model_runs` and `model_run_metrics`, as far as a training needs them.
import type pg from 'pg'
import { runWithFile } from '../database/file-parameter.ts'
import { findMissingDefault } from '../database/id-sequence.ts'
import { inTransaction, type Queryable, type Transaction } from '../database/pool.ts'
import { INSUFFICIENT_PRIVILEGE } from '../database/sql-states.ts'
import { storableText } from '../database/storable-text.ts'
import { ServiceError } from '../errors.ts'
import { transferTimeoutMs } from './transfer-time.ts'

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

const NO_IDS =
  'model_runs.id has no default, and there is no sequence model_runs_seq or hibernate_sequence to take ids from; give the column a default, or make the row and call /api/train'

/** Of a run's end without an artifact. */
const END_TIMEOUT_MS = 20_000

/** Length of model_run_metrics.metric_name and metric_value. */
const TEXT_LENGTH_MAX = 255

export async function findRun(client: Queryable, runId: number): Promise<RunRow | undefined> {
  const { rows } = await client.query<RunRow>(
    `select r.id, m.name as "modelName", r.run_status as status
     from model_runs r join models m on m.id = r.model_id where r.id = $1::bigint`,
    [runId],
  )
  return rows[0]
}

/**
 * Gives an id that the next row of a run may have, and no other row will: before anybody can see the row. It is that of
 * an insert which is rolled back, so that all that the table demands is known as well; where the id has no default, it is
 * a value of Hibernate's sequence. Throws ServiceError RUN_NOT_CREATABLE where there can be no row.
 */
export async function reserveRunId(pool: pg.Pool, modelName: string): Promise<number> {
  const rollback = new Error('rolled back')
  let runId: number | undefined
  try {
    await inTransaction(pool, async (tx) => {
      const missing = await findMissingDefault(tx, 'model_runs')
      if (missing?.sequence === null) throw new ServiceError('RUN_NOT_CREATABLE', NO_IDS)
      runId = await insertPending(tx, modelName, missing && nextOf(missing.sequence))
      throw rollback
    })
  } catch (error) {
    if (error !== rollback) throw notCreatable(error)
  }
  if (runId === undefined) throw new ServiceError('MODEL_UNREGISTERED', `model "${modelName}" has no row in models`)
  return runId
}

/** Makes the row of a run with that id. Throws ServiceError when there can be no row. */
export async function insertRun(client: Queryable, runId: number, modelName: string): Promise<void> {
  const made = await insertPending(client, modelName, String(runId)).catch((error) => {
    throw notCreatable(error)
  })
  if (made === undefined) throw new ServiceError('MODEL_UNREGISTERED', `model "${modelName}" has no row in models`)
}

/** id: an expression of SQL that is ours; undefined takes the default. Undefined when the model has no row. */
async function insertPending(client: Queryable, modelName: string, id?: string): Promise<number | undefined> {
  const [column, value, overriding] = id === undefined ? ['', '', ''] : ['id, ', `${id}, `, 'overriding system value']
  const { rows } = await client.query<{ id: number }>(
    `insert into model_runs (${column}model_id, run_date, run_status) ${overriding}
     select ${value}id, localtimestamp, 'PENDING' from models where name = $1 order by models.id limit 1 returning id`,
    [modelName],
  )
  return rows[0]?.id
}

function nextOf(sequence: string): string {
  return `nextval('${sequence.replaceAll("'", "''")}')`
}

/** What stands against a row of ours, in words; other errors as they are. */
function notCreatable(error: unknown): unknown {
  const { code, column, constraint } = error as { code?: string; column?: string; constraint?: string }
  const reason =
    code === INSUFFICIENT_PRIVILEGE
      ? 'the database role of this worker may not insert into model_runs, with its id, or may not use its sequence'
      : code === '23502'
        ? `the column ${column} of model_runs may not be null and has no default`
        : code?.startsWith('23')
          ? `model_runs has a constraint (${constraint}) that a new run of the worker breaks`
          : undefined
  if (reason === undefined) return error
  return new ServiceError('RUN_NOT_CREATABLE', `${reason}; make the row and call /api/train`, { cause: error })
}

/** The runs that say RUNNING. */
export async function listRunning(client: Queryable): Promise<RunRow[]> {
  const { rows } = await client.query<RunRow>(
    `select r.id, m.name as "modelName", r.run_status as status
     from model_runs r join models m on m.id = r.model_id where r.run_status = 'RUNNING' order by r.id`,
  )
  return rows
}

/** Takes a run into work. Returns false when it is gone or finished: then nothing was written. */
export async function startRun(tx: Transaction, runId: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update model_runs set run_status = 'RUNNING' where id = $1::bigint and run_status not in ('SUCCESS', 'FAILED')`,
    [runId],
  )
  return rowCount === 1
}

/**
 * Ends a run with its result. Returns false when the run is no longer ours to end: then nothing was written. A large
 * artifact has the time that it takes: with the limit of other statements it would be tried again for ever.
 */
export async function completeRun(tx: Transaction, runId: number, artifact: ArtifactFile): Promise<boolean> {
  const timeoutMs = transferTimeoutMs(END_TIMEOUT_MS, artifact.byteLength)
  const text = `update model_runs set run_status = 'SUCCESS', run_result = $2 where id = $1::bigint and run_status = 'RUNNING'`
  return (await runWithFile(tx, { text, value: String(runId), ...artifact, timeoutMs })) === 1
}

/** Ends a run that has no result. Returns false when it is finished already: then nothing was written. */
export async function failRun(tx: Transaction, runId: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update model_runs set run_status = 'FAILED' where id = $1::bigint and run_status not in ('SUCCESS', 'FAILED')`,
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
  const missing = await findMissingDefault(tx, 'model_run_metrics')
  if (missing?.sequence === null) {
    throw new Error(
      'model_run_metrics.id has no default, and there is no sequence model_run_metrics_seq to take ids from',
    )
  }
  const [column, id] = missing === undefined ? ['', ''] : ['id, ', `${nextOf(missing.sequence)}, `]
  for (let start = 0; start < metrics.length; start += METRICS_AT_ONCE) {
    const some = metrics.slice(start, start + METRICS_AT_ONCE)
    const names = some.map(([name]) => storable(name))
    const values = some.map(([, value]) => storable(value))
    await tx.query(
      `insert into model_run_metrics (${column}model_run_id, metric_name, metric_value)
       select ${id}$1::bigint, name, value from unnest($2::text[], $3::text[]) as given (name, value)`,
      [runId, names, values],
    )
  }
}

/** Tells whoever listens on the channel, when the transaction is committed. Does nothing without a channel. */
export async function notifyEnd(
  tx: Transaction,
  channel: string,
  end: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (channel !== '') await tx.query('select pg_notify($1, $2)', [channel, JSON.stringify(end)])
}

/** PostgreSQL counts code points. */
function storable(text: string): string {
  return [...storableText(text)].slice(0, TEXT_LENGTH_MAX).join('')
}

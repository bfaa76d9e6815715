// Statements on ml_worker.run_records and ml_worker.run_log_lines.
import type { Queryable } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { LogLine } from './log-line.ts'
import { asRecord, type RunRecord } from './run-record.ts'

/** Runs that are found by one correlation id. */
const CORRELATED_MAX = 10_000
/** Rows that one statement removes: more would hold locks, and the log of the database, for long. */
const REMOVED_AT_ONCE = 5_000

export interface RecordRow {
  readonly run_id: number
  readonly model_name: string | null
  readonly status: string
  readonly accepted_at: Date | null
  readonly started_at: Date | null
  readonly ended_at: Date
  readonly seconds_trained: number | null
  readonly parameters?: Record<string, unknown> | null
  readonly warnings: unknown
  readonly split_seed: number | null
  readonly correlation_id: string | null
  readonly idempotency_key: string | null
  readonly request_digest: string | null
  readonly error_code: string | null
  readonly error_message: string | null
}

export const COLUMNS = `run_id, model_name, status, accepted_at, started_at, ended_at, seconds_trained, warnings, split_seed,
  correlation_id, idempotency_key, request_digest, error_code, error_message`

/** Removes what is there of a run that ended before `at`, in milliseconds since 1970. */
export async function deleteEndedBefore(client: Queryable, runId: number, at: number): Promise<void> {
  await client.query(
    `with ended as (delete from ml_worker.run_records where run_id = $1 and ended_at < $2 returning run_id)
     delete from ml_worker.run_log_lines where run_id in (select run_id from ended)`,
    [runId, new Date(at)],
  )
}

/** Lines that are there already, by their id, are left as they are. */
export async function insertLines(client: Queryable, runId: number, lines: readonly LogLine[]): Promise<void> {
  await client.query(
    `insert into ml_worker.run_log_lines (run_id, line_id, said_at, source, line_text)
     select $1, line_id, said_at, source, line_text
     from unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[]) as given (line_id, said_at, source, line_text)
     on conflict do nothing`,
    [
      runId,
      lines.map(({ id }) => id),
      lines.map(({ time }) => time),
      lines.map(({ source }) => source),
      lines.map(({ text }) => storableText(text)),
    ],
  )
}

/** In place of one before. */
export async function writeRunRecord(client: Queryable, record: RunRecord): Promise<void> {
  const dateOf = (time: number | null): Date | null => (time === null ? null : new Date(time))
  const textOf = (text: string | null | undefined): string | null => (text == null ? null : storableText(text))
  const jsonOf = (value: unknown): string | null => (value == null ? null : JSON.stringify(value))
  const values = [
    record.runId,
    textOf(record.modelName),
    record.status,
    dateOf(record.acceptedAt),
    dateOf(record.startedAt),
    dateOf(record.endedAt),
    record.secondsTrained,
    jsonOf(record.warnings),
    record.splitSeed ?? null,
    textOf(record.correlationId),
    textOf(record.made?.idempotencyKey),
    textOf(record.made?.digest),
    textOf(record.error?.code),
    textOf(record.error?.message),
    jsonOf(record.parameters),
  ]
  const columns = `${COLUMNS}, parameters`.split(/,\s*/)
  const others = columns.slice(1)
  await client.query(
    `insert into ml_worker.run_records (${columns.join(', ')}) values (${values.map((_, i) => `$${i + 1}`).join(', ')})
     on conflict (run_id) do update set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    values,
  )
}

export async function findRunRecord(client: Queryable, runId: number): Promise<RunRecord | undefined> {
  const { rows } = await client.query<RecordRow>(
    `select ${COLUMNS}, parameters from ml_worker.run_records where run_id = $1`,
    [runId],
  )
  return rows[0] && recordOf(rows[0])
}

/** Without their parameters. */
export async function listRunRecords(client: Queryable, runIds: readonly number[]): Promise<RunRecord[]> {
  const { rows } = await client.query<RecordRow>(
    `select ${COLUMNS} from ml_worker.run_records where run_id = any($1::bigint[])`,
    [runIds],
  )
  return rows.flatMap((row) => recordOf(row) ?? [])
}

export async function listLines(client: Queryable, runId: number, afterId: number): Promise<LogLine[]> {
  const { rows } = await client.query<{ id: number; said_at: Date; source: LogLine['source']; text: string }>(
    `select line_id as id, said_at, source, line_text as text from ml_worker.run_log_lines
     where run_id = $1 and line_id > $2 order by line_id`,
    [runId, afterId],
  )
  return rows.map(({ id, said_at, source, text }) => ({ id, time: said_at.toISOString(), source, text }))
}

export async function listCorrelated(client: Queryable, correlationId: string): Promise<number[]> {
  const { rows } = await client.query<{ run_id: number }>(
    `select run_id from ml_worker.run_records where correlation_id = $1 order by run_id desc limit ${CORRELATED_MAX}`,
    [storableText(correlationId)],
  )
  return rows.map(({ run_id }) => run_id)
}

/** The tables, and by which time their rows grow old. */
const AGES = [
  ['run_records', 'ended_at'],
  ['run_log_lines', 'said_at'],
] as const

/** Records and lines that are older than that many days. */
export async function countOlderThan(client: Queryable, days: number): Promise<number> {
  let count = 0
  for (const [table, time] of AGES) {
    const { rows } = await client.query<{ count: number }>(
      `select count(*) as count from ml_worker.${table} where ${time} < now() - make_interval(days => $1)`,
      [days],
    )
    count += rows[0]?.count ?? 0
  }
  return count
}

/** Removes a part of what is older than that many days. Returns how many rows went; 0 when nothing is left to remove. */
export async function deleteOlderThan(client: Queryable, days: number): Promise<number> {
  let removed = 0
  for (const [table, time] of AGES) {
    const { rowCount } = await client.query(
      `delete from ml_worker.${table} where ctid = any(array(
         select ctid from ml_worker.${table} where ${time} < now() - make_interval(days => $1) limit ${REMOVED_AT_ONCE}))`,
      [days],
    )
    removed += rowCount ?? 0
  }
  return removed
}

export function recordOf(row: RecordRow): RunRecord | undefined {
  const { correlation_id, idempotency_key, request_digest, error_code } = row
  return asRecord({
    runId: row.run_id,
    modelName: row.model_name,
    status: row.status,
    acceptedAt: row.accepted_at?.getTime() ?? null,
    startedAt: row.started_at?.getTime() ?? null,
    endedAt: row.ended_at.getTime(),
    secondsTrained: row.seconds_trained,
    parameters: row.parameters ?? null,
    warnings: row.warnings,
    splitSeed: row.split_seed,
    ...(correlation_id === null ? {} : { correlationId: correlation_id }),
    ...(idempotency_key === null || request_digest === null
      ? {}
      : { made: { idempotencyKey: idempotency_key, digest: request_digest } }),
    error: error_code === null ? null : { code: error_code, message: row.error_message ?? '' },
  })
}

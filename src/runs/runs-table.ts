// Statements on the three tables, as far as runs are shown.
import type { Queryable } from '../database/pool.ts'

export interface ShownRow {
  readonly id: number
  readonly modelName: string
  readonly status: string
  /** As the table has it, without a time zone: YYYY-MM-DDThh:mm:ss.sss. */
  readonly runDate: string
}

export interface RunFilter {
  readonly modelName: string | undefined
  readonly status: string | undefined
  /** Only runs with smaller ids. */
  readonly before: number | undefined
  readonly limit: number
}

/** Values by name: as the table has them. */
export type MetricRows = ReadonlyMap<string, string>

/** PostgreSQL's SQLSTATE. */
const INSUFFICIENT_PRIVILEGE = '42501'
/** Metrics of a run that are read; a model class may have as many as it likes. A thousand classes have some 8,000. */
export const METRICS_MAX = 20_000
/** Those of single classes and clusters, which go behind the others. */
const OF_A_CLASS = String.raw`(precision|recall|f1|support|cluster_size)\.`

const COLUMNS = `r.id, m.name as "modelName", r.run_status as status,
  to_char(r.run_date, 'YYYY-MM-DD"T"HH24:MI:SS.MS') as "runDate"`

/** By id, the largest first. */
export async function listRuns(
  client: Queryable,
  { modelName, status, before, limit }: RunFilter,
): Promise<ShownRow[]> {
  const { rows } = await client.query<ShownRow>(
    `select ${COLUMNS} from model_runs r join models m on m.id = r.model_id
     where ($1::text is null or m.name = $1) and ($2::text is null or r.run_status = $2) and ($3::bigint is null or r.id < $3)
     order by r.id desc limit $4`,
    [modelName ?? null, status ?? null, before ?? null, limit],
  )
  return rows
}

export async function findShownRun(client: Queryable, runId: number): Promise<ShownRow | undefined> {
  const { rows } = await client.query<ShownRow>(
    `select ${COLUMNS} from model_runs r join models m on m.id = r.model_id where r.id = $1::bigint`,
    [runId],
  )
  return rows[0]
}

/**
 * The metrics of a run, error_code and error_message among them, those of single classes last; the first METRICS_MAX
 * where there are more (`isCut`). Undefined when the worker's role may not read them.
 */
export function readMetrics(
  client: Queryable,
  runId: number,
): Promise<{ metrics: MetricRows; isCut: boolean } | undefined> {
  return ifGranted(async () => {
    const { rows } = await client.query<{ name: string; value: string }>(
      `select metric_name as name, metric_value as value from model_run_metrics
       where model_run_id = $1::bigint and metric_name is not null and metric_value is not null
       order by metric_name ~ $2, id limit ${METRICS_MAX + 1}`,
      [runId, OF_A_CLASS],
    )
    const metrics = new Map(rows.slice(0, METRICS_MAX).map(({ name, value }) => [name, value]))
    return { metrics, isCut: rows.length > METRICS_MAX }
  })
}

/** Only error_code and error_message, of many runs. */
export function readErrors(
  client: Queryable,
  runIds: readonly number[],
): Promise<ReadonlyMap<number, MetricRows> | undefined> {
  return ifGranted(async () => {
    const { rows } = await client.query<{ runId: number; name: string; value: string }>(
      `select model_run_id as "runId", metric_name as name, metric_value as value from model_run_metrics
       where model_run_id = any($1::bigint[]) and metric_name in ('error_code', 'error_message') and metric_value is not null`,
      [runIds],
    )
    const byRun = new Map<number, Map<string, string>>()
    for (const { runId, name, value } of rows) {
      const of = byRun.get(runId) ?? new Map<string, string>()
      byRun.set(runId, of.set(name, value))
    }
    return byRun
  })
}

/** The result of a run, where it has one of so many bytes at the most. */
export async function readSmallResult(
  client: Queryable,
  runId: number,
  byteLengthMax: number,
): Promise<Buffer | undefined> {
  const { rows } = await client.query<{ artifact: Buffer | null }>(
    `select case when octet_length(run_result) <= $2 then run_result end as artifact from model_runs where id = $1::bigint`,
    [runId, byteLengthMax],
  )
  return rows[0]?.artifact ?? undefined
}

/**
 * The front of a run's result: a fixed number of its first bytes, which is the whole front unless that is longer.
 * Undefined where there is no result.
 */
export async function readResultFront(
  client: Queryable,
  runId: number,
  byteLength: number,
): Promise<Buffer | undefined> {
  const { rows } = await client.query<{ front: Buffer | null }>(
    `select substring(run_result from 1 for $2) as front from model_runs where id = $1::bigint`,
    [runId, byteLength],
  )
  return rows[0]?.front ?? undefined
}

async function ifGranted<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if ((error as { code?: string }).code === INSUFFICIENT_PRIVILEGE) return undefined
    throw error
  }
}

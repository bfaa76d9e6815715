// Statements on the three tables, as far as runs are shown.
import type { Queryable } from '../database/pool.ts'
import { INSUFFICIENT_PRIVILEGE } from '../database/sql-states.ts'

export interface ShownRow {
  readonly id: number
  readonly modelName: string
  readonly status: string
  /** As the table has it, without a time zone: YYYY-MM-DDThh:mm:ss.sss. */
  readonly runDate: string
}

export interface RunFilter {
  readonly modelName: string | undefined
  /** Only runs with one of these. */
  readonly statuses: readonly string[] | undefined
  /** Only runs whose run_date is this or later, and earlier than that: ISO 8601. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** Only these. */
  readonly runIds: readonly number[] | undefined
  /** Only runs with smaller ids. */
  readonly before: number | undefined
  readonly limit: number
}

/** Values by name: as the table has them. */
export type MetricRows = ReadonlyMap<string, string>

/** Metrics of a run that are read; a model class may have as many as it likes. A thousand classes have some 8,000. */
export const METRICS_MAX = 20_000
/** Those of single classes and clusters, which go behind the others. */
const OF_A_CLASS = String.raw`(precision|recall|f1|support|cluster_size)\.`

const COLUMNS = `r.id, m.name as "modelName", r.run_status as status,
  to_char(r.run_date, 'YYYY-MM-DD"T"HH24:MI:SS.MS') as "runDate"`

/** By id, the largest first: down the primary key, until there are so many that pass. */
export async function listRuns(client: Queryable, filter: RunFilter): Promise<ShownRow[]> {
  const values: unknown[] = []
  const conditions: string[] = []
  // Only what is asked for: a condition that may be switched off keeps the planner from its indexes.
  const add = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  add(filter.modelName, (place) => `m.name = ${place}`)
  add(filter.statuses, (place) => `r.run_status::text = any(${place}::text[])`)
  add(filter.from, (place) => `r.run_date >= ${place}::timestamptz`)
  add(filter.to, (place) => `r.run_date < ${place}::timestamptz`)
  add(filter.runIds, (place) => `r.id = any(${place}::bigint[])`)
  add(filter.before, (place) => `r.id < ${place}::bigint`)
  values.push(filter.limit)
  const { rows } = await client.query<ShownRow>(
    `select ${COLUMNS} from model_runs r join models m on m.id = r.model_id
     ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`} order by r.id desc limit $${values.length}`,
    values,
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
 * The metrics of runs, error_code and error_message among them, those of single classes last; one more than METRICS_MAX of
 * a run where there are more. Undefined when the worker's role may not read them.
 */
export function readMetrics(
  client: Queryable,
  runIds: readonly number[],
): Promise<ReadonlyMap<number, MetricRows> | undefined> {
  return ifGranted(async () => {
    const { rows } = await client.query<{ runId: number; name: string; value: string }>(
      `select "runId", name, value
       from (select model_run_id as "runId", metric_name as name, metric_value as value,
               row_number() over (partition by model_run_id order by metric_name ~ $2, id) as place
             from model_run_metrics
             where model_run_id = any($1::bigint[]) and metric_name is not null and metric_value is not null) of_runs
       where place <= ${METRICS_MAX + 1} order by "runId", place`,
      [runIds, OF_A_CLASS],
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

async function ifGranted<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if ((error as { code?: string }).code === INSUFFICIENT_PRIVILEGE) return undefined
    throw error
  }
}

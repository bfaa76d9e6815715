// The SQL of ml_worker.cell_counts: rows that deployments predicted, by hour, process and cell.
import type { Queryable } from '../../database/pool.ts'
import type { HourFigures } from './counted-cells.ts'
import type { CountsQuery } from './counts-query.ts'

/** What is there of the same hours of the process is replaced, unless it counts more. */
export async function saveHours(client: Queryable, processId: string, hours: readonly HourFigures[]): Promise<void> {
  await client.query(
    `insert into ml_worker.cell_counts as kept (deployment_id, version, hour, process_id, row_count, counts)
     select "deploymentId", version, to_timestamp("startsAt" / 1000.0), $1::uuid, "rowCount", counts
     from json_to_recordset($2::json) as given ("deploymentId" bigint, version integer, "startsAt" bigint,
       "rowCount" bigint, counts bigint[])
     on conflict (deployment_id, version, hour, process_id) do update
     set row_count = excluded.row_count, counts = excluded.counts
     where kept.row_count < excluded.row_count`,
    [processId, JSON.stringify(hours)],
  )
}

export interface CountedWindow {
  readonly version: number
  readonly runId: number
  /** When it began. */
  readonly from: Date
  readonly rows: number
  /** Cells of that many values were counted: a version whose result was replaced may have counted others. */
  readonly cellCount: number
  /** Null without cells. */
  readonly counts: number[] | null
}

/** Over all processes, by version and window, the oldest first. Sums are exact up to 2^53. O(rows × cells). */
export async function sumCounts(client: Queryable, query: CountsQuery): Promise<CountedWindow[]> {
  const { projectId, from, to, environment = null, deploymentId = null, version = null, by = null } = query
  const { rows } = await client.query<CountedWindow>(
    `with picked as (
       select c.version, v.run_id, cardinality(c.counts) as cell_count, c.row_count, c.counts,
         case when $7::text is null then $2::timestamptz else date_trunc($7, c.hour, 'UTC') end as window_start
       from ml_worker.cell_counts c join ml_worker.deployments d using (deployment_id)
         join ml_worker.versions v on v.project_id = d.project_id and v.version = c.version
       where d.project_id = $1::bigint and c.hour >= $2 and c.hour < $3
         and ($4::text is null or d.environment = $4) and ($5::bigint is null or c.deployment_id = $5)
         and ($6::integer is null or c.version = $6)
     ), numbered as (
       select *, dense_rank() over (order by version, run_id, window_start, cell_count)::integer as of_window from picked
     ), totals as (
       select of_window, version, run_id, window_start, cell_count, sum(row_count)::float8 as rows
       from numbered group by 1, 2, 3, 4, 5
     ), sums as (
       select of_window, array_agg(total order by cell) as counts
       from (
         select of_window, cell, sum(counted::float8) as total
         from numbered, unnest(counts) with ordinality as cells (counted, cell) group by 1, 2
       ) as by_cell group by 1
     )
     select version, run_id::float8 as "runId", window_start as "from", rows, cell_count as "cellCount", counts
     from totals left join sums using (of_window)
     order by version, window_start, cell_count`,
    [projectId, from, to, environment, deploymentId, version, by],
  )
  return rows
}

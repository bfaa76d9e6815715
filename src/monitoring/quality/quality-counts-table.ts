// The SQL of ml_worker.quality_counts: the quality of requests and rows, by hour and process.
import type { Queryable } from '../../database/pool.ts'
import type { CountsQuery } from '../cells/counts-query.ts'
import type { QualityHourFigures } from './counted-quality.ts'
import type { QualityCount, QualityCounts } from './quality-counts.ts'

/** What is there of the same hours of the process is replaced, unless it knows of more. */
export async function saveQuality(
  client: Queryable,
  processId: string,
  hours: readonly QualityHourFigures[],
): Promise<void> {
  await client.query(
    `insert into ml_worker.quality_counts as kept
       (deployment_id, version, hour, process_id, change_count, requests, refused, counts)
     select "deploymentId", version, to_timestamp("startsAt" / 1000.0), $1::uuid, "changeCount", requests, refused, counts
     from json_to_recordset($2::json) as given ("deploymentId" bigint, version integer, "startsAt" bigint,
       "changeCount" bigint, requests bigint, refused bigint, counts json)
     on conflict (deployment_id, version, hour, process_id) do update
     set change_count = excluded.change_count, requests = excluded.requests, refused = excluded.refused,
       counts = excluded.counts
     where kept.change_count < excluded.change_count`,
    [processId, JSON.stringify(hours)],
  )
}

export interface QualityWindow extends QualityCounts {
  readonly version: number
  readonly runId: number
  /** When it began. */
  readonly from: Date
}

interface QualityRow extends Omit<QualityWindow, 'counts'> {
  readonly counts: readonly (readonly QualityCount[])[]
}

/** By version, window and process, the oldest first: whoever asks adds them. O(hours × processes). */
export async function listQuality(client: Queryable, query: CountsQuery): Promise<QualityWindow[]> {
  const { projectId, from, to, environment = null, deploymentId = null, version = null, by = null } = query
  const { rows } = await client.query<QualityRow & Record<string, unknown>>(
    `select c.version, v.run_id::float8 as "runId", windows.start as "from", sum(c.requests)::float8 as requests,
       sum(c.refused)::float8 as refused, coalesce(json_agg(c.counts), '[]') as counts
     from ml_worker.quality_counts c join ml_worker.deployments d using (deployment_id)
       join ml_worker.versions v on v.project_id = d.project_id and v.version = c.version,
       lateral (select case when $7::text is null then $2::timestamptz
         else date_trunc($7, c.hour, 'UTC') end as start) windows
     where d.project_id = $1::bigint and c.hour >= $2 and c.hour < $3
       and ($4::text is null or d.environment = $4) and ($5::bigint is null or c.deployment_id = $5)
       and ($6::integer is null or c.version = $6)
     group by 1, 2, 3 order by 1, 3`,
    [projectId, from, to, environment, deploymentId, version, by],
  )
  return rows.map(({ counts, ...row }) => ({ ...row, counts: counts.flat() }))
}

// The SQL of ml_worker.deployment_metrics: how deployments answered, by minute and process.
import type { Queryable } from '../../database/pool.ts'
import type { MinuteFigures } from './deployment-counts.ts'

/** What is there of the same minutes of the process is replaced, unless it is newer. */
export async function saveMinutes(
  client: Queryable,
  processId: string,
  minutes: readonly MinuteFigures[],
): Promise<void> {
  await client.query(
    `insert into ml_worker.deployment_metrics as kept (deployment_id, minute, process_id, requests, row_count, failures,
       errors, latency_cells, latency_counts)
     select "deploymentId", to_timestamp("startsAt" / 1000.0), $1::uuid, requests, rows, failures, errors,
       "latencyCells", "latencyCounts"
     from json_to_recordset($2::json) as given ("deploymentId" bigint, "startsAt" bigint, requests bigint, rows bigint,
       failures bigint, errors json, "latencyCells" smallint[], "latencyCounts" integer[])
     on conflict (deployment_id, minute, process_id) do update
     set requests = excluded.requests, row_count = excluded.row_count, failures = excluded.failures,
       errors = excluded.errors, latency_cells = excluded.latency_cells, latency_counts = excluded.latency_counts
     where kept.requests < excluded.requests`,
    [processId, JSON.stringify(minutes)],
  )
}

/** A span of time, in ms since 1970, cut into steps of equal length. */
export interface Span {
  readonly from: number
  readonly to: number
  readonly stepMs: number
}

export interface StepFigures {
  /** Counted from 0. */
  readonly step: number
  readonly requests: number
  readonly rows: number
  readonly failures: number
}

const STEP = 'floor((extract(epoch from minute) * 1000 - $2) / $4)::integer'
const WITHIN =
  'deployment_id = $1::bigint and minute >= to_timestamp($2 / 1000.0) and minute < to_timestamp($3 / 1000.0)'

/** Over all processes; steps without an answer are left out. */
export async function sumSteps(
  client: Queryable,
  deploymentId: number,
  { from, to, stepMs }: Span,
): Promise<StepFigures[]> {
  const { rows } = await client.query<StepFigures>(
    `select ${STEP} as step, sum(requests)::float8 as requests, sum(row_count)::float8 as rows,
       sum(failures)::float8 as failures
     from ml_worker.deployment_metrics where ${WITHIN} group by 1 order by 1`,
    [deploymentId, from, to, stepMs],
  )
  return rows
}

export interface CellFigures {
  readonly step: number
  readonly cell: number
  readonly count: number
}

/** Over all processes, the cells of latencies that are not empty. */
export async function sumCells(
  client: Queryable,
  deploymentId: number,
  { from, to, stepMs }: Span,
): Promise<CellFigures[]> {
  const { rows } = await client.query<CellFigures>(
    `select ${STEP} as step, cell, sum(counted)::float8 as count
     from ml_worker.deployment_metrics, unnest(latency_cells, latency_counts) as latencies (cell, counted)
     where ${WITHIN} group by 1, 2`,
    [deploymentId, from, to, stepMs],
  )
  return rows
}

/** Failures by code, the most frequent first. */
export async function sumErrors(
  client: Queryable,
  deploymentId: number,
  { from, to }: Span,
): Promise<{ readonly code: string; readonly count: number }[]> {
  const { rows } = await client.query<{ code: string; count: number }>(
    `select code, sum(counted::bigint)::float8 as count
     from ml_worker.deployment_metrics, json_each_text(errors) as failed (code, counted)
     where ${WITHIN} group by code order by 2 desc, code`,
    [deploymentId, from, to],
  )
  return rows
}

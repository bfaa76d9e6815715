// The SQL of ml_worker.performance_sums: what is summed of an hour of the log, and how it is read.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { CELL_COUNT, EQUAL_CELLS } from './score-cells.ts'
import type { Sums } from './sums.ts'

export type SumSpan = 'hour' | 'day'

/** Whose predictions are summed: of one weight each. */
export interface SumKey {
  readonly environment: string
  readonly deploymentId: number
  readonly version: number
  readonly weight: number
}

export interface StoredSums extends SumKey {
  readonly startsAt: Date
  readonly sums: Sums
}

/** A span of time of a project. */
export interface ProjectSpan {
  readonly projectId: number
  readonly from: Date
  readonly to: Date
}

const KEY = `p.environment, p.deployment_id, p.weight`
const KEY_COLUMNS = `environment, deployment_id::float8 as "deploymentId", weight`
const WITHIN = `p.project_id = $1::bigint and p.predicted_at >= $2::timestamptz and p.predicted_at < $3::timestamptz`
const JOINED = `ml_worker.predictions p left join ml_worker.outcomes o using (project_id, predicted_at, prediction_id)`

/** The versions whose predictions of that time are in the log. O(rows). */
export async function listLoggedVersions(client: Queryable, { projectId, from, to }: ProjectSpan): Promise<number[]> {
  const { rows } = await client.query<{ version: number }>(
    `select distinct p.version from ml_worker.predictions p where ${WITHIN} order by 1`,
    [projectId, from, to],
  )
  return rows.map(({ version }) => version)
}

/** Whether the log has a prediction of that time. */
export async function hasPredictions(client: Queryable, { projectId, from, to }: ProjectSpan): Promise<boolean> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `select exists (select from ml_worker.predictions p where ${WITHIN}) as "isThere"`,
    [projectId, from, to],
  )
  return rows[0]?.isThere === true
}

/** Rows of one answer, outcome and cell. */
export interface ClassCell extends Omit<SumKey, 'version'> {
  /** The value of the feature that rows are told apart by; null without one, and where it is missing. */
  readonly segment: number | null
  readonly answer: number
  /** −2 without an outcome, −1 of a class that the version does not know. */
  readonly truth: number
  /** Null without a confidence. */
  readonly cell: number | null
  readonly count: number
  readonly confidence: number
  readonly loss: number
  readonly lossSquares: number
}

/** As cellOf. c: an expression. */
const CELL = (c: string): string => `case
  when ${c} is null then null
  when ${c} <= ${1 - 1 / EQUAL_CELLS} + 5e-12 then greatest(0, ceil(${c} * ${EQUAL_CELLS} - 1e-9) - 1)
  else ${EQUAL_CELLS - 1} + least(${CELL_COUNT - EQUAL_CELLS},
    greatest(0, floor(2 * ln(${1 / EQUAL_CELLS} / greatest(1 - ${c}, 1e-12)) / ln(2.0::float8)))) end`

/** Whose rows are summed. feature: from 1; rows are told apart by it. */
export interface SummedRows extends ProjectSpan {
  readonly version: number
  readonly feature?: number | undefined
  readonly filter?: Omit<SumsFilter, 'version'> | undefined
}

const SUMMED = `${WITHIN} and p.version = $4 and p.answer is not null
  and ($6::text is null or p.environment = $6) and ($7::bigint is null or p.deployment_id = $7::bigint)`
const SEGMENT = 'case when $5::int is not null then p.features[$5::int] end as segment'

function valuesOf({ projectId, from, to, version, feature, filter = {} }: SummedRows): unknown[] {
  return [projectId, from, to, version, feature ?? null, filter.environment ?? null, filter.deploymentId ?? null]
}

/** outcomes, codes: which outcomes mean which class. O(rows). */
export async function sumClasses(
  client: Queryable,
  summed: SummedRows,
  { outcomes, codes }: { readonly outcomes: readonly string[]; readonly codes: readonly number[] },
): Promise<ClassCell[]> {
  const { rows } = await client.query<ClassCell>(
    `with known as (select outcome, code from unnest($8::text[], $9::int[]) as k (outcome, code)),
     logged as (
       select ${KEY}, ${SEGMENT}, p.answer::int as answer, p.confidence,
         case when o.outcome is null then -2 else coalesce(k.code, -1) end as truth
       from ${JOINED} left join known k using (outcome) where ${SUMMED}
     ),
     priced as (
       select *, ${CELL('confidence')} as cell,
         -ln(least(greatest(case when truth = answer then confidence else 1 - confidence end,
           2.220446049250313e-16), 0.9999999999999998)) as loss
       from logged
     )
     select ${KEY_COLUMNS}, segment, answer, truth, cell::int as cell, count(*)::float8 as count,
       coalesce(sum(confidence), 0) as confidence, coalesce(sum(loss), 0) as loss, coalesce(sum(loss * loss), 0) as "lossSquares"
     from priced group by environment, deployment_id, weight, segment, answer, truth, cell`,
    [...valuesOf(summed), outcomes, codes],
  )
  return rows
}

export interface NumberRow extends Omit<SumKey, 'version'> {
  readonly segment: number | null
  readonly unlabelled: number
  readonly unjudged: number
  readonly count: number
  readonly mean: number | null
  readonly d2: number
  readonly d3: number
  readonly d4: number
  readonly errors: number
  readonly absolute: number
  readonly squares: number
  readonly fourths: number
  readonly squaresD: number
  readonly squaresD2: number
}

const SUM = (expression: string): string => `coalesce(sum(${expression}), 0)`

/** O(rows). */
export async function sumNumbers(client: Queryable, summed: SummedRows): Promise<NumberRow[]> {
  // Fourth powers of what is larger would be beyond a double.
  const { rows } = await client.query<NumberRow>(
    `with logged as (
       select ${KEY}, ${SEGMENT}, o.outcome is not null as is_labelled, p.answer as a,
         case when abs(o.number) <= 1e70 and abs(p.answer) <= 1e70 then o.number end as y
       from ${JOINED} where ${SUMMED}
     ),
     centred as (
       select *, avg(y) over (partition by environment, deployment_id, weight, segment) as m, y - a as e from logged
     ),
     apart as (select *, y - m as d, e * e as e2 from centred)
     select ${KEY_COLUMNS}, segment, count(*) filter (where not is_labelled)::float8 as unlabelled,
       count(*) filter (where is_labelled and y is null)::float8 as unjudged, count(y)::float8 as count, max(m) as mean,
       ${SUM('d * d')} as d2, ${SUM('d * d * d')} as d3, ${SUM('(d * d) * (d * d)')} as d4,
       ${SUM('e')} as errors, ${SUM('abs(e)')} as absolute, ${SUM('e2')} as squares, ${SUM('e2 * e2')} as fourths,
       ${SUM('e2 * d')} as "squaresD", ${SUM('e2 * (d * d)')} as "squaresD2"
     from apart group by environment, deployment_id, weight, segment`,
    valuesOf(summed),
  )
  return rows
}

/** Outcomes of that time whose predictions are in the log now are matched. */
export async function matchOutcomes(tx: Transaction, { projectId, from, to }: ProjectSpan): Promise<void> {
  await tx.query(
    `update ml_worker.outcomes o set is_matched = true from ml_worker.predictions p
     where not o.is_matched and o.project_id = $1::bigint and o.predicted_at >= $2::timestamptz
       and o.predicted_at < $3::timestamptz and ${WITHIN} and p.predicted_at = o.predicted_at
       and p.prediction_id = o.prediction_id`,
    [projectId, from, to],
  )
}

/** What is there of the span is replaced. startsAt: of each entry. */
export async function replaceSums(
  tx: Transaction,
  span: SumSpan,
  { projectId, from, to }: ProjectSpan,
  entries: readonly StoredSums[],
): Promise<void> {
  await tx.query(
    `delete from ml_worker.performance_sums where project_id = $1::bigint and span = $2
       and starts_at >= $3::timestamptz and starts_at < $4::timestamptz`,
    [projectId, span, from, to],
  )
  if (entries.length === 0) return
  const given = entries.map(({ startsAt, environment, deploymentId, version, weight, sums }) => {
    return { t: startsAt, e: environment, d: deploymentId, v: version, w: weight, s: sums }
  })
  await tx.query(
    `insert into ml_worker.performance_sums
       (project_id, span, starts_at, environment, deployment_id, version, weight, sums)
     select $1::bigint, $2, t, e, d, v, w, s
     from json_to_recordset($3::json) as given (t timestamptz, e text, d bigint, v int, w float8, s json)`,
    [projectId, span, JSON.stringify(given)],
  )
}

/** Which sums are wanted. */
export interface SumsFilter {
  readonly environment?: string | undefined
  readonly version?: number | undefined
  readonly deploymentId?: number | undefined
}

/** In the order of time. O(sums). */
export async function listSums(
  client: Queryable,
  span: SumSpan,
  { projectId, from, to }: ProjectSpan,
  { environment, version, deploymentId }: SumsFilter = {},
): Promise<StoredSums[]> {
  const { rows } = await client.query<StoredSums>(
    `select starts_at as "startsAt", environment, deployment_id::float8 as "deploymentId", version, weight, sums
     from ml_worker.performance_sums
     where project_id = $1::bigint and span = $2 and starts_at >= $3::timestamptz and starts_at < $4::timestamptz
       and ($5::text is null or environment = $5) and ($6::int is null or version = $6)
       and ($7::bigint is null or deployment_id = $7::bigint)
     order by starts_at`,
    [projectId, span, from, to, environment ?? null, version ?? null, deploymentId ?? null],
  )
  return rows
}

const OLD = `span = $1 and starts_at < now() - make_interval(days => $2)`

export async function countOldSums(client: Queryable, span: SumSpan, days: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.performance_sums where ${OLD}`,
    [span, days],
  )
  return rows[0]?.count ?? 0
}

export async function deleteOldSums(client: Queryable, span: SumSpan, days: number, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.performance_sums where ctid = any (array(
       select ctid from ml_worker.performance_sums where ${OLD} order by starts_at limit $3))`,
    [span, days, limit],
  )
  return rowCount ?? 0
}

// The SQL of ml_worker.predictions and ml_worker.prediction_batches: writing, and reading in the order of time.
import type { Queryable, Transaction } from '../../database/pool.ts'
import type { LoggedRow } from './logged-row.ts'
import { timeOfId } from './logged-row.ts'

/** Rows that are written together: the same batch, however often it is tried. */
export interface Batch {
  readonly rows: readonly LoggedRow[]
  /** By row, of its key, hexadecimal; undefined of a row without one. */
  readonly keyDigests: readonly (string | undefined)[]
  readonly sealed: SealedBatch | undefined
}

/** What a written batch is sealed with, and what of its rows is. */
interface SealedBatch {
  readonly batchId: string
  /** The first 92 bytes of sealed objects. */
  readonly header: Buffer
  /** By row. */
  readonly features: readonly Buffer[]
  /** By row; undefined of a row without a key. */
  readonly keys: readonly (Buffer | undefined)[]
}

/** Rows that are there already stay as they are: a write whose answer was lost is repeated without harm. */
export async function insertPredictions(tx: Transaction, { rows, keyDigests, sealed }: Batch): Promise<void> {
  if (sealed !== undefined) {
    await tx.query(
      `insert into ml_worker.prediction_batches (batch_id, sealed_at, header) values ($1::uuid, now(), $2)
       on conflict (batch_id) do nothing`,
      [sealed.batchId, sealed.header],
    )
  }
  const given = rows.map((row, i) => ({
    ...{ p: row.projectId, t: timeOfId(row.predictionId), i: row.predictionId, d: row.deploymentId, v: row.version },
    ...{ m: row.milliseconds, w: row.weight, a: row.answer, c: row.confidence, e: row.environment },
    ...(row.anomaly === undefined ? {} : { o: row.anomaly.score, x: row.anomaly.isAnomalous }),
    ...(sealed === undefined
      ? { f: Array.from(row.features), k: row.key?.text }
      : { b: i, s: (sealed.features[i] as Buffer).toString('base64'), q: sealed.keys[i]?.toString('base64') }),
    h: keyDigests[i],
  }))
  // JSON has no NaN: what is missing is null there, and in the table.
  await tx.query(
    `insert into ml_worker.predictions (project_id, predicted_at, prediction_id, deployment_id, version, milliseconds,
       weight, answer, confidence, environment, features, batch_id, batch_row, sealed_features, key, key_digest, sealed_key,
       anomaly_score, is_anomalous)
     select p, to_timestamp(t / 1000.0), i, d, v, m, w, a, c, e, f, case when b is not null then $2::uuid end, b,
       decode(s, 'base64'), k, decode(h, 'hex'), decode(q, 'base64'), o, x
     from json_to_recordset($1::json) as given (p bigint, t bigint, i uuid, d bigint, v integer, m real,
       w double precision, a double precision, c double precision, e text, f double precision[], b integer, s text,
       k text, h text, q text, o double precision, x boolean)
     on conflict do nothing`,
    [JSON.stringify(given), sealed?.batchId ?? null],
  )
}

/** Which predictions of a project are wanted. Times are milliseconds since 1970. */
export interface PredictionFilter {
  readonly version?: number | undefined
  readonly environment?: string | undefined
  readonly deploymentId?: number | undefined
  readonly from?: number | undefined
  /** Those before it. */
  readonly to?: number | undefined
  /** As the log codes it. */
  readonly answer?: number | undefined
  /** Digests, one of which is that of the key. */
  readonly keyDigests?: readonly string[] | undefined
  readonly hasOutcome?: boolean | undefined
  /** Of rows that were scored. */
  readonly isAnomalous?: boolean | undefined
}

/** A row of the table, with the run of its version and what its features are sealed with. */
export interface StoredPrediction {
  readonly predictionId: string
  readonly deploymentId: number
  readonly version: number
  readonly runId: number
  readonly environment: string
  readonly milliseconds: number
  readonly weight: number
  readonly answer: number | null
  readonly confidence: number | null
  /** Null where the row was not scored. */
  readonly anomalyScore: number | null
  readonly isAnomalous: boolean | null
  /** What was true, as it is known now: JSON of a class or a number, and the number that it is or reads as. */
  readonly outcome: string | null
  readonly outcomeNumber: number | null
  /** Null where they are sealed. */
  readonly features: readonly (number | null)[] | null
  /** The caller's; null where it is sealed, or there is none. */
  readonly key: string | null
  readonly sealed: SealedPrediction | null
}

/** In base64. */
interface SealedPrediction {
  readonly batchId: string
  readonly header: string
  readonly row: number
  readonly bytes: string
  /** Null of a row without a key. */
  readonly key: string | null
}

const COLUMNS = `prediction_id::text as "predictionId", deployment_id::float8 as "deploymentId", version,
  run_id::float8 as "runId", environment, milliseconds::float8 as milliseconds, weight, answer, confidence, features, key,
  anomaly_score as "anomalyScore", is_anomalous as "isAnomalous", o.outcome, o.number as "outcomeNumber",
  case when b.batch_id is not null then json_build_object('batchId', b.batch_id, 'header', encode(b.header, 'base64'),
    'row', batch_row, 'bytes', encode(sealed_features, 'base64'), 'key', encode(sealed_key, 'base64')) end as sealed`
const JOINS = `join ml_worker.versions v using (project_id, version)
  left join ml_worker.prediction_batches b using (batch_id)
  left join ml_worker.outcomes o using (project_id, predicted_at, prediction_id)`
const TIME = (place: string): string => `to_timestamp(${place}::float8 / 1000.0)`

/** Hexadecimal digits, as PostgreSQL reads bytes. */
export function bytesOf(digits: string): string {
  return `\\x${digits}`
}

const HAS_OUTCOME = `exists (select from ml_worker.outcomes given where given.project_id = kept.project_id
  and given.predicted_at = kept.predicted_at and given.prediction_id = kept.prediction_id)`

export type PredictionOrder = 'newest' | 'oldest'

/** In that order; those that come after the id. O(rows read). */
export async function listPredictions(
  client: Queryable,
  projectId: number,
  filter: PredictionFilter,
  {
    order,
    limit,
    after,
  }: { readonly order: PredictionOrder; readonly limit: number; readonly after?: string | undefined },
): Promise<StoredPrediction[]> {
  const values: unknown[] = [projectId, limit]
  const conditions = conditionsOf(filter, values)
  const [direction, beyond] = order === 'newest' ? ['desc', '<'] : ['asc', '>']
  if (after !== undefined) {
    values.push(timeOfId(after), after)
    const [time, id] = [TIME(`$${values.length - 1}`), `$${values.length}::uuid`]
    conditions.push(`(predicted_at, prediction_id) ${beyond} (${time}, ${id})`)
    // The row comparison keeps no partition out.
    conditions.push(`predicted_at ${beyond}= ${time}`)
  }
  const { rows } = await client.query<StoredPrediction>(
    `select ${COLUMNS} from (
       select * from ml_worker.predictions kept where ${conditions.join(' and ')}
       order by predicted_at ${direction}, prediction_id ${direction} limit $2
     ) p ${JOINS}
     order by predicted_at ${direction}, prediction_id ${direction}`,
    values,
  )
  return rows
}

/** How many there are. O(rows counted). */
export async function countPredictions(
  client: Queryable,
  projectId: number,
  filter: PredictionFilter,
): Promise<number> {
  const values: unknown[] = [projectId]
  const conditions = conditionsOf(filter, values)
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.predictions kept where ${conditions.join(' and ')}`,
    values,
  )
  return (rows[0] as { count: number }).count
}

/** Of the rows named `kept`. values: of the statement so far, the first is the project; those of the filter come behind. */
function conditionsOf(filter: PredictionFilter, values: unknown[]): string[] {
  const conditions = ['project_id = $1::bigint']
  const require = (given: unknown, condition: (place: string) => string): void => {
    if (given === undefined) return
    values.push(given)
    conditions.push(condition(`$${values.length}`))
  }
  require(filter.version, (place) => `version = ${place}::integer`)
  require(filter.environment, (place) => `environment = ${place}`)
  require(filter.deploymentId, (place) => `deployment_id = ${place}::bigint`)
  require(filter.from, (place) => `predicted_at >= ${TIME(place)}`)
  require(filter.to, (place) => `predicted_at < ${TIME(place)}`)
  require(filter.answer, (place) => `answer = ${place}::float8`)
  require(filter.keyDigests?.map(bytesOf), (place) => `key_digest = any (${place}::bytea[])`)
  require(filter.isAnomalous, (place) => `is_anomalous = ${place}::boolean`)
  require(filter.hasOutcome, (place) => `${place}::boolean = ${HAS_OUTCOME}`)
  return conditions
}

export async function findPrediction(
  client: Queryable,
  projectId: number,
  predictionId: string,
): Promise<StoredPrediction | undefined> {
  const { rows } = await client.query<StoredPrediction>(
    `select ${COLUMNS} from ml_worker.predictions p ${JOINS}
     where project_id = $1::bigint and predicted_at = ${TIME('$2')} and prediction_id = $3::uuid`,
    [projectId, timeOfId(predictionId), predictionId],
  )
  return rows[0]
}

/** A version that was deployed, or in an experiment: only such predict for their project. */
export interface DeployedVersion {
  readonly projectId: number
  readonly version: number
  readonly runId: number
}

/** In the order of projects and versions; those after one. */
export async function listDeployedVersions(
  client: Queryable,
  limit: number,
  after: Pick<DeployedVersion, 'projectId' | 'version'>,
): Promise<DeployedVersion[]> {
  const { rows } = await client.query<DeployedVersion & Record<string, unknown>>(
    `select distinct project_id::float8 as "projectId", version, run_id::float8 as "runId" from (
       select project_id, version, run_id from ml_worker.deployments
       union all
       select e.project_id, arm.version, arm."runId"
       from ml_worker.experiments e,
         json_to_recordset(e.plan->'arms') as arm (version integer, "runId" bigint)
       where e.started_at is not null
     ) as predicting
     where (project_id, version) > ($2::bigint, $3::integer) order by 1, 2 limit $1`,
    [limit, after.projectId, after.version],
  )
  return rows
}

/** Those of a key. digests: all by which it may have been written. Gives how many there were. */
export async function deleteKeyed(client: Queryable, projectId: number, digests: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    'delete from ml_worker.predictions where project_id = $1::bigint and key_digest = any ($2::bytea[])',
    [projectId, digests.map(bytesOf)],
  )
  return rowCount ?? 0
}

/** Gives how many there were. */
export async function deletePredictions(
  client: Queryable,
  projectId: number,
  predictionIds: readonly string[],
): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.predictions p
     using unnest($2::float8[], $3::uuid[]) as gone (milliseconds, prediction_id)
     where p.project_id = $1::bigint and p.predicted_at = to_timestamp(gone.milliseconds / 1000)
       and p.prediction_id = gone.prediction_id`,
    [projectId, predictionIds.map(timeOfId), predictionIds],
  )
  return rowCount ?? 0
}

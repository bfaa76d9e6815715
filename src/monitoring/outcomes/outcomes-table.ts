// The SQL of ml_worker.outcomes, what was corrected, and the requests that brought them.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import { timeOfId } from '../log/logged-row.ts'
import type { KeptOutcome } from './outcome.ts'

/** As the log writes it: equal times are equal in the table. */
const TIME = (milliseconds: string): string => `to_timestamp(${milliseconds} / 1000.0)`
const MS = (time: string): string => `(extract(epoch from ${time}) * 1000)::float8`

/** Of a prediction. */
export interface StoredOutcome extends KeptOutcome {
  readonly predictionId: string
}

/** The versions of those predictions of a project that are in the log, by id. O(ids · log rows). */
export async function findLoggedVersions(
  client: Queryable,
  projectId: number,
  predictionIds: readonly string[],
): Promise<Map<string, number>> {
  if (predictionIds.length === 0) return new Map()
  const times = predictionIds.map(timeOfId)
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
  const { rows } = await client.query<{ id: string; version: number }>(
    `select p.prediction_id::text as id, p.version
     from unnest($2::uuid[], $3::bigint[]) as given (id, ms)
     join ml_worker.predictions p on p.project_id = $1::bigint and p.predicted_at = ${TIME('ms')} and p.prediction_id = id
     where p.predicted_at >= ${TIME('$4::bigint')} and p.predicted_at <= ${TIME('$5::bigint')}`,
    [projectId, predictionIds, times, first, last],
  )
  return new Map(rows.map(({ id, version }) => [id, version]))
}

/**
 * Inserts outcomes of predictions that have none; gives the ids of those that were inserted. Ids are distinct and ascending:
 * two requests that bring the same ones wait for each other, and never both.
 */
export async function insertOutcomes(
  tx: Transaction,
  projectId: number,
  outcomes: readonly StoredOutcome[],
  isMatched: (predictionId: string) => boolean,
): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into ml_worker.outcomes
       (project_id, predicted_at, prediction_id, outcome, number, occurred_at, received_at, is_matched)
     select $1::bigint, ${TIME('t')}, i, o, n, ${TIME('c')}, ${TIME('r')}, m
     from json_to_recordset($2::json) as given (i uuid, t bigint, o text, n float8, c bigint, r bigint, m boolean)
     order by i on conflict do nothing returning prediction_id::text as id`,
    [projectId, recordsOf(outcomes, isMatched)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** Those that are there, held until the transaction is over. Ids are ascending. */
export async function lockOutcomes(
  tx: Transaction,
  projectId: number,
  predictionIds: readonly string[],
): Promise<Map<string, KeptOutcome>> {
  if (predictionIds.length === 0) return new Map()
  const { rows } = await tx.query<StoredOutcome>(
    `select prediction_id::text as "predictionId", outcome, number, ${MS('occurred_at')} as "occurredAt",
       ${MS('received_at')} as "receivedAt"
     from ml_worker.outcomes join unnest($2::uuid[], $3::bigint[]) as given (id, ms)
       on predicted_at = ${TIME('ms')} and prediction_id = id
     where project_id = $1::bigint order by prediction_id for update of outcomes`,
    [projectId, predictionIds, predictionIds.map(timeOfId)],
  )
  return new Map(rows.map(({ predictionId, ...kept }) => [predictionId, kept]))
}

/** They are locked. */
export async function updateOutcomes(
  tx: Transaction,
  projectId: number,
  outcomes: readonly StoredOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  await tx.query(
    `update ml_worker.outcomes
     set outcome = o, number = n, occurred_at = ${TIME('c')}, received_at = ${TIME('r')}
     from json_to_recordset($2::json) as given (i uuid, t bigint, o text, n float8, c bigint, r bigint)
     where project_id = $1::bigint and predicted_at = ${TIME('t')} and prediction_id = i`,
    [projectId, recordsOf(outcomes, () => false)],
  )
}

/** What counts no more, or never did. */
export async function insertCorrections(
  tx: Transaction,
  projectId: number,
  outcomes: readonly StoredOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  await tx.query(
    `insert into ml_worker.outcome_corrections
       (project_id, predicted_at, prediction_id, outcome, occurred_at, received_at)
     select $1::bigint, ${TIME('t')}, i, o, ${TIME('c')}, ${TIME('r')}
     from json_to_recordset($2::json) as given (i uuid, t bigint, o text, c bigint, r bigint)`,
    [projectId, recordsOf(outcomes, () => false)],
  )
}

function recordsOf(outcomes: readonly StoredOutcome[], isMatched: (predictionId: string) => boolean): string {
  return JSON.stringify(
    outcomes.map(({ predictionId: i, outcome, number: n, occurredAt: c, receivedAt: r }) => {
      return { i, t: timeOfId(i), o: storableText(outcome), n, c, r, m: isMatched(i) }
    }),
  )
}

export interface KeyedRequest {
  /** SHA-256 of what was asked. */
  readonly digest: string
  readonly answer: unknown
}

/** Of the same key others wait until the transaction is over. Gives what was answered before, where there is such a request. */
export async function claimRequest(
  tx: Transaction,
  projectId: number,
  key: string,
  { digest, answer }: KeyedRequest,
): Promise<KeyedRequest | undefined> {
  const { rowCount } = await tx.query(
    `insert into ml_worker.outcome_requests (project_id, idempotency_key, digest, answer, received_at)
     values ($1::bigint, $2, $3, $4::json, now()) on conflict do nothing`,
    [projectId, key, digest, JSON.stringify(answer)],
  )
  if (rowCount === 1) return undefined
  const { rows } = await tx.query<KeyedRequest>(
    'select digest, answer from ml_worker.outcome_requests where project_id = $1::bigint and idempotency_key = $2',
    [projectId, key],
  )
  return rows[0]
}

export async function answerRequest(tx: Transaction, projectId: number, key: string, answer: unknown): Promise<void> {
  await tx.query(
    'update ml_worker.outcome_requests set answer = $3::json where project_id = $1::bigint and idempotency_key = $2',
    [projectId, key, JSON.stringify(answer)],
  )
}

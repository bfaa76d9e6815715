// The SQL of outcomes by key: the predictions of keys, and ml_worker.keyed_outcomes, where outcomes wait for theirs.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { storableText } from '../../database/storable-text.ts'
import { bytesOf } from '../log/predictions-table.ts'
import type { OutcomeValue } from './outcome.ts'

const TIME = (milliseconds: string): string => `to_timestamp(${milliseconds} / 1000.0)`
const MS = (time: string): string => `(extract(epoch from ${time}) * 1000)::float8`

/** A key, by one of its digests, and a time in milliseconds since 1970. */
export interface AskedKey {
  /** Of the outcome that asks. */
  readonly place: number
  readonly digest: string
  readonly time: number
}

/** Predictions of a key: ids in the order of their time, the same in all of them. */
export interface KeyedPredictions {
  readonly place: number
  /** The newest that was made at or before the time; null where there is none. */
  readonly until: string | null
  readonly untilVersion: number | null
  /** The oldest that was made after it. */
  readonly after: string | null
  readonly afterVersion: number | null
}

/** A part of the log, in milliseconds since 1970; `to` is not in it. */
export interface LogSpan {
  readonly from: number
  readonly to: number
}

/**
 * Of those keys that have predictions made in the span. As many rows as that are read, or a look into the index of each day a key,
 * as the planner sees fit: it knows how many keys a list of them has. O(keys · days + their predictions), or O(rows of the span).
 */
export async function findKeyed(
  client: Queryable,
  projectId: number,
  asked: readonly AskedKey[],
  { from, to }: LogSpan,
): Promise<KeyedPredictions[]> {
  if (asked.length === 0) return []
  // An id is 36 characters; its version behind it takes no part in the order.
  const { rows } = await client.query<{ place: number; until: string | null; after: string | null }>(
    `select n as place, max(id) filter (where at <= ${TIME('t')}) as until, min(id) filter (where at > ${TIME('t')}) as after
     from (
       select n, t, p.predicted_at as at, (p.prediction_id::text || p.version::text) collate "C" as id
       from unnest($2::integer[], $3::text[], $4::bigint[]) as asked (n, d, t)
       join ml_worker.predictions p on p.key_digest = decode(d, 'hex')
       where p.project_id = $1::bigint
         and p.predicted_at >= ${TIME('$5::bigint')} and p.predicted_at < ${TIME('$6::bigint')}
     ) found
     group by n`,
    [
      projectId,
      asked.map(({ place }) => place),
      asked.map(({ digest }) => digest),
      asked.map(({ time }) => time),
      from,
      to,
    ],
  )
  return rows.map(({ place, until, after }) => {
    const [untilId, untilVersion] = parted(until)
    const [afterId, afterVersion] = parted(after)
    return { place, until: untilId, untilVersion, after: afterId, afterVersion }
  })
}

const ID_LENGTH = 36

function parted(idAndVersion: string | null): readonly [id: string | null, version: number | null] {
  if (idAndVersion === null) return [null, null]
  return [idAndVersion.slice(0, ID_LENGTH), Number(idAndVersion.slice(ID_LENGTH))]
}

/** An outcome by key that waits. */
export interface KeyedOutcome extends OutcomeValue {
  /** By which the key may have been written, the first as it is written now. */
  readonly keyDigests: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export interface StoredKeyedOutcome extends KeyedOutcome {
  readonly keyedOutcomeId: number
  readonly projectId: number
  readonly tries: number
}

/** tryAt: by row, when its prediction is looked for, in milliseconds since 1970. */
export async function insertKeyedOutcomes(
  tx: Transaction,
  projectId: number,
  outcomes: readonly (KeyedOutcome & { readonly tryAt: number })[],
): Promise<void> {
  if (outcomes.length === 0) return
  const given = outcomes.map(({ keyDigests, outcome, number: n, occurredAt: c, receivedAt: r, tryAt: t }) => {
    return { d: `{${keyDigests.map((digest) => `"\\${bytesOf(digest)}"`)}}`, o: storableText(outcome), n, c, r, t }
  })
  await tx.query(
    `insert into ml_worker.keyed_outcomes (project_id, key_digests, outcome, number, occurred_at, received_at, try_at, tries)
     select $1::bigint, d::bytea[], o, n, ${TIME('c')}, ${TIME('r')}, ${TIME('t')}, 0
     from json_to_recordset($2::json) as given (d text, o text, n float8, c bigint, r bigint, t bigint)`,
    [projectId, JSON.stringify(given)],
  )
}

/** What waits of keys and times, the newest of each, by its place in `asked`. O(asked · log rows). */
export async function findWaiting(
  client: Queryable,
  projectId: number,
  asked: readonly AskedKey[],
): Promise<Map<number, string>> {
  if (asked.length === 0) return new Map()
  const { rows } = await client.query<{ place: number; outcome: string }>(
    `select distinct on (n) n as place, outcome
     from json_to_recordset($2::json) as asked (n integer, d text, t bigint)
     join ml_worker.keyed_outcomes k on k.project_id = $1::bigint and k.key_digests[1] = decode(d, 'hex')
       and k.occurred_at = ${TIME('t')}
     order by n, k.keyed_outcome_id desc`,
    [projectId, JSON.stringify(asked.map(({ place: n, digest: d, time: t }) => ({ n, d, t })))],
  )
  return new Map(rows.map(({ place, outcome }) => [place, outcome]))
}

/** Those that are due, held until the transaction is over; what another worker holds is left to it. */
export async function takeDue(tx: Transaction, now: number, limit: number): Promise<StoredKeyedOutcome[]> {
  const { rows } = await tx.query<StoredKeyedOutcome & Record<string, unknown>>(
    `select keyed_outcome_id::float8 as "keyedOutcomeId", project_id::float8 as "projectId",
       array(select encode(digest, 'hex') from unnest(key_digests) as digest) as "keyDigests", outcome, number,
       ${MS('occurred_at')} as "occurredAt", ${MS('received_at')} as "receivedAt", tries
     from ml_worker.keyed_outcomes where try_at <= ${TIME('$1::bigint')}
     order by try_at limit $2 for update skip locked`,
    [now, limit],
  )
  return rows
}

/** They are held. tryAt: by place, when they are tried again, in milliseconds since 1970. */
export async function putOff(tx: Transaction, ids: readonly number[], tryAt: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `update ml_worker.keyed_outcomes k set try_at = ${TIME('ms')}, tries = tries + 1
     from unnest($1::bigint[], $2::bigint[]) as given (id, ms) where k.keyed_outcome_id = id`,
    [ids, tryAt],
  )
}

export async function deleteKeyedOutcomes(tx: Transaction, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query('delete from ml_worker.keyed_outcomes where keyed_outcome_id = any ($1::bigint[])', [ids])
}

/** Of keys, whatever their project. Gives how many there were. O(outcomes that wait). */
export async function deleteOfKeys(client: Queryable, digests: readonly string[]): Promise<number> {
  const { rowCount } = await client.query('delete from ml_worker.keyed_outcomes where key_digests && $1::bytea[]', [
    digests.map(bytesOf),
  ])
  return rowCount ?? 0
}

/** Of one project, that say this, as JSON, or that number. Gives how many there were. */
export async function deleteKeyedSaying(
  tx: Transaction,
  projectId: number,
  texts: readonly string[],
  number: number | undefined,
): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from ml_worker.keyed_outcomes
     where project_id = $1::bigint and (outcome = any ($2::text[]) or number = $3::float8)`,
    [projectId, texts, number ?? null],
  )
  return rowCount ?? 0
}

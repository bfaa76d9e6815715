// The SQL of ml_worker.unseen_levels: levels that the training never saw, in the clear or sealed, as processes have written them.
import type { Queryable, Transaction } from '../../database/pool.ts'
import type { Slot, Window } from '../drift/look.ts'

/** A row: one hour of a version in a deployment, out of one write. */
export interface WrittenHour {
  readonly deploymentId: number
  readonly version: number
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  /** JSON; undefined where it is sealed. */
  readonly text: string | undefined
  readonly sealed: Buffer | undefined
}

/** All rows of one write. */
export interface UnseenBatch {
  readonly batchId: string
  /** What its rows are sealed with: the first 92 bytes of sealed objects. */
  readonly header: Buffer | undefined
  readonly hours: readonly WrittenHour[]
}

/** Rows that are there already count for nothing. */
export async function insertUnseen(tx: Transaction, { batchId, header, hours }: UnseenBatch): Promise<void> {
  if (header !== undefined) {
    await tx.query(
      `insert into ml_worker.prediction_batches (batch_id, sealed_at, header) values ($1::uuid, now(), $2)
       on conflict (batch_id) do nothing`,
      [batchId, header],
    )
  }
  const given = hours.map(({ deploymentId: d, version: v, startsAt: t }, i) => ({ i, d, v, t }))
  await tx.query(
    `insert into ml_worker.unseen_levels (batch_id, batch_row, deployment_id, version, hour, levels, sealed_levels)
     select $1::uuid, i, d, v, to_timestamp(t / 1000.0), ($3::text[])[i + 1]::json, ($4::bytea[])[i + 1]
     from json_to_recordset($2::json) as given (i integer, d bigint, v integer, t bigint)
     on conflict (batch_id, batch_row) do nothing`,
    [batchId, JSON.stringify(given), hours.map(({ text }) => text ?? null), hours.map(({ sealed }) => sealed ?? null)],
  )
}

export interface StoredUnseen {
  readonly batchId: string
  readonly batchRow: number
  readonly deploymentId: number
  readonly version: number
  readonly startsAt: number
  /** Null where they are sealed. */
  readonly levels: unknown
  readonly sealed: Buffer | null
  readonly header: Buffer | null
}

const COLUMNS = `u.batch_id::text as "batchId", u.batch_row as "batchRow", u.deployment_id::float8 as "deploymentId",
  u.version, (extract(epoch from u.hour) * 1000)::float8 as "startsAt", u.levels, u.sealed_levels as sealed, b.header`

export interface UnseenPlace {
  readonly batchId: string
  readonly batchRow: number
}

/** Before the first row, in the order of their places. */
export const BEFORE_ALL: UnseenPlace = { batchId: '00000000-0000-0000-0000-000000000000', batchRow: -1 }

/** Where a list of some hours goes on: the newest first. */
export interface UnseenCursor extends UnseenPlace {
  readonly startsAt: number
}

/** Of a version in an environment and some hours: the newest first. after: undefined for the first ones. O(limit · deployments). */
export async function listUnseen(
  client: Queryable,
  { projectId, environment, version, from, to }: Slot & Window,
  limit: number,
  after: UnseenCursor | undefined,
): Promise<StoredUnseen[]> {
  const { startsAt, batchId, batchRow } = after ?? { ...BEFORE_ALL, startsAt: to.getTime() }
  const { rows } = await client.query<StoredUnseen & Record<string, unknown>>(
    `select ${COLUMNS} from ml_worker.deployments d
       cross join lateral (
         select * from ml_worker.unseen_levels l
         where l.deployment_id = d.deployment_id and l.version = $3 and l.hour >= $4
           and (l.hour, l.batch_id, l.batch_row) < ($5::timestamptz, $6::uuid, $7::integer)
         order by l.hour desc, l.batch_id desc, l.batch_row desc limit $8
       ) u
       left join ml_worker.prediction_batches b using (batch_id)
     where d.project_id = $1::bigint and d.environment = $2
     order by u.hour desc, u.batch_id desc, u.batch_row desc limit $8`,
    [projectId, environment, version, from, new Date(startsAt), batchId, batchRow, limit],
  )
  return rows
}

/** Of all projects. */
export async function listAllUnseen(client: Queryable, limit: number, after: UnseenPlace): Promise<StoredUnseen[]> {
  const { rows } = await client.query<StoredUnseen & Record<string, unknown>>(
    `select ${COLUMNS} from ml_worker.unseen_levels u left join ml_worker.prediction_batches b using (batch_id)
     where (u.batch_id, u.batch_row) > ($1::uuid, $2::integer) order by u.batch_id, u.batch_row limit $3`,
    [after.batchId, after.batchRow, limit],
  )
  return rows
}

/** False where it is gone by now. */
export async function deleteUnseen(tx: Transaction, { batchId, batchRow }: UnseenPlace): Promise<boolean> {
  const { rowCount } = await tx.query(
    'delete from ml_worker.unseen_levels where batch_id = $1::uuid and batch_row = $2',
    [batchId, batchRow],
  )
  return rowCount === 1
}

/**
 * SQL: rows that are older than their project keeps its log. The first condition, of the shortest time that any keeps its own, finds them by
 * the index. $1: days of a project that has said nothing.
 */
const OLD = `from ml_worker.unseen_levels u join ml_worker.deployments d using (deployment_id)
  left join ml_worker.monitoring_settings s using (project_id)
  where u.hour < now() - make_interval(days => least($1::integer,
      (select min((settings->>'retention_days')::integer) from ml_worker.monitoring_settings)))
    and u.hour < now() - make_interval(days => coalesce((s.settings->>'retention_days')::integer, $1::integer))`

export async function countOldUnseen(client: Queryable, defaultDays: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`select count(*)::float8 as count ${OLD}`, [defaultDays])
  return rows[0]?.count ?? 0
}

/** Gives how many. */
export async function deleteOldUnseen(client: Queryable, defaultDays: number, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.unseen_levels where ctid = any (array(select u.ctid ${OLD} order by u.hour limit $2))`,
    [defaultDays, limit],
  )
  return rowCount ?? 0
}

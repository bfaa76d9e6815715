// The SQL of ml_worker.webhook_deliveries: notices on their way to those who asked for them.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Message } from './sending/message.ts'
import type { Delivery, DeliveryState } from './webhook.ts'

const COLUMNS = `d.delivery_id::float8 as "deliveryId", d.webhook_id::float8 as "webhookId",
  n.message_id as "messageId", n.notice_type as type, n.project_name as "projectName", n.happened_at as "happenedAt",
  d.state, d.attempts, case when d.state = 'pending' then d.try_after end as "nextAttemptAt",
  d.attempted_at as "attemptedAt", d.duration_ms as "durationMs", d.answer_status as "answerStatus",
  d.last_error as "lastError", d.ended_at as "endedAt"`
const JOINED = 'ml_worker.webhook_deliveries d join ml_worker.notices n using (notice_id)'
const ERROR_LENGTH_MAX = 500

/**
 * Writes a delivery for each new notice and each webhook that asked for it. Returns how many notices were looked at; those
 * that another worker looks at now are left out.
 */
export async function addressNotices(client: Queryable, limit: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `with fresh as (
       select notice_id, notice_type, project_name from ml_worker.notices
       where addressed_at is null order by notice_id limit $1 for update skip locked),
     addressed as (
       insert into ml_worker.webhook_deliveries (notice_id, webhook_id, state, attempts, try_after, created_at)
       select n.notice_id, w.webhook_id, 'pending', 0, now(), now()
       from fresh n join ml_worker.webhooks w on w.deleted_at is null and w.is_enabled
         and (w.event_types = '{}' or n.notice_type = any(w.event_types))
         and (w.project_names = '{}' or n.project_name = any(w.project_names))
         and (w.format = 'standard' or n.notice_type like 'alert.%')),
     seen as (
       update ml_worker.notices set addressed_at = now() where notice_id in (select notice_id from fresh))
     select count(*)::float8 as count from fresh`,
    [limit],
  )
  return rows[0]?.count ?? 0
}

/** Of a notice for one webhook alone. Returns the delivery's id. */
export async function insertDelivery(tx: Transaction, noticeId: number, webhookId: number): Promise<number> {
  await tx.query('update ml_worker.notices set addressed_at = now() where notice_id = $1::bigint', [noticeId])
  const { rows } = await tx.query<{ deliveryId: number }>(
    `insert into ml_worker.webhook_deliveries (notice_id, webhook_id, state, attempts, try_after, created_at)
     values ($1::bigint, $2::bigint, 'pending', 0, now(), now()) returning delivery_id::float8 as "deliveryId"`,
    [noticeId, webhookId],
  )
  return (rows[0] as { deliveryId: number }).deliveryId
}

/** Webhooks with a delivery whose time has come, but for these; who has waited longest comes first. */
export async function listDueWebhooks(client: Queryable, but: readonly number[], limit: number): Promise<number[]> {
  const { rows } = await client.query<{ webhookId: number }>(
    `select w.webhook_id::float8 as "webhookId"
     from ml_worker.webhooks w
       cross join lateral (
         select try_after from ml_worker.webhook_deliveries d
         where d.webhook_id = w.webhook_id and d.state = 'pending' order by try_after limit 1) as first
     where w.deleted_at is null and w.is_enabled and w.webhook_id <> all($1::bigint[]) and first.try_after <= now()
     order by first.try_after limit $2`,
    [but, limit],
  )
  return rows.map(({ webhookId }) => webhookId)
}

export interface ClaimedDelivery {
  readonly deliveryId: number
  /** Of which this one is the last. */
  readonly attempts: number
  readonly message: Message
}

/** Takes deliveries whose time has come; after so many seconds without an end they are due again. */
export async function claimDeliveries(
  client: Queryable,
  webhookId: number,
  { limit, heldSeconds }: { readonly limit: number; readonly heldSeconds: number },
): Promise<ClaimedDelivery[]> {
  const { rows } = await client.query<
    Omit<ClaimedDelivery, 'message'> &
      Omit<Message, 'project'> & { readonly projectId: number | null; readonly projectName: string | null }
  >(
    `update ml_worker.webhook_deliveries d
     set attempts = d.attempts + 1, attempted_at = now(), try_after = now() + make_interval(secs => $3)
     from ml_worker.notices n
     where n.notice_id = d.notice_id and d.delivery_id in (
       select delivery_id from ml_worker.webhook_deliveries
       where webhook_id = $1::bigint and state = 'pending' and try_after <= now()
       order by try_after limit $2 for update skip locked)
     returning d.delivery_id::float8 as "deliveryId", d.attempts, n.message_id as "messageId", n.notice_type as type,
       n.happened_at as "happenedAt", n.project_id::float8 as "projectId", n.project_name as "projectName", n.data`,
    [webhookId, limit, heldSeconds],
  )
  return rows.map(({ deliveryId, attempts, projectId, projectName, ...message }) => {
    const project = projectId === null || projectName === null ? undefined : { id: projectId, name: projectName }
    return { deliveryId, attempts, message: { ...message, project } }
  })
}

export interface AttemptEnd {
  readonly state: 'pending' | 'delivered' | 'dead'
  /** Of a pending one: when it is tried again. */
  readonly waitSeconds: number
  readonly durationMs: number
  readonly status: number | null
  readonly error: string | null
}

/** Writes nothing where the attempt is not the last one any more. */
export async function endAttempt(
  client: Queryable,
  { deliveryId, attempts }: Pick<ClaimedDelivery, 'deliveryId' | 'attempts'>,
  { state, waitSeconds, durationMs, status, error }: AttemptEnd,
): Promise<void> {
  await client.query(
    `update ml_worker.webhook_deliveries
     set state = $3, try_after = now() + make_interval(secs => $4), duration_ms = $5, answer_status = $6,
       last_error = $7, ended_at = case when $3 = 'pending' then null else now() end
     where delivery_id = $1::bigint and attempts = $2 and state = 'pending'`,
    [
      deliveryId,
      attempts,
      state,
      waitSeconds,
      Math.round(durationMs),
      status,
      error === null ? null : storableText(error.slice(0, ERROR_LENGTH_MAX)),
    ],
  )
}

/** Gives an attempt back that was broken off by the worker's stop. */
export async function giveBack(
  client: Queryable,
  { deliveryId, attempts }: Pick<ClaimedDelivery, 'deliveryId' | 'attempts'>,
): Promise<void> {
  await client.query(
    `update ml_worker.webhook_deliveries set attempts = attempts - 1, try_after = now()
     where delivery_id = $1::bigint and attempts = $2 and state = 'pending'`,
    [deliveryId, attempts],
  )
}

/** Of a webhook that is disabled or gone. They can be asked for again. */
export async function cancelDeliveries(tx: Transaction, webhookId: number): Promise<void> {
  await tx.query(
    `update ml_worker.webhook_deliveries set state = 'cancelled', ended_at = now()
     where webhook_id = $1::bigint and state = 'pending'`,
    [webhookId],
  )
}

export interface DeliveryFilter {
  readonly webhookId?: number | undefined
  readonly state?: DeliveryState | undefined
  readonly limit: number
  readonly before?: number | undefined
}

/** The newest first. */
export async function listDeliveries(client: Queryable, filter: DeliveryFilter): Promise<Delivery[]> {
  const { webhookId, state, limit, before } = filter
  const values: unknown[] = [limit]
  const conditions = ['true']
  // Only what is asked for: a condition that may be switched off keeps the planner from its indexes.
  const add = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(condition(`$${values.length}`))
  }
  add(webhookId, (place) => `d.webhook_id = ${place}::bigint`)
  add(state, (place) => `d.state = ${place}`)
  add(before, (place) => `d.delivery_id < ${place}::bigint`)
  const { rows } = await client.query<Delivery>(
    `select ${COLUMNS} from ${JOINED} where ${conditions.join(' and ')} order by d.delivery_id desc limit $1`,
    values,
  )
  return rows
}

export async function findDelivery(
  client: Queryable,
  webhookId: number,
  deliveryId: number,
): Promise<Delivery | undefined> {
  const { rows } = await client.query<Delivery>(
    `select ${COLUMNS} from ${JOINED} where d.delivery_id = $1::bigint and d.webhook_id = $2::bigint`,
    [deliveryId, webhookId],
  )
  return rows[0]
}

/** Begins anew, with all attempts. */
export async function redeliver(tx: Transaction, deliveryId: number): Promise<void> {
  await tx.query(
    `update ml_worker.webhook_deliveries set state = 'pending', attempts = 0, try_after = now(), ended_at = null
     where delivery_id = $1::bigint`,
    [deliveryId],
  )
}

/** The oldest dead ones of webhooks that are enabled; of one webhook alone where it is given. Returns how many. */
export async function redeliverDead(tx: Transaction, limit: number, webhookId?: number): Promise<number> {
  const { rowCount } = await tx.query(
    `update ml_worker.webhook_deliveries set state = 'pending', attempts = 0, try_after = now(), ended_at = null
     where delivery_id in (
       select delivery_id from ml_worker.webhook_deliveries d join ml_worker.webhooks w using (webhook_id)
       where d.state = 'dead' and w.is_enabled and w.deleted_at is null
         and ($2::bigint is null or d.webhook_id = $2::bigint)
       order by delivery_id limit $1 for update of d skip locked)`,
    [limit, webhookId ?? null],
  )
  return rowCount ?? 0
}

export interface DeliveryFigures {
  readonly pending: number
  /** Of the oldest that is pending; 0 where none is. */
  readonly oldestSeconds: number
  readonly dead: number
}

export async function readFigures(client: Queryable): Promise<DeliveryFigures> {
  const { rows } = await client.query<DeliveryFigures>(
    `select count(*) filter (where state = 'pending')::float8 as pending,
       coalesce(extract(epoch from now() - min(created_at) filter (where state = 'pending')), 0)::float8 as "oldestSeconds",
       count(*) filter (where state = 'dead')::float8 as dead
     from ml_worker.webhook_deliveries where state in ('pending', 'dead')`,
  )
  return rows[0] as DeliveryFigures
}

const REMOVED_AT_ONCE = 5_000
/** By table, what is beyond its days. A notice stays as long as one of its deliveries does. */
const OLD = {
  webhook_deliveries: 'ended_at < now() - make_interval(days => $1)',
  notices: `happened_at < now() - make_interval(days => $1) and addressed_at is not null
    and not exists (select from ml_worker.webhook_deliveries d where d.notice_id = notices.notice_id)`,
}
const KEYS = { webhook_deliveries: 'delivery_id', notices: 'notice_id' }

export async function countOld(client: Queryable, table: keyof typeof OLD, keptDays: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from ml_worker.${table} where ${OLD[table]}`,
    [keptDays],
  )
  return rows[0]?.count ?? 0
}

/** Some of them. Returns how many. */
export async function deleteOld(client: Queryable, table: keyof typeof OLD, keptDays: number): Promise<number> {
  const key = KEYS[table]
  const { rowCount } = await client.query(
    `delete from ml_worker.${table}
     where ${key} in (select ${key} from ml_worker.${table} where ${OLD[table]} limit ${REMOVED_AT_ONCE})`,
    [keptDays],
  )
  return rowCount ?? 0
}

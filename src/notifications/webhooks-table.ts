// The SQL of ml_worker.webhooks.
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'
import type { Webhook, WebhookContent, WebhookKind } from './webhook.ts'

const COLUMNS = `webhook_id::float8 as "webhookId", kind, revision, address, event_types as "eventTypes",
  project_names as projects, description, format, is_enabled as "isEnabled", disabled_reason as "disabledReason",
  case when previous_secret_until > now() then previous_secret_until end as "previousSecretUntil",
  created_at as "createdAt", created_by as "createdBy", changed_at as "changedAt", changed_by as "changedBy"`

/** As they are stored: sealed where the worker has keys. */
export interface StoredSecrets {
  readonly secret: Buffer | null
  /** While it signs too. */
  readonly previousSecret: Buffer | null
}

/** Who makes webhooks waits for the others, so that a count holds until the end of the transaction. */
export async function countWebhooks(tx: Transaction): Promise<number> {
  await tx.query('lock table ml_worker.webhooks in share row exclusive mode')
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::float8 as count from ml_worker.webhooks where deleted_at is null',
  )
  return rows[0]?.count ?? 0
}

/** Its secret follows: that is bound to its id. */
export async function insertWebhook(
  tx: Transaction,
  kind: WebhookKind,
  content: WebhookContent,
  by: string,
): Promise<Webhook> {
  const { rows } = await tx.query<Webhook>(
    `insert into ml_worker.webhooks (revision, kind, address, event_types, project_names, description, is_enabled,
       format, created_at, created_by, changed_at, changed_by)
     values (1, $7, $1, $2::text[], $3::text[], $4, $5, $6, now(), $8, now(), $8) returning ${COLUMNS}`,
    [...valuesOf(content), kind, by],
  )
  return rows[0] as Webhook
}

export async function listWebhooks(client: Queryable): Promise<Webhook[]> {
  const { rows } = await client.query<Webhook>(
    `select ${COLUMNS} from ml_worker.webhooks where deleted_at is null order by webhook_id`,
  )
  return rows
}

export async function findWebhook(client: Queryable, webhookId: number): Promise<Webhook | undefined> {
  const { rows } = await client.query<Webhook>(
    `select ${COLUMNS} from ml_worker.webhooks where webhook_id = $1::bigint and deleted_at is null`,
    [webhookId],
  )
  return rows[0]
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockWebhook(tx: Transaction, webhookId: number): Promise<Webhook | undefined> {
  const { rows } = await tx.query<Webhook>(
    `select ${COLUMNS} from ml_worker.webhooks where webhook_id = $1::bigint and deleted_at is null for update`,
    [webhookId],
  )
  return rows[0]
}

/** Whoever changes it decides whether it is enabled: why the worker disabled it is over. */
export async function updateWebhook(
  tx: Transaction,
  webhookId: number,
  content: WebhookContent,
  by: string,
): Promise<Webhook> {
  const { rows } = await tx.query<Webhook>(
    `update ml_worker.webhooks
     set revision = revision + 1, address = $1, event_types = $2::text[], project_names = $3::text[], description = $4,
       is_enabled = $5, format = $6, disabled_reason = null, changed_at = now(), changed_by = $8
     where webhook_id = $7::bigint returning ${COLUMNS}`,
    [...valuesOf(content), webhookId, by],
  )
  return rows[0] as Webhook
}

export async function deleteWebhook(tx: Transaction, webhookId: number, by: string): Promise<void> {
  await tx.query(
    `update ml_worker.webhooks
     set deleted_at = now(), is_enabled = false, secret = null, previous_secret = null, previous_secret_until = null,
       changed_at = now(), changed_by = $2
     where webhook_id = $1::bigint`,
    [webhookId, by],
  )
}

/** By the worker itself. Returns false where it was disabled before. */
export async function disableWebhook(tx: Transaction, webhookId: number, reason: string, by: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ml_worker.webhooks
     set revision = revision + 1, is_enabled = false, disabled_reason = $2, changed_at = now(), changed_by = $3
     where webhook_id = $1::bigint and deleted_at is null and is_enabled`,
    [webhookId, reason, by],
  )
  return rowCount === 1
}

/** The secret of now signs too for so many seconds; of a new webhook there is none. */
export async function replaceSecret(
  tx: Transaction,
  webhookId: number,
  secret: Uint8Array,
  { overlapSeconds, by }: { readonly overlapSeconds: number; readonly by: string },
): Promise<Webhook> {
  const { rows } = await tx.query<Webhook>(
    `update ml_worker.webhooks
     set previous_secret = case when $3::float8 > 0 then secret end,
       previous_secret_until = case when $3::float8 > 0 and secret is not null then now() + make_interval(secs => $3::float8) end,
       secret = $2, revision = case when secret is null then revision else revision + 1 end, changed_at = now(),
       changed_by = $4
     where webhook_id = $1::bigint returning ${COLUMNS}`,
    [webhookId, secret, overlapSeconds, by],
  )
  return rows[0] as Webhook
}

export async function readSecrets(client: Queryable, webhookId: number): Promise<StoredSecrets | undefined> {
  const { rows } = await client.query<StoredSecrets>(
    `select secret, case when previous_secret_until > now() then previous_secret end as "previousSecret"
     from ml_worker.webhooks where webhook_id = $1::bigint and deleted_at is null`,
    [webhookId],
  )
  return rows[0]
}

/** All that are stored, by webhook: for a rotation of keys. */
export async function listSecrets(client: Queryable): Promise<(StoredSecrets & { readonly webhookId: number })[]> {
  const { rows } = await client.query<StoredSecrets & { readonly webhookId: number }>(
    `select webhook_id::float8 as "webhookId", secret, previous_secret as "previousSecret"
     from ml_worker.webhooks where secret is not null order by webhook_id`,
  )
  return rows
}

/** Puts a stored secret in the place of another that means the same. Returns false when it is another one by now. */
export async function rewriteSecret(
  client: Queryable,
  webhookId: number,
  which: keyof StoredSecrets,
  { from, to }: { readonly from: Buffer; readonly to: Buffer },
): Promise<boolean> {
  const column = { secret: 'secret', previousSecret: 'previous_secret' }[which]
  const { rowCount } = await client.query(
    `update ml_worker.webhooks set ${column} = $3 where webhook_id = $1::bigint and ${column} = $2`,
    [webhookId, from, to],
  )
  return rowCount === 1
}

function valuesOf({ address, eventTypes, projects, description, isEnabled, format }: WebhookContent): unknown[] {
  return [address, eventTypes, projects, description === null ? null : storableText(description), isEnabled, format]
}

// The SQL of ml_worker.audit_events.
import type { Queryable, Transaction } from '../database/pool.ts'
import { LOCK_NOT_AVAILABLE } from '../database/sql-states.ts'
import { ServiceError } from '../errors.ts'
import { type AuditEntry, CHAIN_START, type ChainLink } from './audit-event.ts'

/** First half of the advisory lock of the chain's end: "MLWA". The second is 1. */
const LOCK_CLASS = 0x4d4c5741
/** How long an entry waits for those before it, and how long a worker that was stopped in the middle keeps the others waiting. */
const LOCK_WAIT = '5s'
const IDLE_WAIT = '10s'

const COLUMNS = `event_id as "eventId", happened_at as "happenedAt", actor, address, request_id as "requestId", action, resource,
  before_digest as "before", after_digest as "after", details::text as details, previous_digest as "previousDigest",
  event_digest as digest`

/** Which entries, the newest first unless they are read in the order of the chain. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly resource?: string | undefined
  /** In ms since 1970. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Only entries before this one. */
  readonly before?: number | undefined
}

/**
 * Holds the end of the chain until the transaction is over, so that entries come one after the other. Throws ServiceError
 * DATABASE_UNAVAILABLE when another session holds it for too long.
 */
export async function lockChain(tx: Transaction): Promise<void> {
  const statement = `set local lock_timeout = '${LOCK_WAIT}'; set local idle_in_transaction_session_timeout = '${IDLE_WAIT}';
    select pg_advisory_xact_lock(${LOCK_CLASS}, 1)`
  await tx.query(statement).catch((error) => {
    if (error.code !== LOCK_NOT_AVAILABLE) throw error
    throw new ServiceError('DATABASE_UNAVAILABLE', 'the audit is held by another session; try again', { cause: error })
  })
}

export async function lastLink(client: Queryable): Promise<ChainLink> {
  const { rows } = await client.query<ChainLink>(
    'select event_id as "eventId", event_digest as digest from ml_worker.audit_events order by event_id desc limit 1',
  )
  return rows[0] ?? CHAIN_START
}

export async function insertEntry(tx: Transaction, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into ml_worker.audit_events (event_id, happened_at, actor, address, request_id, action, resource,
       before_digest, after_digest, details, previous_digest, event_digest)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      entry.eventId,
      entry.happenedAt.toISOString(),
      entry.actor,
      entry.address,
      entry.requestId,
      entry.action,
      entry.resource,
      entry.before,
      entry.after,
      entry.details,
      entry.previousDigest,
      entry.digest,
    ],
  )
}

/** The newest first. */
export async function listEntries(client: Queryable, filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
  const conditions: string[] = []
  const values: unknown[] = []
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return
    values.push(value)
    conditions.push(condition.replace('?', `$${values.length}`))
  }
  add('actor = ?', filter.actor)
  add('action = ?', filter.action)
  add('resource = ?', filter.resource)
  add('happened_at >= to_timestamp(?::double precision / 1000)', filter.from)
  add('happened_at < to_timestamp(?::double precision / 1000)', filter.to)
  add('event_id < ?', filter.before)
  values.push(limit)
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
  const { rows } = await client.query<AuditEntry>(
    `select ${COLUMNS} from ml_worker.audit_events ${where} order by event_id desc limit $${values.length}`,
    values,
  )
  return rows
}

/** In the order of the chain, those after `after`. */
export async function entriesAfter(client: Queryable, after: number, limit: number): Promise<AuditEntry[]> {
  const { rows } = await client.query<AuditEntry>(
    `select ${COLUMNS} from ml_worker.audit_events where event_id > $1 order by event_id limit $2`,
    [after, limit],
  )
  return rows
}

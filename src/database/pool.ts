// Connections to PostgreSQL that outlive its troubles, and transactions.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { connectionSettings } from './connection-settings.ts'
import { destroyClient } from './destroy-client.ts'
import { VALUE_TYPES } from './values.ts'

/** Anything that runs statements: the pool for one by itself, a transaction for several that belong together. */
export interface Queryable {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>
}

declare const transactionMark: unique symbol
/**
 * A client inside a transaction. Statements that must not stand alone take this, so that forgetting it does not
 * compile.
 */
export interface Transaction extends Queryable {
  readonly [transactionMark]: true
}

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 30_000
/** Statements of the service are short and few at a time; predictions come from the cache. */
const CONNECTIONS_MAX = 8
/** How long connections may take to say good-bye. */
const CLOSE_TIMEOUT_MS = 1_000

export interface ServicePool extends pg.Pool {
  /**
   * Ends every connection, within a bounded time: a line that went silent takes no good-bye. Twice is as good as once.
   */
  close(): Promise<void>
}

/**
 * A pool whose idle and whose checked-out clients survive a lost connection: it becomes the error of a query, or a log
 * line.
 */
export function createPool(url: string, log: Logger, connectionsMax = CONNECTIONS_MAX): ServicePool {
  const { connectionString, ssl, Client } = connectionSettings(url)
  const pool = new pg.Pool({
    connectionString,
    ssl,
    Client,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'ml-worker',
    types: VALUE_TYPES,
  })
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  const open = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    open.add(client)
    client.once('end', () => open.delete(client))
    // A client that is checked out has no listener of the pool's: without one a lost connection ends the process.
    client.on('error', (error) => log.debug({ err: error }, 'a database connection was lost'))
  })
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await Promise.race([pool.end(), pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    for (const client of open) destroyClient(client)
  }
  return Object.assign(pool, { close: () => (closing ??= close()) })
}

/** Returns when the database answers. */
export async function ping(client: Queryable): Promise<void> {
  await client.query('select 1')
}

/**
 * A line that goes silent leaves its transaction open on the server, with the locks that it holds or waits for, until the server
 * finds the line dead, which takes hours by default. So the server ends it when nothing was heard for as long as a statement may
 * take, and waiting when whoever waited has given up.
 */
export const BEGIN_SQL = `begin isolation level read committed;
  set local idle_in_transaction_session_timeout = ${QUERY_TIMEOUT_MS};
  set local lock_timeout = ${QUERY_TIMEOUT_MS + 5_000}`

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Between its statements it may take 30 s at
 * the most: then the database ends it.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    // Whatever the database has as its default: after a wait for a lock, what others have committed is to be seen.
    await client.query(BEGIN_SQL)
    const result = await work(client as unknown as Transaction)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Runs `work` in a savepoint: when it throws, what it wrote is undone, and the transaction can go on. */
export async function inSavepoint<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  await tx.query('savepoint inner_work')
  try {
    const result = await work()
    await tx.query('release savepoint inner_work')
    return result
  } catch (error) {
    // Where the line is lost there is nothing to go back to.
    await tx.query('rollback to savepoint inner_work; release savepoint inner_work').catch(() => {})
    throw error
  }
}

// One connection that holds advisory locks: what dies with it is free at once, without any change of schema.
import { setTimeout as pause } from 'node:timers/promises'
import PQueue from 'p-queue'
import type pg from 'pg'
import type { Logger } from 'pino'
import { Retry } from '../retry.ts'
import { connectionSettings } from './connection-settings.ts'
import { destroyClient } from './destroy-client.ts'
import { keyOf, type LockKind, lockCall, shownLock } from './lock-kinds.ts'
import { BEGIN_SQL, type Transaction } from './pool.ts'
import { LOCK_NOT_AVAILABLE } from './sql-states.ts'
import { isDatabaseUnavailable } from './unavailable.ts'
import { VALUE_TYPES } from './values.ts'

/** The beginning of the names of sessions like this one. */
const APPLICATION_PREFIX = 'ml-worker-locks-'
const CONNECT_TIMEOUT_MS = 5_000
/** A large artifact over a slow line; but no statement of this session may hang for ever. */
const QUERY_TIMEOUT_MS = 20_000
/** How often an idle session is asked whether it still is there, and how long the answer may take. */
const HEARTBEAT_MS = 5_000
/** For how long health tells of a lock that another program holds. */
const FOREIGN_TOLD_MS = 60_000
/** How long a session may take to end. */
const CLOSE_TIMEOUT_MS = 1_000
/** Between attempts to make a new session while there are locks to be taken again. */
const RECONNECT_MS = 500
/** How long a new session waits for the locks of one of ours that the server is just ending. */
const RELOCK_TIMEOUT_MS = 3_000
/** The server gives up a silent peer after 10 + 3 × 5 s, and frees its locks. */
const KEEPALIVE_SQL = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3`

interface HeldLock {
  readonly kind: LockKind
  readonly id: number
  /** Hears that another session has taken it. */
  readonly onLost: (id: number) => void
}

/** The locks of one kind: an id is that of a row, say of `model_runs`. */
export interface Locks {
  /** True when the lock is held by this session, now or from before; false when another has it. */
  tryLock(id: number): Promise<boolean>
  /** Gives a lock back. Throws nothing when the database is away: then it is free already, or will be. */
  unlock(id: number): Promise<void>
  /**
   * Runs a transaction in the session that holds the lock on `id`: when it commits, nobody else held it in between.
   * Resolves to undefined, without running it, when the lock is not held any more.
   */
  transaction<T>(id: number, work: (tx: Transaction) => Promise<T>): Promise<T | undefined>
  /** In words, which session that is no worker's was found to hold this lock in the last minute. */
  foreignLockOn(id: number): string | undefined
}

/**
 * Locks, held by one session of PostgreSQL. When the session is lost, a new one is made, at once if there are locks and
 * by the next call if not, and takes every lock again; whoever held one that another session has taken meanwhile is
 * told. All calls run one after the other, and throw when the database is away. Does not work through a pooler that
 * shares sessions.
 */
export class LockSession {
  private readonly url: string
  private readonly log: Logger
  /** Ours among all sessions of the database, to end one of our own that the server still takes for alive. */
  private readonly applicationName: string
  private readonly held = new Map<string, HeldLock>()
  private readonly calls = new PQueue({ concurrency: 1 })
  private client: pg.Client | undefined
  private heartbeat: NodeJS.Timeout | undefined
  private foreign: { readonly key: string; readonly detail: string; readonly at: number } | undefined
  private readonly reconnecting: Retry
  private isReconnecting = false

  /** workerId: the same at every start of one worker, and no other's; at most 40 characters. */
  constructor(url: string, workerId: string, log: Logger) {
    this.url = url
    this.applicationName = `${APPLICATION_PREFIX}${workerId}`
    this.log = log
    this.reconnecting = new Retry(log)
  }

  /** onLost: hears of each lock of these that another session has taken while this one was away. */
  of(kind: LockKind, onLost: (id: number) => void = () => {}): Locks {
    return {
      tryLock: (id) => this.tryLock({ kind, id, onLost }),
      unlock: (id) => this.unlock(kind, id),
      transaction: (id, work) => this.transaction(keyOf(kind, id), work),
      foreignLockOn: (id) => (this.foreign?.key === keyOf(kind, id) ? this.foreignLock : undefined),
    }
  }

  /** In words, a lock of ours that a session which is no worker's was found to hold in the last minute. */
  get foreignLock(): string | undefined {
    if (this.foreign === undefined || performance.now() - this.foreign.at > FOREIGN_TOLD_MS) return undefined
    return this.foreign.detail
  }

  private tryLock(wanted: HeldLock): Promise<boolean> {
    const { kind, id } = wanted
    const key = keyOf(kind, id)
    return this.call(async (client) => {
      if (this.held.has(key)) return true
      const { rows } = await client.query(...lockCall('pg_try_advisory_lock', kind, id))
      const isHeld: boolean = rows[0].result
      if (isHeld && this.foreign?.key === key) this.foreign = undefined
      if (isHeld) this.held.set(key, wanted)
      else await this.tellForeign(client, kind, id)
      return isHeld
    })
  }

  /** A lock that a session of some other program holds keeps a run from its training until that session ends. */
  private async tellForeign(client: pg.Client, kind: LockKind, id: number): Promise<void> {
    const { rows } = await client.query<{ pid: number; name: string | null }>(
      `select l.pid, a.application_name as name from pg_locks l left join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
         and l.classid = $1 and l.objid = $2 and l.objsubid = $3`,
      shownLock(kind, id),
    )
    const holder = rows[0]
    if (holder === undefined || holder.name?.startsWith(APPLICATION_PREFIX)) return
    const { pid } = holder
    const name = (holder.name ?? '').slice(0, 60)
    const key = keyOf(kind, id)
    const detail = `${key} waits: its advisory lock is held by session ${pid} (${JSON.stringify(name)}), which is no worker`
    if (this.foreign?.detail !== detail) {
      this.log.warn(
        { [`${kind.name}Id`]: id, pid, application: name, lockClass: kind.lockClass },
        'a lock of ours is held by a session that is no worker',
      )
    }
    this.foreign = { key, detail, at: performance.now() }
  }

  private async unlock(kind: LockKind, id: number): Promise<void> {
    if (!this.held.delete(keyOf(kind, id))) return
    await this.call((client) => client.query(...lockCall('pg_advisory_unlock', kind, id))).catch((error) =>
      this.log.debug({ err: error, kind: kind.name, id }, 'a lock could not be given back'),
    )
  }

  private transaction<T>(key: string, work: (tx: Transaction) => Promise<T>): Promise<T | undefined> {
    return this.call(async (client) => {
      if (!this.held.has(key)) return undefined
      await client.query(BEGIN_SQL)
      try {
        const result = await work(client as unknown as Transaction)
        await client.query('commit')
        return result
      } catch (error) {
        if (!isDatabaseUnavailable(error)) await client.query('rollback')
        throw error
      }
    })
  }

  /** Breaks the session off: what waits for its answer fails. */
  cut(): void {
    this.reconnecting.end()
    if (this.client !== undefined) destroyClient(this.client)
  }

  /** Ends the session and gives all locks back. */
  async close(): Promise<void> {
    this.reconnecting.end()
    await this.calls.onIdle()
    const client = this.client
    this.forget()
    if (client === undefined) return
    // A line that went silent takes no good-bye.
    await Promise.race([client.end().catch(() => {}), pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    destroyClient(client)
  }

  private call<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.calls.add(async () => {
      try {
        return await work(this.client ?? (await this.connect()))
      } catch (error) {
        if (isDatabaseUnavailable(error)) this.drop()
        throw error
      }
    })
  }

  private async connect(): Promise<pg.Client> {
    const { connectionString, ssl, Client } = connectionSettings(this.url)
    const client = new Client({
      connectionString,
      ssl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      types: VALUE_TYPES,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    const onEnd = (error?: Error): void => {
      if (this.client !== client) return
      this.log.warn({ err: error }, 'the database connection that holds the locks was lost')
      this.drop()
    }
    client.on('error', onEnd).on('end', () => onEnd())
    try {
      await client.connect()
      await client.query(KEEPALIVE_SQL)
      // Not at the connection: an application_name in the URL would come before it.
      await client.query(`select set_config('application_name', $1, false)`, [this.applicationName])
      await this.endStaleSessions(client)
      await this.relock(client)
      this.client = client
    } catch (error) {
      destroyClient(client)
      throw error
    }
    this.heartbeat = setInterval(() => void this.beat(client), HEARTBEAT_MS)
    this.heartbeat.unref()
    return client
  }

  /**
   * A session of ours, or of the process before us, whose line went silent holds our locks until the server notices: we
   * tell it.
   */
  private async endStaleSessions(client: pg.Client): Promise<void> {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()`,
      [this.applicationName],
    )
  }

  private async relock(client: pg.Client): Promise<void> {
    await client.query(`set lock_timeout = ${RELOCK_TIMEOUT_MS}`)
    for (const [key, { kind, id, onLost }] of [...this.held]) {
      try {
        await client.query(...lockCall('pg_advisory_lock', kind, id))
      } catch (error) {
        if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error
        this.held.delete(key)
        onLost(id)
      }
    }
    await client.query('set lock_timeout = default')
  }

  /** Only while nothing else is under way: a long transaction is its own sign of life. */
  private async beat(client: pg.Client): Promise<void> {
    if (this.calls.pending + this.calls.size > 0) return
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the database does not answer')), HEARTBEAT_MS)
    })
    const beat = this.calls.add(() => Promise.race([client.query('select 1'), silence]))
    await beat.catch((error) => {
      if (this.client !== client) return
      this.log.warn({ err: error }, 'the database connection that holds the locks went silent')
      this.drop()
    })
    clearTimeout(timer)
  }

  /** Leaves the session as it is. */
  private drop(): void {
    const { client } = this
    this.forget()
    if (client !== undefined) destroyClient(client)
    void this.reconnect()
  }

  /** Without a session every lock is free for others, while what it stands for may take long until its next call. */
  private async reconnect(): Promise<void> {
    if (this.isReconnecting) return
    this.isReconnecting = true
    while (this.client === undefined && this.held.size > 0 && !this.reconnecting.isEnded) {
      await this.call(async () => {}).catch((error) => this.log.debug({ err: error }, 'no new session for the locks'))
      if (this.client === undefined) await this.reconnecting.wait(RECONNECT_MS)
    }
    this.isReconnecting = false
  }

  private forget(): void {
    clearInterval(this.heartbeat)
    this.client = undefined
  }
}

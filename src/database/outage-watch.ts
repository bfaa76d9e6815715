// Tells the log, once each, that the database does not answer, and that it answers again.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Retry } from '../retry.ts'
import { ping, type ServicePool } from './pool.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

/** How often a database that is away is asked. */
const ASK_MS = 1_000

/** What is needed of a pool's clients: that connecting fails, or that one is given back broken. */
type Given = (error: Error | undefined, client: pg.PoolClient | undefined, release: (broken?: unknown) => void) => void

export interface OutageWatchParts {
  readonly pool: ServicePool
  readonly log: Logger
  /** Which database, in words. */
  readonly name: string
  /** Its end is the end of the asking. */
  readonly retry: Retry
  readonly now?: () => number
}

/** Asks nothing while all is well: it begins when a connection of the pool is lost, or cannot be made. */
export function watchOutages({ pool, log, name, retry, now = () => performance.now() }: OutageWatchParts): void {
  let isAsking = false
  const ask = async (): Promise<void> => {
    const from = now()
    let isTold = false
    while (!retry.isEnded) {
      try {
        await ping(pool)
        if (isTold) log.info({ awaySeconds: Math.round((now() - from) / 100) / 10 }, `${name} answers again`)
        return
      } catch (error) {
        if (retry.isEnded) return
        if (!isTold) log.warn({ err: error }, `${name} does not answer`)
        isTold = true
        await retry.wait(ASK_MS)
      }
    }
  }
  const notice = (error: unknown): void => {
    if (isAsking || !isDatabaseUnavailable(error)) return
    isAsking = true
    void ask().finally(() => {
      isAsking = false
    })
  }
  pool.on('error', notice).on('release', notice)
  const connect = pool.connect.bind(pool) as (given?: Given) => Promise<pg.PoolClient>
  pool.connect = ((given?: Given) => {
    if (given === undefined) {
      const connecting = connect()
      connecting.catch(notice)
      return connecting
    }
    return connect((error, client, release) => {
      notice(error)
      given(error, client, release)
    })
  }) as pg.Pool['connect']
}

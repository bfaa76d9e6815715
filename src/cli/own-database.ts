// The database with the worker's own schema, for commands that work on it.
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import pino from 'pino'
import type { Caller } from '../caller.ts'
import { ConfigError, readConfig } from '../config.ts'
import { runningServiceUrl } from '../database/embedded-postgres.ts'
import { OwnSchema } from '../database/own-schema/own-schema.ts'
import { createPool } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import { CommandError } from './command.ts'

/**
 * Runs `work` on OWN_DATABASE_URL, else DATABASE_URL, else the embedded PostgreSQL of the worker that runs in DATA_DIR.
 * Throws CommandError when there is none, it does not answer, or the schema is not set up.
 */
export async function withOwnDatabase<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool(await ownDatabaseUrl(), pino({ level: 'silent' }))
  try {
    await new OwnSchema({ pool }).require()
    return await work(pool)
  } catch (error) {
    if (error instanceof ServiceError) throw new CommandError(error.message, { cause: error })
    if (!isDatabaseUnavailable(error)) throw error
    throw new CommandError(`the database does not answer: ${(error as Error).message}`, { cause: error })
  } finally {
    await pool.close()
  }
}

async function ownDatabaseUrl(): Promise<string> {
  try {
    const { OWN_DATABASE_URL, DATABASE_URL, DATA_DIR } = readConfig()
    const url = OWN_DATABASE_URL || DATABASE_URL || (await runningServiceUrl(join(DATA_DIR, 'postgres')))
    if (url !== undefined) return url
    throw new CommandError(
      `neither OWN_DATABASE_URL nor DATABASE_URL is set, and no worker runs an embedded PostgreSQL in ${DATA_DIR}: start it first`,
    )
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message, { cause: error })
    throw error
  }
}

/** Whoever calls the command line, for the audit. */
export function commandCaller(): Caller {
  return { actor: `command/${userName()}`, address: null, requestId: null }
}

/** In a container a user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

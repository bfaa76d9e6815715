// Brings the worker's own schemas up to date: one worker at a time, all or nothing of each step.

import type pg from 'pg'
import type { Logger } from 'pino'
import { connectionSettings } from '../connection-settings.ts'
import { INSUFFICIENT_PRIVILEGE, LOCK_NOT_AVAILABLE } from '../sql-states.ts'
import { VALUE_TYPES } from '../values.ts'
import { MIGRATIONS, readExpectedSchema } from './expected-schema.ts'
import { judgeSchema, type SchemaState } from './judge-schema.ts'
import { type FoundSchema, lookAtSchema } from './look-at-schema.ts'
import { grantsTo, JOBS_SCHEMA, MIGRATIONS_TABLE, OWN_SCHEMA, schemasFor } from './own-tables.ts'
import { jobsMigration, planMigration } from './plan-migration.ts'

/** The worker's schemas cannot be brought up to date; says why, and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** First half of the advisory lock of a migration: "MLWM". The second is 1. */
const LOCK_CLASS = 0x4d4c574d
const CONNECT_TIMEOUT_MS = 5_000
/** How long another worker's migration, or a lock on a table, is waited for. */
const LOCK_TIMEOUT_MS = 60_000
/** No statement of a migration may hang for ever. */
const STATEMENT_TIMEOUT_MS = 600_000
const LET_OWNER = 'let the owner of the schemas run it, with OWN_DATABASE_URL'

export interface MigrationOptions {
  /** A role that gets the rights of the run-time role; undefined grants nothing. */
  readonly grantTo?: string | undefined
  readonly log: Logger
}

/**
 * Runs what waits, makes the schemas where the role of `url` may, and returns what was done, a line each. Several at once
 * take turns. Throws MigrationError, or what the database throws.
 */
export async function migrateOwnSchema(url: string, { grantTo, log }: MigrationOptions): Promise<string[]> {
  return withClient(url, async (client) => {
    const { found, state, expected } = await inspect(client)
    refuse(state)
    const done: string[] = []
    if (state.name === 'absent') done.push(...(await makeSchemas(client, found)))
    if (state.name === 'absent' || state.name === 'behind') {
      done.push(...(await runMigrations(client, log)))
      const ofJobs = await jobsMigration(found.jobsVersion, expected.jobsVersion)
      if (ofJobs !== undefined) {
        await run(client, ofJobs, `the tables of pg-boss in ${JOBS_SCHEMA}`)
        done.push(`${JOBS_SCHEMA}: version ${expected.jobsVersion}`)
      }
    }
    if (grantTo !== undefined) {
      const role = await quoted(client, grantTo)
      await run(client, grantsTo(role, expected.rights).join(';'), `the grants to ${role}`)
      done.push(`granted to ${role}`)
    }
    return done
  })
}

/** The SQL that migrateOwnSchema would run, empty when that is none. Changes nothing. Throws as migrateOwnSchema does. */
export async function planOwnSchema(url: string, grantTo?: string): Promise<string> {
  return withClient(url, async (client) => {
    const { found, state, expected } = await inspect(client)
    refuse(state)
    const role = grantTo === undefined ? undefined : await quoted(client, grantTo)
    return planMigration(found, expected, state, role)
  })
}

async function inspect(client: pg.Client) {
  const [found, expected] = [await lookAtSchema(client), await readExpectedSchema()]
  return { found, expected, state: judgeSchema(found, expected) }
}

function refuse({ name, detail, remedy }: SchemaState): void {
  if (name === 'newer') throw new MigrationError(`${detail}; do: ${remedy}`)
  // Their owner has every right.
  if (name === 'ungranted') throw new MigrationError(`${detail}; ${LET_OWNER}`)
}

/** One session, since the lock is the session's; a pooler that shares sessions does not do. */
async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { connectionString, ssl, Client } = connectionSettings(url)
  const client = new Client({
    connectionString,
    ssl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    types: VALUE_TYPES,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await run(client, `select pg_advisory_lock(${LOCK_CLASS}, 1)`, 'the lock of migrations')
    return await work(client)
  } finally {
    // The lock ends with the session.
    await client.end().catch(() => {})
  }
}

async function makeSchemas(client: pg.Client, { role, schemas }: FoundSchema): Promise<string[]> {
  const done: string[] = []
  for (const schema of [OWN_SCHEMA, JOBS_SCHEMA]) {
    if (schemas.has(schema)) continue
    // Not "if not exists": that fails without the right even when the schema is there.
    await client.query(`create schema ${schema}`).catch((error) => {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error
      const missing = schemasFor(role).filter((_, i) => !schemas.has([OWN_SCHEMA, JOBS_SCHEMA][i] as string))
      throw new MigrationError(
        `there is no schema ${schema}, and the role ${role} may not make one; as one who may: ${missing.join('; ')}`,
        { cause: error },
      )
    })
    done.push(`schema ${schema} made`)
  }
  return done
}

async function runMigrations(client: pg.Client, log: Logger): Promise<string[]> {
  const { runner } = await import('node-pg-migrate')
  const tell = (line: string): void => log.debug(line)
  const migrations = await runner({
    dbClient: client,
    dir: MIGRATIONS,
    useGlob: true,
    migrationsTable: MIGRATIONS_TABLE,
    migrationsSchema: OWN_SCHEMA,
    direction: 'up',
    // The lock of this module is held, over the tables of pg-boss as well.
    noLock: true,
    logger: { debug: tell, info: tell, warn: tell, error: tell },
  }).catch((error) => {
    throw explained(error, `the migrations of ${OWN_SCHEMA}`)
  })
  return migrations.map(({ name }) => `${OWN_SCHEMA}: ${name}`)
}

async function run(client: pg.Client, statements: string, what: string): Promise<void> {
  await client.query(statements).catch((error) => {
    throw explained(error, what)
  })
}

/** In words where words help; other errors as they are. */
function explained(error: unknown, what: string): unknown {
  const { code, message } = error as { code?: string; message?: string }
  if (code === INSUFFICIENT_PRIVILEGE) {
    return new MigrationError(`${what}: the role lacks a right (${message}); ${LET_OWNER}`, { cause: error })
  }
  if (code === LOCK_NOT_AVAILABLE) {
    return new MigrationError(`${what}: another session holds a lock for more than ${LOCK_TIMEOUT_MS / 1000} s`, {
      cause: error,
    })
  }
  return error
}

/** The name of a role as SQL takes it. Throws MigrationError when there is no such role. */
async function quoted(client: pg.Client, role: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select quote_ident(rolname) as name from pg_roles where rolname = $1',
    [role],
  )
  const [found] = rows
  if (found === undefined) throw new MigrationError(`there is no role ${JSON.stringify(role)} to grant to`)
  return found.name
}

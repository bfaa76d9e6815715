// What the doctor sees of the database, as the role of the worker: the way to it, its clock, tables, rights and indexes.
import pino from 'pino'
import { createPool, type Queryable } from '../../database/pool.ts'
import { readServerFacts, type ServerFacts } from '../../database/server-facts.ts'
import { findingsOf } from '../../database/tables/usable-tables.ts'
import { listModels } from '../../registry/models-table.ts'
import type { Diagnosis } from './diagnosis.ts'
import { checkOwnSchema } from './own-schema-check.ts'

const CLOCK_MS_MAX = 2_000
const LISTED_MAX = 5
const LOCAL_HOSTS = new Set(['', 'localhost', '127.0.0.1', '[::1]'])

export interface DatabaseAsked {
  /** Of the database with the worker's own schemas. */
  readonly ownUrl: string
  /** Of the classes that can be used. */
  readonly modelNames: readonly string[]
  /** Of the keys one of which must have signed each version; undefined where none must. */
  readonly keyIds: readonly string[] | undefined
}

export async function checkDatabase(url: string, { ownUrl, modelNames, keyIds }: DatabaseAsked): Promise<Diagnosis[]> {
  const pool = createPool(url, pino({ level: 'silent' }))
  try {
    const before = Date.now()
    const facts = await readServerFacts(pool)
    const localMs = (before + Date.now()) / 2
    const findings = await findingsOf(pool)
    const tables: Diagnosis[] = findings.map(({ check, level, detail, remedy }) => ({
      subject: check,
      level,
      detail,
      remedy,
    }))
    for (const subject of ['tables', 'grants', 'indexes'] as const) {
      if (!findings.some(({ check }) => check === subject))
        tables.push({ subject, level: 'ok', detail: 'all that are needed' })
    }
    return [
      checkServer(facts),
      checkTls(facts, new URL(url).hostname),
      checkClock(facts.nowMs - localMs),
      ...tables,
      ...(await checkRegistrations(pool, modelNames)),
      ...(ownUrl === url ? await checkOwnSchema(pool, keyIds) : []),
    ]
  } catch (error) {
    const detail = messageOf(error)
    const remedy = 'see that PostgreSQL runs, that DATABASE_URL is right, and that pg_hba.conf lets this machine in'
    return [{ subject: 'database', level: 'error', detail, remedy }]
  } finally {
    await pool.close()
  }
}

/** The worker's own schemas, where they lie in a database of their own. */
export async function checkOwnDatabase(url: string, { keyIds }: Pick<DatabaseAsked, 'keyIds'>): Promise<Diagnosis[]> {
  const pool = createPool(url, pino({ level: 'silent' }))
  try {
    return await checkOwnSchema(pool, keyIds)
  } catch (error) {
    const remedy = 'see that OWN_DATABASE_URL is right, and that its PostgreSQL runs'
    return [{ subject: 'own schema', level: 'warning', detail: `not used: ${messageOf(error)}`, remedy }]
  } finally {
    await pool.close()
  }
}

function checkServer({ version, role, database, isStandby }: ServerFacts): Diagnosis {
  const detail = `PostgreSQL ${version}, database ${database}, role ${role}`
  if (!isStandby) return { subject: 'database', level: 'ok', detail }
  return {
    subject: 'database',
    level: 'error',
    detail: `${detail}: a standby, which takes no writes`,
    remedy: 'name the primary in DATABASE_URL',
  }
}

function checkTls({ tls }: ServerFacts, host: string): Diagnosis {
  if (tls !== null) return { subject: 'tls', level: 'ok', detail: tls }
  if (LOCAL_HOSTS.has(host))
    return { subject: 'tls', level: 'ok', detail: 'not used, and the server is on this machine' }
  const detail = 'not used: the password and the results go to another machine in the clear'
  return { subject: 'tls', level: 'warning', detail, remedy: 'add sslmode=verify-full to DATABASE_URL' }
}

function checkClock(aheadMs: number): Diagnosis {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  if (Math.abs(aheadMs) <= CLOCK_MS_MAX)
    return { subject: 'clock', level: 'ok', detail: `${seconds} s from that of the database` }
  const detail = `the clock of the database is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine: times of runs do not fit together`
  return { subject: 'clock', level: 'warning', detail, remedy: 'let both follow a time server' }
}

async function checkRegistrations(client: Queryable, modelNames: readonly string[]): Promise<Diagnosis[]> {
  // Without the table or the right to read it, that has been told.
  const rows = await listModels(client).catch(() => undefined)
  if (rows === undefined) return []
  const registered = new Set(rows.map(({ name }) => name))
  const both = modelNames.filter((name) => registered.has(name))
  const subject = 'registrations'
  if (both.length === 0) {
    const remedy = 'insert a row into models with the name of a class (npx ml-worker models lists them)'
    return [{ subject, level: 'error', detail: 'no class has a row in the table models', remedy }]
  }
  const diagnoses: Diagnosis[] = [
    { subject, level: 'ok', detail: `${both.length} of ${modelNames.length} classes have a row in models` },
  ]
  const twice = [...Map.groupBy(rows, ({ name }) => name)].filter(([, { length }]) => length > 1)
  if (twice.length > 0) {
    const shown = listed(twice.map(([name, of]) => `${name} (ids ${listed(of.map(({ id }) => String(id)))})`))
    const detail = `models has more than one row of one name: ${shown}`
    const remedy = 'leave one row of each name, with all runs; then: alter table models add unique (name)'
    diagnoses.push({ subject, level: 'warning', detail, remedy })
  }
  const gone = rows.filter(({ name }) => !modelNames.includes(name)).map(({ name }) => name)
  if (gone.length > 0) {
    const detail = `models has rows without a class: ${listed(gone)}`
    diagnoses.push({ subject, level: 'warning', detail, remedy: 'deploy the classes, or set MODELS_DIR' })
  }
  return diagnoses
}

/** The first of them, and how many there are. */
function listed(texts: readonly string[]): string {
  return texts.slice(0, LISTED_MAX).join(', ') + (texts.length > LISTED_MAX ? `, … (${texts.length})` : '')
}

/** An AggregateError, as a refused connection to several addresses is, has an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

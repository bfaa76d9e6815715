// What every room stands on. It is opened first, so that it is closed last.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { claimDataDir } from './data-folder/data-dir.ts'
import { keepPrivate } from './data-folder/private-folder.ts'
import { connectionSettings } from './database/connection-settings.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './database/embedded-postgres.ts'
import { LockSession } from './database/lock-session.ts'
import { watchOutages } from './database/outage-watch.ts'
import { type OwnSchema, openOwnSchema } from './database/own-schema/own-schema.ts'
import { createPool, ping, type ServicePool } from './database/pool.ts'
import { createTables, grantService } from './database/schema.ts'
import type { Finding } from './database/tables/judge-tables.ts'
import { UsableTables } from './database/tables/usable-tables.ts'
import { coreFilesWarning } from './encryption/core-limit.ts'
import { readKeys } from './encryption/key-file.ts'
import type { KeyRing } from './encryption/key-ring.ts'
import { Jobs } from './jobs/jobs.ts'
import { MemoryBudget } from './memory/memory-budget.ts'
import { Retry } from './retry.ts'
import type { Opened } from './room.ts'
import { EncryptedStorage, sealingFolder } from './storage/encrypted-storage.ts'
import { openStorage } from './storage/open-storage.ts'
import type { Storage } from './storage/storage.ts'
import type { HealthCheck, HealthChecks } from './telemetry/health-checks.ts'
import { openTracing } from './telemetry/open-tracing.ts'
import { Telemetry } from './telemetry/telemetry.ts'
import { readVersion } from './version.ts'

export interface Foundation {
  readonly config: Config
  readonly log: Logger
  /** Of the worker. */
  readonly version: string
  /** The database with the three tables, as the worker's role. */
  readonly databaseUrl: string
  /** The server of that database, where it is ours. */
  readonly embedded: EmbeddedPostgres | undefined
  readonly pool: ServicePool
  /** Whether the three tables let the worker work. */
  readonly tables: UsableTables
  readonly locks: LockSession
  /** The worker's own schema, which may be absent: what needs it asks for it with require(). */
  readonly ownSchema: OwnSchema
  /** Work that is repeated, comes later or is tried again; it begins when the schema is there. */
  readonly jobs: Jobs
  /** What is stored is encrypted with the first of them; none where nothing is. */
  readonly keys: KeyRing
  /** Objects by key. */
  readonly storage: Storage
  /** Over all that callers make the worker hold in memory. */
  readonly budget: MemoryBudget
  readonly telemetry: Telemetry
  /** Of all rooms. */
  readonly health: HealthChecks
  /** The path of a folder below DATA_DIR, which is there and is its owner's alone. */
  folder(name: string): Promise<string>
}

const MIB = 2 ** 20
/** How long a stop waits, beyond its grace, for what the database has not answered. */
const ANSWER_MARGIN_MS = 2_000

/**
 * With DATABASE_URL it creates nothing in the database and does not wait for it; without, it runs an embedded PostgreSQL
 * with the three tables. Throws EncryptionKeyError, DataDirInUseError and EmbeddedPostgresError; then nothing of it is left open.
 */
export async function openFoundation(health: HealthChecks, config: Config, log: Logger): Promise<Opened<Foundation>> {
  await using opening = new AsyncDisposableStack()
  const { keys, warnings } = await readKeys(config.ENCRYPTION_KEY_FILE)
  const ofCores = keys.isEmpty ? undefined : await coreFilesWarning()
  for (const warning of ofCores === undefined ? warnings : [...warnings, ofCores]) log.warn(warning)
  const dataDir = await claimDataDir(config.DATA_DIR)
  opening.defer(() => dataDir.release())
  await keepPrivate(config.DATA_DIR, log)
  const embedded = config.DATABASE_URL === '' ? await openEmbedded(config, log) : undefined
  if (embedded !== undefined) opening.defer(() => embedded.stop())
  const databaseUrl = embedded?.serviceUrl() ?? config.DATABASE_URL
  const { isReadable } = connectionSettings(databaseUrl)
  if (isReadable !== undefined) log.warn(`the way to the database can be read or led astray: ${isReadable}`)
  const pool = createPool(databaseUrl, log)
  opening.defer(() => pool.close())
  const locks = new LockSession(databaseUrl, dataDir.workerId, log)
  opening.defer(() => locks.close())
  const retry = new Retry(log)
  watchOutages({ pool, log, name: 'the database', retry })
  const own = openOwnSchema({
    pool,
    url: config.OWN_DATABASE_URL || databaseUrl,
    isElsewhere: config.OWN_DATABASE_URL !== '' && config.OWN_DATABASE_URL !== databaseUrl,
    migrates: config.MIGRATE === 'auto',
    retry,
    log,
  })
  opening.defer(() => own.close())
  const jobs = new Jobs({ schema: own.ownSchema, log })
  const telemetry = new Telemetry(await openTracing(config, log))
  opening.defer(() => telemetry.close())
  const tables = new UsableTables(pool)
  const api: Foundation = {
    config,
    log,
    version: await readVersion(),
    databaseUrl,
    embedded,
    pool,
    tables,
    locks,
    ownSchema: own.ownSchema,
    jobs,
    keys,
    storage: new EncryptedStorage({ driver: await openStorage(config), keys, folder: sealingFolder(config) }),
    budget: MemoryBudget.of(config.MEMORY_BUDGET_MB * MIB),
    telemetry,
    health,
    async folder(name) {
      const path = join(resolve(config.DATA_DIR), name)
      await mkdir(path, { recursive: true, mode: 0o700 })
      return path
    },
  }
  const opened = opening.move()
  let cut: NodeJS.Timeout | undefined
  let whenOwn = Promise.resolve()
  const room = {
    name: 'foundation',
    checks: checksOf(api),
    // The worker does all that needs no schema of its own meanwhile: that may be in a database which is away.
    async recover() {
      whenOwn = own.recover().then(() => jobs.start())
    },
    async drain(graceMs: number) {
      // What still waits for the database by then waits on a line that went silent.
      cut = setTimeout(() => Promise.all([pool.close(), locks.cut()]), graceMs + ANSWER_MARGIN_MS)
      retry.end()
      await jobs.close(graceMs)
    },
    async close() {
      clearTimeout(cut)
      await whenOwn
      await opened.disposeAsync()
    },
  }
  return { room, api }
}

/** With the three tables, in a database that is ours. */
async function openEmbedded(config: Config, log: Logger): Promise<EmbeddedPostgres> {
  const embedded = await startEmbeddedPostgres(join(config.DATA_DIR, 'postgres'), log)
  const pool = createPool(embedded.url(), log)
  try {
    await createTables(pool)
    await grantService(pool, embedded.serviceRole)
    await migrateOwn(embedded, log)
    return embedded
  } catch (error) {
    await embedded.stop()
    throw error
  } finally {
    await pool.close()
  }
}

/** The worker's own schema, in a server that is ours. Without it the worker does all but what needs it. */
async function migrateOwn({ url, serviceRole }: EmbeddedPostgres, log: Logger): Promise<void> {
  const { migrateOwnSchema } = await import('./database/own-schema/migrate.ts')
  await migrateOwnSchema(url(), { grantTo: serviceRole, log }).catch((error) => {
    log.warn({ err: error }, 'the schema of the worker cannot be set up')
  })
}

function checksOf({ pool, locks, tables, ownSchema }: Foundation): Readonly<Record<string, HealthCheck>> {
  return {
    database: async () => {
      await ping(pool)
      const { foreignLock } = locks
      return foreignLock === undefined ? 'answers' : `answers; ${foreignLock}`
    },
    tables: async () => {
      throwFirst(await tables.errors(), 'tables')
      return 'as the worker needs them'
    },
    grants: async () => {
      throwFirst(await tables.errors(), 'grants')
      return 'all that are needed'
    },
    own_schema: () => ownSchema.describe(),
  }
}

function throwFirst(errors: readonly Finding[], check: Finding['check']): void {
  const own = errors.filter((error) => error.check === check)
  if (own.length > 0) throw new Error(own.map(({ detail, remedy }) => `${detail}; do: ${remedy}`).join(' · '))
}

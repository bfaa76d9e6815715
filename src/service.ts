// The running service: everything that main.ts starts and stops, in the order in which it must.
import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { type Config, listOf, trainerEnvironment } from './config.ts'
import { claimDataDir } from './data-folder/data-dir.ts'
import { keepPrivate } from './data-folder/private-folder.ts'
import { connectionSettings } from './database/connection-settings.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './database/embedded-postgres.ts'
import { LockSession } from './database/lock-session.ts'
import { openOwnSchema } from './database/own-schema/own-schema.ts'
import { createPool } from './database/pool.ts'
import { Retry } from './database/retry.ts'
import { createTables, grantService } from './database/schema.ts'
import { UsableTables } from './database/tables/usable-tables.ts'
import { healthChecksOf } from './health-checks.ts'
import { ModelVersions } from './inference-protocol/model-versions.ts'
import { IdempotencyKeys } from './intake/callers-word.ts'
import { IntakeWorker } from './intake/intake-worker.ts'
import { Jobs } from './jobs/jobs.ts'
import { MemoryBudget } from './memory/memory-budget.ts'
import { LOADING_BYTES_PER_BYTE } from './prediction/open-artifact.ts'
import { Predictor } from './prediction/predictor.ts'
import { type Discovery, discoverModels } from './registry/discover.ts'
import { ModelRegistry } from './registry/model-registry.ts'
import { registerModel } from './registry/models-table.ts'
import { RenderWorker } from './report-page/render-worker.ts'
import { RunReports } from './report-page/run-reports.ts'
import { BodyReceiver } from './rows/body-receiver.ts'
import { keepRecordsFor } from './runs/retention.ts'
import { RunArchive } from './runs/run-archive.ts'
import { RunFiles } from './runs/run-files.ts'
import { RunJournal } from './runs/run-journal.ts'
import { RunReader } from './runs/run-reader.ts'
import { RunTables } from './runs/run-tables.ts'
import { Spool } from './spool/spool.ts'
import { ServiceMetrics } from './telemetry/service-metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'
import { Trainer } from './trainer/trainer.ts'
import { Acceptance, type NewTraining } from './training/acceptance.ts'
import { InterruptedRuns } from './training/interrupted-runs.ts'
import { observedBy } from './training/training-observer.ts'
import { Trainings } from './training/trainings.ts'
import { readVersion } from './version.ts'

const MIB = 2 ** 20
/** Runs that have ended and whose keys are remembered: those whose records are kept. */
const ENDED_KEYS_MAX = 500
const TRAINER_START_TIMEOUT_MS = 60_000
/** How long a stop waits, beyond its grace, for what the database has not answered. */
const ANSWER_MARGIN_MS = 2_000

export interface Service {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  readonly databaseUrl: string
  /** Resolves when the models are reconciled and what the spool held is queued. */
  readonly whenReconciled: Promise<void>
  /** Ends in order: no new work, requests in flight, the running training within its grace, database. */
  close(): Promise<void>
}

/**
 * Starts the service and resolves when it listens. With DATABASE_URL it creates and registers nothing, and starts even
 * while that database is away; without, it runs an embedded PostgreSQL with the tables and the discovered models.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const discovery = await discoverModels(config.MODELS_DIR)
  const dataDir = await claimDataDir(config.DATA_DIR)
  try {
    await keepPrivate(config.DATA_DIR, log)
    const service = await startClaimed(config, discovery, dataDir.workerId, log)
    return { ...service, close: () => service.close().finally(() => dataDir.release()) }
  } catch (error) {
    await dataDir.release()
    throw error
  }
}

async function startClaimed(config: Config, discovery: Discovery, workerId: string, log: Logger): Promise<Service> {
  if (config.DATABASE_URL !== '') return startOn(config.DATABASE_URL, config, discovery, workerId, log)
  const embedded = await startEmbeddedPostgres(join(config.DATA_DIR, 'postgres'), log)
  try {
    await prepareTables(embedded, config, discovery, log)
    await prepareOwnSchema(embedded, log)
    const service = await startOn(embedded.serviceUrl(), config, discovery, workerId, log)
    const close = (): Promise<void> => service.close().finally(() => embedded.stop())
    return { ...service, close }
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

/** Tables and registered models, in a database that is ours. */
async function prepareTables(
  { url, serviceRole }: EmbeddedPostgres,
  config: Config,
  discovery: Discovery,
  log: Logger,
): Promise<void> {
  const pool = createPool(url(), log)
  try {
    await createTables(pool)
    await grantService(pool, serviceRole)
    for (const { model, type, className } of discovery.models) {
      const description = `${className} of ${config.MODELS_DIR}`
      await registerModel(pool, { name: model.name, type, className, description })
    }
  } finally {
    await pool.close()
  }
}

/** The worker's own schema, in a database that is ours. Without it the worker does all but what needs it. */
async function prepareOwnSchema({ url, serviceRole }: EmbeddedPostgres, log: Logger): Promise<void> {
  const { migrateOwnSchema } = await import('./database/own-schema/migrate.ts')
  await migrateOwnSchema(url(), { grantTo: serviceRole, log }).catch((error) => {
    log.warn({ err: error }, 'the schema of the worker cannot be set up')
  })
}

async function startOn(
  databaseUrl: string,
  config: Config,
  discovery: Discovery,
  workerId: string,
  log: Logger,
): Promise<Service> {
  const { isReadable } = connectionSettings(databaseUrl)
  if (isReadable !== undefined) log.warn(`the way to the database can be read or led astray: ${isReadable}`)
  const pool = createPool(databaseUrl, log)
  const registry = new ModelRegistry(discovery, pool, log)
  const spool = new Spool(join(resolve(config.DATA_DIR), 'spool'))
  await spool.open()
  const bodies = new BodyReceiver(join(resolve(config.DATA_DIR), 'bodies'), config.BODY_LIMIT_MB * MIB)
  await bodies.open()
  const runFiles = new RunFiles(join(resolve(config.DATA_DIR), 'runs'))
  const records = await runFiles.open()
  const retry = new Retry(log)
  const ownUrl = config.OWN_DATABASE_URL || databaseUrl
  const isElsewhere = ownUrl !== databaseUrl
  const opened = openOwnSchema({ pool, url: ownUrl, isElsewhere, migrates: config.MIGRATE === 'auto', retry, log })
  const { ownSchema } = opened
  const jobs = new Jobs({ schema: ownSchema, log })
  const tables = new RunTables(ownSchema.pool)
  const keptDays = config.RUN_RECORDS_DAYS
  const archive = new RunArchive({ files: runFiles, tables, schema: ownSchema, keptDays, log })
  keepRecordsFor(keptDays, jobs, ownSchema.pool)
  const journal = new RunJournal(archive, registry, log)
  const limits = {
    threads: config.TRAIN_THREADS,
    timeoutMs: config.TRAIN_TIMEOUT_SECONDS * 1000,
    startTimeoutMs: TRAINER_START_TIMEOUT_MS,
    memoryBytesMax: config.TRAIN_MEMORY_MB * MIB,
  }
  const trainer = new Trainer(limits, () => trainerEnvironment(config), log)
  trainer.warmUp()
  const locks = new LockSession(databaseUrl, workerId, log, (runId) => trainings.giveUp(runId))
  const modules = new Map(discovery.models.map(({ model, module }) => [model.name, module]))
  const budget = MemoryBudget.of(config.MEMORY_BUDGET_MB * MIB)
  const intake = new IntakeWorker(modules, budget, log)
  const metrics = new ServiceMetrics({
    queueLength: () => trainings.length,
    queueAgeSeconds: () => trainings.ageSeconds,
    cache: () => predictor.cacheFigures,
    healthChecks: () => healthChecks,
    modelNames: discovery.models.map(({ model }) => model.name),
  })
  const tracing = await startTracing(config, log)
  const notifyChannel = config.NOTIFY_CHANNEL
  const observer = observedBy([metrics, journal, ...(tracing === undefined ? [] : [tracing])], log)
  const trainings = new Trainings({
    pool,
    locks,
    registry,
    spool,
    trainer,
    retry,
    artifactBytesMax: Math.floor((config.MEMORY_BUDGET_MB * MIB) / LOADING_BYTES_PER_BYTE),
    observer,
    notifyChannel,
    log,
  })
  const usableTables = new UsableTables(pool)
  const keys = new IdempotencyKeys<NewTraining>(config.TRAIN_QUEUE_LIMIT + ENDED_KEYS_MAX)
  const acceptance = new Acceptance({
    log,
    pool,
    tables: usableTables,
    keys,
    locks,
    registry,
    spool,
    intake,
    budget,
    trainings,
    queueLengthMax: config.TRAIN_QUEUE_LIMIT,
  })
  for (const { runId, modelName, made, warnings } of records) {
    if (made === undefined || modelName === null) continue
    keys.remember(made.idempotencyKey, made.digest, { runId, modelName, warnings: warnings ?? [] })
  }
  for (const { runId, modelName, idempotencyKey, digest, warnings = [] } of await trainings.load()) {
    if (idempotencyKey !== undefined) keys.remember(idempotencyKey, digest, { runId, modelName, warnings })
  }
  const interruptedRuns = new InterruptedRuns({
    pool,
    locks,
    isAccepted: (runId) => trainings.isAccepted(runId),
    graceMs: config.RECOVERY_GRACE_SECONDS * 1000,
    observer,
    notifyChannel,
    log,
  })
  const predictor = new Predictor({
    pool,
    registry,
    cacheBytesMax: config.PREDICT_CACHE_MB * MIB,
    budget,
    timeoutMs: config.PREDICT_TIMEOUT_SECONDS * 1000,
    observer: metrics,
    log,
  })
  const renderer = new RenderWorker(log)
  const state = { isClosing: false }
  const healthChecks = healthChecksOf({
    state,
    pool,
    locks,
    tables: usableTables,
    ownSchema,
    registry,
    trainer,
    trainings,
    spool,
  })
  const app = buildApp({
    registry,
    acceptance,
    trainings,
    predictor,
    versions: new ModelVersions(pool),
    runs: { reader: new RunReader({ pool, trainings, journal }), journal },
    reports: new RunReports(pool, renderer, log),
    metrics,
    version: await readVersion(),
    tracing,
    callers: { host: config.HOST, allowedHosts: listOf(config.ALLOWED_HOSTS) },
    delayMsMax: config.OVERLOAD_DELAY_MS,
    healthChecks,
    bodies,
    log,
  })
  const url = await app.listen({ host: config.HOST, port: config.PORT }).catch(async (error) => {
    trainer.close()
    await pool.close()
    throw error
  })
  const whenReconciled = registry.reconcileWhenPossible().then(async () => {
    await trainings.recover()
    interruptedRuns.start()
  })
  const whenOwnSchema = whenReconciled.then(async () => {
    await opened.recover()
    archive.recover()
    await jobs.start()
  })
  whenOwnSchema.catch(() => {})
  log.info({ url, models: discovery.models.length }, 'listening')
  return {
    url,
    databaseUrl,
    whenReconciled,
    async close() {
      state.isClosing = true
      registry.close()
      const graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000
      // What still waits for the database by then waits on a line that went silent.
      const cut = setTimeout(() => Promise.all([pool.close(), locks.cut()]), graceMs + ANSWER_MARGIN_MS)
      await Promise.all([app.close(), trainings.close(graceMs), jobs.close(graceMs)])
      clearTimeout(cut)
      await Promise.all([predictor.close(), renderer.close(), intake.close()])
      await whenReconciled.catch(() => {})
      await whenOwnSchema.catch(() => {})
      await interruptedRuns.close()
      await journal.close()
      await tracing?.close()
      await locks.close()
      await opened.close()
      await pool.close()
      log.info('stopped')
    },
  }
}

/** Undefined when there is nowhere to send traces to: then their packages are not loaded. */
async function startTracing(config: Config, log: Logger): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: serviceName } = config
  if (endpoint === '') return undefined
  const { Tracing } = await import('./telemetry/tracing.ts')
  return new Tracing({ endpoint, serviceName, serviceVersion: await readVersion() }, log)
}

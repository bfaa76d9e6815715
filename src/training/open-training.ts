// The room that accepts trainings and brings each to its end.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Audit } from '../audit/audit.ts'
import { trainerEnvironment } from '../config.ts'
import { RUN_LOCKS } from '../database/lock-kinds.ts'
import type { DataSets } from '../datasets/data-sets.ts'
import type { TrainUpload } from '../datasets/policies/upload-trainings.ts'
import type { Erasers } from '../erasures/erasers.ts'
import type { Foundation } from '../foundation.ts'
import { IdempotencyKeys } from '../intake/callers-word.ts'
import { IntakeWorker } from '../intake/intake-worker.ts'
import { loadableBytes } from '../memory/loading.ts'
import { FaultList } from '../model/faults.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { Retry } from '../retry.ts'
import type { Opened } from '../room.ts'
import { Spool } from '../spool/spool.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import { Trainer } from '../trainer/trainer.ts'
import { Acceptance, type NewTraining, type NewTrainingRequest } from './acceptance.ts'
import { ImportedRuns } from './imported-runs.ts'
import { InterruptedRuns } from './interrupted-runs.ts'
import { trainingRoutes } from './routes.ts'
import { RunEnds } from './run-ends.ts'
import { spoolEraser } from './spool-eraser.ts'
import { TrainingEvents } from './training-events.ts'
import { countTrainings } from './training-metrics.ts'
import { Trainings } from './trainings.ts'

export interface TrainingApi {
  readonly trainings: Trainings
  /** What is told about trainings, to whoever keeps or shows it. */
  readonly events: TrainingEvents
  /** By which every run ends. */
  readonly ends: Pick<RunEnds, 'writeWith'>
  /** Makes a run, and accepts its training from a data set. Throws ServiceError. */
  trainDataset(asked: DatasetTraining): Promise<NewTraining>
  /** Makes runs of models that were trained elsewhere. */
  readonly importedRuns: ImportedRuns
  /** Remembers the Idempotency-Key of a run that an earlier process made. */
  rememberKey(run: Pick<AcceptedRun, 'runId' | 'digest' | 'warnings'> & KeyedRun): void
}

/** A training that another room asks for. */
export type DatasetTraining = Pick<NewTrainingRequest, 'traceparent' | 'caller' | 'onReserved'> & {
  /** As the body of POST /api/runs has them; `dataset` names the data set. */
  readonly members: Readonly<Record<string, unknown>>
  readonly idempotencyKey?: string | undefined
}

interface KeyedRun {
  readonly modelName: string
  readonly idempotencyKey: string
}

const MIB = 2 ** 20
const NO_ROWS_QUERY = { labelNames: undefined, parameters: undefined, validationSplit: undefined }
/** Runs that have ended and whose keys are remembered: those whose records are kept. */
const ENDED_KEYS_MAX = 500
const TRAINER_START_TIMEOUT_MS = 60_000

interface TrainingNeeds {
  readonly registry: ModelRegistry
  readonly audit: Audit
  readonly erasers: Erasers
  readonly dataSets: DataSets
}

/** Reads what the spool holds; its trainings go on when the room recovers. Throws EncryptionKeyError. */
export async function openTraining(
  base: Foundation,
  { registry, audit, erasers, dataSets }: TrainingNeeds,
): Promise<Opened<TrainingApi>> {
  const { config, pool, tables, budget, telemetry, log } = base
  await using opening = new AsyncDisposableStack()
  const spool = new Spool(await base.folder('spool'), base.keys)
  await spool.open()
  const events = await openEvents(base)
  const limits = {
    threads: config.TRAIN_THREADS,
    timeoutMs: config.TRAIN_TIMEOUT_SECONDS * 1000,
    startTimeoutMs: TRAINER_START_TIMEOUT_MS,
    memoryBytesMax: config.TRAIN_MEMORY_MB * MIB,
  }
  const trainer = new Trainer(limits, () => trainerEnvironment(config), log)
  opening.defer(() => trainer.close())
  trainer.warmUp()
  const locks = base.locks.of(RUN_LOCKS, (runId) => trainings.giveUp(runId))
  const ends = new RunEnds({ locks, pool, events, notifyChannel: config.NOTIFY_CHANNEL })
  const artifactBytesMax = loadableBytes(config.MEMORY_BUDGET_MB * MIB)
  const trainings: Trainings = new Trainings({
    pool,
    locks,
    registry,
    spool,
    trainer,
    retry: new Retry(log),
    ends,
    events,
    artifactBytesMax,
    log,
  })
  const importFolder = await base.folder('imports')
  // What a process that was killed left there belongs to no run.
  for (const name of await readdir(importFolder)) await rm(join(importFolder, name), { force: true })
  const importedRuns = new ImportedRuns({
    ...{ pool, locks, tables, registry, ends, trainings, artifactBytesMax, log, keys: base.keys },
    folder: importFolder,
  })
  const { models } = registry.discovery
  events.on(
    countTrainings(
      telemetry,
      models.map(({ model }) => model.name),
      trainings,
    ),
  )
  const keys = new IdempotencyKeys<NewTraining>(config.TRAIN_QUEUE_LIMIT + ENDED_KEYS_MAX)
  const rememberKey: TrainingApi['rememberKey'] = ({ runId, modelName, idempotencyKey, digest, warnings = [] }) =>
    keys.remember(idempotencyKey, digest, { runId, modelName, warnings })
  for (const run of await trainings.load()) {
    const { idempotencyKey } = run
    if (idempotencyKey !== undefined) rememberKey({ ...run, idempotencyKey })
  }
  const intake = new IntakeWorker(new Map(models.map(({ model, module }) => [model.name, module])), budget, log)
  opening.defer(() => intake.close())
  const acceptance = new Acceptance({
    audit,
    dataSets,
    log,
    pool,
    tables,
    keys,
    locks,
    registry,
    spool,
    intake,
    budget,
    trainings,
    queueLengthMax: config.TRAIN_QUEUE_LIMIT,
  })
  const trainDataset: TrainingApi['trainDataset'] = ({ members, ...asked }) => {
    const request = { modelName: undefined, form: 'json', query: NO_ROWS_QUERY, faults: new FaultList() } as const
    const body = Buffer.from(JSON.stringify(members))
    return acceptance.create({ idempotencyKey: undefined, ...asked, ...request, body, correlationId: undefined })
  }
  const train: TrainUpload = ({ modelName, datasetId, training: { labels, features, ...others }, ...asked }) => {
    const members = { model_name: modelName, dataset: { id: datasetId, labels, features }, ...others }
    // An upload that is sent again since its answer got lost begins no second run.
    return trainDataset({ members, ...asked, idempotencyKey: `worker/dataset-${datasetId}` })
  }
  dataSets.trainBy({ train, requireModel: (name) => registry.require(name) })
  erasers.register(spoolEraser({ spool, intake, acceptance, trainings }))
  const interruptedRuns = new InterruptedRuns({
    pool,
    locks,
    isAccepted: (runId) => trainings.isAccepted(runId),
    graceMs: config.RECOVERY_GRACE_SECONDS * 1000,
    ends,
    log,
  })
  const opened = opening.move()
  const room = {
    name: 'training',
    routes: trainingRoutes(acceptance, trainings, audit),
    checks: {
      trainer: () => {
        if (trainer.problem !== undefined) throw new Error(trainer.problem)
        return `${trainings.length} trainings waiting or running`
      },
      disk: async () => {
        await spool.probe()
        return 'the spool can be written'
      },
    },
    async recover() {
      await trainings.recover()
      interruptedRuns.start()
    },
    async drain(graceMs: number) {
      await Promise.all([interruptedRuns.close(), trainings.close(graceMs)])
    },
    close: () => opened.disposeAsync(),
  }
  return { room, api: { trainings, events, ends, trainDataset, importedRuns, rememberKey } }
}

async function openEvents({ telemetry: { tracing }, log }: Foundation): Promise<TrainingEvents> {
  const events = new TrainingEvents(log)
  if (tracing === undefined) return events
  const { TrainingSpans } = await import('./training-spans.ts')
  const spans = new TrainingSpans(tracing.tracer)
  events.on((event) => spans.observe(event))
  return events
}

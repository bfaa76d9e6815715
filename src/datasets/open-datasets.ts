// The room that keeps data sets: rows that have a home before and after they are trained from.
import { join } from 'node:path'
import type { Audit } from '../audit/audit.ts'
import type { Erasers } from '../erasures/erasers.ts'
import type { Foundation } from '../foundation.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened, Room } from '../room.ts'
import { BodyReceiver } from '../rows/body-receiver.ts'
import { ObjectReferences } from '../storage-upkeep/object-references.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import { sweepOrphans } from '../storage-upkeep/sweep-orphans.ts'
import { DataSets } from './data-sets.ts'
import { datasetObjects } from './dataset-objects.ts'
import { datasetsEraser } from './datasets-eraser.ts'
import { DescriptionWorker } from './description-worker.ts'
import { DirectUploads } from './direct-uploads.ts'
import { Policies } from './policies/policies.ts'
import { policyRoutes } from './policies/routes.ts'
import { UploadTrainings } from './policies/upload-trainings.ts'
import { keptDatasets } from './retention.ts'
import { datasetRoutes } from './routes.ts'
import { deleteOldUploads } from './uploads-table.ts'

const MIB = 2 ** 20
const SWEEP_EVERY_SECONDS = 86_400

interface DatasetsNeeds {
  readonly audit: Audit
  readonly upkeep: StorageUpkeep
  readonly erasers: Erasers
  readonly retention: Retention
}

export async function openDatasets(
  base: Foundation,
  { audit, upkeep, erasers, retention }: DatasetsNeeds,
): Promise<Opened<DataSets>> {
  const { config, ownSchema, storage, jobs, budget, keys, log } = base
  const byteLengthMax = config.MAX_UPLOAD_SIZE_MB * MIB
  const folder = await base.folder('datasets')
  const isSealed = !keys.isEmpty
  const bodies = new BodyReceiver(folder, byteLengthMax, isSealed, 'MAX_UPLOAD_SIZE_MB')
  await bodies.open()
  // What is stored may be larger than what may be uploaded: the setting may have been larger before.
  const stored = new BodyReceiver(join(folder, 'stored'), Number.POSITIVE_INFINITY, isSealed)
  await stored.open()
  const worker = new DescriptionWorker(budget, log)
  const dataSets = new DataSets({ ownSchema, storage, worker, audit, upkeep, stored, byteLengthMax })
  erasers.register(datasetsEraser({ ownSchema, storage, dataSets, worker, upkeep, audit, bodies, folder, isSealed }))
  if (config.DATASET_DAYS > 0) {
    retention.register(keptDatasets(ownSchema.pool, config.DATASET_DAYS, () => ownSchema.isUsable()))
  }
  const expireSeconds = config.URL_EXPIRE_SECONDS
  const uploads = new DirectUploads({ ownSchema, storage, dataSets, upkeep, expireSeconds, byteLengthMax })
  const policies = new Policies({
    ownSchema,
    audit,
    requireModel: async (name) => dataSets.training.requireModel(name),
  })
  const trainings = new UploadTrainings(policies, async (wish) => dataSets.training.train(wish), log)
  const references = new ObjectReferences()
  references.register('datasets', datasetObjects(ownSchema.pool))
  jobs.repeat('dataset-objects', { everySeconds: SWEEP_EVERY_SECONDS }, async (signal) => {
    await deleteOldUploads(ownSchema.pool)
    const { orphans } = await sweepOrphans({ storage, references, client: ownSchema.pool }, { isDryRun: false, signal })
    if (orphans > 0) log.info({ orphans }, 'objects that no data set has are to be deleted')
  })
  const room: Room = {
    name: 'datasets',
    routes: async (app) => {
      await app.register(datasetRoutes({ dataSets, uploads, trainings, bodies, storage, expireSeconds, byteLengthMax }))
      await app.register(policyRoutes(policies))
    },
    close: () => worker.close(),
  }
  return { room, api: dataSets }
}

// The room that keeps data sets: rows that have a home before and after they are trained from.
import type { Audit } from '../audit/audit.ts'
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { BodyReceiver } from '../rows/body-receiver.ts'
import { ObjectReferences } from '../storage-upkeep/object-references.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import { sweepOrphans } from '../storage-upkeep/sweep-orphans.ts'
import { DataSets } from './data-sets.ts'
import { datasetObjects } from './dataset-objects.ts'
import { DescriptionWorker } from './description-worker.ts'
import { DirectUploads } from './direct-uploads.ts'
import { datasetRoutes } from './routes.ts'
import { deleteOldUploads } from './uploads-table.ts'

const MIB = 2 ** 20
const SWEEP_EVERY_SECONDS = 86_400

export async function openDatasets(
  base: Foundation,
  { audit, upkeep }: { readonly audit: Audit; readonly upkeep: StorageUpkeep },
): Promise<Opened<DataSets>> {
  const { config, ownSchema, storage, jobs, budget, keys, log } = base
  const byteLengthMax = config.MAX_UPLOAD_SIZE_MB * MIB
  const bodies = new BodyReceiver(await base.folder('datasets'), byteLengthMax, !keys.isEmpty, 'MAX_UPLOAD_SIZE_MB')
  await bodies.open()
  const worker = new DescriptionWorker(budget, log)
  const dataSets = new DataSets({ ownSchema, storage, worker, audit, upkeep, bodies, byteLengthMax })
  const expireSeconds = config.URL_EXPIRE_SECONDS
  const uploads = new DirectUploads({ ownSchema, storage, dataSets, expireSeconds, byteLengthMax })
  const references = new ObjectReferences()
  references.register('datasets', datasetObjects(ownSchema.pool))
  jobs.repeat('dataset-objects', { everySeconds: SWEEP_EVERY_SECONDS }, async (signal) => {
    await deleteOldUploads(ownSchema.pool)
    const { orphans } = await sweepOrphans({ storage, references, client: ownSchema.pool }, { isDryRun: false, signal })
    if (orphans > 0) log.info({ orphans }, 'objects that no data set has are to be deleted')
  })
  const room = {
    name: 'datasets',
    routes: datasetRoutes({ dataSets, uploads, bodies, storage, expireSeconds, byteLengthMax }),
    close: () => worker.close(),
  }
  return { room, api: dataSets }
}

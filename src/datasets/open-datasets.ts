// The room that keeps data sets: rows that have a home before and after they are trained from.
import type { Audit } from '../audit/audit.ts'
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { BodyReceiver } from '../rows/body-receiver.ts'
import { DataSets } from './data-sets.ts'
import { DescriptionWorker } from './description-worker.ts'
import { DirectUploads } from './direct-uploads.ts'
import { datasetRoutes } from './routes.ts'
import { sweepObjects } from './sweep-objects.ts'
import { deleteOldUploads } from './uploads-table.ts'

const MIB = 2 ** 20
const SWEEP_EVERY_SECONDS = 3_600

export async function openDatasets(base: Foundation, { audit }: { readonly audit: Audit }): Promise<Opened<DataSets>> {
  const { config, ownSchema, storage, jobs, budget, log } = base
  const byteLengthMax = config.MAX_UPLOAD_SIZE_MB * MIB
  const bodies = new BodyReceiver(await base.folder('datasets'), byteLengthMax, 'MAX_UPLOAD_SIZE_MB')
  await bodies.open()
  const worker = new DescriptionWorker(budget, log)
  const dataSets = new DataSets({ ownSchema, storage, worker, audit, bodies, byteLengthMax })
  const expireSeconds = config.URL_EXPIRE_SECONDS
  const uploads = new DirectUploads({ ownSchema, storage, dataSets, expireSeconds, byteLengthMax })
  jobs.repeat('dataset-objects', { everySeconds: SWEEP_EVERY_SECONDS }, async (signal) => {
    await deleteOldUploads(ownSchema.pool)
    const deletedCount = await sweepObjects(ownSchema.pool, storage, { signal })
    if (deletedCount > 0) log.info({ objects: deletedCount }, 'objects were deleted that no data set has')
  })
  const room = {
    name: 'datasets',
    routes: datasetRoutes({ dataSets, uploads, bodies, storage, expireSeconds, byteLengthMax }),
    close: () => worker.close(),
  }
  return { room, api: dataSets }
}

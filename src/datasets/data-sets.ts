import type { Readable } from 'node:stream'
import type { Caller } from '../caller.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import type { ByteRange } from '../storage/storage.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import type { Dataset, DatasetLook } from './dataset.ts'
import {
  type DatasetFilter,
  deleteUse,
  findByKey,
  findDataset,
  findDatasetOfRun,
  findLook,
  insertUse,
  listDatasets,
  listUses,
  lockDataset,
  markDeleted,
} from './datasets-table.ts'
import { IncomingDataSets, type IncomingParts, receiveBytes } from './incoming-data-sets.ts'
import type { TrainUpload } from './policies/upload-trainings.ts'
import { told } from './told-by-storage.ts'

/** Users of a data set that are named. */
const USERS_NAMED_MAX = 20

export interface DataSetsParts extends IncomingParts {
  readonly upkeep: Pick<StorageUpkeep, 'deleteAfterCommit'>
}

/** How the room of training, which is opened later, trains from data sets. */
export interface TrainingHooks {
  readonly train: TrainUpload
  /** Throws ServiceError unless there is such a model. */
  readonly requireModel: (name: string) => Promise<unknown>
}

export class DataSets {
  /** How they come. */
  readonly incoming: IncomingDataSets
  private readonly parts: DataSetsParts
  private hooks: TrainingHooks | undefined

  constructor(parts: DataSetsParts) {
    this.parts = parts
    this.incoming = new IncomingDataSets(parts)
  }

  /** The data set that was made with a key; undefined where there is none. */
  async findByKey(caller: Caller, idempotencyKey: string): Promise<Dataset | undefined> {
    await this.parts.ownSchema.require()
    return findByKey(this.parts.ownSchema.pool, caller.actor, idempotencyKey)
  }

  /** To be called once. */
  trainBy(hooks: TrainingHooks): void {
    this.hooks = hooks
  }

  /** Throws ServiceError while there are none. */
  get training(): TrainingHooks {
    if (this.hooks === undefined) throw new ServiceError('SHUTTING_DOWN', 'trainings are not taken yet')
    return this.hooks
  }

  async list(filter: DatasetFilter, limit: number, before?: number): Promise<Dataset[]> {
    await this.parts.ownSchema.require()
    return listDatasets(this.parts.ownSchema.pool, filter, limit, before)
  }

  /** The newest of a name whose content is there. Throws ServiceError DATASET_UNKNOWN, DATASET_DELETED. */
  async newest(name: string): Promise<Dataset> {
    const [dataset] = await this.list({ name, isDeletedShown: false }, 1)
    if (dataset !== undefined) return dataset
    const [emptied] = await this.list({ name, isDeletedShown: true }, 1)
    if (emptied !== undefined) throw deleted(emptied.datasetId, name)
    throw new ServiceError('DATASET_UNKNOWN', `there is no data set ${JSON.stringify(name)}`)
  }

  /** Also one whose content is deleted. Throws ServiceError DATASET_UNKNOWN. */
  async find(datasetId: number): Promise<Dataset> {
    await this.parts.ownSchema.require()
    return (await findDataset(this.parts.ownSchema.pool, datasetId)) ?? unknown(datasetId)
  }

  /** Throws ServiceError DATASET_UNKNOWN, DATASET_DELETED. */
  async findContent(datasetId: number): Promise<Dataset & { readonly storageKey: string }> {
    const dataset = await this.find(datasetId)
    const { storageKey } = dataset
    if (storageKey === null) throw deleted(datasetId)
    return { ...dataset, storageKey }
  }

  /** Statistics and first rows. Throws ServiceError DATASET_UNKNOWN, DATASET_DELETED. */
  async look(datasetId: number): Promise<DatasetLook> {
    await this.parts.ownSchema.require()
    const { statistics, preview } = (await findLook(this.parts.ownSchema.pool, datasetId)) ?? unknown(datasetId)
    if (statistics === null || preview === null) throw deleted(datasetId)
    return { statistics, preview }
  }

  async users(datasetId: number): Promise<{ runIds: number[]; count: number }> {
    return listUses(this.parts.ownSchema.pool, datasetId, USERS_NAMED_MAX)
  }

  /** The bytes, or a part of them. Throws ServiceError. */
  async read(datasetId: number, range?: ByteRange): Promise<Readable> {
    const { storageKey } = await this.findContent(datasetId)
    return told(() => this.parts.storage.get(storageKey, range))
  }

  /** The bytes where a thread can read them; the body must be let go. Throws ServiceError. */
  async fetch(storageKey: string): Promise<ReceivedBody> {
    return receiveBytes(this.parts.stored, await told(() => this.parts.storage.get(storageKey)))
  }

  /** From now on the data set cannot be deleted but with `purge`. Throws ServiceError DATASET_UNKNOWN, DATASET_DELETED. */
  async use(datasetId: number, runId: number): Promise<void> {
    await this.parts.ownSchema.require()
    await inTransaction(this.parts.ownSchema.pool, async (tx) => {
      const { storageKey } = (await lockDataset(tx, datasetId)) ?? unknown(datasetId)
      if (storageKey === null) throw deleted(datasetId)
      await insertUse(tx, datasetId, runId)
    })
  }

  /** The same in a transaction, of a data set that it has just written. */
  useWithin(tx: Transaction, datasetId: number, runId: number): Promise<void> {
    return insertUse(tx, datasetId, runId)
  }

  /** The run will not be trained after all. */
  async release(datasetId: number, runId: number): Promise<void> {
    await deleteUse(this.parts.ownSchema.pool, datasetId, runId)
  }

  /** The data set that a run was trained from; undefined where it is not known, or cannot be found out now. */
  async ofRun(runId: number): Promise<{ readonly datasetId: number; readonly sha256: string } | undefined> {
    try {
      const { name } = await this.parts.ownSchema.state()
      return name === 'current' ? await findDatasetOfRun(this.parts.ownSchema.pool, runId) : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Deletes content, statistics and first rows; name, digest and columns stay. One that runs were trained from is deleted
   * only with `purge`. One that is deleted stays as it is. Throws ServiceError DATASET_UNKNOWN, DATASET_IN_USE.
   */
  async delete(datasetId: number, isPurge: boolean, caller: Caller): Promise<Dataset> {
    const { ownSchema, storage, audit, upkeep } = this.parts
    await ownSchema.require()
    const { after, key } = await inTransaction(ownSchema.pool, async (tx) => {
      const before = (await lockDataset(tx, datasetId)) ?? unknown(datasetId)
      if (before.storageKey === null) return { after: before, key: null }
      const { runIds, count } = await listUses(tx, datasetId, USERS_NAMED_MAX)
      if (count > 0 && !isPurge) {
        const more = count > runIds.length ? ` and ${count - runIds.length} more` : ''
        const detail = `data set ${datasetId} was used by ${count === 1 ? 'run' : 'runs'} ${runIds.join(', ')}${more}; ?purge=true deletes its content all the same`
        throw new ServiceError('DATASET_IN_USE', detail)
      }
      await markDeleted(tx, datasetId, caller.actor)
      await upkeep.deleteAfterCommit(tx, before.storageKey)
      await audit.append(tx, {
        caller,
        action: 'dataset.delete',
        resource: `dataset/${datasetId}`,
        before: before.sha256,
        details: { name: before.name, version: before.version, purge: isPurge, runs: count },
      })
      return { after: (await findDataset(tx, datasetId)) ?? before, key: before.storageKey }
    })
    // At once, where the storage can: the outbox does it some time after.
    if (key !== null) await storage.delete(key).catch(() => {})
    return after
  }
}

function unknown(datasetId: number): never {
  throw new ServiceError('DATASET_UNKNOWN', `there is no data set ${datasetId}`)
}

/** name: where no data set of this name has content. */
function deleted(datasetId: number, name?: string): ServiceError {
  const last = name === undefined ? '' : `, the newest of ${JSON.stringify(name)}, and of all before it`
  return new ServiceError('DATASET_DELETED', `the content of data set ${datasetId}${last} is deleted`)
}

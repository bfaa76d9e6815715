// Data sets as routes and other rooms keep, find and delete them; each change with its entry in the audit.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import { shownNames } from '../model/shown.ts'
import { BodyFile, bytesOf, type ReceivedBody } from '../rows/body-file.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import { type ByteRange, type Storage, StorageError } from '../storage/storage.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import type { Dataset, DatasetLook, DatasetMeta, NewDataset } from './dataset.ts'
import { KEY_PREFIX } from './dataset-objects.ts'
import {
  type DatasetFilter,
  deleteUse,
  findByKey,
  findDataset,
  findDatasetOfRun,
  findLook,
  insertDataset,
  insertUse,
  listDatasets,
  listUses,
  lockDataset,
  markDeleted,
} from './datasets-table.ts'
import type { DatasetDescription } from './describe-body.ts'
import type { DescriptionWorker } from './description-worker.ts'
import type { TrainUpload } from './policies/upload-trainings.ts'
import { putBody } from './put-body.ts'

/** Users of a data set that are named. */
const USERS_NAMED_MAX = 20

export interface DataSetsParts {
  readonly ownSchema: OwnSchema
  readonly storage: Storage
  readonly worker: DescriptionWorker
  readonly audit: Pick<Audit, 'append'>
  readonly upkeep: Pick<StorageUpkeep, 'deleteAfterCommit'>
  /** Takes data sets out of the storage, whatever their size. */
  readonly stored: BodyReceiver
  /** Of those that are uploaded. */
  readonly byteLengthMax: number
}

/** What is written with a data set, or not at all. */
type Within = (tx: Transaction, dataset: Dataset) => Promise<void>

/** How the room of training, which is opened later, trains from data sets. */
export interface TrainingHooks {
  readonly train: TrainUpload
  /** Throws ServiceError unless there is such a model. */
  readonly requireModel: (name: string) => Promise<unknown>
}

export class DataSets {
  private readonly parts: DataSetsParts
  private hooks: TrainingHooks | undefined
  /** Uploads that are being described and stored. */
  private readonly underWay = new Set<Promise<unknown>>()

  constructor(parts: DataSetsParts) {
    this.parts = parts
  }

  /**
   * Keeps a data set: described, then stored, then written down, so that a failure at any moment leaves nothing that can be
   * seen. The same Idempotency-Key again gives what was made. `within` is called in the transaction that writes it down; where
   * it throws, there is no data set. Throws ServiceError.
   */
  add(
    body: ReceivedBody | undefined,
    meta: DatasetMeta,
    caller: Caller,
    idempotencyKey?: string,
    within?: Within,
  ): Promise<Dataset> {
    return this.track(this.keep(body, meta, caller, idempotencyKey, within))
  }

  /** The same of rows that the worker itself writes, piece by piece. Throws what writing throws, too. */
  addWritten(text: AsyncIterable<string>, meta: DatasetMeta, caller: Caller, within: Within): Promise<Dataset> {
    return this.track(this.keepWritten(text, meta, caller, within))
  }

  /** The data set that was made with a key; undefined where there is none. */
  async findByKey(caller: Caller, idempotencyKey: string): Promise<Dataset | undefined> {
    await this.parts.ownSchema.require()
    return findByKey(this.parts.ownSchema.pool, caller.actor, idempotencyKey)
  }

  /** Resolves when the uploads that are worked on now are kept, or refused. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay)
  }

  /** The work of an upload, which settled() waits for. */
  track<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work)
    const end = (): boolean => this.underWay.delete(work)
    work.then(end, end)
    return work
  }

  private async keep(
    body: ReceivedBody | undefined,
    meta: DatasetMeta,
    caller: Caller,
    idempotencyKey?: string,
    within?: Within,
  ): Promise<Dataset> {
    const { ownSchema, storage, byteLengthMax } = this.parts
    await ownSchema.require()
    const described = await this.describe(body, meta)
    const before = idempotencyKey && (await findByKey(ownSchema.pool, caller.actor, idempotencyKey))
    if (before) return sameAgain(before, meta, described, idempotencyKey)
    const storageKey = KEY_PREFIX + randomUUID()
    await told(() => putBody(storage, storageKey, bytesOf(body), { byteLengthMax }))
    try {
      return await inTransaction(ownSchema.pool, async (tx) => {
        const made = { ...meta, ...described, storageKey, createdBy: caller.actor, idempotencyKey }
        const dataset = await this.write(tx, made, caller)
        await within?.(tx, dataset)
        return dataset
      })
    } catch (error) {
      // Where the database did not answer it may be there: then the sweep decides.
      const isKept = idempotencyKey && (await findByKey(ownSchema.pool, caller.actor, idempotencyKey).catch(() => true))
      if (isKept === true || isConnectionLost(error)) throw error
      await storage.delete(storageKey).catch(() => {})
      if (isKept) return sameAgain(isKept, meta, described, idempotencyKey)
      throw error
    }
  }

  private async keepWritten(
    text: AsyncIterable<string>,
    meta: DatasetMeta,
    caller: Caller,
    within: Within,
  ): Promise<Dataset> {
    const written = new Writing(text)
    const body = await this.receive(Readable.from(written, { objectMode: false })).catch((error: unknown) => {
      throw written.error ?? error
    })
    try {
      return await this.keep(body, meta, caller, undefined, within)
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
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

  /** Reads and checks the rows. Throws ServiceError with what is wrong with them. */
  async describe(body: ReceivedBody | undefined, meta: DatasetMeta): Promise<DatasetDescription> {
    const { form, dialect, labels } = meta
    const described = await this.parts.worker.describe(bytesOf(body), { form, dialect })
    const names = described.statistics.columns.map(({ name }) => name)
    const faults = new FaultList()
    for (const column of labels) {
      if (names.includes(column)) continue
      faults.add({ in: 'labels', column, detail: `missing column: no row has it; there are ${shownNames(names)}` })
    }
    if (!faults.isEmpty) throw invalidRequest(faults)
    return described
  }

  /** The row, and its entry in the audit. */
  async write(tx: Transaction, made: NewDataset, caller: Caller): Promise<Dataset> {
    const dataset = await insertDataset(tx, made)
    const { datasetId, name, version, sha256, rowCount } = dataset
    const details = { name, version, rows: rowCount, columns: dataset.columns.length }
    await this.parts.audit.append(tx, {
      caller,
      action: 'dataset.create',
      resource: `dataset/${datasetId}`,
      after: sha256,
      details,
    })
    return dataset
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
    return this.receive(await told(() => this.parts.storage.get(storageKey)))
  }

  private receive(bytes: Readable): Promise<ReceivedBody> {
    return new Promise((resolve, reject) => {
      this.parts.stored.receive(bytes, {}, (error, body) => (body === undefined ? reject(error) : resolve(body)))
    })
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

/** Text on its way into a body; the reader of bodies takes an error for the end of a client. */
class Writing {
  error: unknown
  private readonly text: AsyncIterable<string>

  constructor(text: AsyncIterable<string>) {
    this.text = text
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    try {
      yield* this.text
    } catch (error) {
      this.error = error
      throw error
    }
  }
}

function sameAgain(
  before: Dataset,
  { name }: DatasetMeta,
  { sha256 }: DatasetDescription,
  key: string | undefined,
): Dataset {
  if (before.sha256 === sha256 && before.name === name) return before
  const detail = `Idempotency-Key ${JSON.stringify(key)} was used for data set ${before.datasetId}, with another body`
  throw new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
}

function unknown(datasetId: number): never {
  throw new ServiceError('DATASET_UNKNOWN', `there is no data set ${datasetId}`)
}

/** name: where no data set of this name has content. */
function deleted(datasetId: number, name?: string): ServiceError {
  const last = name === undefined ? '' : `, the newest of ${JSON.stringify(name)}, and of all before it`
  return new ServiceError('DATASET_DELETED', `the content of data set ${datasetId}${last} is deleted`)
}

/** PostgreSQL gives what it refuses a code of five characters; without one its answer is not known. */
function isConnectionLost(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return !(error instanceof ServiceError) && !(typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code))
}

/** What fails in the storage, in the words of ServiceError. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    if (error.failure === 'too_large') throw new ServiceError('BODY_TOO_LARGE', error.message, { cause: error })
    throw new ServiceError('STORAGE_UNAVAILABLE', error.message, { cause: error })
  }
}

// Erasing in data sets: each with such rows is written anew without them, and the old object is deleted after the commit.
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { oneTimeKey } from '../encryption/key-ring.ts'
import type { Erased, ErasedDataset, Eraser, Remaining } from '../erasures/erasers.ts'
import { settledInTime } from '../erasures/settled-in-time.ts'
import { ServiceError } from '../errors.ts'
import { mentionsOf, type SoughtValue } from '../model/sought-value.ts'
import { BodyFile, bytesOf } from '../rows/body-file.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import type { SealedBody } from '../rows/byte-window.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageUpkeep } from '../storage-upkeep/open-storage-upkeep.ts'
import type { DataSets } from './data-sets.ts'
import type { Dataset } from './dataset.ts'
import { KEY_PREFIX } from './dataset-objects.ts'
import {
  eraseDescription,
  listDescriptions,
  listStored,
  listUses,
  lockDataset,
  markDeleted,
  type ReplacedContent,
  replaceContent,
  type StoredDataset,
} from './datasets-table.ts'
import type { DescriptionWorker } from './description-worker.ts'
import { putBody } from './put-body.ts'
import { told } from './told-by-storage.ts'
import { countUploads } from './uploads-table.ts'

export interface DatasetsEraserParts {
  readonly ownSchema: OwnSchema
  readonly storage: Storage
  readonly dataSets: DataSets
  readonly worker: DescriptionWorker
  readonly upkeep: Pick<StorageUpkeep, 'deleteAfterCommit'>
  readonly audit: Pick<Audit, 'append'>
  /** Takes uploads. */
  readonly bodies: BodyReceiver
  /** Holds what is left of a data set until it is stored. */
  readonly folder: string
  /** Whether files are sealed. */
  readonly isSealed: boolean
}

const PAGE_LENGTH = 100
/** Of one data set, while other workers erase in it. */
const ATTEMPTS_MAX = 10
/** Runs of a data set that are told. */
const RUNS_MAX = 10_000
/** Data sets that are named in one place. */
const NAMED_MAX = 50
const WORKER: Caller = { actor: 'worker/erasures', address: null, requestId: null }
const UPLOADS = 'uploads that callers have begun and not completed: they are read when they are completed, or deleted'
const SHEETS = 'workbooks as they were uploaded: only the sheet that was read was searched'
const NAMES = 'the names of data sets'
const PENDING = 'old objects of data sets, which the storage has not deleted yet; it is tried again'

/** What became of the rows of one data set. */
type Outcome = ErasedDataset & { readonly isOldObjectGone: boolean }

export function datasetsEraser(parts: DatasetsEraserParts): Eraser {
  return { name: 'datasets', erase: (sought, signal) => eraseInDatasets(parts, sought, signal) }
}

async function eraseInDatasets(parts: DatasetsEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, dataSets, bodies } = parts
  await ownSchema.require()
  await settledInTime(bodies.settled(), signal)
  await settledInTime(dataSets.incoming.settled(), signal)
  const done = new Tally()
  for (let afterId = 0; !signal.aborted; ) {
    const page = await listStored(ownSchema.pool, afterId, PAGE_LENGTH)
    for (const dataset of page) {
      if (signal.aborted) break
      if (!dataset.columns.some(({ name }) => name === sought.column)) continue
      try {
        const outcome = await eraseRows(parts, dataset, sought)
        if (outcome === undefined) {
          if (dataset.form === 'xlsx') done.sheets.push(dataset.datasetId)
          continue
        }
        done.add(outcome)
        const { runIds } = await listUses(ownSchema.pool, dataset.datasetId, RUNS_MAX)
        done.learnt.push(...runIds)
      } catch (error) {
        // What was done before counts, and the others are gone through all the same.
        if (!(error instanceof ServiceError)) throw error
        done.failures.push(`data set ${dataset.datasetId}: ${error.code}`)
      }
    }
    if (page.length < PAGE_LENGTH) break
    afterId = (page.at(-1) as StoredDataset).datasetId
  }
  await eraseDescriptions(parts, sought, signal, done)
  if ((await countUploads(ownSchema.pool)) > 0) done.remaining.push({ place: UPLOADS, runIds: [] })
  return done.result()
}

/** What came of the data sets, as it goes. */
class Tally {
  readonly datasets: ErasedDataset[] = []
  readonly learnt: number[] = []
  readonly failures: string[] = []
  /** Data sets that are workbooks, and have no such row in their sheet. */
  readonly sheets: number[] = []
  /** Data sets whose name has the value in it. */
  readonly names: number[] = []
  readonly remaining: Remaining[] = []
  descriptions = 0
  private readonly pending: number[] = []

  add({ isOldObjectGone, ...dataset }: Outcome): void {
    this.datasets.push(dataset)
    if (!isOldObjectGone) this.pending.push(dataset.datasetId)
  }

  result(): Erased {
    const { datasets, learnt, failures, sheets, names, pending, descriptions } = this
    const of = (place: string, ids: readonly number[]): Remaining[] =>
      ids.length === 0 ? [] : [{ place: `${place}: ${listed(ids)}`, runIds: [] }]
    return {
      erased: {
        rows: datasets.reduce((sum, { rows }) => sum + rows, 0),
        'data sets written anew': datasets.filter(({ left }) => left > 0).length,
        'data sets without any other row, deleted': datasets.filter(({ left }) => left === 0).length,
        descriptions,
      },
      datasets,
      learnt,
      failure: failures.length === 0 ? undefined : `could not be written anew: ${listed(failures)}`,
      remaining: [...of(PENDING, pending), ...of(SHEETS, sheets), ...of(NAMES, names), ...this.remaining],
    }
  }
}

function listed(parts: readonly (string | number)[]): string {
  const more = parts.length > NAMED_MAX ? ` and ${parts.length - NAMED_MAX} more` : ''
  return `${parts.slice(0, NAMED_MAX).join(', ')}${more}`
}

/**
 * Undefined where no row has the value, or the content was deleted meanwhile. Another worker may erase in the same data set:
 * then it is begun again with what that has left. Throws ServiceError, and what disk and database throw.
 */
async function eraseRows(
  parts: DatasetsEraserParts,
  found: StoredDataset,
  sought: SoughtValue,
): Promise<Outcome | undefined> {
  let dataset: Dataset = found
  for (let attempt = 1; isStored(dataset); attempt++) {
    const outcome = await eraseOnce(parts, dataset, sought).catch((error: unknown) => error as Error)
    if (outcome !== 'changed' && !(outcome instanceof Error)) return outcome
    const before: string = dataset.storageKey
    dataset = await parts.dataSets.find(found.datasetId)
    if (outcome instanceof Error && dataset.storageKey === before) throw outcome
    if (attempt === ATTEMPTS_MAX) throw new ServiceError('OVERLOADED', 'other workers change the data set all the time')
  }
  return undefined
}

function isStored(dataset: Dataset): dataset is StoredDataset {
  return dataset.storageKey !== null
}

async function eraseOnce(
  parts: DatasetsEraserParts,
  dataset: StoredDataset,
  sought: SoughtValue,
): Promise<Outcome | 'changed' | undefined> {
  const { dataSets, worker, storage, folder, isSealed } = parts
  const path = join(folder, `left-${randomUUID()}`)
  const target: string | SealedBody = isSealed ? { path, sealing: oneTimeKey(path) } : path
  const body = await dataSets.fetch(dataset.storageKey)
  try {
    const shape = { form: dataset.form, dialect: dataset.dialect }
    const sieved = await worker.sieve({ body: bytesOf(body), shape, sought, target })
    const { found, left, ...written } = sieved
    if (found === 0) return undefined
    if (left === 0) return await replace(parts, dataset, found, undefined)
    const described = await worker.describe(target, written)
    const storageKey = KEY_PREFIX + randomUUID()
    const { byteLength } = described
    await told(() => putBody(storage, storageKey, target, { byteLengthMax: byteLength }))
    return await replace(parts, dataset, found, { ...described, ...written, storageKey })
  } finally {
    if (body instanceof BodyFile) await body.answered()
    await rm(path, { force: true })
  }
}

type LeftContent = Omit<ReplacedContent, 'erasedRows'>

/** left: undefined where nothing is left. A data set that was changed or deleted meanwhile stays as it is. */
async function replace(
  { ownSchema, storage, upkeep, audit }: DatasetsEraserParts,
  { datasetId, storageKey, sha256, name, version }: StoredDataset,
  rows: number,
  left: LeftContent | undefined,
): Promise<Outcome | 'changed'> {
  const isReplaced = await inTransaction(ownSchema.pool, async (tx: Transaction) => {
    if ((await lockDataset(tx, datasetId))?.storageKey !== storageKey) {
      if (left !== undefined) await upkeep.deleteAfterCommit(tx, left.storageKey)
      return false
    }
    if (left === undefined) await markDeleted(tx, datasetId, WORKER.actor)
    else await replaceContent(tx, datasetId, { ...left, erasedRows: rows })
    await upkeep.deleteAfterCommit(tx, storageKey)
    await audit.append(tx, {
      caller: WORKER,
      action: 'dataset.erase',
      resource: `dataset/${datasetId}`,
      before: sha256,
      after: left?.sha256,
      details: { name, version, rows, left: left?.statistics.rows ?? 0 },
    })
    return true
  })
  if (!isReplaced) return 'changed'
  // At once, where the storage can: the outbox does it some time after.
  const isOldObjectGone = await storage.delete(storageKey).then(
    () => true,
    () => false,
  )
  return { datasetId, rows, left: left?.statistics.rows ?? 0, isOldObjectGone }
}

/** What callers said of data sets, those too whose content is deleted. */
async function eraseDescriptions(
  { ownSchema, audit }: DatasetsEraserParts,
  { value }: SoughtValue,
  signal: AbortSignal,
  done: Tally,
): Promise<void> {
  const isMentioned = mentionsOf(value)
  if (isMentioned === undefined) return
  for (let afterId = 0; !signal.aborted; ) {
    const page = await listDescriptions(ownSchema.pool, afterId, PAGE_LENGTH)
    for (const { datasetId, name, description } of page) {
      if (isMentioned(name)) done.names.push(datasetId)
      if (description === null || !isMentioned(description)) continue
      await inTransaction(ownSchema.pool, async (tx) => {
        await eraseDescription(tx, datasetId)
        const details = { description: true }
        await audit.append(tx, { caller: WORKER, action: 'dataset.erase', resource: `dataset/${datasetId}`, details })
      })
      done.descriptions += 1
    }
    if (page.length < PAGE_LENGTH) return
    afterId = (page.at(-1) as { datasetId: number }).datasetId
  }
}

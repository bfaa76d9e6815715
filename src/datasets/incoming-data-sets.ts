// Data sets as they come: described, then stored, then written down with an entry in the audit.
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
import type { Storage } from '../storage/storage.ts'
import type { Dataset, DatasetMeta, NewDataset } from './dataset.ts'
import { KEY_PREFIX } from './dataset-objects.ts'
import { findByKey, insertDataset } from './datasets-table.ts'
import type { DatasetDescription } from './describe-body.ts'
import type { DescriptionWorker } from './description-worker.ts'
import { putBody } from './put-body.ts'
import { told } from './told-by-storage.ts'

export interface IncomingParts {
  readonly ownSchema: OwnSchema
  readonly storage: Storage
  readonly worker: DescriptionWorker
  readonly audit: Pick<Audit, 'append'>
  /** Takes bytes that do not come by HTTP, whatever their size. */
  readonly stored: BodyReceiver
  /** Of those that are uploaded. */
  readonly byteLengthMax: number
}

/** What is written with a data set, or not at all. */
type Within = (tx: Transaction, dataset: Dataset) => Promise<void>

export class IncomingDataSets {
  private readonly parts: IncomingParts
  /** Uploads that are being described and stored. */
  private readonly underWay = new Set<Promise<unknown>>()

  constructor(parts: IncomingParts) {
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
    const body = await receiveBytes(this.parts.stored, Readable.from(written, { objectMode: false })).catch(
      (error: unknown) => {
        throw written.error ?? error
      },
    )
    try {
      return await this.keep(body, meta, caller, undefined, within)
    } finally {
      if (body instanceof BodyFile) await body.answered()
    }
  }
}

/** The bytes where a thread can read them. */
export function receiveBytes(receiver: BodyReceiver, bytes: Readable): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    receiver.receive(bytes, {}, (error, body) => (body === undefined ? reject(error) : resolve(body)))
  })
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

/** PostgreSQL gives what it refuses a code of five characters; without one its answer is not known. */
function isConnectionLost(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return !(error instanceof ServiceError) && !(typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code))
}

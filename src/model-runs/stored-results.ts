// The results of runs as they were trained, whether the table has them encrypted or not.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { KeyRing } from '../encryption/key-ring.ts'
import { resultId } from '../encryption/object-ids.ts'
import {
  CHUNK_LENGTH,
  HEADER_LENGTH,
  isSealed,
  SEALED_CHUNK_LENGTH,
  SealedError,
  sealedLengthOf,
} from '../encryption/sealed-layout.ts'
import { openFirst, openInPlace } from '../encryption/sealing.ts'
import { ServiceError } from '../errors.ts'
import { findFront, type RunFront } from './fronts-table.ts'
import { findResult, findVersions, type ResultSize, type RunResult, readResult, readSlices } from './results-table.ts'
import { readSmallResult } from './shown-runs-table.ts'

/** Calls throw ServiceError ARTIFACT_UNUSABLE where a result is encrypted and cannot be opened: its key may be missing. */
export class StoredResults {
  private readonly pool: pg.Pool
  private readonly keys: KeyRing

  constructor(pool: pg.Pool, keys: KeyRing) {
    this.pool = pool
    this.keys = keys
  }

  /** What the table has; its size is that of the stored bytes. */
  find(runId: number): Promise<RunResult | undefined> {
    return findResult(this.pool, runId)
  }

  /** See findVersions. */
  versions(runIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return findVersions(this.pool, runIds)
  }

  /** The bytes, in memory of their own. Others have a turn while they are decrypted. */
  async read(runId: number, size: ResultSize): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await readResult(this.pool, runId, size)
    return isSealed(bytes) ? this.openWhole(runId, bytes) : bytes
  }

  /** SHA-256, in hex, and length of the bytes as they were trained. Without keys no more than a slice of them is held. */
  async digest(runId: number, size: ResultSize): Promise<{ readonly sha256: string; readonly byteLength: number }> {
    const hash = createHash('sha256')
    let { byteLength } = size
    if (this.keys.isEmpty) {
      await readSlices(this.pool, runId, size, (_start, part) => hash.update(part))
    } else {
      const bytes = await this.read(runId, size)
      hash.update(bytes)
      byteLength = bytes.byteLength
    }
    return { sha256: hash.digest('hex'), byteLength }
  }

  /** The run with the first bytes of its result, that many at the most; undefined where there is no run. */
  async front(runId: number, byteLength: number): Promise<RunFront | undefined> {
    const run = await findFront(this.pool, runId, this.askedFor(byteLength))
    if (run === undefined || run.front === null) return run
    if (!isSealed(run.front)) return { ...run, front: run.front.subarray(0, byteLength) }
    return { ...run, front: this.openFront(runId, run.front, run.byteLength).subarray(0, byteLength) }
  }

  /** All bytes, where there are so many at the most; undefined where there are more or none. */
  async readSmall(runId: number, byteLengthMax: number): Promise<Buffer | undefined> {
    const bytes = await readSmallResult(
      this.pool,
      runId,
      this.keys.isEmpty ? byteLengthMax : sealedLengthOf(byteLengthMax),
    )
    if (bytes === undefined || !isSealed(bytes)) return bytes
    return Buffer.from((await this.openWhole(runId, new Uint8Array(bytes))).buffer)
  }

  /** Bytes of the table that hold so many of the result, in whole chunks where they may be encrypted. */
  private askedFor(byteLength: number): number {
    if (this.keys.isEmpty) return byteLength
    return HEADER_LENGTH + Math.ceil(byteLength / CHUNK_LENGTH) * SEALED_CHUNK_LENGTH
  }

  private openFront(runId: number, front: Buffer, sealedLength: number): Buffer {
    try {
      return openFirst(this.keys.cipherOf(front, resultId(runId)), front, sealedLength)
    } catch (error) {
      throw unusable(runId, error)
    }
  }

  private async openWhole(runId: number, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await openInPlace(this.keys.cipherOf(Buffer.from(bytes.buffer), resultId(runId)), bytes)
    } catch (error) {
      throw unusable(runId, error)
    }
  }
}

function unusable(runId: number, error: unknown): unknown {
  if (!(error instanceof SealedError)) return error
  return new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
}

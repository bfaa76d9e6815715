// Rows of the log as callers see them: codes become the values that they stand for.
import { cipherWith, type KeyRing } from '../../encryption/key-ring.ts'
import type { ObjectCipher } from '../../encryption/object-cipher.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import { ServiceError } from '../../errors.ts'
import type { KnownColumn } from '../../model/artifact-columns.ts'
import type { Level } from '../../model/table.ts'
import { textOfTime } from '../../model/times.ts'
import { batchObjectId, keyChunkOf } from './log-writer.ts'
import type { StoredPrediction } from './predictions-table.ts'
import type { VersionColumns } from './version-columns.ts'

/** A code that stands for a value which training never saw. */
export const UNSEEN = -2

export interface DecodedPrediction {
  readonly answer: Level | null
  readonly features: ReadonlyMap<string, Level | null>
  /** Columns with a value that training never saw: the log does not keep it. */
  readonly unseen: readonly string[]
}

/** features: as featuresIn gives them. O(columns). */
export function decodePrediction(
  { answer }: StoredPrediction,
  features: readonly (number | null)[],
  columns: VersionColumns,
): DecodedPrediction {
  const values = new Map<string, Level | null>()
  const unseen: string[] = []
  for (const [j, column] of columns.features.entries()) {
    const code = features[j] ?? null
    values.set(column.name, levelOf(column, code))
    if (column.kind === 'categorical' && code === UNSEEN) unseen.push(column.name)
  }
  return { answer: columns.answer === undefined ? null : levelOf(columns.answer, answer), features: values, unseen }
}

function levelOf({ kind, levels }: KnownColumn, code: number | null): Level | null {
  if (code === null) return null
  if (kind === 'categorical') return levels[code] ?? null
  return kind === 'time' ? textOfTime(code) : code
}

/** Opens the features and keys of rows that follow each other: each batch is unwrapped once while it goes on. */
export class FeatureReader {
  private readonly keys: KeyRing
  private opened: { readonly batchId: string; readonly cipher: ObjectCipher } | undefined

  constructor(keys: KeyRing) {
    this.keys = keys
  }

  /** Null is missing. Throws ServiceError ARTIFACT_UNUSABLE where they are sealed and cannot be opened. O(columns). */
  featuresOf({ predictionId, features, sealed }: StoredPrediction): readonly (number | null)[] {
    if (sealed === null) return features ?? []
    const plain = this.open(predictionId, sealed, sealed.row, sealed.bytes)
    const values = new Float64Array(new Uint8Array(plain).buffer)
    return Array.from(values, (value) => (Number.isNaN(value) ? null : value))
  }

  /** The caller's key; null of a row without one. Throws as featuresOf does. */
  keyOf({ predictionId, key, sealed }: StoredPrediction): string | null {
    if (sealed === null || sealed.key === null) return key
    return this.open(predictionId, sealed, keyChunkOf(sealed.row), sealed.key).toString('utf8')
  }

  /** bytes: of the chunk, in base64. */
  private open(
    predictionId: string,
    { batchId, header }: NonNullable<StoredPrediction['sealed']>,
    chunk: number,
    bytes: string,
  ): Buffer {
    try {
      if (this.opened?.batchId !== batchId) {
        const key = this.keys.sealingKeyOf(Buffer.from(header, 'base64'), batchObjectId(batchId))
        this.opened = { batchId, cipher: cipherWith(key) }
      }
      return Buffer.from(this.opened.cipher.open(chunk, false, Buffer.from(bytes, 'base64')))
    } catch (error) {
      if (!(error instanceof SealedError)) throw error
      throw new ServiceError('ARTIFACT_UNUSABLE', `prediction ${predictionId}: ${error.message}`, { cause: error })
    }
  }
}

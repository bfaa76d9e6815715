// What the codes of logged rows stand for: the columns of their version, read out of its artifact and kept for a while.
import { LRUCache } from 'lru-cache'
import { ServiceError } from '../../errors.ts'
import type { MemoryBudget } from '../../memory/memory-budget.ts'
import { ArtifactError, readArtifactHeader } from '../../model/artifact.ts'
import { type KnownColumn, readArtifactColumns } from '../../model/artifact-columns.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'

export interface VersionColumns {
  /** In the order of the version's schema. A column of text is one of numbers here: the log has no value of it. */
  readonly features: readonly KnownColumn[]
  /** The first output; undefined of a version that takes tensors, of which no values are logged. */
  readonly answer: KnownColumn | undefined
  readonly outputCount: number
}

/** Of a version whose predictions can be logged. */
export type LoggedColumns = VersionColumns & { readonly answer: KnownColumn }

/** Versions whose columns are kept, and what their levels may hold in all. */
const KEPT_MAX = 100
const LEVELS_MAX = 2_000_000

export interface ColumnsReaderParts {
  readonly results: Pick<StoredResults, 'find' | 'read'>
  readonly budget: MemoryBudget
}

export class ColumnsReader {
  private readonly parts: ColumnsReaderParts
  private readonly kept: LRUCache<number, VersionColumns>

  constructor(parts: ColumnsReaderParts) {
    this.parts = parts
    this.kept = new LRUCache({
      max: KEPT_MAX,
      maxSize: LEVELS_MAX,
      sizeCalculation: sizeOf,
      fetchMethod: (runId) => this.read(runId),
    })
  }

  /**
   * Throws ServiceError ARTIFACT_UNUSABLE where the result of the run is gone or cannot be read, OVERLOADED, and what the
   * database throws. O(bytes of the artifact) the first time.
   */
  async of(runId: number): Promise<VersionColumns> {
    return (await this.kept.fetch(runId)) as VersionColumns
  }

  private async read(runId: number): Promise<VersionColumns> {
    const { results, budget } = this.parts
    const memory = budget.hold('the columns of a version')
    try {
      const size = (await results.find(runId))?.result
      if (size == null) throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId} has no result any more`)
      memory.take(size.byteLength)
      const bytes = await results.read(runId, size)
      const artifact = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const featureCount = readArtifactHeader(artifact).feature_names.length
      const columns = readArtifactColumns(artifact)
      const [features, outputs] = [columns.slice(0, featureCount), columns.slice(featureCount)]
      return { features, answer: outputs[0], outputCount: outputs.length }
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error
      throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
    } finally {
      memory.release()
    }
  }
}

function sizeOf({ features, answer }: VersionColumns): number {
  return [...features, ...(answer === undefined ? [] : [answer])].reduce(
    (sum, { levels }) => sum + levels.length,
    1 + features.length,
  )
}

// Baselines of versions, out of their artifacts.
import { LRUCache } from 'lru-cache'
import type { Baseline } from '../../cells/baseline.ts'
import { readBaseline } from '../../cells/baseline-data.ts'
import { ServiceError } from '../../errors.ts'
import { ArtifactError, readArtifactBaseline } from '../../model/artifact.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import { readWholeFront } from '../../model-runs/whole-front.ts'

/** Those of so many versions are kept; the largest have some megabytes. */
const KEPT_MAX = 50
/** A result that its owner has replaced is seen after so long. */
const KEPT_MS = 60_000

export class Baselines {
  private readonly results: Pick<StoredResults, 'front'>
  private readonly kept: LRUCache<number, { readonly baseline: Baseline | undefined }>

  constructor(results: Pick<StoredResults, 'front'>) {
    this.results = results
    this.kept = new LRUCache({ max: KEPT_MAX, ttl: KEPT_MS, fetchMethod: async (runId) => this.read(runId) })
  }

  /**
   * Undefined of a version whose training froze none, as those of earlier workers, and of a result that cannot be read. Throws what
   * the database throws.
   */
  async of(runId: number): Promise<Baseline | undefined> {
    return (await this.kept.fetch(runId))?.baseline
  }

  private async read(runId: number): Promise<{ readonly baseline: Baseline | undefined }> {
    try {
      const { front } = await readWholeFront(this.results, runId)
      return { baseline: readBaseline(readArtifactBaseline(front)) }
    } catch (error) {
      const isUnreadable = error instanceof ServiceError && UNREADABLE.has(error.code)
      if (error instanceof ArtifactError || isUnreadable) return { baseline: undefined }
      throw error
    }
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['ARTIFACT_UNUSABLE', 'RUN_UNKNOWN', 'RUN_FAILED', 'RUN_NOT_READY'])

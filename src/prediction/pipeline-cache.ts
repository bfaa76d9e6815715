// Fitted pipelines by run: decoded once, kept while there is room, least recently used out first.
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import { ArtifactError, decodeArtifact } from '../model/artifact.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { findResult } from './results-table.ts'

interface CachedPipeline {
  readonly pipeline: FittedPipeline
  readonly byteLength: number
}

export class PipelineCache {
  private readonly pool: pg.Pool
  private readonly registry: ModelRegistry
  private readonly cache: LRUCache<number, CachedPipeline>

  /** byteLengthMax: bytes of artifacts whose pipelines are kept; a larger one is decoded at each prediction. */
  constructor(pool: pg.Pool, registry: ModelRegistry, byteLengthMax: number) {
    this.pool = pool
    this.registry = registry
    this.cache = new LRUCache({
      maxSize: byteLengthMax,
      sizeCalculation: ({ byteLength }) => byteLength,
      // One load for all that wait; a failed one is not kept.
      fetchMethod: (runId) => this.load(runId),
    })
  }

  /**
   * The pipeline of a run that ended in SUCCESS: a result never changes, so a cached one needs no look at the database.
   * Throws ServiceError when the run is unknown, not finished or failed, or its artifact cannot be used.
   */
  async get(runId: number): Promise<FittedPipeline> {
    const cached = this.cache.get(runId) ?? (await this.cache.fetch(runId))
    return (cached as CachedPipeline).pipeline
  }

  private async load(runId: number): Promise<CachedPipeline> {
    const run = await findResult(this.pool, runId)
    if (run === undefined) throw new ServiceError('RUN_UNKNOWN', `model_runs has no row with id ${runId}`)
    if (run.status === 'FAILED') throw new ServiceError('RUN_FAILED', `run ${runId} is FAILED; it has no result`)
    if (run.status !== 'SUCCESS') {
      throw new ServiceError('RUN_NOT_READY', `run ${runId} is ${run.status}; its result comes later`)
    }
    const found = this.registry.find(run.modelName)
    if (found === undefined) {
      throw new ServiceError('MODEL_UNAVAILABLE', `no class in the models folder has the name "${run.modelName}"`)
    }
    if (run.artifact === null) throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId} is SUCCESS without a result`)
    try {
      return { pipeline: decodeArtifact(run.artifact, found.model), byteLength: run.artifact.length }
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error
      throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
    }
  }
}

// Finished runs, ready to predict: kept while there is room, least recently used out first.
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import { LOADING_BYTES_PER_BYTE } from '../memory/loading.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import { requireResult } from '../model-runs/require-result.ts'
import type { ResultSize } from '../model-runs/results-table.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Signatures } from '../signing/signatures.ts'
import { grownBytesOf, heldBytesOf } from './held-bytes.ts'
import { LocalPipeline } from './local-pipeline.ts'
import { openArtifact } from './open-artifact.ts'

/** A run that ended in SUCCESS. Its result never changes by us, but its owner may withdraw or replace it. */
export interface FinishedRun {
  readonly id: number
  readonly modelName: string
  /** URL of the module of its model class. */
  readonly module: string
  /** Its bytes where they are kept; where they are many, how to read them again. */
  readonly artifact: ArtifactSource
  /** Decoded on this thread; undefined where that would keep others waiting. */
  readonly local: LocalPipeline | undefined
  /** Held by this thread for the run, and by the prediction thread. */
  readonly byteLength: number
  readonly threadByteLength: number
  /** Of its row, when it was read. */
  readonly version: string
}

/** An artifact, or how it is read: what that gives may be given away. */
export type ArtifactSource = Buffer | (() => Promise<Uint8Array<ArrayBuffer>>)

/** Artifacts up to this size are decoded on the service's own thread. */
const LOCAL_BYTES_MAX = 4 * 2 ** 20
/** How often the rows of kept runs are looked at: for about so long a result that was withdrawn is predicted with. */
const LOOK_MS = 2_000

export interface PipelineCacheParts {
  /** Where artifacts come from. */
  readonly results: Pick<StoredResults, 'find' | 'read' | 'versions'>
  readonly registry: Pick<ModelRegistry, 'find'>
  readonly signatures: Pick<Signatures, 'requireTrusted'>
  readonly budget: MemoryBudget
  /** Bytes that all runs together may hold; one that holds more by itself is loaded at each prediction. */
  readonly byteLengthMax: number
  /** Hears of every run that is no longer kept. */
  readonly onEvict: (runId: number) => void
  readonly log: Logger
}

export class PipelineCache {
  private readonly parts: PipelineCacheParts
  private readonly cache: LRUCache<number, FinishedRun>
  private timer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(parts: PipelineCacheParts) {
    const { byteLengthMax, onEvict } = parts
    this.parts = parts
    this.cache = new LRUCache({
      maxSize: byteLengthMax,
      sizeCalculation: ({ byteLength, threadByteLength }) => Math.max(1, byteLength + threadByteLength),
      disposeAfter: (_, runId, reason) => {
        if (reason === 'evict' || reason === 'delete') onEvict(runId)
      },
      // One load for all that wait; a failed one is not kept.
      fetchMethod: (runId) => this.load(runId),
      // Those who wait get what is loaded, also when others have pushed it out meanwhile.
      ignoreFetchAbort: true,
    })
  }

  /** The run if it is kept. */
  peek(runId: number): FinishedRun | undefined {
    return this.cache.get(runId)
  }

  /**
   * The run, out of the database when it is not kept. Throws ServiceError when it is unknown, not finished or failed,
   * or its artifact cannot be used.
   */
  async get(runId: number): Promise<FinishedRun> {
    return this.cache.get(runId) ?? ((await this.cache.fetch(runId)) as FinishedRun)
  }

  /** Counts what the prediction thread holds for the run. Returns false when the run is not kept. */
  countThread({ id }: FinishedRun, threadByteLength: number): boolean {
    return this.count(id, { threadByteLength })
  }

  /** Counts again what this thread holds for the run, where that has grown (grownBytesOf). Returns false when the run is not kept. */
  countLocal({ id, artifact, local }: FinishedRun, partsBefore: number): boolean {
    const grown = local && grownBytesOf(local.opened, partsBefore)
    if (grown === undefined || typeof artifact === 'function') return true
    return this.count(id, { byteLength: artifact.length + grown })
  }

  /** Looks at no rows any more. */
  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
  }

  get figures(): { readonly runs: number; readonly bytes: number } {
    return { runs: this.cache.size, bytes: this.cache.calculatedSize }
  }

  private count(runId: number, counted: Partial<FinishedRun>): boolean {
    const kept = this.cache.peek(runId)
    if (kept === undefined) return false
    this.cache.set(runId, { ...kept, ...counted })
    return this.cache.has(runId)
  }

  /**
   * The bytes of a result, where there is room for what comes of them. Throws ServiceError MEMORY_EXCEEDED, OVERLOADED,
   * ARTIFACT_UNUSABLE, VERSION_UNTRUSTED.
   */
  private async read(runId: number, size: ResultSize): Promise<Uint8Array<ArrayBuffer>> {
    const memory = this.parts.budget.hold(`the pipeline of run ${runId}`)
    try {
      memory.take(LOADING_BYTES_PER_BYTE * size.byteLength)
      const artifact = await this.parts.results.read(runId, size)
      await this.parts.signatures.requireTrusted(runId, artifact)
      return artifact
    } finally {
      memory.release()
    }
  }

  private async load(runId: number): Promise<FinishedRun> {
    this.lookLater()
    const run = await this.parts.results.find(runId)
    requireResult(runId, run)
    const found = this.parts.registry.find(run.modelName)
    if (found === undefined) {
      throw new ServiceError('MODEL_UNAVAILABLE', `no class in the models folder has the name "${run.modelName}"`)
    }
    const { result } = run
    if (result === null) throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId} is SUCCESS without a result`)
    const { module, model } = found
    const read = (): Promise<Uint8Array<ArrayBuffer>> => this.read(runId, result)
    const head = { id: runId, modelName: run.modelName, module, threadByteLength: 0, version: run.version }
    const figures = { runId, model: run.modelName, bytes: result.byteLength }
    if (result.byteLength > LOCAL_BYTES_MAX) {
      this.parts.log.debug({ ...figures, places: 'thread only' }, 'a pipeline is loaded')
      return { ...head, artifact: read, local: undefined, byteLength: 0 }
    }
    const artifact = Buffer.from((await read()).buffer)
    const { pipeline, cells } = openArtifact(runId, artifact, model)
    if (pipeline.predictsElsewhere) {
      this.parts.log.debug({ ...figures, places: 'thread only' }, 'a pipeline is loaded')
      return { ...head, artifact, local: undefined, byteLength: artifact.length }
    }
    const local = new LocalPipeline(pipeline, cells)
    this.parts.log.debug({ ...figures, places: 'in place or thread' }, 'a pipeline is loaded')
    return { ...head, artifact, local, byteLength: artifact.length + heldBytesOf(local.opened) }
  }

  /** Looks again and again, while there are runs. No prediction waits for it. */
  private lookLater(): void {
    if (this.timer !== undefined || this.isClosed) return
    this.timer = setTimeout(() => {
      void this.look()
        .catch((error) => {
          // What is kept goes on while the database is away.
          if (!isDatabaseUnavailable(error)) this.parts.log.error({ err: error }, 'kept results could not be looked at')
        })
        .then(() => {
          this.timer = undefined
          if (this.cache.size > 0) this.lookLater()
        })
    }, LOOK_MS).unref()
  }

  /** Lets go of every run whose row is not what it was when it was read; the next prediction reads it again. */
  private async look(): Promise<void> {
    const kept = [...this.cache.values()]
    if (kept.length === 0) return
    const ids = kept.map(({ id }) => id)
    const versions = await this.parts.results.versions(ids)
    for (const { id, version } of kept) {
      // Another may have been read meanwhile.
      if (versions.get(id) === version || this.cache.peek(id)?.version !== version) continue
      this.cache.delete(id)
      this.parts.log.info({ runId: id }, 'the row of a run has changed; its result is read again')
    }
  }
}

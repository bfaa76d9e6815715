// Finished runs as files of ONNX: read, written in a thread, one after another.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import type { MemoryBudget } from '../../memory/memory-budget.ts'
import { requireResult } from '../../model-runs/require-result.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import type { ModelRegistry } from '../../registry/model-registry.ts'
import type { Signatures } from '../../signing/signatures.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { ExportCalls, ExportedFile } from './export-calls.ts'

/** Exports that may wait or be in the making. */
const WAITING_MAX = 8
/** What one may take, with the start of the thread. */
const TIMEOUT_MS = 120_000
const IDLE_MS = 60_000
/** Of each byte of an artifact: what it becomes as a pipeline, as the lists of its nodes, and as a file. Measured on forests. */
const BYTES_PER_BYTE = 40

export interface RunExportsParts {
  readonly results: StoredResults
  readonly registry: Pick<ModelRegistry, 'find'>
  readonly signatures: Pick<Signatures, 'requireTrusted'>
  readonly budget: MemoryBudget
  readonly workerVersion: string
  readonly log: Logger
}

/** A file on its way. */
export interface HeldExport extends ExportedFile {
  /** Of a file to be saved. */
  readonly fileName: string
  /** To be called when the bytes have gone: the memory that they hold is let go. */
  release(): void
}

export class RunExports {
  private readonly parts: RunExportsParts
  private readonly thread: ThreadClient<ExportCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(parts: RunExportsParts) {
    this.parts = parts
    this.thread = new ThreadClient({
      name: 'export thread',
      entry: new URL('./export-thread.ts', import.meta.url),
      idleMs: IDLE_MS,
      log: parts.log,
    })
  }

  /**
   * A run as ONNX. Throws ServiceError RUN_UNKNOWN, RUN_FAILED, RUN_NOT_READY, MODEL_UNAVAILABLE, ARTIFACT_UNUSABLE,
   * VERSION_UNTRUSTED, EXPORT_UNSUPPORTED with every reason, MEMORY_EXCEEDED, and OVERLOADED where too many wait or one
   * does not come to its end in time.
   */
  async onnx(runId: number): Promise<HeldExport> {
    if (this.queue.size + this.queue.pending >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${WAITING_MAX} exports wait already`)
    }
    return this.queue.add(() => this.write(runId))
  }

  /** Exports that wait are refused. */
  close(): Promise<void> {
    return this.thread.close()
  }

  private async write(runId: number): Promise<HeldExport> {
    const { results, registry, signatures, budget, workerVersion } = this.parts
    const run = await results.find(runId)
    requireResult(runId, run)
    const { result, modelName } = run
    if (result === null) throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId} is SUCCESS without a result`)
    const found = registry.find(modelName)
    if (found === undefined) {
      throw new ServiceError('MODEL_UNAVAILABLE', `no class in the models folder has the name "${modelName}"`)
    }
    const memory = budget.hold(`the export of run ${runId}`)
    try {
      memory.take(BYTES_PER_BYTE * result.byteLength)
      const artifact = await results.read(runId, result)
      await signatures.requireTrusted(runId, artifact)
      const question = { runId, modelName, module: found.module, artifact, workerVersion }
      const timedOut = () => new ServiceError('OVERLOADED', 'the export did not come to its end in time; try again')
      const options = { timeoutMs: TIMEOUT_MS, timedOut, about: { runId }, transfer: [artifact.buffer] }
      const file = await this.thread.ask('onnx', question, options)
      memory.give(BYTES_PER_BYTE * result.byteLength)
      memory.take(file.bytes.byteLength)
      return { ...file, fileName: `${modelName}-${runId}.onnx`, release: () => memory.release() }
    } catch (error) {
      memory.release()
      throw error
    }
  }
}

// Runs of models that were trained elsewhere: made and ended in one transaction, so that none is ever seen in work.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Logger } from 'pino'
import { writeFlushed } from '../data-folder/flushed-files.ts'
import type { Locks } from '../database/lock-session.ts'
import type { UsableTables } from '../database/tables/usable-tables.ts'
import type { KeyRing } from '../encryption/key-ring.ts'
import { resultId } from '../encryption/object-ids.ts'
import { sealParts } from '../encryption/sealing.ts'
import { ServiceError } from '../errors.ts'
import type { Metrics, ModelParameters } from '../model/model.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import { artifactPath } from '../spool/attempt-files.ts'
import { reserveFreeId } from './reserve-free-id.ts'
import { type RunEnds, storableOf } from './run-ends.ts'
import type { Trainings } from './trainings.ts'

export interface ImportedRunsParts {
  readonly pool: pg.Pool
  readonly locks: Locks
  readonly tables: UsableTables
  readonly registry: ModelRegistry
  readonly keys: KeyRing
  readonly ends: RunEnds
  readonly trainings: Pick<Trainings, 'isAccepted' | 'refuseWhenClosed'>
  /** Where artifacts lie on their way to the database: emptied at each start. */
  readonly folder: string
  /** Bytes of an artifact that can be loaded to predict. */
  readonly artifactBytesMax: number
  readonly log: Logger
}

export interface ImportedRun {
  readonly modelName: string
  readonly artifact: Uint8Array
  readonly metrics: Metrics
  readonly parameters: ModelParameters
  readonly durationMs: number
  /** Called with the id of the run before there is one. Where it throws, no run is made. */
  readonly onReserved: (runId: number) => Promise<void>
}

const ATTEMPT = 1

export class ImportedRuns {
  private readonly parts: ImportedRunsParts

  constructor(parts: ImportedRunsParts) {
    this.parts = parts
  }

  /** What can be known before the work begins. Throws ServiceError. Gives the module of the model's class. */
  async require(modelName: string): Promise<string> {
    const { tables, registry, trainings } = this.parts
    trainings.refuseWhenClosed()
    await tables.require()
    return (await registry.require(modelName)).module
  }

  /**
   * Gives the id of a run that is SUCCESS. Throws ServiceError; then there is no run, unless the database did not answer. Killed
   * at any moment, there is the whole run or none.
   */
  async make(run: ImportedRun): Promise<number> {
    const { modelName, artifact, metrics, parameters: found, durationMs, onReserved } = run
    const { pool, locks, ends, keys, folder, artifactBytesMax, trainings } = this.parts
    trainings.refuseWhenClosed()
    // From then on its lock is ours.
    const isFree = async (id: number): Promise<boolean> => !trainings.isAccepted(id) && (await locks.tryLock(id))
    const runId = await reserveFreeId(pool, modelName, isFree)
    const path = join(folder, String(runId))
    const log = this.parts.log.child({ runId, model: modelName })
    try {
      const bytes = keys.isEmpty ? [artifact] : sealParts(keys.newSealingKey(resultId(runId)), [artifact])
      await writeFlushed(artifactPath(path, ATTEMPT), bytes)
      const imported = { type: 'trained', metrics, found, durationMs, attempt: ATTEMPT } as const
      const outcome = await storableOf(path, imported, artifactBytesMax)
      if (outcome.type === 'failed') throw new ServiceError('MEMORY_EXCEEDED', outcome.message)
      await onReserved(runId)
      const written = await ends.write({ runId, modelName, path, madeFor: modelName, log }, outcome)
      if (written === 'written') return runId
      throw new ServiceError('RUN_HELD_ELSEWHERE', `the new run ${runId} is not ours any more`)
    } finally {
      await locks.unlock(runId)
      await rm(artifactPath(path, ATTEMPT), { force: true })
    }
  }
}

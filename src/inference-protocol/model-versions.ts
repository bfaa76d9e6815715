// The versions of a model: its runs that ended in SUCCESS, by their ids.
import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import { parseRunId } from '../model-runs/run-id.ts'
import { listVersions } from '../model-runs/versions-table.ts'

/** Versions that are listed at the most. */
const LISTED_MAX = 100

export class ModelVersions {
  private readonly pool: pg.Pool
  /**
   * The newest version that was found, by model. A newer one may have come since, of another worker too, so that each
   * time is asked again; but only the runs from here on are looked at. Bounded by the models that have a version.
   */
  private readonly newestKnown = new Map<string, number>()

  constructor(pool: pg.Pool) {
    this.pool = pool
  }

  /** The newest version. Throws ServiceError MODEL_VERSION_UNKNOWN when there is none. */
  async newest(modelName: string): Promise<number> {
    // PostgreSQL has no text with that character.
    if (modelName.includes('\0')) throw noVersion(modelName)
    const known = this.newestKnown.get(modelName) ?? 0
    let [newest] = await listVersions(this.pool, modelName, { from: known, limit: 1 })
    // It was deleted.
    if (newest === undefined && known > 0) [newest] = await listVersions(this.pool, modelName, { from: 0, limit: 1 })
    if (newest === undefined) {
      this.newestKnown.delete(modelName)
      throw noVersion(modelName)
    }
    this.newestKnown.set(modelName, newest)
    return newest
  }

  /** The newest versions, newest first. */
  list(modelName: string): Promise<number[]> {
    return listVersions(this.pool, modelName, { from: 0, limit: LISTED_MAX })
  }
}

function noVersion(modelName: string): ServiceError {
  const shown = JSON.stringify(modelName.slice(0, 255))
  return new ServiceError('MODEL_VERSION_UNKNOWN', `there is no model ${shown}, or no training of it has succeeded`)
}

/** The run that a version names. Throws ServiceError MODEL_VERSION_UNKNOWN when it is no id of a run. */
export function runIdOf(version: string): number {
  const runId = parseRunId(version)
  if (runId !== undefined) return runId
  const shown = JSON.stringify(version.slice(0, 60))
  throw new ServiceError('MODEL_VERSION_UNKNOWN', `versions are ids of runs, got ${shown}`)
}

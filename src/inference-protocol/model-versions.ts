// The versions of a model: its runs that ended in SUCCESS, by their ids.
import type pg from 'pg'
import { ServiceError } from '../errors.ts'
import { parseRunId } from '../model-runs/run-id.ts'
import { listVersions } from '../model-runs/versions-table.ts'
import type { AnswerStamp } from '../prediction/answer-stamp.ts'
import type { RowsWatch } from '../prediction/rows-watch.ts'
import type { ShownAs } from '../prediction/served-as.ts'

/** Versions that are listed at the most. */
const LISTED_MAX = 100

/** What a name and a version stand for. */
export interface NamedRun {
  readonly modelName: string
  readonly runId: number
  readonly shownAs?: ShownAs
  /** The versions that the name has, the newest first; absent: those of VersionNames.list. */
  readonly versions?: readonly number[]
  /** Begins a prediction of a deployment, which stamps its answers and counts them. keyOf: the request's experiment_key. */
  readonly begin?: (keyOf: () => string | undefined) => ServedPrediction
}

/** A run that is to predict for a deployment. */
export interface AskedRun {
  readonly modelName: string
  readonly runId: number
  readonly stamp: AnswerStamp
  /** Counts the rows. */
  readonly watch: RowsWatch | undefined
}

export interface ServedPrediction extends AskedRun {
  readonly onPredicted: (rowCount: number) => void
  readonly onFailed: (error: unknown) => void
  /** Who predicts where this fails; absent: nobody. */
  readonly instead?: ((error: unknown) => AskedRun) | undefined
  /** Hears how other runs predict the same rows; absent where none is to. */
  readonly repeatBy?: ((repeat: RepeatedInference) => void) | undefined
}

export interface RepeatedInference {
  /** Of the body, which is kept until it is predicted again; undefined where it is too large for that. */
  readonly bytes: number | undefined
  predict(by: Pick<AskedRun, 'modelName' | 'runId'>, watch: RowsWatch, timeoutMs: number): Promise<void>
}

/** The names of the protocol. Calls throw ServiceError MODEL_VERSION_UNKNOWN. */
export interface VersionNames {
  /** Of the newest version where none is named. */
  find(name: string, version: string | undefined): Promise<NamedRun>
  /** The newest first, a hundred at the most. */
  list(name: string): Promise<string[]>
}

/** Names of projects that answer by what is deployed; undefined of a name that is none. */
export interface ProjectNames {
  find(name: string, version: string | undefined): Promise<NamedRun | undefined>
}

/** Names of projects, and `others`. */
export function namesWithProjects(projects: ProjectNames, others: VersionNames): VersionNames {
  return {
    find: async (name, version) => (await projects.find(name, version)) ?? others.find(name, version),
    list: (name) => others.list(name),
  }
}

export class ModelVersions implements VersionNames {
  private readonly pool: pg.Pool
  /**
   * The newest version that was found, by model. A newer one may have come since, of another worker too, so that each
   * time is asked again; but only the runs from here on are looked at. Bounded by the models that have a version.
   */
  private readonly newestKnown = new Map<string, number>()

  constructor(pool: pg.Pool) {
    this.pool = pool
  }

  async find(modelName: string, version: string | undefined): Promise<NamedRun> {
    return { modelName, runId: version === undefined ? await this.newest(modelName) : runIdOf(version) }
  }

  /** The newest version. Throws ServiceError MODEL_VERSION_UNKNOWN when there is none. */
  private async newest(modelName: string): Promise<number> {
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

  async list(modelName: string): Promise<string[]> {
    return (await listVersions(this.pool, modelName, { from: 0, limit: LISTED_MAX })).map(String)
  }
}

function noVersion(modelName: string): ServiceError {
  const shown = JSON.stringify(modelName.slice(0, 255))
  return new ServiceError('MODEL_VERSION_UNKNOWN', `there is no model ${shown}, or no training of it has succeeded`)
}

/** The run that a version names. Throws ServiceError MODEL_VERSION_UNKNOWN when it is no id of a run. */
function runIdOf(version: string): number {
  const runId = parseRunId(version)
  if (runId !== undefined) return runId
  const shown = JSON.stringify(version.slice(0, 60))
  throw new ServiceError('MODEL_VERSION_UNKNOWN', `versions are ids of runs, got ${shown}`)
}

// The predictions that are kept, as callers look at them and fetch them.

import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import type { KnownColumn } from '../../model/artifact-columns.ts'
import { FaultList } from '../../model/faults.ts'
import { shownNames } from '../../model/shown.ts'
import type { Project } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import type { TableBlock } from '../../rows/write-arrow.ts'
import { type DecodedPrediction, decodePrediction, FeatureReader } from './decode-rows.ts'
import { exportBlocks, PAGE_ROWS } from './export-blocks.ts'
import { keyDigestsOf } from './key-digests.ts'
import { NO_KEY_COLUMN } from './monitoring-schemas.ts'
import type { MonitoringSettings } from './monitoring-settings.ts'
import { findPrediction, listPredictions, type PredictionFilter, type StoredPrediction } from './predictions-table.ts'
import type { ColumnsReader, LoggedColumns } from './version-columns.ts'

export interface LoggedPredictionsParts {
  readonly ownSchema: OwnSchema
  readonly projects: Pick<Projects, 'find'>
  readonly versions: Pick<Versions, 'find'>
  readonly settings: Pick<MonitoringSettings, 'of'>
  readonly columns: ColumnsReader
  readonly keys: KeyRing
}

/** What is asked for. answer: a class as text, or a number; only with a version, which knows its classes. */
export interface AskedPredictions extends Omit<PredictionFilter, 'answer' | 'keyDigests'> {
  readonly answer?: string | undefined
  readonly key?: string | undefined
}

export interface FoundPrediction {
  readonly stored: StoredPrediction
  /** The caller's; null where there is none, or it cannot be opened. */
  readonly key: string | null
  /** Undefined where the artifact of the version is gone, or cannot be read. */
  readonly decoded: DecodedPrediction | undefined
}

export class LoggedPredictions {
  private readonly parts: LoggedPredictionsParts

  constructor(parts: LoggedPredictionsParts) {
    this.parts = parts
  }

  /**
   * The newest first, those before the id. Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN, and REQUEST_INVALID of
   * an answer that the version does not give.
   */
  async list(project: string, asked: AskedPredictions, limit: number, after?: string): Promise<FoundPrediction[]> {
    const { projectId, name } = await this.parts.projects.find(project)
    const filter = await this.filterOf({ projectId, name }, asked)
    const page = { order: 'newest', limit, after } as const
    const rows = await listPredictions(this.parts.ownSchema.pool, projectId, filter, page)
    const reader = new FeatureReader(this.parts.keys)
    const found: FoundPrediction[] = []
    for (const stored of rows) found.push(await this.decode(stored, reader))
    return found
  }

  /** Throws ServiceError PROJECT_UNKNOWN, PREDICTION_UNKNOWN. */
  async find(project: string, predictionId: string): Promise<FoundPrediction> {
    const { projectId, name } = await this.parts.projects.find(project)
    const stored = await findPrediction(this.parts.ownSchema.pool, projectId, predictionId)
    if (stored === undefined) {
      const detail = `project ${name} keeps no prediction ${predictionId}: it was not in the sample, or is gone by now`
      throw new ServiceError('PREDICTION_UNKNOWN', detail)
    }
    return this.decode(stored, new FeatureReader(this.parts.keys))
  }

  /**
   * All of a version until `to`, the oldest first, in blocks. Nothing is read before it is asked for. Throws ServiceError
   * as list does, and ARTIFACT_UNUSABLE.
   */
  async content(
    project: string,
    asked: AskedPredictions & { readonly version: number; readonly to: number },
  ): Promise<AsyncGenerator<TableBlock>> {
    const { ownSchema, projects, versions, keys } = this.parts
    const { projectId, name } = await projects.find(project)
    const { runId } = await versions.find(project, asked.version)
    const filter = await this.filterOf({ projectId, name }, asked)
    const readPage = (after: string | undefined): Promise<StoredPrediction[]> =>
      listPredictions(ownSchema.pool, projectId, filter, { order: 'oldest', limit: PAGE_ROWS, after })
    return exportBlocks(readPage, await this.loggedColumns(asked.version, runId), new FeatureReader(keys))
  }

  private async filterOf(
    { projectId, name }: Pick<Project, 'projectId' | 'name'>,
    { answer, key, ...filter }: AskedPredictions,
  ): Promise<PredictionFilter> {
    const faults = new FaultList()
    const keyDigests = key === undefined ? undefined : await this.digestsOf(projectId, key, faults)
    const code = answer === undefined ? undefined : await this.codeOf(name, filter.version, answer, faults)
    if (!faults.isEmpty) throw invalidRequest(faults)
    return { ...filter, answer: code, keyDigests }
  }

  private async digestsOf(projectId: number, key: string, faults: FaultList): Promise<string[]> {
    const column = (await this.parts.settings.of(projectId)).key_column
    if (column !== undefined) return keyDigestsOf(this.parts.keys, column, key)
    faults.add({ in: 'query', parameter: 'key', detail: NO_KEY_COLUMN })
    return []
  }

  private async codeOf(
    project: string,
    version: number | undefined,
    answer: string,
    faults: FaultList,
  ): Promise<number | undefined> {
    if (version === undefined) {
      faults.add({ in: 'query', parameter: 'version', detail: 'missing: an answer is looked for in one version' })
      return undefined
    }
    const { runId } = await this.parts.versions.find(project, version)
    const { answer: column } = await this.loggedColumns(version, runId)
    const code = codeIn(column, answer)
    const { levels } = column
    const expected = levels.length === 0 ? 'a number' : `one of ${shownNames(levels.map(String))}`
    if (code === undefined) faults.add({ in: 'query', parameter: 'answer', detail: `expected ${expected}` })
    return code
  }

  /** Throws ServiceError REQUEST_INVALID of a version that takes tensors, and what reading the columns throws. */
  private async loggedColumns(version: number, runId: number): Promise<LoggedColumns> {
    const { answer, ...columns } = await this.parts.columns.of(runId)
    if (answer !== undefined) return { ...columns, answer }
    const faults = new FaultList()
    const detail = `version ${version} takes tensors: of these no values are logged`
    faults.add({ in: 'query', parameter: 'version', detail })
    throw invalidRequest(faults)
  }

  private async decode(stored: StoredPrediction, reader: FeatureReader): Promise<FoundPrediction> {
    const decoded = await orUnreadable(async () => {
      const columns = await this.parts.columns.of(stored.runId)
      return decodePrediction(stored, reader.featuresOf(stored), columns)
    })
    const key = (await orUnreadable(async () => reader.keyOf(stored))) ?? null
    return { stored, key, decoded }
  }
}

/** Undefined of what cannot be read any more. */
async function orUnreadable<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE') return undefined
    throw error
  }
}

/** The code of a class, or a number; undefined of what the column never is. */
function codeIn({ kind, levels }: KnownColumn, answer: string): number | undefined {
  if (kind === 'categorical') {
    const code = levels.findIndex((level) => String(level) === answer)
    return code < 0 ? undefined : code
  }
  const value = Number(answer)
  return answer.trim() === '' || Number.isNaN(value) ? undefined : value
}

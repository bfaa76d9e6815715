// The predictions that are kept, as callers look at them and fetch them.

import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import type { KnownColumn } from '../../model/artifact-columns.ts'
import { FaultList } from '../../model/faults.ts'
import { shownNames } from '../../model/shown.ts'
import type { Projects } from '../../projects/projects.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import type { TableBlock } from '../../rows/write-arrow.ts'
import { type DecodedPrediction, decodePrediction, FeatureReader } from './decode-rows.ts'
import { exportBlocks, PAGE_ROWS } from './export-blocks.ts'
import { findPrediction, listPredictions, type PredictionFilter, type StoredPrediction } from './predictions-table.ts'
import type { ColumnsReader, LoggedColumns } from './version-columns.ts'

export interface LoggedPredictionsParts {
  readonly ownSchema: OwnSchema
  readonly projects: Pick<Projects, 'find'>
  readonly versions: Pick<Versions, 'find'>
  readonly columns: ColumnsReader
  readonly keys: KeyRing
}

/** What is asked for. answer: a class as text, or a number; only with a version, which knows its classes. */
export interface AskedPredictions extends Omit<PredictionFilter, 'answer'> {
  readonly answer?: string | undefined
}

export interface FoundPrediction {
  readonly stored: StoredPrediction
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
    const { projectId } = await this.parts.projects.find(project)
    const filter = await this.filterOf(project, asked)
    const page = { order: 'newest', limit, after } as const
    const rows = await listPredictions(this.parts.ownSchema.pool, projectId, filter, page)
    const reader = new FeatureReader(this.parts.keys)
    const found: FoundPrediction[] = []
    for (const stored of rows) found.push({ stored, decoded: await this.decode(stored, reader) })
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
    return { stored, decoded: await this.decode(stored, new FeatureReader(this.parts.keys)) }
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
    const { projectId } = await projects.find(project)
    const { runId } = await versions.find(project, asked.version)
    const filter = await this.filterOf(project, asked)
    const readPage = (after: string | undefined): Promise<StoredPrediction[]> =>
      listPredictions(ownSchema.pool, projectId, filter, { order: 'oldest', limit: PAGE_ROWS, after })
    return exportBlocks(readPage, await this.loggedColumns(asked.version, runId), new FeatureReader(keys))
  }

  private async filterOf(project: string, { answer, ...filter }: AskedPredictions): Promise<PredictionFilter> {
    if (answer === undefined) return filter
    const faults = new FaultList()
    if (filter.version === undefined) {
      faults.add({ in: 'query', parameter: 'version', detail: 'missing: an answer is looked for in one version' })
      throw invalidRequest(faults)
    }
    const { runId } = await this.parts.versions.find(project, filter.version)
    const { answer: column } = await this.loggedColumns(filter.version, runId)
    const code = codeOf(column, answer)
    if (code !== undefined) return { ...filter, answer: code }
    const { levels } = column
    const expected = levels.length === 0 ? 'a number' : `one of ${shownNames(levels.map(String))}`
    faults.add({ in: 'query', parameter: 'answer', detail: `expected ${expected}` })
    throw invalidRequest(faults)
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

  private async decode(stored: StoredPrediction, reader: FeatureReader): Promise<DecodedPrediction | undefined> {
    try {
      const columns = await this.parts.columns.of(stored.runId)
      return decodePrediction(stored, reader.featuresOf(stored), columns)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE') return undefined
      throw error
    }
  }
}

/** The code of a class, or a number; undefined of what the column never is. */
function codeOf({ kind, levels }: KnownColumn, answer: string): number | undefined {
  if (kind === 'categorical') {
    const code = levels.findIndex((level) => String(level) === answer)
    return code < 0 ? undefined : code
  }
  const value = Number(answer)
  return answer.trim() === '' || Number.isNaN(value) ? undefined : value
}

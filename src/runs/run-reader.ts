// What is known of runs: rows of the database, what this worker remembers, and what it is at.
import type pg from 'pg'
import type { DataSets } from '../datasets/data-sets.ts'
import { ServiceError } from '../errors.ts'
import { ArtifactError, readArtifactFront, readArtifactParameters } from '../model/artifact.ts'
import { readWarnings } from '../model/run-warning.ts'
import {
  findShownRun,
  listRuns,
  METRICS_MAX,
  type MetricRows,
  type RunFilter,
  type ShownRow,
} from '../model-runs/shown-runs-table.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import { readWholeFront } from '../model-runs/whole-front.ts'
import type { Trainings } from '../training/trainings.ts'
import { isReportData } from '../training-summary/report-data.ts'
import type { SearchReport } from '../training-summary/search-report.ts'
import { crossFittingAnswerOf } from './cross-fitting-answer.ts'
import type { LiveRun } from './live-run.ts'
import { MetricsReader } from './metrics-reader.ts'
import type { KnownOfRun, RunJournal } from './run-journal.ts'
import type { RunRecord } from './run-record.ts'
import type { Run, RunList, RunSummary } from './run-schemas.ts'
import { searchSummaryOf } from './search-schemas.ts'

export interface RunReaderParts {
  readonly pool: pg.Pool
  readonly results: StoredResults
  readonly trainings: Trainings
  readonly journal: RunJournal
  readonly dataSets: Pick<DataSets, 'ofRun'>
}

/** Of larger artifacts the parameters are not read: that would keep others waiting. */
const ARTIFACT_BYTES_MAX = 4 * 2 ** 20
const WARNINGS_HINT =
  'the warnings are not known here: this worker did not train the run, or an earlier version did, and its result does not have them'
/** Before its end nobody knows the warnings of a run. */
const ENDED = new Set(['SUCCESS', 'FAILED'])
const METRICS_CUT_HINT = `the run has more than ${METRICS_MAX} metrics: those of some classes are left out here, and stand in model_run_metrics`
const METRICS_HINT =
  'the database role of this worker may not read the metrics: grant select on model_run_metrics to it'

/** correlationId: only runs that this worker knows to have it. */
export type ListFilter = Omit<RunFilter, 'runIds'> & { readonly correlationId: string | undefined }

export class RunReader {
  private readonly parts: RunReaderParts
  private readonly metrics: MetricsReader

  constructor(parts: RunReaderParts) {
    this.parts = parts
    this.metrics = new MetricsReader(parts.pool)
  }

  /** The newest runs that pass the filter. Throws when the database is away. */
  async list({ correlationId, ...given }: ListFilter): Promise<RunList> {
    const { pool, trainings, journal } = this.parts
    const runIds = correlationId === undefined ? undefined : await journal.runIdsOf(correlationId)
    const filter = { ...given, runIds }
    const rows = await listRuns(pool, { ...filter, limit: filter.limit + 1 })
    const shown = rows.slice(0, filter.limit)
    const records = await journal.records(shown.map(({ id }) => id))
    const known = shown.map((row) => ({ row, record: ofRow(records.get(row.id), row) }))
    // Of the metrics a list has only errors, and those of runs with a record are in it.
    const isAsked = ({ row, record }: (typeof known)[number]): boolean =>
      row.status === 'FAILED' && (record?.error ?? null) === null
    const errors = await this.metrics.read(known.filter(isAsked).map(({ row }) => row.id))
    const { positions } = trainings
    const runs = known.map((each) => {
      const { row, record } = each
      const metrics = isAsked(each) && errors === undefined ? undefined : (errors?.get(row.id) ?? new Map())
      return this.summarize(row, record, metrics, positions.get(row.id))
    })
    return { runs, next: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null }
  }

  /** Throws ServiceError RUN_UNKNOWN, or what the database throws. */
  async find(runId: number): Promise<Run> {
    const { pool, trainings, journal } = this.parts
    const row = await findShownRun(pool, runId)
    if (row === undefined) throw new ServiceError('RUN_UNKNOWN', `model_runs has no row with id ${runId}`)
    const record = ofRow(await journal.record(runId), row)
    const ofRuns = await this.metrics.read([runId])
    const read = ofRuns && [...(ofRuns.get(runId) ?? [])]
    const metrics: MetricRows | undefined = read && new Map(read.slice(0, METRICS_MAX))
    const live = journal.live(runId)
    const summary = this.summarize(row, record, metrics, trainings.positionOf(runId))
    const known = live === undefined ? await this.knownOf(row, record) : journal.knownOf(live.run)
    const hints = [
      ...summary.hints,
      ...(known.warnings === null && ENDED.has(row.status) ? [WARNINGS_HINT] : []),
      ...(read !== undefined && read.length > METRICS_MAX ? [METRICS_CUT_HINT] : []),
    ]
    const dataset = await this.parts.dataSets.ofRun(runId)
    const search = live === undefined ? await this.searchSummary(row, metrics) : searchAsked(live)
    return {
      ...summary,
      hints,
      parameters: live === undefined ? await this.parametersOf(row, record) : journal.parametersOf(live.run),
      metrics: metrics === undefined ? null : numbersIn(metrics),
      warnings: known.warnings,
      split_seed: known.splitSeed,
      ...(await this.crossFittingOf(row, metrics)),
      ...(search === undefined ? {} : { search }),
      ...(dataset === undefined ? {} : { dataset: { id: dataset.datasetId, sha256: dataset.sha256 } }),
    }
  }

  /** All trials of its search. Throws ServiceError RUN_UNKNOWN, RUN_FAILED, RUN_NOT_READY, SEARCH_UNKNOWN, ARTIFACT_UNUSABLE. */
  async search(runId: number): Promise<SearchReport> {
    try {
      const { front } = await readWholeFront(this.parts.results, runId)
      const { report } = readArtifactFront(front)
      if (isReportData(report) && report.search !== undefined) return report.search
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error
      throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
    }
    throw new ServiceError('SEARCH_UNKNOWN', `run ${runId} was trained with the parameters that it was given`)
  }

  /** Place in the queue and progress, without a look at the database. */
  now(runId: number): Pick<Run, 'position' | 'progress'> {
    const live = this.parts.journal.live(runId)
    return { position: this.parts.trainings.positionOf(runId) ?? null, progress: progressOf(live) }
  }

  private summarize(
    row: ShownRow,
    record: RunRecord | undefined,
    metrics: MetricRows | undefined,
    position: number | undefined,
  ): RunSummary {
    const live = this.parts.journal.live(row.id)
    return {
      id: row.id,
      model_name: row.modelName,
      status: row.status,
      position: position ?? null,
      correlation_id: live?.run.correlationId ?? record?.correlationId ?? null,
      progress: progressOf(live),
      timings: timingsOf(row, live, record),
      error: errorOf(row, record, metrics),
      hints: metrics === undefined ? [METRICS_HINT] : [],
    }
  }

  /** What this worker has kept; of a run that it did not train what its artifact says. */
  private async knownOf({ id, status }: ShownRow, record: RunRecord | undefined): Promise<KnownOfRun> {
    const { warnings = null, splitSeed = null } = record ?? {}
    if (warnings !== null || status !== 'SUCCESS') return { warnings, splitSeed }
    const report = await this.reportOf(id)
    return report === undefined ? { warnings, splitSeed } : knownInReport(report)
  }

  /** Of runs whose metrics tell that there is some. */
  private async crossFittingOf({ id, status }: ShownRow, metrics: MetricRows | undefined) {
    const isAsked = [...(metrics?.keys() ?? [])].some((name) => name === 'threshold' || name.startsWith('cv_'))
    if (status !== 'SUCCESS' || !isAsked) return {}
    const report = await this.reportOf(id)
    return isReportData(report) && report.crossFitting !== undefined ? crossFittingAnswerOf(report.crossFitting) : {}
  }

  /** What the front of a result has; undefined where it is missing or cannot be used. */
  private async reportOf(runId: number): Promise<unknown> {
    try {
      return readArtifactFront((await readWholeFront(this.parts.results, runId)).front).report
    } catch (error) {
      if (isUnusable(error)) return undefined
      throw error
    }
  }

  /** A look at its result is for those only whose metrics tell of a search. */
  private async searchSummary({ id, status }: ShownRow, metrics: MetricRows | undefined): Promise<Run['search']> {
    if (status !== 'SUCCESS' || metrics?.has('search_trials') !== true) return undefined
    try {
      return searchSummaryOf(await this.search(id))
    } catch (error) {
      if (error instanceof ServiceError) return undefined
      throw error
    }
  }

  private async parametersOf({ id, status }: ShownRow, record: RunRecord | undefined): Promise<Run['parameters']> {
    if (record !== undefined && record.parameters !== null) return record.parameters
    if (status !== 'SUCCESS') return null
    try {
      const artifact = await this.parts.results.readSmall(id, ARTIFACT_BYTES_MAX)
      return artifact === undefined ? null : { ...readArtifactParameters(artifact) }
    } catch (error) {
      if (isUnusable(error)) return null
      throw error
    }
  }
}

function searchAsked({ run }: LiveRun): Run['search'] {
  return run.search && { strategy: run.search.strategy, scoring: run.search.scoring }
}

/** Whether a result cannot be read, by what it is. */
function isUnusable(error: unknown): boolean {
  return error instanceof ArtifactError || (error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE')
}

/** What was kept, where it is of this run: a folder may have served another database before. */
function ofRow(record: RunRecord | undefined, { modelName, status }: ShownRow): RunRecord | undefined {
  return record?.status === status && (record.modelName ?? modelName) === modelName ? record : undefined
}

function knownInReport(report: unknown): KnownOfRun {
  if (!isReportData(report)) return { warnings: null, splitSeed: null }
  const { validationSplit, splitSeed = null } = report
  return { warnings: readWarnings(report.warnings) ?? null, splitSeed: validationSplit === null ? null : splitSeed }
}

function progressOf(live: LiveRun | undefined): Run['progress'] {
  const progress = live?.progressAt(Date.now())
  if (progress === undefined) return null
  const { phase, step, done, of, secondsLeft } = progress
  const fraction = of > 0 ? Math.min(1, Math.max(0, done / of)) : 0
  return { phase, step, done, of, fraction, seconds_left: secondsLeft }
}

function timingsOf(
  { runDate }: ShownRow,
  live: LiveRun | undefined,
  record: RunRecord | undefined,
  now = Date.now(),
): Run['timings'] {
  const acceptedAt = live?.acceptedAt ?? record?.acceptedAt ?? undefined
  const startedAt = live?.startedAt ?? record?.startedAt ?? undefined
  const endedAt = record?.endedAt
  // A run that was cancelled while it waited was not trained at all.
  const waitedUntil = startedAt ?? endedAt ?? now
  return {
    run_date: runDate,
    accepted: isoOf(acceptedAt),
    started: isoOf(startedAt),
    ended: isoOf(endedAt),
    seconds_waited: acceptedAt === undefined ? null : secondsBetween(acceptedAt, waitedUntil),
    seconds_trained:
      record?.secondsTrained ?? (startedAt === undefined ? null : secondsBetween(startedAt, endedAt ?? now)),
  }
}

function isoOf(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString()
}

/** The clock may be set back meanwhile. */
function secondsBetween(from: number, to: number): number {
  return Math.max(0, to - from) / 1000
}

function errorOf({ status }: ShownRow, record: RunRecord | undefined, metrics: MetricRows | undefined): Run['error'] {
  if (status !== 'FAILED') return null
  const code = metrics?.get('error_code')
  if (code !== undefined) return { code, message: metrics?.get('error_message') ?? '' }
  if (record === undefined || record.error === null) return null
  // As long as the table has it.
  return { code: record.error.code, message: [...record.error.message].slice(0, 255).join('') }
}

function numbersIn(metrics: MetricRows): Record<string, number | null> {
  const names = [...metrics].filter(([name]) => name !== 'error_code' && name !== 'error_message')
  return Object.fromEntries(
    names.map(([name, text]) => {
      const value = Number(text)
      return [name, text.trim() !== '' && Number.isFinite(value) ? value : null]
    }),
  )
}

// Reports of finished runs: read out of the database, drawn when they are asked for, kept while there is room.
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import { ArtifactError } from '../model/artifact.ts'
import type { StoredResults } from '../model-runs/stored-results.ts'
import { type RunWithFront, readWholeFront } from '../model-runs/whole-front.ts'
import { readArtifactReport } from '../training-summary/read-report.ts'
import type { ReportData } from '../training-summary/report-data.ts'
import type { Chart } from './charts/chart.ts'
import type { ReportHead } from './page/report-head.ts'
import type { RenderWorker } from './render-worker.ts'

export interface RunReport {
  /** Another result or another run has another one. */
  readonly digest: string
  readonly head: ReportHead
  readonly report: ReportData
}

/** Bytes of all pages that are kept. */
const PAGES_BYTES_MAX = 2 ** 24

export class RunReports {
  private readonly results: StoredResults
  private readonly log: Logger
  private readonly pages: LRUCache<string, string, RunReport>

  constructor(results: StoredResults, worker: RenderWorker, log: Logger) {
    this.results = results
    this.log = log
    this.pages = new LRUCache({
      maxSize: PAGES_BYTES_MAX,
      sizeCalculation: (page) => Math.max(1, page.length),
      // One drawing for all that wait; a failed one is not kept.
      fetchMethod: (_digest, _stale, { context: { report, head } }) => worker.render(report, head),
    })
  }

  /** Throws ServiceError RUN_UNKNOWN, RUN_FAILED, RUN_NOT_READY, ARTIFACT_UNUSABLE. */
  async read(runId: number): Promise<RunReport> {
    const { run, header, digest, report } = await this.readFront(runId)
    const { modelName, runDate } = run
    const head = { modelName, runId, runDate, featureNames: header.feature_names, labelNames: header.label_names }
    return { digest, head, report }
  }

  /** The page. Throws ServiceError OVERLOADED, or ARTIFACT_UNUSABLE where its data does not fit together. */
  async page(found: RunReport): Promise<string> {
    const { head, digest } = found
    const page = this.pages.fetch(`${head.runId} ${digest}`, { context: found })
    return page.catch((error) => this.refuse(found, error)) as Promise<string>
  }

  /** Every chart, to be sent as data. Throws ServiceError ARTIFACT_UNUSABLE. */
  async charts(found: RunReport): Promise<Chart[]> {
    const { chartsOf } = await import('./charts/charts-of.ts')
    try {
      return chartsOf(found.report)
    } catch (error) {
      return this.refuse(found, error)
    }
  }

  private refuse({ head: { runId } }: RunReport, error: unknown): never {
    if (error instanceof ServiceError) throw error
    this.log.error({ err: error, runId }, 'a report could not be drawn')
    throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: its report cannot be drawn`, { cause: error })
  }

  private async readFront(runId: number): Promise<ReturnType<typeof readArtifactReport> & { run: RunWithFront }> {
    try {
      const run = await readWholeFront(this.results, runId)
      return { run, ...readArtifactReport(run.front) }
    } catch (error) {
      if (!(error instanceof ArtifactError)) throw error
      throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId}: ${error.message}`, { cause: error })
    }
  }
}

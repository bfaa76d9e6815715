// The part of monitoring that keeps predictions: what projects want of it, the log in this process, and its table.
import type { Audit } from '../../audit/audit.ts'
import { createPool } from '../../database/pool.ts'
import type { Erasers } from '../../erasures/erasers.ts'
import type { Foundation } from '../../foundation.ts'
import { StoredResults } from '../../model-runs/stored-results.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import { RowScorer } from '../anomalies/row-scorer.ts'
import { ScoredRows } from '../anomalies/scored-rows.ts'
import type { CellsApi } from '../cells/open-cells.ts'
import { countScores } from '../quality/quality-metrics.ts'
import type { FoundLevels } from '../unseen/found-levels.ts'
import { openUnseen } from '../unseen/open-unseen.ts'
import { logEraser } from './log-eraser.ts'
import { batchOf, writeBatch } from './log-writer.ts'
import { LoggedPredictions } from './logged-predictions.ts'
import { MonitoringSettings } from './monitoring-settings.ts'
import { addPredictionDays } from './prediction-days-table.ts'
import { PredictionLog } from './prediction-log.ts'
import { keptPredictions } from './retention.ts'
import { logRoutes } from './routes.ts'
import { DROP_REASONS } from './try-to-write.ts'
import { ColumnsReader } from './version-columns.ts'

/** Of the flusher: nobody else waits for what it writes. */
const CONNECTIONS = 2
const DAYS_AHEAD = 7
const EVERY_SECONDS = 3_600

export interface LogNeeds {
  readonly audit: Audit
  readonly erasers: Erasers
  readonly projects: ProjectsApi
  readonly retention: Retention
  /** Tells what was predicted, and counts what is found of it. */
  readonly cells: Pick<CellsApi, 'baselines' | 'predicted' | 'quality'>
}

/** What other parts of the monitoring may ask. */
export interface LogApi {
  readonly settings: MonitoringSettings
  readonly columns: ColumnsReader
  /** Levels that the training never saw. */
  readonly unseen: FoundLevels
}

export async function openLog(
  base: Foundation,
  { audit, erasers, projects: { projects, versions }, retention, cells }: LogNeeds,
): Promise<{ readonly part: Omit<Room, 'name' | 'checks'>; readonly api: LogApi }> {
  const { config, databaseUrl, pool, ownSchema, jobs, keys, budget, telemetry, log } = base
  const settings = new MonitoringSettings({ ownSchema, audit, projects, log })
  const own = createPool(config.OWN_DATABASE_URL || databaseUrl, log, CONNECTIONS)
  const written = telemetry.counter({
    name: 'ml_worker_logged_predictions_total',
    help: 'Predictions that were written to the log',
  })
  const dropped = telemetry.counter({
    name: 'ml_worker_logged_predictions_dropped_total',
    help: 'Predictions that were to be logged and were not, by reason',
    labelNames: ['reason'],
  })
  for (const reason of DROP_REASONS) dropped.inc({ reason }, 0)
  const rows = new PredictionLog({
    rateOf: (projectId) => settings.rateOf(projectId),
    keyColumnOf: (projectId) => settings.keyColumnOf(projectId),
    batchOf: (batch) => batchOf(batch, keys),
    write: (batch) => writeBatch(own, batch),
    onWritten: (count) => written.inc(count),
    onDropped: (reason, count) => dropped.inc({ reason }, count),
    log,
  })
  telemetry.gaugeOf('ml_worker_logged_predictions_waiting', 'Predictions that wait to be written', () => rows.rowCount)
  telemetry.gaugeOf('ml_worker_logged_predictions_bytes', 'What they hold, in bytes', () => rows.byteLength)
  const scores = countScores(telemetry, () => scorer.waitingRows)
  const scorer = new RowScorer({
    forestOf: async (runId) => (await cells.baselines.of(runId))?.rowForest,
    onScored({ deployment }, share, found) {
      scores.onScored(deployment.projectId, found.rows, found.anomalous)
      const hour = cells.quality.hourOf(deployment)
      const of = { name: '', detail: String(share) }
      hour?.add({ kind: 'scored', ...of }, found.rows)
      hour?.add({ kind: 'anomalous', ...of }, found.anomalous)
    },
    onDropped: scores.onDropped,
  })
  const shareOf = (projectId: number): number => settings.anomalyShareOf(projectId)
  const keepsRows = (projectId: number): boolean => settings.rateOf(projectId) > 0
  const unseen = openUnseen(base, { erasers, retention, keepsRows, own })
  cells.predicted.tellTo(new ScoredRows({ log: rows, shareOf, scorer }), unseen.levels)
  const columns = new ColumnsReader({ results: new StoredResults(pool, keys), budget })
  erasers.register(logEraser({ ownSchema, flush: () => rows.flush(), columns, keys }))
  for (const kind of keptPredictions(ownSchema.pool, () => ownSchema.isUsable())) retention.register(kind)
  const addDays = async (): Promise<void> => {
    await addPredictionDays(ownSchema.pool, Date.now(), DAYS_AHEAD + 1)
  }
  jobs.repeat('prediction-days', { everySeconds: EVERY_SECONDS }, addDays)
  const predictions = new LoggedPredictions({ ownSchema, projects, versions, settings, columns, keys })
  const part = {
    routes: logRoutes({ settings, predictions }),
    async recover() {
      await settings.start()
      rows.start()
      unseen.levels.start()
      if (!(await ownSchema.isUsable())) return
      await addDays().catch((error) => log.warn({ err: error }, 'days of predictions are made later'))
    },
    async close() {
      settings.close()
      scorer.close()
      await Promise.all([rows.close(), unseen.levels.close()])
      await own.close()
    },
  }
  return { part, api: { settings, columns, unseen: unseen.found } }
}

// The part of monitoring that counts what deployments predict.

import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { DeploymentsApi } from '../../deployments/open-deployments.ts'
import type { Foundation } from '../../foundation.ts'
import { StoredResults } from '../../model-runs/stored-results.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import { DeploymentWatch } from '../deployment-watch.ts'
import type { PredictedRowsSource, RowsHearer, UnseenHearer } from '../predicted-rows.ts'
import { CountedQuality } from '../quality/counted-quality.ts'
import { saveQuality } from '../quality/quality-counts-table.ts'
import { countRefusedTypes } from '../quality/quality-metrics.ts'
import { RefusedTypes } from '../quality/refused-types.ts'
import { Baselines } from './baselines.ts'
import { CellCounts } from './cell-counts.ts'
import { saveHours } from './cell-counts-table.ts'
import { CountedCells } from './counted-cells.ts'
import { keptCounts } from './retention.ts'
import { baselineRoutes } from './routes.ts'

/** How often counts are written. */
const SAVE_MS = 10_000

interface CellsNeeds {
  readonly deployments: Pick<DeploymentsApi, 'watchBy'>
  readonly projects: Pick<ProjectsApi, 'versions'>
  readonly retention: Retention
}

export interface CellsApi {
  readonly counts: CellCounts
  readonly baselines: Baselines
  readonly quality: CountedQuality
  readonly predicted: PredictedRowsSource
}

export async function openCells(
  { ownSchema, pool, keys, telemetry, log }: Foundation,
  { deployments, projects, retention }: CellsNeeds,
): Promise<{ readonly part: Omit<Room, 'name' | 'checks'>; readonly api: CellsApi }> {
  const dropped = telemetry.counter({
    name: 'ml_worker_monitoring_dropped_total',
    help: 'Rows that deployments predicted and that were not counted',
    labelNames: ['reason'],
  })
  const counted = new CountedCells({
    save: (processId, hours) => saveHours(ownSchema.pool, processId, hours),
    onDropped: (rowCount, reason) => dropped.inc({ reason }, rowCount),
    log,
  })
  const baselines = new Baselines(new StoredResults(pool, keys))
  const quality = new CountedQuality({ save: (processId, hours) => saveQuality(ownSchema.pool, processId, hours) })
  const refusedTypes = new RefusedTypes({ baselines, quality, ...countRefusedTypes(telemetry) })
  let hearer: RowsHearer | undefined
  let unseenHearer: UnseenHearer | undefined
  const watched = { cells: counted, quality, refusedTypes, hearer: () => hearer, unseenHearer: () => unseenHearer }
  deployments.watchBy((plan, isEveryRow = false) => new DeploymentWatch(plan, { ...watched, isEveryRow }))
  telemetry.gaugeOf(
    'ml_worker_monitoring_counts_bytes',
    'What counts of predictions take in memory',
    () => counted.byteLength,
  )
  for (const kind of keptCounts(ownSchema.pool, () => ownSchema.isUsable())) retention.register(kind)
  const save = async (): Promise<void> => {
    if (!(await ownSchema.isUsable())) return
    await Promise.all([counted.save(), quality.save()]).catch((error) => {
      // They are counted on, and written the next time.
      if (!isDatabaseUnavailable(error))
        log.warn({ err: error }, 'counts of predictions could not be written; they are kept')
    })
  }
  const counts = new CellCounts({ pool: ownSchema.pool, baselines, save })
  let timer: NodeJS.Timeout | undefined
  const part = {
    routes: baselineRoutes({ versions: projects.versions, baselines }),
    async recover() {
      timer = setInterval(save, SAVE_MS)
      timer.unref()
    },
    async close() {
      clearInterval(timer)
      await save()
    },
  }
  const predicted = {
    tellTo(rows: RowsHearer, unseen: UnseenHearer) {
      hearer = rows
      unseenHearer = unseen
    },
  }
  return { part, api: { counts, baselines, quality, predicted } }
}

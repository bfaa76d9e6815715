// The part of monitoring that counts what deployments predict.

import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { DeploymentsApi } from '../../deployments/open-deployments.ts'
import type { Foundation } from '../../foundation.ts'
import { StoredResults } from '../../model-runs/stored-results.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { PredictedRowsSource } from '../predicted-rows.ts'
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
  deployments.watchBy((plan, isEveryRow) => counted.watchOf(plan, isEveryRow))
  telemetry.gaugeOf(
    'ml_worker_monitoring_counts_bytes',
    'What counts of predictions take in memory',
    () => counted.byteLength,
  )
  retention.register(keptCounts(ownSchema.pool, () => ownSchema.isUsable()))
  const save = async (): Promise<void> => {
    if (!(await ownSchema.isUsable())) return
    await counted.save().catch((error) => {
      // They are counted on, and written the next time.
      if (!isDatabaseUnavailable(error))
        log.warn({ err: error }, 'counts of predictions could not be written; they are kept')
    })
  }
  const baselines = new Baselines(new StoredResults(pool, keys))
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
  return { part, api: { counts, baselines, predicted: counted } }
}

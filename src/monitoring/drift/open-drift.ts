// The part of monitoring that finds out how far predictions have moved from the training.
import type { Signals } from '../../alerts/signals.ts'
import type { DeploymentsApi } from '../../deployments/open-deployments.ts'
import type { Foundation } from '../../foundation.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { CellsApi } from '../cells/open-cells.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import type { Performance } from '../performance/performance.ts'
import type { FoundLevels } from '../unseen/found-levels.ts'
import { Drift } from './drift.ts'
import { countLooks } from './drift-metrics.ts'
import { Looks } from './looks.ts'
import { keptLooks } from './retention.ts'
import { driftRoutes } from './routes.ts'

/** How late a look may be, after its window is closed. */
const LOOK_EVERY_SECONDS = 60

export interface DriftNeeds {
  readonly projects: ProjectsApi
  readonly deployments: DeploymentsApi
  readonly retention: Retention
  readonly cells: Pick<CellsApi, 'counts' | 'baselines'>
  readonly settings: MonitoringSettings
  readonly performance: Pick<Performance, 'of'>
  readonly unseen: Pick<FoundLevels, 'of'>
  readonly signals: Signals
}

export function openDrift(
  { ownSchema, jobs, telemetry, log }: Foundation,
  {
    projects: { projects, versions },
    deployments: { deployments },
    retention,
    cells,
    settings,
    performance,
    unseen,
    signals,
  }: DriftNeeds,
): { readonly part: Omit<Room, 'name' | 'checks'>; readonly api: undefined } {
  const { counts, baselines } = cells
  const counters = countLooks(telemetry, ownSchema)
  const looks = new Looks({
    ownSchema,
    counts,
    settings,
    signals,
    onLook: counters.looked,
    onFailure: counters.failed,
    log,
  })
  jobs.repeat('drift-looks', { everySeconds: LOOK_EVERY_SECONDS }, (signal) => looks.makeDue(signal))
  retention.register(keptLooks(ownSchema.pool, () => ownSchema.isUsable()))
  const found = { projects, versions, deployments, counts, baselines, settings, performance, unseen }
  const drift = new Drift({ ownSchema, ...found })
  return { part: { routes: driftRoutes(drift) }, api: undefined }
}

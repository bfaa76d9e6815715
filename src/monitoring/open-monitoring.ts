// The room of monitoring: what deployments predict is counted, kept and judged. Each sub-folder is a part that opens itself.
import type { Signals } from '../alerts/signals.ts'
import type { Audit } from '../audit/audit.ts'
import type { DataSets } from '../datasets/data-sets.ts'
import type { DeploymentsApi } from '../deployments/open-deployments.ts'
import type { Erasers } from '../erasures/erasers.ts'
import type { Foundation } from '../foundation.ts'
import type { Notifications } from '../notifications/open-notifications.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { ProjectsApi } from '../projects/open-projects.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened, Room } from '../room.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import type { RunReader } from '../runs/run-reader.ts'
import type { TrainingApi } from '../training/open-training.ts'
import { openCells } from './cells/open-cells.ts'
import { openDetections } from './detections/open-detections.ts'
import { openDrift } from './drift/open-drift.ts'
import type { MonitoringSettings } from './log/monitoring-settings.ts'
import { openLog } from './log/open-log.ts'
import type { ColumnsReader } from './log/version-columns.ts'
import { openOutcomes } from './outcomes/open-outcomes.ts'
import type { AnswerKinds } from './performance/answer-kinds.ts'
import { openPerformance } from './performance/open-performance.ts'
import type { Performance } from './performance/performance.ts'
import { openRetraining } from './retraining/open-retraining.ts'

export interface MonitoringNeeds {
  readonly audit: Audit
  readonly bodies: BodyReceiver
  readonly dataSets: DataSets
  readonly deployments: DeploymentsApi
  readonly erasers: Erasers
  readonly notices: Notifications
  readonly prediction: PredictionApi
  readonly projects: ProjectsApi
  readonly retention: Retention
  readonly runs: RunReader
  /** What looks tell. */
  readonly signals: Signals
  readonly training: TrainingApi
}

/** What a part has of a room. */
type Part = Omit<Room, 'name' | 'checks'>

/** What other rooms may ask. */
export interface MonitoringApi {
  readonly settings: MonitoringSettings
  readonly columns: ColumnsReader
  /** What the answers of versions are. */
  readonly answers: AnswerKinds
  readonly performance: Performance
}

export async function openMonitoring(base: Foundation, needs: MonitoringNeeds): Promise<Opened<MonitoringApi>> {
  await using opening = new AsyncDisposableStack()
  const parts: Part[] = []
  const add = <Api>({ part, api }: { readonly part: Part; readonly api: Api }): Api => {
    parts.push(part)
    opening.defer(async () => part.close?.())
    return api
  }
  const cells = add(await openCells(base, needs))
  const { settings, columns, unseen } = add(await openLog(base, { ...needs, cells }))
  // What looks tell the alerts may begin a retraining, too.
  const watched = { ...needs, signals: add(await openRetraining(base, { ...needs, settings, columns })) }
  const performance = add(openPerformance(base, { ...watched, settings, columns }))
  add(openOutcomes(base, { ...needs, settings, columns, performance }))
  add(await openDetections(base, needs))
  add(openDrift(base, { ...watched, cells, settings, unseen, performance: performance.performance }))
  const closing = opening.move()
  const room = {
    name: 'monitoring',
    routes: (async (app) => {
      for (const { routes } of parts) if (routes !== undefined) await app.register(routes)
    }) satisfies Room['routes'],
    async recover() {
      for (const part of parts) await part.recover?.()
    },
    async drain(graceMs: number) {
      await Promise.all(parts.map((part) => part.drain?.(graceMs)))
    },
    close: () => closing.disposeAsync(),
  }
  return { room, api: { settings, columns, answers: performance.answers, performance: performance.performance } }
}

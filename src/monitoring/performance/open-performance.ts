// The part of monitoring that says how right deployed versions were: sums that are kept up, and looks at them.
import type { Signals } from '../../alerts/signals.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { Foundation } from '../../foundation.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { AnswerKinds } from './answer-kinds.ts'
import { PerformanceLooks } from './looks.ts'
import { Performance } from './performance.ts'
import { keptPerformance } from './retention.ts'
import { performanceRoutes } from './routes.ts'
import { Segments } from './segments.ts'
import { Summing } from './summing.ts'
import { listTrainedMetrics } from './versions-table.ts'

/** How late sums are of what no worker was told of. */
const SUM_EVERY_SECONDS = 10
const LOOK_EVERY_SECONDS = 300

export interface PerformanceNeeds {
  readonly projects: ProjectsApi
  readonly retention: Retention
  readonly settings: MonitoringSettings
  readonly columns: ColumnsReader
  readonly signals: Signals
}

export interface PerformanceApi {
  readonly performance: Performance
  readonly answers: AnswerKinds
  readonly summing: Summing
}

export function openPerformance(
  { ownSchema, jobs, keys, log }: Foundation,
  { projects: { projects }, retention, settings, columns, signals }: PerformanceNeeds,
): { readonly part: Pick<Room, 'routes' | 'recover' | 'drain'>; readonly api: PerformanceApi } {
  const now = (): number => Date.now()
  const { pool } = ownSchema
  const answers = new AnswerKinds({ ownSchema, columns })
  const summing = new Summing({
    ownSchema,
    answers,
    keptDaysOf: async (projectId) => (await settings.of(projectId)).retention_days,
    now,
    log,
  })
  const performance = new Performance({
    ownSchema,
    answers,
    outcomeDaysOf: async (projectId) => (await settings.of(projectId)).outcome_days,
    onWaiting: () => summing.kick(),
    now,
  })
  const trainedOf = (projectId: number, versions: readonly number[]) => listTrainedMetrics(pool, projectId, versions)
  const looks = new PerformanceLooks({ ownSchema, projects, settings, answers, trainedOf, signals, log, now })
  jobs.repeat('performance-sums', { everySeconds: SUM_EVERY_SECONDS }, () => summing.look())
  jobs.repeat('performance-looks', { everySeconds: LOOK_EVERY_SECONDS }, async (signal) => {
    try {
      await looks.look(signal)
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
      log.debug({ err: error }, 'performance is judged again later')
    }
  })
  for (const kind of keptPerformance(pool, () => ownSchema.isUsable())) retention.register(kind)
  const segments = new Segments({ ownSchema, answers, columns, areSealed: !keys.isEmpty })
  const part = {
    routes: performanceRoutes({ projects, performance, segments, looks, trainedOf, now }),
    async recover() {
      summing.kick()
    },
    async drain() {
      await summing.close()
    },
  }
  return { part, api: { performance, answers, summing } }
}

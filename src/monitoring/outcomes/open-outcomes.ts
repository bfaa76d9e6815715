// The part of monitoring that takes what was true of predictions.
import type { Audit } from '../../audit/audit.ts'
import type { Erasers } from '../../erasures/erasers.ts'
import type { Foundation } from '../../foundation.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import type { PerformanceApi } from '../performance/open-performance.ts'
import { wasExperimenting } from './experimenting-table.ts'
import { Outcomes } from './outcomes.ts'
import { outcomesEraser } from './outcomes-eraser.ts'
import { OutcomesReader } from './outcomes-reader.ts'
import { keptOutcomes } from './retention.ts'
import { outcomeRoutes } from './routes.ts'

/** How late a prediction may come into the log. */
const LOGGED_WITHIN_SECONDS = 120

export interface OutcomesNeeds {
  readonly audit: Audit
  readonly erasers: Erasers
  readonly projects: ProjectsApi
  readonly retention: Retention
  readonly settings: MonitoringSettings
  readonly columns: ColumnsReader
  readonly performance: PerformanceApi
}

export function openOutcomes(
  { ownSchema, budget, log }: Foundation,
  { audit, erasers, projects: { projects }, retention, settings, columns, performance }: OutcomesNeeds,
): { readonly part: Pick<Room, 'routes' | 'close'>; readonly api: undefined } {
  const now = (): number => Date.now()
  const { answers, summing } = performance
  const onMarked = (): void => summing.kick()
  const outcomes = new Outcomes({
    ownSchema,
    audit,
    projects,
    async logOf(projectId) {
      const { log: mode, rate, retention_days: keptDays } = await settings.of(projectId)
      if (mode === 'off') return { rate: 0, keptDays }
      // Of an experiment every row is logged, some of them in a moment.
      const isWhole = mode === 'all' || (await wasExperimenting(ownSchema.pool, projectId, LOGGED_WITHIN_SECONDS))
      return { rate: isWhole ? 1 : rate, keptDays }
    },
    answers,
    onMarked,
    now,
  })
  const reader = new OutcomesReader(budget, log)
  erasers.register(outcomesEraser({ ownSchema, columns, onMarked, now }))
  for (const kind of keptOutcomes(ownSchema.pool, () => ownSchema.isUsable())) retention.register(kind)
  return { part: { routes: outcomeRoutes({ outcomes, reader, now }), close: () => reader.close() }, api: undefined }
}

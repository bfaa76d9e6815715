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
import { LOGGED_WITHIN_MS, settleKeyedOutcomes } from './settling.ts'

/** How late outcomes by key are settled of which no worker was told. */
const SETTLE_EVERY_SECONDS = 10

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
  { ownSchema, budget, jobs, keys, log }: Foundation,
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
      const { log: mode, rate, retention_days: keptDays, key_column: keyColumn } = await settings.of(projectId)
      if (mode === 'off') return { rate: 0, keptDays, keyColumn }
      // Of an experiment every row is logged, some of them in a moment.
      const isWhole = mode === 'all' || (await wasExperimenting(ownSchema.pool, projectId, LOGGED_WITHIN_MS / 1000))
      return { rate: isWhole ? 1 : rate, keptDays, keyColumn }
    },
    answers,
    keys,
    onMarked,
    now,
  })
  const keptDaysOf = async (projectId: number) => (await settings.of(projectId)).retention_days
  jobs.repeat('keyed-outcomes', { everySeconds: SETTLE_EVERY_SECONDS }, (signal) =>
    settleKeyedOutcomes({ ownSchema, keptDaysOf, onMarked, now }, signal),
  )
  const reader = new OutcomesReader(budget, log)
  erasers.register(outcomesEraser({ ownSchema, columns, keys, onMarked, now }))
  for (const kind of keptOutcomes(ownSchema.pool, () => ownSchema.isUsable())) retention.register(kind)
  return { part: { routes: outcomeRoutes({ outcomes, reader, now }), close: () => reader.close() }, api: undefined }
}

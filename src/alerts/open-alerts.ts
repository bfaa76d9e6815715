// The room of alerts: what looks tell of windows, the alerts that follow from it, and who is told of these.
import type { Audit } from '../audit/audit.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import type { AnswerFigures } from '../deployments/serving/window-figures.ts'
import type { Foundation } from '../foundation.ts'
import type { Notices } from '../notifications/notices.ts'
import type { Projects } from '../projects/projects.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened } from '../room.ts'
import { countAlerts } from './alert-figures.ts'
import { AlertRules } from './alert-rules.ts'
import { AlertSignals } from './alert-signals.ts'
import { Alerts } from './alerts.ts'
import { AlertLooks } from './looks.ts'
import { keptAlerts } from './retention.ts'
import { alertRoutes } from './routes.ts'
import type { Signals } from './signals.ts'
import { keepUp } from './upkeep.ts'

const LOOK_EVERY_SECONDS = 20

interface AlertsNeeds {
  readonly audit: Audit
  readonly notices: Notices
  readonly retention: Retention
  readonly projects: Projects
  readonly figures: AnswerFigures
}

export async function openAlerts(
  { config, ownSchema, jobs, telemetry, log }: Foundation,
  { audit, notices, retention, projects, figures }: AlertsNeeds,
): Promise<Opened<Signals>> {
  const now = (): Date => new Date()
  const { onSignal, onFailed } = countAlerts(telemetry, ownSchema)
  const signals = new AlertSignals({ notices, onSignal, log, now })
  const looks = new AlertLooks({ ownSchema, signals, figures, onFailed, log, now })
  // One worker at a time, over all of them.
  jobs.repeat('alerts', { everySeconds: LOOK_EVERY_SECONDS }, async (signal) => {
    try {
      await looks.look(signal)
      await keepUp({ ownSchema, notices, now }, signal)
    } catch (error) {
      if (!signal.aborted && !isDatabaseUnavailable(error)) throw error
      log.debug({ err: error }, 'alerts are looked at again later')
    }
  })
  const isThere = () => ownSchema.isUsable()
  for (const kind of keptAlerts(ownSchema.pool, config.ALERTS_DAYS, isThere)) retention.register(kind)
  const alerts = new Alerts({ ownSchema, audit, notices, projects, now })
  const rules = new AlertRules({ ownSchema, audit, projects })
  return { room: { name: 'alerts', routes: alertRoutes({ alerts, rules, now }) }, api: signals }
}

// The part of monitoring that trains what may take the place of a deployed version.
import type { Signals } from '../../alerts/signals.ts'
import type { Audit } from '../../audit/audit.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { DataSets } from '../../datasets/data-sets.ts'
import type { DeploymentsApi } from '../../deployments/open-deployments.ts'
import type { Foundation } from '../../foundation.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { ProjectsApi } from '../../projects/open-projects.ts'
import type { Room } from '../../room.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { Beginnings } from './beginnings.ts'
import type { Collector } from './collecting/collector.ts'
import { Conductor } from './conductor.ts'
import { judgeChallenger } from './judge-challenger.ts'
import { Retrainings } from './retrainings.ts'
import { retrainingRoutes } from './routes.ts'

const LOOK_EVERY_SECONDS = 5

interface RetrainingNeeds {
  readonly audit: Audit
  readonly notices: Notices
  readonly dataSets: DataSets
  readonly projects: ProjectsApi
  readonly deployments: DeploymentsApi
  readonly signals: Signals
  readonly settings: MonitoringSettings
  readonly columns: ColumnsReader
}

/** api: what looks are to tell: it tells the alerts, and begins what the policy of a project says. */
export async function openRetraining(
  { ownSchema, jobs, keys, budget, log }: Foundation,
  { audit, notices, dataSets, projects: ofProjects, deployments, signals, settings, columns }: RetrainingNeeds,
): Promise<{ readonly part: Omit<Room, 'name' | 'checks'>; readonly api: Signals }> {
  const { projects, versions, trainings, reviews, comparisons, takesWeights } = ofProjects
  const now = (): Date => new Date()
  const retrainings = new Retrainings({ ownSchema, audit, notices, projects, dataSets, now })
  const beginnings = new Beginnings({ ownSchema, retrainings, log, now }, signals)
  const judge: Conductor['parts']['judge'] = (...asked) => judgeChallenger({ comparisons, dataSets }, ...asked)
  let collector: Collector | undefined
  const collect: Conductor['parts']['collect'] = async (retraining, signal) => {
    // Loaded by the first retraining out of the log.
    const { Collector } = await import('./collecting/collector.ts')
    collector ??= new Collector({
      ...{ ownSchema, dataSets, projects, versions, settings, columns, takesWeights, keys, budget, now },
    })
    return collector.collect(retraining, signal)
  }
  const conductor = new Conductor({
    ...{ ownSchema, notices, projects, trainings, reviews, judge, collect, log, now },
    deployments: deployments.deployments,
    changes: deployments.changes,
  })
  // One worker at a time, over all of them.
  jobs.repeat('retrainings', { everySeconds: LOOK_EVERY_SECONDS }, async (signal) => {
    try {
      await beginnings.beginDue(signal)
      await conductor.conduct(signal)
    } catch (error) {
      if (!signal.aborted && !isDatabaseUnavailable(error)) throw error
      log.debug({ err: error }, 'retrainings are looked at again later')
    }
  })
  return { part: { routes: retrainingRoutes(retrainings, now) }, api: beginnings }
}

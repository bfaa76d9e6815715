// The room of experiments: which of several versions of a project is better, on the requests that come.
import type { Audit } from '../audit/audit.ts'
import type { DeploymentsApi } from '../deployments/open-deployments.ts'
import type { Erasers } from '../erasures/erasers.ts'
import type { Foundation } from '../foundation.ts'
import type { MonitoringApi } from '../monitoring/open-monitoring.ts'
import type { Notifications } from '../notifications/open-notifications.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { ProjectsApi } from '../projects/open-projects.ts'
import type { UseOfProject } from '../projects/projects.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened, Room } from '../room.ts'
import { expectationOf } from './expectation.ts'
import { Experiments } from './experiments.ts'
import { listRunningOf } from './experiments-table.ts'
import { nameOf } from './found-experiment.ts'
import { openLooks } from './looks/open-looks.ts'
import { Promotion } from './promotion.ts'
import { keptExperimentRows } from './retention.ts'
import { experimentRoutes } from './routes.ts'
import { Running, type RunningParts } from './running.ts'
import { experimentsEraser } from './traffic/experiments-eraser.ts'
import { openTraffic } from './traffic/open-traffic.ts'

/** Experiments that stand against an archive are named: the first. */
const NAMED_MAX = 20

export interface ExperimentsNeeds {
  readonly audit: Audit
  readonly erasers: Erasers
  readonly notices: Notifications
  readonly projects: ProjectsApi
  readonly deployments: DeploymentsApi
  readonly monitoring: MonitoringApi
  readonly prediction: PredictionApi
  readonly retention: Retention
}

export async function openExperiments(base: Foundation, needs: ExperimentsNeeds): Promise<Opened<undefined>> {
  const { config, ownSchema } = base
  const { audit, erasers, notices, projects: ofProjects, deployments: ofDeployments, monitoring, retention } = needs
  const { projects, versions } = ofProjects
  const { deployments, changes } = ofDeployments
  const { settings, columns, answers, performance } = monitoring
  const now = (): number => Date.now()
  const common = { ownSchema, audit, notices, projects }
  const isLogged: RunningParts['isLogged'] = async (tx, projectId) => (await settings.of(projectId, tx)).log !== 'off'
  const traffic = openTraffic(base, needs)
  erasers.register(experimentsEraser({ ownSchema, flush: traffic.api.flush, columns, now }))
  const onChanged = (): void => traffic.api.running.kick()
  const experiments = new Experiments({ ...common, versions, answers, columns, onChanged })
  const running = new Running({ ...common, deployments, isLogged, onChanged })
  const promotion = new Promotion({ ...common, deployments, changes })
  const use: UseOfProject = async (tx, { projectId, name }) => {
    const found = await listRunningOf(tx, projectId, NAMED_MAX)
    if (found.length === 0) return undefined
    const named = found.map((each) => `${nameOf(each)} in ${each.environment}`).join(', ')
    return `${named} of project ${name}: running; stop first`
  }
  projects.registerUse(use)
  settings.registerUse(use)
  for (const kind of keptExperimentRows(ownSchema.pool, config.EXPERIMENT_ROWS_DAYS, () => ownSchema.isUsable())) {
    retention.register(kind)
  }
  const expecting = { client: ownSchema.pool, performance, now }
  const routes = experimentRoutes({
    ...{ experiments, running, promotion, now },
    expectationOf: (story) => expectationOf(expecting, story),
  })
  const onConcluded = onChanged
  const looks = openLooks(base, { ...common, retention, answers, changes, experiments, promotion, onConcluded })
  const room = {
    name: 'experiments',
    routes: (async (app) => {
      await app.register(routes)
      await app.register(looks.routes)
    }) satisfies Room['routes'],
    async recover() {
      await traffic.part.recover()
      await looks.recover()
    },
    drain: looks.drain,
    close: traffic.part.close,
  }
  return { room, api: undefined }
}

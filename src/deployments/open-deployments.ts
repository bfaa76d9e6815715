// The room of deployments: versions of projects that answer in environments, and what brings them there.
import { randomUUID } from 'node:crypto'
import type { Audit } from '../audit/audit.ts'
import type { Bundles } from '../bundles/bundles.ts'
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import type { Notices } from '../notifications/notices.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { ProjectsApi } from '../projects/open-projects.ts'
import type { Approvals } from '../projects/reviews/approvals.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Retention } from '../retention/retention.ts'
import type { Opened, Room } from '../room.ts'
import { activation } from './activation.ts'
import { ChangeLog } from './changes.ts'
import { nameOf } from './deployment.ts'
import { countDeployments } from './deployment-metrics.ts'
import { Deployments } from './deployments.ts'
import { listLive, listOfVersions } from './deployments-table.ts'
import { Reconciler } from './reconciler.ts'
import { deploymentRoutes } from './routes.ts'
import type { ActiveDeployments } from './serving/active-deployments.ts'
import { openServing } from './serving/open-serving.ts'
import type { ServedProjects } from './serving/served-projects.ts'
import type { AnswerFigures } from './serving/window-figures.ts'
import { AzureMlTarget } from './targets/azure-ml/azure-ml-target.ts'
import { KserveTarget } from './targets/kserve/kserve-target.ts'
import { LocalTarget } from './targets/local.ts'
import { Targets } from './targets/targets.ts'

/** How late a step may be whose worker was killed, beyond its lease. */
const SWEEP_EVERY_MS = 5_000
/** Deployments that a lineage shows, and that stand against an archive: the newest, and the first. */
const SHOWN_MAX = 1_000
const NAMED_MAX = 20

interface DeploymentsNeeds {
  readonly audit: Audit
  readonly notices: Notices
  readonly projects: ProjectsApi
  readonly prediction: PredictionApi
  readonly registry: ModelRegistry
  readonly retention: Retention
  readonly bundles: Bundles
}

export interface DeploymentsApi {
  readonly deployments: Deployments
  readonly changes: ChangeLog
  readonly served: ServedProjects
  /** Who watches the rows of deployments; called before any is active. */
  readonly watchBy: ActiveDeployments['watchBy']
  /** Who divides the requests of environments. */
  readonly splitBy: ActiveDeployments['splitBy']
  readonly figures: AnswerFigures
}

export async function openDeployments(
  base: Foundation,
  { audit, notices, projects: ofProjects, bundles, prediction, registry, retention }: DeploymentsNeeds,
): Promise<Opened<DeploymentsApi>> {
  const { config, pool, keys, ownSchema, telemetry, log } = base
  const { projects, versions, aliases, manifests, approvals } = ofProjects
  const elsewhere = { bundles, storageDriver: config.STORAGE_DRIVER }
  const targets = new Targets([
    new LocalTarget(prediction.predictor, new StoredResults(pool, keys)),
    new KserveTarget(config, elsewhere),
    new AzureMlTarget(config, elsewhere),
  ])
  const changes = new ChangeLog(ownSchema, notices)
  const requireApproved: Approvals['requireApproved'] = (...version) => approvals.requireApproved(...version)
  const deployments = new Deployments({
    ownSchema,
    audit,
    projects,
    versions,
    aliases,
    targets,
    changes,
    requireApproved,
    requireTrusted: async (project, version) => {
      if (config.SIGNATURES === 'required') await manifests.verifyVersion(project, version)
    },
  })
  const reconciler = new Reconciler({
    ownSchema,
    changes,
    targets,
    activate: activation({ changes, audit, requireApproved }),
    owner: randomUUID(),
    timeoutSeconds: config.DEPLOY_TIMEOUT_SECONDS,
    log,
  })
  changes.workWith((deploymentId) => reconciler.kick(deploymentId))
  changes.onChange(countDeployments(telemetry, ownSchema))
  changes.onChange(({ deploymentId, projectName: project, environment, version, target, status, reason }) => {
    const what = { deploymentId, project, environment, version, target, status, reason }
    log[status === 'failed' ? 'warn' : 'info'](what, 'a deployment has a new status')
  })
  projects.registerUse(async (tx, { projectId, name }) => {
    const live = await listLive(tx, projectId, NAMED_MAX)
    if (live.length === 0) return undefined
    const named = live.map((each) => `${nameOf(each)} in ${each.environment}`).join(', ')
    return `${named} of project ${name}: active or on the way; undeploy first`
  })
  versions.deploymentsBy(async (projectId, numbers) => {
    const found = await listOfVersions(ownSchema.pool, projectId, numbers, SHOWN_MAX)
    return found.map(({ deploymentId, version, environment, status }) => {
      return { deploymentId, version, label: `${environment}, ${status}` }
    })
  })
  const needs = { projects, registry, prediction, targets, deployments, retention }
  const serving = await openServing(base, needs)
  // At once here; other workers look by themselves.
  changes.onChange(({ activeFrom }) => {
    if (activeFrom !== null) void serving.active.refresh()
  })
  // In each worker, and no job: the turn of a worker that is killed in it would keep all others waiting for its heartbeat.
  const sweep = (): Promise<void> =>
    reconciler.sweep().catch((error) => {
      log.warn({ err: error }, 'what deployments wait for is looked at again later')
    })
  const timer = setInterval(sweep, SWEEP_EVERY_MS)
  timer.unref()
  const watchBy: ActiveDeployments['watchBy'] = (watchOf) => serving.active.watchBy(watchOf)
  const splitBy: ActiveDeployments['splitBy'] = (splitter) => serving.active.splitBy(splitter)
  const room = {
    name: 'deployments',
    routes: (async (app) => {
      await app.register(deploymentRoutes(deployments, (deployment) => serving.active.caughtUp(deployment)))
      await app.register(serving.routes)
    }) satisfies Room['routes'],
    async recover() {
      await serving.recover()
      // What a worker that was killed left, as far as its lease is over.
      await sweep()
    },
    drain: () => reconciler.close(),
    async close() {
      clearInterval(timer)
      await Promise.all([targets.close(), serving.close()])
    },
  }
  const api = { deployments, changes, served: serving.projects, figures: serving.figures, watchBy, splitBy }
  return { room, api }
}

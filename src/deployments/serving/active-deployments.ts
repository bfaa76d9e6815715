// What is active, by project and environment, in memory: no prediction waits for a query to know who makes it.
import { setTimeout as pause } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { ServiceError } from '../../errors.ts'
import type { AnswerStamp } from '../../prediction/answer-stamp.ts'
import { PredictionIds } from '../../prediction/prediction-ids.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { RowsWatch } from '../../prediction/rows-watch.ts'
import type { Projects } from '../../projects/projects.ts'
import { type Deployment, planOf } from '../deployment.ts'
import type { DeploymentPlan, TargetName } from '../targets/target.ts'
import { type ActiveRow, digestOfActive, listActive } from './active-table.ts'
import type { CountedDeployments, DeploymentCounts } from './deployment-counts.ts'
import type { SplitArm, TrafficSplit, TrafficSplitter } from './traffic.ts'

/** How often the table is looked at: a switch by another worker is known here within about so long. */
const LOOK_MS = 1_000
/** Deployments that are known at the most; of more the newest. */
const ACTIVE_MAX = 20_000
/** What an answer waits for, so that what it says is active predicts. */
const CAUGHT_UP_MS = 2_000
/** Versions that are loaded at once before they are switched to. */
const LOADS_MAX = 2
/** How long a version that could not be loaded is let alone: twice as long each time. */
const AGAIN_MS = 1_000
const AGAIN_MS_MAX = 60_000

export const DEFAULT_ENVIRONMENT = 'production'

/** A deployment that this worker predicts with, or sends rows to. */
export interface ActiveDeployment {
  readonly plan: DeploymentPlan
  readonly target: TargetName
  readonly counts: DeploymentCounts
  /** Undefined where nobody watches. */
  readonly watch: DeploymentRowsWatch | undefined
  /** Watches of rows that arms of experiments predict for it, by version. */
  readonly watchesOfArms: Map<number, RowsWatch>
}

/** A version that is active, and that this worker has not switched to yet. */
interface Coming {
  readonly deployment: ActiveDeployment
  failures: number
  /** Of performance.now(). */
  againAt: number
  error: string | undefined
  loading: Promise<void> | undefined
}

/** What this worker knows of one environment, for its health. */
export interface ServedView {
  /** That it predicts with. */
  readonly serves: number | null
  /** That is active, and is loaded before it is switched to. */
  readonly loads: number | null
  /** Why it could not be loaded the last time. */
  readonly error: string | null
  /** When the table was looked at last, and why it could not be since. */
  readonly lookedAt: Date | null
  readonly lookError: string | null
}

export interface ActiveParts {
  readonly ownSchema: OwnSchema
  readonly projects: Pick<Projects, 'find'>
  readonly predictor: Pick<Predictor, 'tryOut'>
  readonly counted: Pick<CountedDeployments, 'of'>
  readonly log: Logger
}

/** Who watches rows. isEveryRow: all of them are wanted, though the project samples; then each counts as one. */
export type WatchOf = (plan: DeploymentPlan, isEveryRow?: boolean) => DeploymentRowsWatch

export interface DeploymentRowsWatch extends RowsWatch {
  /** A request to predict rows here has failed. */
  failed(error: unknown): void
}

type ByEnvironment = Map<string, ActiveDeployment>

export class ActiveDeployments {
  private readonly parts: ActiveParts
  private readonly ids = new PredictionIds()
  private readonly loads = new PQueue({ concurrency: LOADS_MAX })
  /** By the name of the project, and by its id as text. */
  private serving = new Map<string, ByEnvironment>()
  /** By project and environment. */
  private readonly coming = new Map<string, Coming>()
  private watchOf: WatchOf | undefined
  private splitter: TrafficSplitter | undefined
  private digest: string | undefined
  private lookedAt: Date | undefined
  private lookError: string | undefined
  private looking: Promise<void> = Promise.resolve()
  private next: Promise<void> | undefined
  private timer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(parts: ActiveParts) {
    this.parts = parts
  }

  /** Who watches the rows of deployments: asked once for each. Called before `start`. */
  watchBy(watchOf: WatchOf): void {
    this.watchOf = watchOf
  }

  /** Who divides requests with a key; one. */
  splitBy(splitter: TrafficSplitter): void {
    this.splitter = splitter
  }

  /** What divides the requests of the deployment; undefined where nothing does. A look into memory. */
  splitOf({ plan, target }: ActiveDeployment): TrafficSplit | undefined {
    return target === 'local' ? this.splitter?.of(plan.deploymentId) : undefined
  }

  /** Who watches the rows that an arm predicts for the deployment. Undefined where nobody watches. */
  watchOfArm(deployment: ActiveDeployment, { version, runId, modelName }: SplitArm): RowsWatch | undefined {
    const { plan, watchesOfArms } = deployment
    const known = watchesOfArms.get(version)
    if (known !== undefined) return known
    const watch = this.watchOf?.({ ...plan, version, runId, modelName }, true)
    if (watch !== undefined) watchesOfArms.set(version, watch)
    return watch
  }

  /** Undefined where this worker knows of none. project: its name, or its id. */
  find(project: string, environment: string): ActiveDeployment | undefined {
    return this.serving.get(project)?.get(environment)
  }

  /** All environments of a project, in the order of their names. */
  environmentsOf(project: string): ActiveDeployment[] {
    const found = [...(this.serving.get(project)?.values() ?? [])]
    return found.sort((a, b) => (a.plan.environment < b.plan.environment ? -1 : 1))
  }

  /**
   * As `find`, after a look at the table where none is known. Throws ServiceError PROJECT_UNKNOWN, NOTHING_DEPLOYED,
   * NOT_SET_UP, and what the database throws.
   */
  async require(project: string, environment: string): Promise<ActiveDeployment> {
    const known = this.find(project, environment)
    if (known !== undefined) return known
    const { name } = await this.parts.projects.find(project)
    await this.refresh()
    const found = this.find(project, environment)
    if (found !== undefined) return found
    throw nothingDeployed(name, environment)
  }

  /** What the next answer of the deployment says of it. arm: of an experiment, where one answers for it. */
  stampOf({ plan }: ActiveDeployment, arm?: Pick<AnswerStamp, 'version' | 'experiment'>): AnswerStamp {
    const { projectName: project, environment, deploymentId } = plan
    const version = arm?.version ?? plan.version
    return { project, environment, version, deploymentId, idPrefix: this.ids.next(), experiment: arm?.experiment }
  }

  /**
   * Looks at the table now. Resolves when this worker has switched to all that is active by now, or could not: it goes on
   * with what it knows while the database is away, or a version cannot be loaded. Throws nothing.
   */
  async refresh(): Promise<void> {
    await this.look()
    await Promise.all([...this.coming.values()].map(({ loading }) => loading))
  }

  /**
   * Resolves when this worker predicts with a deployment that is active, and no more with one that is not: whoever is told so
   * is answered so. Where it cannot be loaded, or the database does not answer, after two seconds. Throws nothing.
   */
  async caughtUp({ status, projectId, environment, deploymentId }: Deployment): Promise<void> {
    const served = this.find(String(projectId), environment)?.plan.deploymentId ?? 0
    // Of an active one a later one may have taken the place since.
    if (status === 'active' ? served >= deploymentId : served !== deploymentId) return
    await Promise.race([this.refresh(), pause(CAUGHT_UP_MS, undefined, { ref: false })])
  }

  viewOf({ projectId, environment }: Pick<DeploymentPlan, 'projectId' | 'environment'>): ServedView {
    const coming = this.coming.get(slotOf({ projectId, environment }))
    return {
      serves: this.find(String(projectId), environment)?.plan.deploymentId ?? null,
      loads: coming?.deployment.plan.deploymentId ?? null,
      error: coming?.error ?? null,
      lookedAt: this.lookedAt ?? null,
      lookError: this.lookError ?? null,
    }
  }

  /** Looks at the table again and again. */
  start(): void {
    if (this.isClosed) return
    this.timer = setTimeout(() => void this.look().then(() => this.start()), LOOK_MS)
    this.timer.unref()
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    await Promise.all([this.looking, this.loads.onIdle()])
  }

  /** One look at a time. One that has begun may have read before a change: whoever asks waits for the next one. */
  private look(): Promise<void> {
    this.next ??= this.looking.then(() => {
      this.next = undefined
      this.looking = this.lookNow()
      return this.looking
    })
    return this.next
  }

  private async lookNow(): Promise<void> {
    const { ownSchema, log } = this.parts
    try {
      if (await ownSchema.isUsable()) {
        // Before the list: what changes between the two is found by the next look.
        const digest = await digestOfActive(ownSchema.pool, ACTIVE_MAX)
        if (digest !== this.digest) this.take(await listActive(ownSchema.pool, ACTIVE_MAX))
        this.digest = digest
        this.lookedAt = new Date()
        this.lookError = undefined
      } else this.lookError = 'the schema of the worker is not set up, or its database is away'
    } catch (error) {
      const isAway = isDatabaseUnavailable(error)
      if (!isAway && this.lookError === undefined) log.error({ err: error }, 'deployments could not be looked at')
      this.lookError = isAway ? 'the database is away' : 'the table could not be read'
    }
    this.loadComing()
  }

  /** Switches to what needs no switch from another version, and notes what does. */
  private take(rows: readonly ActiveRow[]): void {
    const { counted, log } = this.parts
    if (rows.length === ACTIVE_MAX) log.warn({ deployments: ACTIVE_MAX }, 'more deployments are active than are served')
    const before = this.serving
    const serving: typeof before = new Map()
    const active = new Set<string>()
    for (const row of rows) {
      const plan = planOf(row)
      const slot = slotOf(plan)
      active.add(slot)
      const present = before.get(String(plan.projectId))?.get(plan.environment)
      const known = present?.plan.deploymentId === plan.deploymentId ? present : undefined
      const counts = known?.counts ?? counted.of(plan.deploymentId)
      const watch = known?.watch ?? this.watchOf?.(plan)
      const watchesOfArms = known?.watchesOfArms ?? new Map()
      const deployment: ActiveDeployment = { plan, target: row.target, counts, watch, watchesOfArms }
      const isOther = present !== undefined && present.plan.deploymentId !== plan.deploymentId
      const isLoadedFirst = isOther && row.target === 'local'
      if (isLoadedFirst) this.expect(slot, deployment)
      else this.coming.delete(slot)
      const served = isLoadedFirst ? present : deployment
      put(serving, String(plan.projectId), served)
      if (row.isNamed) put(serving, plan.projectName, served)
    }
    this.serving = serving
    for (const slot of this.coming.keys()) if (!active.has(slot)) this.coming.delete(slot)
  }

  private expect(slot: string, deployment: ActiveDeployment): void {
    if (this.coming.get(slot)?.deployment.plan.deploymentId === deployment.plan.deploymentId) return
    const begun = { failures: 0, againAt: 0, error: undefined, loading: undefined }
    this.coming.set(slot, { deployment, ...begun })
  }

  private loadComing(): void {
    const now = performance.now()
    for (const [slot, coming] of this.coming) {
      if (coming.loading !== undefined || coming.againAt > now || this.isClosed) continue
      coming.loading = this.loads.add(async () => {
        await this.switchTo(slot, coming)
        coming.loading = undefined
      })
    }
  }

  /** The version before stays until this one has predicted; what is under way with it ends with it. Throws nothing. */
  private async switchTo(slot: string, coming: Coming): Promise<void> {
    const { plan } = coming.deployment
    // Another one was asked for while this one waited.
    if (this.coming.get(slot) !== coming || this.isClosed) return
    try {
      await this.parts.predictor.tryOut(plan.runId)
    } catch (error) {
      coming.failures += 1
      coming.againAt = performance.now() + Math.min(AGAIN_MS * 2 ** (coming.failures - 1), AGAIN_MS_MAX)
      coming.error = error instanceof Error ? error.message : String(error)
      const { deploymentId, projectName: project, environment } = plan
      this.parts.log.warn({ err: error, deploymentId, project, environment }, 'a deployment cannot be loaded yet')
      return
    }
    if (this.coming.get(slot) !== coming) return
    this.coming.delete(slot)
    for (const named of [String(plan.projectId), plan.projectName]) {
      const served = this.serving.get(named)
      // The name may lead to another project.
      if (served?.get(plan.environment)?.plan.projectId === plan.projectId) {
        served.set(plan.environment, coming.deployment)
      }
    }
  }
}

function slotOf({ projectId, environment }: Pick<DeploymentPlan, 'projectId' | 'environment'>): string {
  return `${projectId}/${environment}`
}

function put(serving: Map<string, ByEnvironment>, project: string, deployment: ActiveDeployment): void {
  let found = serving.get(project)
  if (found === undefined) {
    found = new Map()
    serving.set(project, found)
  }
  found.set(deployment.plan.environment, deployment)
}

export function nothingDeployed(project: string, environment: string): ServiceError {
  const detail = `no version of project ${project} is deployed in the environment ${environment}`
  return new ServiceError('NOTHING_DEPLOYED', detail)
}

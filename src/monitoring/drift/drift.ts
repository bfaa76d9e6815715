// What callers ask about drift: looks that were kept, and looks on demand, which are not.
import type { Baseline } from '../../cells/baseline.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { Deployments } from '../../deployments/deployments.ts'
import { nothingDeployed } from '../../deployments/serving/active-deployments.ts'
import { ServiceError } from '../../errors.ts'
import type { Project } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import type { Versions } from '../../projects/versions/versions.ts'
import type { Baselines } from '../cells/baselines.ts'
import type { CellCounts } from '../cells/cell-counts.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import type { Judged } from '../performance/judged.ts'
import type { Performance } from '../performance/performance.ts'
import type { FoundLevels, FoundUnseen } from '../unseen/found-levels.ts'
import { testsIn } from './column-counts.ts'
import { driftPolicyOf } from './drift-policy.ts'
import { judgeSlot } from './judge-slot.ts'
import type { Look, LookSummary, NewLook, Window } from './look.ts'
import { earlierLooksOf, findLook, findNewestLook, listLooks } from './looks-table.ts'
import { DAY_MS, windowUntil } from './windows.ts'

export interface DriftParts {
  readonly ownSchema: OwnSchema
  readonly projects: Pick<Projects, 'find'>
  readonly versions: Pick<Versions, 'require'>
  readonly deployments: Pick<Deployments, 'current'>
  readonly counts: Pick<CellCounts, 'of'>
  readonly baselines: Pick<Baselines, 'of'>
  readonly settings: Pick<MonitoringSettings, 'of'>
  readonly performance: Pick<Performance, 'of'>
  readonly unseen: Pick<FoundLevels, 'of'>
}

export interface DriftAsked {
  readonly project: string
  readonly environment: string
  /** Undefined: the one that is active, else the one that was looked at last. */
  readonly version: number | undefined
  /** Undefined: the newest look that was kept, else a look at the last 24 hours. */
  readonly window: Window | undefined
}

export interface FoundLook {
  readonly project: string
  /** Undefined of a look on demand. */
  readonly lookId: number | undefined
  readonly madeAt: Date
  readonly look: NewLook
  /** Undefined where the version has none. */
  readonly baseline: Baseline | undefined
  /** Levels of features that the training never saw, as far as they are kept now. */
  readonly unseen: FoundUnseen
}

export class Drift {
  private readonly parts: DriftParts

  constructor(parts: DriftParts) {
    this.parts = parts
  }

  /** Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN, NOTHING_DEPLOYED, and what the database throws. */
  async find({ project: named, environment, version: given, window }: DriftAsked): Promise<FoundLook> {
    const { ownSchema, projects } = this.parts
    const project = await projects.find(named)
    const version = await this.versionOf(project, environment, given)
    if (window === undefined) {
      const { projectId } = project
      const kept = await findNewestLook(ownSchema.pool, { projectId, environment, version })
      if (kept !== undefined) return this.withBaseline(project, kept)
    }
    return this.onDemand(project, { environment, version, window: window ?? windowUntil(Date.now(), '24h') })
  }

  /** Throws ServiceError PROJECT_UNKNOWN, LOOK_UNKNOWN. */
  async look(named: string, lookId: number): Promise<FoundLook> {
    const project = await this.parts.projects.find(named)
    const look = await findLook(this.parts.ownSchema.pool, project.projectId, lookId)
    if (look === undefined) throw new ServiceError('LOOK_UNKNOWN', `project ${project.name} has no look ${lookId}`)
    return this.withBaseline(project, look)
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async history(
    named: string,
    filter: { readonly environment?: string | undefined; readonly version?: number | undefined },
    limit: number,
    before?: number,
  ): Promise<{ readonly project: string; readonly looks: readonly LookSummary[] }> {
    const { projectId, name } = await this.parts.projects.find(named)
    const looks = await listLooks(this.parts.ownSchema.pool, { projectId, ...filter }, limit, before)
    return { project: name, looks }
  }

  /** How right the version was in the days until the end of the window. */
  async performanceOf({ look: { slot, window } }: FoundLook, days: number): Promise<Judged> {
    const { projectId, environment, version } = slot
    const to = window.to.getTime()
    const asked = { from: to - days * DAY_MS, to, by: undefined, environment, version, deploymentId: undefined }
    return (await this.parts.performance.of({ projectId }, asked)).judged
  }

  private async versionOf(project: Project, environment: string, given: number | undefined): Promise<number> {
    const { ownSchema, versions, deployments } = this.parts
    const { projectId } = project
    if (given !== undefined) return (await versions.require(project, given)).version
    try {
      return (await deployments.current({ project: String(projectId), environment })).version
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === 'NOTHING_DEPLOYED')) throw error
      const last = await findNewestLook(ownSchema.pool, { projectId, environment })
      if (last === undefined) throw nothingDeployed(project.name, environment)
      return last.slot.version
    }
  }

  private async onDemand(
    { projectId, name }: Project,
    { environment, version, window }: { environment: string; version: number; window: Window },
  ): Promise<FoundLook> {
    const { ownSchema, counts, settings } = this.parts
    const [policy, [counted]] = await Promise.all([
      settings.of(projectId).then(driftPolicyOf),
      counts.of({ projectId, environment, version, ...window }),
    ])
    const slot = { projectId, environment, version }
    const { calibration } = await earlierLooksOf(ownSchema.pool, slot, window, policy)
    const tests = counted === undefined ? 0 : testsIn([counted], window, policy.anomalyShare)
    // It is as long as it was asked for, and no evidence is collected by asking often.
    const asAsked = { ...policy, windowHoursMax: 0, isSequential: false }
    const look = await judgeSlot({ slot, window, counted, policy: asAsked, tests, calibration, evidence: 0 })
    const unseen = await this.parts.unseen.of(slot, window)
    return { project: name, lookId: undefined, madeAt: new Date(), look, baseline: counted?.baseline, unseen }
  }

  private async withBaseline(project: Project, { lookId, madeAt, ...look }: Look): Promise<FoundLook> {
    const { runId } = await this.parts.versions.require(project, look.slot.version)
    const { baselines, unseen } = this.parts
    const [baseline, levels] = await Promise.all([baselines.of(runId), unseen.of(look.slot, look.window)])
    return { project: project.name, lookId, madeAt, look, baseline, unseen: levels }
  }
}

// Versions as routes find them; none is ever changed.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { ServiceError } from '../../errors.ts'
import { isLowerBetter } from '../../model/scoring.ts'
import type { Project, Version } from '../project.ts'
import type { Projects } from '../projects.ts'
import {
  type LeaderboardWarning,
  leaderboardWarnings,
  metricsFor,
  noSuchMetric,
  type RankedVersion,
  rankedBy,
  USUAL,
} from './leaderboard.ts'
import { type DeployedAs, type Lineage, lineageOf } from './lineage.ts'
import { listTrainings } from './version-trainings-table.ts'
import { countJudged, findVersion, listBest, listRelatives, listVersions, type VersionsPage } from './versions-table.ts'

/** Ancestors, and children, that a lineage goes to. */
const RELATIVES_MAX = 1_000
/** Versions whose metrics are looked at for their names. */
const METRICS_OF_NEWEST = 20
/** Newest trainings that are looked at for those under way. */
const TRAININGS_NAMED_MAX = 20

/** Deployments of these versions of a project, the newest first. */
export type FindDeployments = (projectId: number, versions: readonly number[]) => Promise<readonly DeployedAs[]>

export interface Leaderboard {
  readonly metric: string
  readonly isLowerBetter: boolean
  /** The best first. */
  readonly ranked: readonly RankedVersion[]
  readonly warnings: readonly LeaderboardWarning[]
}

export class Versions {
  private readonly ownSchema: OwnSchema
  private readonly projects: Projects
  private findDeployments: FindDeployments = async () => []

  constructor(ownSchema: OwnSchema, projects: Projects) {
    this.ownSchema = ownSchema
    this.projects = projects
  }

  /** For the lineage; to be called once, by the room that has them. */
  deploymentsBy(find: FindDeployments): void {
    this.findDeployments = find
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async list(named: string, page: VersionsPage): Promise<Version[]> {
    const { projectId } = await this.projects.find(named)
    return listVersions(this.ownSchema.pool, projectId, page)
  }

  /** Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN. */
  async find(named: string, version: number): Promise<Version> {
    return this.require(await this.projects.find(named), version)
  }

  /** Throws ServiceError VERSION_UNKNOWN. */
  async require({ projectId, name }: Project, version: number): Promise<Version> {
    const found = await findVersion(this.ownSchema.pool, projectId, version)
    if (found !== undefined) return found
    const newest = await listTrainings(this.ownSchema.pool, projectId, { limit: TRAININGS_NAMED_MAX })
    const runs = newest.filter(({ state, reproduces }) => state === 'training' && reproduces === null)
    const ids = runs.map(({ runId }) => runId).reverse()
    const [are, said] = ids.length === 1 ? ['is', 'run'] : ['are', 'runs']
    const inTraining = ids.length === 0 ? '' : `; ${said} ${ids.join(', ')} ${are} in training`
    throw new ServiceError('VERSION_UNKNOWN', `project ${name} has no version ${version}${inTraining}`)
  }

  /** The version with its ancestors, its children and their deployments. Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN. */
  async lineage(named: string, version: number): Promise<Lineage> {
    const { projectId } = await this.find(named, version)
    const relatives = await listRelatives(this.ownSchema.pool, projectId, version, RELATIVES_MAX)
    const numbers = relatives.map((each) => each.version)
    return lineageOf(relatives, await this.findDeployments(projectId, numbers))
  }

  /** Throws ServiceError PROJECT_UNKNOWN, and REQUEST_INVALID where there is no such metric. */
  async leaderboard(named: string, asked: string | undefined, limit: number): Promise<Leaderboard> {
    const { pool } = this.ownSchema
    const { projectId, versionCount, metric: usual } = await this.projects.find(named)
    const wanted = asked ?? usual ?? undefined
    const names = wanted === undefined ? USUAL : metricsFor(wanted)
    const counts = await countJudged(pool, projectId, names)
    const metric = names.find((name) => counts.has(name))
    if (metric === undefined) throw noSuchMetric(wanted, await this.metricNames(projectId))
    const isLower = isLowerBetter(metric)
    const versions = await listBest(pool, projectId, { metric, isLowerBetter: isLower, limit })
    const ranked = rankedBy(metric, versions)
    const warnings = leaderboardWarnings(metric, ranked, { all: versionCount, judged: counts.get(metric) ?? 0 })
    return { metric, isLowerBetter: isLower, ranked, warnings }
  }

  private async metricNames(projectId: number): Promise<string[]> {
    const newest = await listVersions(this.ownSchema.pool, projectId, { limit: METRICS_OF_NEWEST })
    return [...new Set(newest.flatMap(({ metrics }) => Object.keys(metrics)))]
  }
}

// Projects as models of the Open Inference Protocol: their names, where no model class has them.
import { ServiceError } from '../../errors.ts'
import type { AnswerStamp } from '../../prediction/answer-stamp.ts'
import type { RowsWatch } from '../../prediction/rows-watch.ts'
import { PROJECT_NAME } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import type { ModelRegistry } from '../../registry/model-registry.ts'
import { type ActiveDeployment, type ActiveDeployments, DEFAULT_ENVIRONMENT } from './active-deployments.ts'

export interface ServedProject {
  /** Of the class of the version. */
  readonly modelName: string
  readonly runId: number
  /** The numbers of the versions that are deployed, in any environment, the newest first. */
  readonly versions: readonly number[]
  /** Begins a prediction with it. */
  readonly begin: () => ServedPrediction
}

export interface ServedPrediction {
  readonly stamp: AnswerStamp
  readonly onPredicted: (rowCount: number) => void
  readonly onFailed: (error: unknown) => void
  readonly watch: RowsWatch | undefined
}

export interface ServedProjectsParts {
  readonly registry: Pick<ModelRegistry, 'find'>
  readonly projects: Pick<Projects, 'find'>
  readonly active: ActiveDeployments
}

export class ServedProjects {
  private readonly parts: ServedProjectsParts

  constructor(parts: ServedProjectsParts) {
    this.parts = parts
  }

  /**
   * What is active in `production`; with a version the deployment of that version, in whichever environment. Undefined where a
   * class has the name, or no project. Throws ServiceError NOTHING_DEPLOYED, MODEL_VERSION_UNKNOWN where the version is not
   * deployed, DEPLOYED_ELSEWHERE.
   */
  async find(name: string, version: string | undefined): Promise<ServedProject | undefined> {
    const { registry, active } = this.parts
    if (registry.find(name) !== undefined || !NAME.test(name)) return undefined
    if (active.environmentsOf(name).length === 0) {
      if (!(await this.isProject(name))) return undefined
      await active.require(name, DEFAULT_ENVIRONMENT)
    }
    const found =
      version === undefined ? await active.require(name, DEFAULT_ENVIRONMENT) : this.ofVersion(name, version)
    const { plan, target } = found
    if (target !== 'local') {
      const detail = `the version is deployed on ${target}, which speaks the protocol itself; here predict by POST /api/projects/${name}/predict`
      throw new ServiceError('DEPLOYED_ELSEWHERE', detail)
    }
    const { modelName, runId } = plan
    const versions = new Set(active.environmentsOf(name).map((each) => each.plan.version))
    return { modelName, runId, versions: [...versions].sort((a, b) => b - a), begin: () => this.begin(found) }
  }

  private ofVersion(name: string, version: string): ActiveDeployment {
    const all = this.parts.active.environmentsOf(name).filter(({ plan }) => String(plan.version) === version)
    const found = all.find(({ plan }) => plan.environment === DEFAULT_ENVIRONMENT) ?? all[0]
    if (found !== undefined) return found
    const shown = JSON.stringify(version.slice(0, 60))
    throw new ServiceError('MODEL_VERSION_UNKNOWN', `version ${shown} of project ${name} is not deployed`)
  }

  private async isProject(name: string): Promise<boolean> {
    return this.parts.projects.find(name).then(
      () => true,
      (error) => {
        if (error instanceof ServiceError && NO_PROJECT.includes(error.code)) return false
        throw error
      },
    )
  }

  private begin(deployment: ActiveDeployment): ServedPrediction {
    const startedAt = performance.now()
    const { counts, watch } = deployment
    return {
      watch,
      stamp: this.parts.active.stampOf(deployment),
      onPredicted: (rowCount) => counts.predicted(startedAt, rowCount),
      onFailed: (error) => counts.failed(startedAt, error),
    }
  }
}

const NAME = new RegExp(PROJECT_NAME)

/** Without the worker's own schema there are none. */
const NO_PROJECT: readonly string[] = ['PROJECT_UNKNOWN', 'NOT_SET_UP']

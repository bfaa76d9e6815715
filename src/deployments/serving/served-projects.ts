// Projects as models of the Open Inference Protocol: their names, where no model class has them.
import { ServiceError } from '../../errors.ts'
import { PROJECT_NAME } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import type { ModelRegistry } from '../../registry/model-registry.ts'
import { type ActiveDeployment, type ActiveDeployments, DEFAULT_ENVIRONMENT } from './active-deployments.ts'
import { type AskedVersion, dividePrediction } from './divided-prediction.ts'
import type { Repeat } from './traffic.ts'

export interface ServedProject {
  /** Of the class of the version. */
  readonly modelName: string
  readonly runId: number
  /** The numbers of the versions that are deployed, in any environment, the newest first. */
  readonly versions: readonly number[]
  /** Begins a prediction with it. keyOf: the request's experiment_key, asked for where an experiment runs. */
  readonly begin: (keyOf: () => string | undefined) => ServedPrediction
}

export interface ServedPrediction extends AskedVersion {
  readonly onPredicted: (rowCount: number) => void
  readonly onFailed: (error: unknown) => void
  /** Who predicts where this fails; absent: nobody. */
  readonly instead?: ((error: unknown) => AskedVersion) | undefined
  /** Hears how other arms predict the same rows; absent where none is to. */
  readonly repeatBy?: ((repeat: Repeat) => void) | undefined
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
    const isNamed = version !== undefined
    return {
      modelName,
      runId,
      versions: [...versions].sort((a, b) => b - a),
      begin: (keyOf) => this.begin(found, isNamed ? undefined : keyOf),
    }
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

  /** keyOf: undefined of a version that is named, which no experiment divides. */
  private begin(deployment: ActiveDeployment, keyOf: (() => string | undefined) | undefined): ServedPrediction {
    const startedAt = performance.now()
    const { active } = this.parts
    const { counts, watch, plan } = deployment
    const onPredicted = (rowCount: number): void => counts.predicted(startedAt, rowCount)
    const onFailed = (error: unknown): void => {
      counts.failed(startedAt, error)
      watch?.failed(error)
    }
    const split = keyOf && active.splitOf(deployment)
    const key = split && keyOf()
    const enrolled = key === undefined ? undefined : split?.enrol(key)
    if (enrolled === undefined) {
      const { modelName, runId } = plan
      return { modelName, runId, watch, stamp: active.stampOf(deployment), onPredicted, onFailed }
    }
    const divided = dividePrediction(active, deployment, enrolled, startedAt)
    return {
      ...divided.first,
      onPredicted(rowCount) {
        onPredicted(rowCount)
        divided.onPredicted()
      },
      onFailed(error) {
        onFailed(error)
        divided.onFailed(error)
      },
      instead: divided.hasOther ? (error) => divided.instead(error) : undefined,
      repeatBy: enrolled.isRepeated ? (repeat) => enrolled.repeatBy(repeat) : undefined,
    }
  }
}

const NAME = new RegExp(PROJECT_NAME)

/** Without the worker's own schema there are none. */
const NO_PROJECT: readonly string[] = ['PROJECT_UNKNOWN', 'NOT_SET_UP']

// Deployments on managed online endpoints of Azure Machine Learning. An environment of a project is an endpoint, and each of its
// deployments is one of the endpoint's. Every step looks at what is there, and begins at most one change of it.
import { isDeepStrictEqual } from 'node:util'
import type { FaultList } from '../../../model/faults.ts'
import type { DeploymentPlan, DeploymentTarget, Observed, TargetAnswer, TargetRequest } from '../target.ts'
import { ArmClient } from './arm-client.ts'
import { AzureMlApi } from './azure-ml-api.ts'
import { type AzureMlSettings, missingOfAzureMl } from './azure-ml-config.ts'
import { AzureTokens } from './azure-tokens.ts'
import { checkedSettings, type DeploymentSettings } from './deployment-settings.ts'
import { keepNewest } from './keep-newest.ts'
import { type Names, namesOf, OWNER_TAG } from './names.ts'
import {
  changing,
  failed,
  hasAllTraffic,
  hasFailed,
  inProgress,
  isChanging,
  readyOf,
  seen,
  stateOf,
} from './observed.ts'
import {
  ARTIFACT_TAG,
  type Deployment,
  type Endpoint,
  environmentVersion,
  modelVersion,
  newDeployment,
  newEndpoint,
  newEnvironment,
  newModel,
  skuOf,
  tagsOfDeployment,
  trafficWithout,
  uriOfBlob,
  withTraffic,
} from './resources.ts'
import { Scoring } from './scoring.ts'

export interface AzureMlParts {
  readonly bundles: {
    /** Puts the bundle of a version into the store, where it is not there yet, and gives its key. */
    stored(version: { readonly projectId: number; readonly version: number }): Promise<{ readonly key: string }>
  }
  /** STORAGE_DRIVER. */
  readonly storageDriver: string
  /** In ms since 1970. */
  readonly clock?: () => number
  /** Of the machine's own service for managed identities. */
  readonly metadataUrl?: string
}

/** A reader of Azure may see an endpoint as it was for so long after a change. */
const STALE_MS = 60_000
const SENT_MAX = 1_000

export class AzureMlTarget implements DeploymentTarget {
  readonly name = 'azure_ml'
  readonly missing: string | undefined
  private readonly settings: AzureMlSettings
  private readonly bundles: AzureMlParts['bundles']
  private readonly clock: () => number
  private readonly api: AzureMlApi
  private readonly scoring: Scoring
  /** Which deployment the traffic was asked for, by endpoint, and when, in ms since 1970. */
  private readonly sent = new Map<string, { readonly deployment: string; readonly at: number }>()

  constructor(settings: AzureMlSettings, { bundles, storageDriver, clock = Date.now, metadataUrl }: AzureMlParts) {
    this.settings = settings
    this.missing = missingOfAzureMl(settings, storageDriver)
    this.bundles = bundles
    this.clock = clock
    const tokens = new AzureTokens(settings, { clock, ...(metadataUrl === undefined ? {} : { metadataUrl }) })
    const arm = new ArmClient(settings.AZURE_RESOURCE_MANAGER_URL, tokens, clock)
    this.api = new AzureMlApi(arm, settings, clock)
    this.scoring = new Scoring(this.api, tokens, settings.AZURE_RESOURCE_MANAGER_URL)
  }

  check(settings: Readonly<Record<string, unknown>>, faults: FaultList): Readonly<Record<string, unknown>> {
    return checkedSettings(settings, this.settings.AZURE_ML_INSTANCE_TYPE, faults)
  }

  prepare(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return seen(() => this.prepareStep(plan, signal))
  }

  activate(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return seen(() => this.activateStep(plan, signal))
  }

  async observe(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    const names = namesOf(this.settings, plan)
    const endpoint = await this.api.endpoint(names.endpoint, signal)
    const deployment = endpoint && (await this.api.deployment(names.endpoint, names.deployment, signal))
    if (endpoint === undefined || deployment === undefined) return { state: 'absent' }
    return (await this.hindrance(plan, names, deployment, signal)) ?? readyOf(endpoint, deployment)
  }

  async remove(plan: DeploymentPlan, signal: AbortSignal): Promise<boolean> {
    const names = namesOf(this.settings, plan)
    const { endpoint: endpointName, deployment: name } = names
    if (this.api.isWaitingFor(endpointName) || this.api.isWaitingFor(endpointName, name)) return false
    const endpoint = await this.api.endpoint(endpointName, signal)
    if (endpoint === undefined || endpoint.tags?.[OWNER_TAG] !== names.owner) return true
    if (isChanging(endpoint)) return false
    const deployment = await this.api.deployment(endpointName, name, signal)
    if (deployment !== undefined && !isOurs(deployment, plan, names)) return true
    const traffic = endpoint.properties.traffic ?? {}
    if (deployment === undefined) {
      // The endpoint goes with the last deployment.
      if ((await this.api.deployments(endpointName, signal)).length > 0) return true
      await this.api.deleteEndpoint(endpointName, signal)
    } else if ((traffic[name] ?? 0) > 0) {
      // An old view of the traffic would take it from the deployment that has it now.
      const again = await this.api.endpoint(endpointName, signal)
      if (!isDeepStrictEqual(again?.properties.traffic, traffic)) return false
      // Azure deletes no deployment that gets requests.
      await this.api.putEndpoint(endpointName, withTraffic(endpoint, trafficWithout(traffic, name)), signal)
    } else if (deployment.properties.provisioningState !== 'Deleting') {
      await this.api.deleteDeployment(endpointName, name, signal)
    }
    return false
  }

  predict(plan: DeploymentPlan, request: TargetRequest, signal: AbortSignal): Promise<TargetAnswer> {
    const { request_timeout_seconds: seconds } = plan.settings as unknown as DeploymentSettings
    return this.scoring.predict(namesOf(this.settings, plan), request, seconds, signal)
  }

  private async prepareStep(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    const names = namesOf(this.settings, plan)
    if (this.api.isWaitingFor(names.endpoint) || this.api.isWaitingFor(names.endpoint, names.deployment)) {
      return inProgress('Azure works on it')
    }
    const endpoint = await this.api.endpoint(names.endpoint, signal)
    if (endpoint === undefined) {
      const made = newEndpoint(await this.api.location(signal), plan, names, this.settings.AZURE_ML_ENDPOINT_AUTH)
      await this.api.putEndpoint(names.endpoint, made, signal)
      return inProgress(`Azure makes the endpoint ${names.endpoint}`)
    }
    const unusable = ownerFault(endpoint, names) ?? (await this.endpointFault(endpoint, names, signal))
    if (unusable !== undefined) return unusable
    const deployment = await this.api.deployment(names.endpoint, names.deployment, signal)
    if (deployment === undefined) return this.create(plan, names, endpoint.location, signal)
    const hindrance = await this.hindrance(plan, names, deployment, signal)
    if (hindrance !== undefined) return hindrance
    if (deployment.sku?.capacity === plan.instances) return readyOf(endpoint, deployment)
    await this.api.scale(names.endpoint, names.deployment, skuOf(plan.instances), signal)
    return inProgress(`Azure brings the deployment to ${plan.instances} instances`)
  }

  private async activateStep(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    const names = namesOf(this.settings, plan)
    if (this.api.isWaitingFor(names.endpoint)) return inProgress('Azure moves the traffic')
    const endpoint = await this.api.endpoint(names.endpoint, signal)
    if (endpoint === undefined) return { state: 'absent' }
    const foreign = ownerFault(endpoint, names)
    if (foreign !== undefined) return foreign
    const deployment = await this.api.deployment(names.endpoint, names.deployment, signal)
    if (deployment === undefined) return { state: 'absent' }
    const hindrance = await this.hindrance(plan, names, deployment, signal)
    if (hindrance !== undefined) return hindrance
    if (isChanging(endpoint)) return changing('endpoint', names.endpoint, endpoint)
    if (hasAllTraffic(endpoint, names.deployment)) return this.readAgain(names, deployment, signal)
    const sent = this.sent.get(names.endpoint)
    const isSent = sent?.deployment === names.deployment
    if (isSent && hasFailed(endpoint)) {
      this.sent.delete(names.endpoint)
      return this.failure(`the traffic of the endpoint ${names.endpoint}`, endpoint, names, undefined, signal)
    }
    if (isSent && this.clock() - sent.at < STALE_MS) return inProgress('Azure does not show the new traffic yet')
    await this.api.putEndpoint(names.endpoint, withTraffic(endpoint, { [names.deployment]: 100 }), signal)
    keepNewest(this.sent, names.endpoint, { deployment: names.deployment, at: this.clock() }, SENT_MAX)
    return inProgress('Azure moves the traffic')
  }

  /** Two answers in a row must agree: not all that Azure reads from see a change at once. */
  private async readAgain(names: Names, deployment: Deployment, signal: AbortSignal): Promise<Observed> {
    const again = await this.api.endpoint(names.endpoint, signal)
    if (again === undefined || isChanging(again) || !hasAllTraffic(again, names.deployment)) {
      return inProgress('Azure does not show the new traffic everywhere yet')
    }
    this.sent.delete(names.endpoint)
    return readyOf(again, deployment)
  }

  private async create(plan: DeploymentPlan, names: Names, location: string, signal: AbortSignal): Promise<Observed> {
    const { AZURE_ML_IMAGE: image, AZURE_ML_NAME_PREFIX: prefix } = this.settings
    const { key } = await this.bundles.stored(plan)
    const uri = uriOfBlob(this.settings, key)
    const model = await this.api.asset(
      'models',
      names.model,
      modelVersion(plan, uri),
      newModel(plan, names, uri),
      signal,
    )
    const version = environmentVersion(image)
    const environment = await this.api.asset('environments', `${prefix}-serve`, version, newEnvironment(image), signal)
    const deployment = newDeployment(location, plan, names, { model, environment })
    await this.api.putDeployment(names.endpoint, names.deployment, deployment, signal)
    return inProgress(`Azure makes the deployment ${names.deployment} of the endpoint ${names.endpoint}`)
  }

  /** Why the endpoint cannot take a deployment; undefined where it can. */
  private async endpointFault(endpoint: Endpoint, names: Names, signal: AbortSignal): Promise<Observed | undefined> {
    if (isChanging(endpoint)) return changing('endpoint', names.endpoint, endpoint)
    if (!hasFailed(endpoint)) return undefined
    // Its last change failed. One that serves goes on; an empty one was never made.
    if ((await this.api.deployments(names.endpoint, signal)).length > 0) return undefined
    return this.failure(`the endpoint ${names.endpoint}`, endpoint, names, undefined, signal)
  }

  /** Why the deployment is not ready, or not ours; undefined where it is ready. */
  private async hindrance(
    plan: DeploymentPlan,
    names: Names,
    deployment: Deployment,
    signal: AbortSignal,
  ): Promise<Observed | undefined> {
    const what = `the deployment ${names.deployment} of the endpoint ${names.endpoint}`
    if (!isOurs(deployment, plan, names)) {
      return failed(`${what} is not the worker's own: workers of another database need another AZURE_ML_NAME_PREFIX`)
    }
    if (isChanging(deployment)) return changing('deployment', names.deployment, deployment)
    if (!hasFailed(deployment)) return undefined
    return this.failure(what, deployment, names, names.deployment, signal)
  }

  private async failure(
    what: string,
    resource: Endpoint | Deployment,
    names: Names,
    deployment: string | undefined,
    signal: AbortSignal,
  ): Promise<Observed> {
    const why = await this.api.reasonOf(names.endpoint, deployment, signal)
    return failed(`${what} is ${stateOf(resource)}${why === '' ? '' : `: ${why}`}`)
  }
}

function ownerFault({ tags }: Endpoint, { endpoint, owner }: Names): Observed | undefined {
  if (tags?.[OWNER_TAG] === owner) return undefined
  return failed(`the endpoint ${endpoint} is not the worker's own: its tag ${OWNER_TAG} is not ${owner}`)
}

function isOurs({ tags }: Deployment, plan: DeploymentPlan, names: Names): boolean {
  const ours = tagsOfDeployment(plan, names)
  // The project may have another name by now.
  return [OWNER_TAG, ARTIFACT_TAG].every((tag) => tags?.[tag] === ours[tag])
}

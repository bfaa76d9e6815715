// The resources of Azure Machine Learning that the target reads and writes: their bodies and what is read of them.
import type { DeploymentPlan } from '../target.ts'
import type { AzureMlSettings } from './azure-ml-config.ts'
import type { DeploymentSettings } from './deployment-settings.ts'
import { type Names, OWNER_TAG, shortHash } from './names.ts'

interface Identity {
  readonly type: string
  readonly userAssignedIdentities?: Readonly<Record<string, object>>
}

interface Tracked<Properties> {
  readonly id?: string
  readonly location: string
  readonly tags?: Readonly<Record<string, string>>
  readonly kind?: string
  readonly identity?: Identity
  readonly sku?: { readonly name: string; readonly capacity?: number }
  readonly properties: Properties
}

/** Percent of the requests, by the names of deployments. Names that are absent get none. */
export type Traffic = Readonly<Record<string, number>>

export type Endpoint = Tracked<{
  readonly authMode: 'Key' | 'AADToken' | 'AMLToken'
  readonly provisioningState?: string
  readonly traffic?: Traffic | null
  readonly scoringUri?: string | null
}>

export type Deployment = Tracked<{
  readonly endpointComputeType: string
  readonly provisioningState?: string
  readonly model?: string | null
}>

/** A model or an environment in one version. */
export interface Asset {
  readonly id: string
}

export const ARTIFACT_TAG = 'artifact_sha256'

/** What a container answers on, in the image that AZURE_ML_IMAGE names. */
const PORT = 5001
const INFERENCE_CONFIG = {
  livenessRoute: { port: PORT, path: '/v2/health/live' },
  readinessRoute: { port: PORT, path: '/v2/health/ready' },
  scoringRoute: { port: PORT, path: '/api/predict' },
}
/** Below it the image finds the bundle; Azure makes folders of the model's name and version there. */
const MODEL_FOLDER = '/var/ml-worker/model'

export function newEndpoint(location: string, plan: DeploymentPlan, names: Names, auth: 'key' | 'aad_token'): Endpoint {
  return {
    location,
    tags: { [OWNER_TAG]: names.owner, project: plan.projectName, environment: plan.environment },
    identity: { type: 'SystemAssigned' },
    properties: { authMode: auth === 'key' ? 'Key' : 'AADToken' },
  }
}

/** The endpoint as it was read, without what only Azure writes, with other traffic. Azure has no smaller change of it. */
export function withTraffic({ location, tags, kind, identity, sku, properties }: Endpoint, traffic: Traffic): Endpoint {
  const written = Object.entries(properties).filter(([name]) => !WRITTEN_BY_AZURE.includes(name))
  return {
    location,
    ...(tags === undefined ? {} : { tags }),
    ...(kind === undefined ? {} : { kind }),
    ...(identity === undefined ? {} : { identity: identityToWrite(identity) }),
    ...(sku === undefined ? {} : { sku }),
    properties: { ...(Object.fromEntries(written) as Endpoint['properties']), traffic },
  }
}

const WRITTEN_BY_AZURE = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys']

function identityToWrite({ type, userAssignedIdentities }: Identity): Identity {
  if (userAssignedIdentities === undefined || userAssignedIdentities === null) return { type }
  return { type, userAssignedIdentities: Object.fromEntries(Object.keys(userAssignedIdentities).map((id) => [id, {}])) }
}

/** Without the deployment: the others keep what they have, and the largest of them gets what it had, for the sum is 100 or 0. */
export function trafficWithout(traffic: Traffic, name: string): Traffic {
  const others = Object.entries(traffic).filter(([other, percent]) => other !== name && percent > 0)
  const [largest] = others.toSorted(([, a], [, b]) => b - a)
  if (largest === undefined) return {}
  return { ...Object.fromEntries(others), [largest[0]]: largest[1] + (traffic[name] ?? 0) }
}

export function environmentVersion(image: string): string {
  return shortHash([image, JSON.stringify(INFERENCE_CONFIG)])
}

export function newEnvironment(image: string) {
  return { properties: { image, osType: 'Linux', inferenceConfig: INFERENCE_CONFIG } }
}

/** Azure never changes the content of a version: another place is another one. */
export function modelVersion(plan: DeploymentPlan, uri: string): string {
  return `${plan.version}-${shortHash([uri])}`
}

export function newModel(plan: DeploymentPlan, names: Names, uri: string) {
  const tags = { [OWNER_TAG]: names.owner, run: String(plan.runId), [ARTIFACT_TAG]: plan.artifactSha256 }
  return { properties: { modelType: 'custom_model', modelUri: uri, tags } }
}

export function tagsOfDeployment(plan: DeploymentPlan, names: Names): Readonly<Record<string, string>> {
  const { projectName: project, environment, version, runId, artifactSha256 } = plan
  return {
    [OWNER_TAG]: `${names.owner}/${plan.deploymentId}`,
    ...{ project, environment, version: String(version), run: String(runId), [ARTIFACT_TAG]: artifactSha256 },
  }
}

/** A deployment gets no traffic before the endpoint says so. */
export function newDeployment(
  location: string,
  plan: DeploymentPlan,
  names: Names,
  assets: { readonly model: Asset; readonly environment: Asset },
): Deployment {
  const settings = plan.settings as unknown as DeploymentSettings
  const probe = { initialDelay: 'PT5S', period: 'PT5S', timeout: 'PT2S', successThreshold: 1, failureThreshold: 60 }
  const properties = {
    endpointComputeType: 'Managed',
    model: assets.model.id,
    modelMountPath: MODEL_FOLDER,
    environmentId: assets.environment.id,
    instanceType: settings.instance_type,
    requestSettings: {
      requestTimeout: `PT${settings.request_timeout_seconds}S`,
      maxConcurrentRequestsPerInstance: settings.concurrent_requests,
    },
    livenessProbe: probe,
    readinessProbe: probe,
    scaleSettings: { scaleType: 'Default' },
  }
  const sku = skuOf(plan.instances)
  return { location, tags: tagsOfDeployment(plan, names), sku, properties }
}

export function skuOf(capacity: number): { readonly name: string; readonly capacity: number } {
  return { name: 'Default', capacity }
}

/** Where a datastore of the workspace finds a blob. */
export function uriOfBlob(settings: AzureMlSettings, key: string): string {
  const { AZURE_ML_SUBSCRIPTION_ID, AZURE_ML_RESOURCE_GROUP, AZURE_ML_WORKSPACE, AZURE_ML_DATASTORE } = settings
  const workspace = `subscriptions/${AZURE_ML_SUBSCRIPTION_ID}/resourcegroups/${AZURE_ML_RESOURCE_GROUP}/workspaces/${AZURE_ML_WORKSPACE}`
  return `azureml://${workspace}/datastores/${AZURE_ML_DATASTORE}/paths/${key}`
}

// The calls of one workspace of Azure Machine Learning.
import type { ArmAnswer, ArmClient } from './arm-client.ts'
import { AzureError } from './azure-error.ts'
import type { AzureMlSettings } from './azure-ml-config.ts'
import { keepNewest } from './keep-newest.ts'
import type { Asset, Deployment, Endpoint } from './resources.ts'

type Place = Pick<AzureMlSettings, 'AZURE_ML_SUBSCRIPTION_ID' | 'AZURE_ML_RESOURCE_GROUP' | 'AZURE_ML_WORKSPACE'>

/** Work that Azure has begun, of one resource. */
interface Operation {
  readonly url: string | undefined
  /** Not looked at before, in ms since 1970. */
  readonly lookAt: number
}

const OPERATIONS_MAX = 1_000
const LOG_LINES = 20

export class AzureMlApi {
  private readonly arm: ArmClient
  private readonly clock: () => number
  private readonly workspace: string
  /** By path; forgotten with the process: then the state of the resource alone tells how it went. */
  private readonly operations = new Map<string, Operation>()
  private knownLocation: string | undefined

  constructor(arm: ArmClient, place: Place, clock: () => number) {
    this.arm = arm
    this.clock = clock
    const [subscription, group, workspace] = [
      place.AZURE_ML_SUBSCRIPTION_ID,
      place.AZURE_ML_RESOURCE_GROUP,
      place.AZURE_ML_WORKSPACE,
    ].map(encodeURIComponent)
    const provider = 'providers/Microsoft.MachineLearningServices'
    this.workspace = `/subscriptions/${subscription}/resourceGroups/${group}/${provider}/workspaces/${workspace}`
  }

  /** The region of the workspace. Throws AzureError where there is no such workspace. */
  async location(signal: AbortSignal): Promise<string> {
    if (this.knownLocation !== undefined) return this.knownLocation
    const found = await this.arm.get<{ location?: string }>(this.workspace, signal)
    if (found?.location === undefined) throw new AzureError(404, 'WorkspaceUnknown', `there is no ${this.workspace}`)
    this.knownLocation = found.location
    return found.location
  }

  endpoint(name: string, signal: AbortSignal): Promise<Endpoint | undefined> {
    return this.arm.get(this.endpointPath(name), signal)
  }

  async putEndpoint(name: string, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    const path = this.endpointPath(name)
    this.remember(path, await this.arm.change('PUT', path, endpoint, signal))
  }

  async deleteEndpoint(name: string, signal: AbortSignal): Promise<void> {
    const path = this.endpointPath(name)
    this.remember(path, await this.arm.change('DELETE', path, undefined, signal))
  }

  deployments(endpoint: string, signal: AbortSignal): Promise<Deployment[]> {
    return this.arm.list(`${this.endpointPath(endpoint)}/deployments`, signal)
  }

  deployment(endpoint: string, name: string, signal: AbortSignal): Promise<Deployment | undefined> {
    return this.arm.get(this.deploymentPath(endpoint, name), signal)
  }

  async putDeployment(endpoint: string, name: string, deployment: Deployment, signal: AbortSignal): Promise<void> {
    const path = this.deploymentPath(endpoint, name)
    this.remember(path, await this.arm.change('PUT', path, deployment, signal))
  }

  async scale(endpoint: string, name: string, sku: object, signal: AbortSignal): Promise<void> {
    const path = this.deploymentPath(endpoint, name)
    this.remember(path, await this.arm.change('PATCH', path, { sku }, signal))
  }

  async deleteDeployment(endpoint: string, name: string, signal: AbortSignal): Promise<void> {
    const path = this.deploymentPath(endpoint, name)
    this.remember(path, await this.arm.change('DELETE', path, undefined, signal))
  }

  /** The asset in that version, which is made where it is not there. kind: as it stands in paths. */
  async asset(
    kind: 'models' | 'environments',
    name: string,
    version: string,
    content: object,
    signal: AbortSignal,
  ): Promise<Asset> {
    const path = `${this.workspace}/${kind}/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`
    return (
      (await this.arm.get<Asset>(path, signal)) ?? (await this.arm.change<Asset>('PUT', path, content, signal)).body
    )
  }

  async primaryKey(endpoint: string, signal: AbortSignal): Promise<string> {
    const path = `${this.endpointPath(endpoint)}/listKeys`
    const { body } = await this.arm.change<{ primaryKey?: string | null }>('POST', path, undefined, signal)
    if (!body?.primaryKey) throw new AzureError(0, 'KeyMissing', `the endpoint ${endpoint} has no key`)
    return body.primaryKey
  }

  /** Azure asked not to look at the resource yet. */
  isWaitingFor(endpoint: string, deployment?: string): boolean {
    const operation = this.operations.get(this.pathOf(endpoint, deployment))
    return operation !== undefined && this.clock() < operation.lookAt
  }

  /** What became of the last change of the resource, in Azure's words, with the last lines of the container's log. */
  async reasonOf(endpoint: string, deployment: string | undefined, signal: AbortSignal): Promise<string> {
    const url = this.operations.get(this.pathOf(endpoint, deployment))?.url
    const told = url === undefined ? undefined : await this.ifAny(() => this.arm.reasonOf(url, signal))
    const log = deployment === undefined ? undefined : await this.logOf(endpoint, deployment, signal)
    return [told, log === undefined ? undefined : `the log ends with: ${log}`].filter(Boolean).join('; ')
  }

  /** Of the container, or of what brings the model into it, where that did not come to its end. */
  private async logOf(endpoint: string, deployment: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `${this.deploymentPath(endpoint, deployment)}/getLogs`
    for (const containerType of ['InferenceServer', 'StorageInitializer']) {
      const content = { containerType, tail: LOG_LINES }
      const answer = await this.ifAny(() => this.arm.change<{ content?: string | null }>('POST', path, content, signal))
      const text = answer?.body?.content?.trim()
      if (text) return text
    }
    return undefined
  }

  /** What only explains a failure may be missing. */
  private async ifAny<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof AzureError) return undefined
      throw error
    }
  }

  private remember(path: string, { operationUrl, waitMs }: ArmAnswer<unknown>): void {
    keepNewest(this.operations, path, { url: operationUrl, lookAt: this.clock() + waitMs }, OPERATIONS_MAX)
  }

  private pathOf(endpoint: string, deployment: string | undefined): string {
    return deployment === undefined ? this.endpointPath(endpoint) : this.deploymentPath(endpoint, deployment)
  }

  private endpointPath(name: string): string {
    return `${this.workspace}/onlineEndpoints/${name}`
  }

  private deploymentPath(endpoint: string, name: string): string {
    return `${this.endpointPath(endpoint)}/deployments/${name}`
  }
}

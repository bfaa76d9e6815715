// The target kserve: versions answer in containers of a Kubernetes cluster, each an InferenceService of its own.

import { ServiceError } from '../../../errors.ts'
import type { FaultList } from '../../../model/faults.ts'
import { boundedBytes } from '../bounded-bytes.ts'
import type { DeploymentPlan, DeploymentTarget, Observed, TargetAnswer, TargetRequest } from '../target.ts'
import { type KserveSettings, missingOfKserve } from './kserve-config.ts'
import { checkedSettings } from './kserve-settings.ts'
import { KubernetesApi, KubernetesError } from './kubernetes-api.ts'
import {
  API_VERSION,
  DEPLOYMENT_LABEL,
  DIGEST_ANNOTATION,
  type InferenceService,
  inferenceService,
} from './manifest.ts'
import { serviceName } from './names.ts'
import { observedOf, type Pod } from './observe.ts'

export interface KserveParts {
  readonly bundles: {
    /** Where the bundle of a version lies in the store. */
    stored(version: { readonly projectId: number; readonly version: number }): Promise<{ readonly url: string }>
  }
  /** STORAGE_DRIVER. */
  readonly storageDriver: string
}

/** Of one answer. */
const ANSWER_LENGTH_MAX = 64 * 2 ** 20
/** Deployments whose endpoints are remembered, and for how long. */
const ENDPOINTS_MAX = 1_000
const ENDPOINT_MS = 60_000
/** Pods of one deployment that are looked at. */
const PODS_MAX = 200

interface Endpoint {
  readonly url: string
  /** In ms since 1970. */
  readonly goodUntil: number
}

export class KserveTarget implements DeploymentTarget {
  readonly name = 'kserve'
  readonly missing: string | undefined
  private readonly settings: KserveSettings
  private readonly bundles: KserveParts['bundles']
  private readonly api: KubernetesApi
  /** By deployment. */
  private readonly endpoints = new Map<number, Endpoint>()

  constructor(settings: KserveSettings, { bundles, storageDriver }: KserveParts) {
    this.settings = settings
    this.missing = missingOfKserve(settings, storageDriver)
    this.bundles = bundles
    this.api = new KubernetesApi(settings)
  }

  check(settings: Readonly<Record<string, unknown>>, faults: FaultList): Readonly<Record<string, unknown>> {
    return checkedSettings(settings, faults)
  }

  /** Creates the InferenceService, or adopts the one that is there; brings it to the instances of the plan, and waits. */
  async prepare(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    const found = await this.find(plan, signal)
    if (found === undefined) return this.create(plan, signal)
    if (found.metadata.deletionTimestamp !== undefined)
      return inProgress('an earlier InferenceService is being removed')
    const refusal = this.foreignness(plan, found)
    if (refusal !== undefined) return { state: 'failed', reason: refusal }
    const { minReplicas, maxReplicas } = found.spec.predictor
    if (minReplicas !== plan.instances || maxReplicas !== plan.instances) return this.scale(plan, found, signal)
    return this.look(plan, found, signal)
  }

  /** Callers reach it by the worker, which predicts with what is active. */
  activate(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    return this.observe(plan, signal)
  }

  async observe(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    const found = await this.find(plan, signal)
    if (found === undefined || this.foreignness(plan, found) !== undefined) return { state: 'absent' }
    return this.look(plan, found, signal)
  }

  async remove(plan: DeploymentPlan, signal: AbortSignal): Promise<boolean> {
    this.endpoints.delete(plan.deploymentId)
    const found = await this.find(plan, signal)
    if (found === undefined || this.foreignness(plan, found) !== undefined) return true
    if (found.metadata.deletionTimestamp === undefined) await this.api.delete(this.pathOf(plan), signal)
    return (await this.find(plan, signal)) === undefined
  }

  async predict(plan: DeploymentPlan, request: TargetRequest, signal: AbortSignal): Promise<TargetAnswer> {
    const { body, contentType, accept, query } = request
    const url = await this.endpointOf(plan, signal)
    const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) }
    const asked = `${url}/api/predict${query === '' ? '' : `?${query.replace(/^\?/, '')}`}`
    try {
      // fetch takes the bytes of a Buffer as they are.
      const init = {
        method: 'POST',
        headers,
        body: body as Uint8Array<ArrayBuffer>,
        signal,
        redirect: 'error',
      } as const
      const answer = await fetch(asked, init)
      const bytes = await bytesOf(answer)
      return { status: answer.status, contentType: answer.headers.get('content-type') ?? '', body: bytes }
    } catch (error) {
      this.endpoints.delete(plan.deploymentId)
      if (signal.aborted) throw signal.reason
      const { cause = error } = error as { readonly cause?: unknown }
      throw new Error(`${new URL(url).host}: ${(cause as Error).message}`, { cause: error })
    }
  }

  async close(): Promise<void> {
    this.api.close()
  }

  private async create(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed> {
    let bundleUrl: string
    try {
      bundleUrl = await this.bundleUrlOf(plan)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'PRESIGN_UNSUPPORTED') {
        return { state: 'failed', reason: `KSERVE_BUNDLES=store: ${error.message}` }
      }
      throw error
    }
    const { settings } = this
    const manifest = inferenceService(plan, { name: this.nameOf(plan), settings, bundleUrl })
    try {
      await this.api.create(this.path, manifest, signal)
    } catch (error) {
      // Of another worker, or of a call whose answer was lost: the next step adopts it.
      if (error instanceof KubernetesError && error.status === 409) return inProgress('the InferenceService is there')
      const isRefused = error instanceof KubernetesError && (error.status === 400 || error.status === 422)
      if (isRefused) return { state: 'failed', reason: error.message }
      throw error
    }
    return inProgress('the InferenceService is made')
  }

  private async scale({ instances }: DeploymentPlan, found: InferenceService, signal: AbortSignal): Promise<Observed> {
    const { name, resourceVersion } = found.metadata
    const predictor = { minReplicas: instances, maxReplicas: instances }
    const change = { metadata: { resourceVersion }, spec: { predictor } }
    try {
      await this.api.patch(`${this.path}/${name}`, change, signal)
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 409)) throw error
      return inProgress('the InferenceService was changed meanwhile')
    }
    return inProgress(`the InferenceService is scaled to ${instances} instances`)
  }

  private async look(plan: DeploymentPlan, service: InferenceService, signal: AbortSignal): Promise<Observed> {
    const { name } = service.metadata
    const selector = encodeURIComponent(`serving.kserve.io/inferenceservice=${name}`)
    const path = `/api/v1/namespaces/${this.settings.KSERVE_NAMESPACE}/pods?labelSelector=${selector}&limit=${PODS_MAX}`
    const list = await this.api.get<{ readonly items?: readonly Pod[] }>(path, signal)
    return observedOf(service, list?.items ?? [], { instances: plan.instances, endpoint: addressOf(service) })
  }

  private async endpointOf(plan: DeploymentPlan, signal: AbortSignal): Promise<string> {
    const kept = this.endpoints.get(plan.deploymentId)
    if (kept !== undefined && Date.now() < kept.goodUntil) return kept.url
    const found = await this.find(plan, signal)
    const url = found && addressOf(found)
    if (url === undefined) throw new Error(`the InferenceService ${this.nameOf(plan)} has no address`)
    this.endpoints.delete(plan.deploymentId)
    this.endpoints.set(plan.deploymentId, { url, goodUntil: Date.now() + ENDPOINT_MS })
    const [oldest] = this.endpoints.keys()
    if (this.endpoints.size > ENDPOINTS_MAX && oldest !== undefined) this.endpoints.delete(oldest)
    return url
  }

  private find(plan: DeploymentPlan, signal: AbortSignal): Promise<InferenceService | undefined> {
    return this.api.get<InferenceService>(this.pathOf(plan), signal)
  }

  /** What says that an InferenceService of the name is of another deployment; undefined where it is of this one. */
  private foreignness(
    { deploymentId, artifactSha256 }: DeploymentPlan,
    { metadata }: InferenceService,
  ): string | undefined {
    const isOurs =
      metadata.labels?.[DEPLOYMENT_LABEL] === String(deploymentId) &&
      metadata.annotations?.[DIGEST_ANNOTATION] === artifactSha256
    if (isOurs) return undefined
    return `the namespace ${this.settings.KSERVE_NAMESPACE} has an InferenceService ${metadata.name} of something else`
  }

  private async bundleUrlOf({ projectId, version }: DeploymentPlan): Promise<string> {
    const { KSERVE_BUNDLES, PUBLIC_URL } = this.settings
    if (KSERVE_BUNDLES === 'store') return (await this.bundles.stored({ projectId, version })).url
    // By its id, for a project's name may be another's later.
    return `${PUBLIC_URL.replace(/\/+$/, '')}/api/projects/${projectId}/versions/${version}/bundle`
  }

  private nameOf(plan: DeploymentPlan): string {
    return serviceName(plan, this.settings.KSERVE_NAMESPACE)
  }

  private get path(): string {
    return `/apis/${API_VERSION}/namespaces/${this.settings.KSERVE_NAMESPACE}/inferenceservices`
  }

  private pathOf(plan: DeploymentPlan): string {
    return `${this.path}/${this.nameOf(plan)}`
  }
}

/** Within the cluster, where KServe says one. */
function addressOf({ status }: InferenceService): string | undefined {
  return (status?.address?.url ?? status?.url)?.replace(/\/+$/, '')
}

function inProgress(message: string): Observed {
  return { state: 'in_progress', message }
}

async function bytesOf(answer: Response): Promise<Buffer> {
  const bytes = await boundedBytes(answer, ANSWER_LENGTH_MAX)
  if (bytes !== undefined) return bytes
  throw new Error(`its answer has more than ${ANSWER_LENGTH_MAX} bytes`)
}

// The InferenceService of a deployment: a container of this worker that serves one version.
import type { DeploymentPlan } from '../target.ts'
import type { KserveSettings } from './kserve-config.ts'
import type { KserveDeploymentSettings } from './kserve-settings.ts'

export const API_VERSION = 'serving.kserve.io/v1beta1'

/** What of an InferenceService the worker writes and reads. */
export interface InferenceService {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: { readonly predictor: Predictor }
  readonly status?: ServiceStatus
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly resourceVersion?: string
  readonly deletionTimestamp?: string
}

/** A PodSpec of Kubernetes, with what KServe adds to it. */
export interface Predictor {
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly containers: readonly object[]
  readonly [member: string]: unknown
}

export interface ServiceStatus {
  readonly url?: string
  readonly address?: { readonly url?: string }
  readonly conditions?: readonly Condition[]
  readonly modelStatus?: {
    readonly transitionStatus?: string
    readonly lastFailureInfo?: { readonly reason?: string; readonly message?: string }
  }
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export const DEPLOYMENT_LABEL = 'ml-worker/deployment'
export const DIGEST_ANNOTATION = 'ml-worker/artifact-sha256'
/** Of the image's user, node: Kubernetes looks at numbers alone. */
const USER = 1000
const PORT = 8080
const TOKEN_FOLDER = '/var/run/ml-worker'
/** Where KServe lays what STORAGE_URI names. */
const STORE_FOLDER = '/mnt/models'
const OWNER_AND_GROUP_READ = 0o440
/** Of a fetch by the container, in seconds, and how often it is looked at meanwhile. */
const START_SECONDS = 300
const PROBE_SECONDS = 2

export interface ServiceParts {
  readonly name: string
  readonly settings: KserveSettings
  /** URL of the bundle: of this worker, or as the store's clients take it. */
  readonly bundleUrl: string
}

/** The same plan gives the same manifest. */
export function inferenceService(plan: DeploymentPlan, { name, settings, bundleUrl }: ServiceParts): InferenceService {
  const { visibility } = plan.settings as KserveDeploymentSettings
  const serviceAccount = settings.KSERVE_SERVICE_ACCOUNT
  return {
    apiVersion: API_VERSION,
    kind: 'InferenceService',
    metadata: {
      name,
      namespace: settings.KSERVE_NAMESPACE,
      labels: {
        'app.kubernetes.io/managed-by': 'ml-worker',
        [DEPLOYMENT_LABEL]: String(plan.deploymentId),
        'ml-worker/project': String(plan.projectId),
        'ml-worker/version': String(plan.version),
        ...(visibility === 'internal' ? { 'networking.kserve.io/visibility': 'cluster-local' } : {}),
      },
      annotations: {
        'serving.kserve.io/deploymentMode': 'RawDeployment',
        'ml-worker/project-name': plan.projectName,
        'ml-worker/environment': plan.environment,
        [DIGEST_ANNOTATION]: plan.artifactSha256,
      },
    },
    spec: {
      predictor: {
        minReplicas: plan.instances,
        maxReplicas: plan.instances,
        automountServiceAccountToken: false,
        ...(serviceAccount === '' ? {} : { serviceAccountName: serviceAccount }),
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container(plan, settings, bundleUrl)],
        volumes: [{ name: 'tmp', emptyDir: {} }, ...tokenVolumes(settings)],
      },
    },
  }
}

function container(plan: DeploymentPlan, settings: KserveSettings, bundleUrl: string): object {
  const { cpu, memory } = plan.settings as KserveDeploymentSettings
  const isOfStore = settings.KSERVE_BUNDLES === 'store'
  const place = isOfStore ? `${STORE_FOLDER}/${bundleUrl.slice(bundleUrl.lastIndexOf('/') + 1)}` : bundleUrl
  const token = hasToken(settings) ? ['--token-file', `${TOKEN_FOLDER}/token`] : []
  const probe = (path: string, failureThreshold: number) => ({
    httpGet: { path, port: PORT },
    periodSeconds: PROBE_SECONDS,
    timeoutSeconds: PROBE_SECONDS,
    failureThreshold,
  })
  return {
    // KServe knows the container that predicts by this name.
    name: 'kserve-container',
    image: settings.KSERVE_IMAGE,
    args: [
      ...['node', 'bin/ml-worker.cjs', 'serve', '--artifact', place, '--sha256', plan.artifactSha256],
      ...['--timeout', String(START_SECONDS), ...token],
    ],
    env: [
      { name: 'HOST', value: '0.0.0.0' },
      { name: 'PORT', value: String(PORT) },
      { name: 'LOG_FORMAT', value: 'json' },
      ...(isOfStore ? [{ name: 'STORAGE_URI', value: bundleUrl }] : []),
    ],
    ports: [{ containerPort: PORT, protocol: 'TCP' }],
    resources: { requests: { cpu, memory }, limits: { cpu, memory } },
    startupProbe: probe('/v2/health/ready', START_SECONDS / PROBE_SECONDS),
    readinessProbe: probe('/v2/health/ready', 2),
    livenessProbe: probe('/v2/health/live', 15),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    // What it says when it cannot start is the reason of the deployment's failure.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(hasToken(settings) ? [{ name: 'token', mountPath: TOKEN_FOLDER, readOnly: true }] : []),
    ],
  }
}

function tokenVolumes(settings: KserveSettings): object[] {
  if (!hasToken(settings)) return []
  const secret = { secretName: settings.KSERVE_TOKEN_SECRET, defaultMode: OWNER_AND_GROUP_READ }
  return [{ name: 'token', secret }]
}

function hasToken({ KSERVE_BUNDLES, KSERVE_TOKEN_SECRET }: KserveSettings): boolean {
  return KSERVE_BUNDLES === 'worker' && KSERVE_TOKEN_SECRET !== ''
}

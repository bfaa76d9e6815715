// What a deployment is, as it is kept.
import type { DeploymentPlan, Observed, TargetName } from './targets/target.ts'

export const STATUSES = ['pending', 'deploying', 'active', 'replaced', 'undeployed', 'failed', 'cancelled'] as const
export type DeploymentStatus = (typeof STATUSES)[number]
/** What ends a deployment. */
export type EndStatus = Exclude<DeploymentStatus, 'pending' | 'deploying' | 'active'>

/** What a worker does with a deployment next; done: nothing of it is left on its target. */
export type DeploymentStep = 'prepare' | 'activate' | 'observe' | 'remove' | 'done'

export const ENVIRONMENT_NAME = '^[a-z][a-z0-9-]{0,39}$'
export const INSTANCES_MAX = 100

/** What is asked for. */
export interface NewDeployment {
  readonly projectId: number
  readonly environment: string
  readonly version: number
  readonly runId: number
  readonly modelName: string
  readonly target: TargetName
  /** With the defaults of the target. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly instances: number
  readonly origin: 'deploy' | 'rollback'
  /** The deployment, never a rollback itself, that a rollback brings back. */
  readonly restores: number | null
  /** Whether versions of the same model class in other projects end in this environment when this one becomes active. */
  readonly deactivateOthers: boolean
  readonly note: string | null
  readonly requestedBy: string
  readonly idempotencyKey: string | null
  /** SHA-256 of what was asked for. */
  readonly requestDigest: string
}

export interface Deployment extends NewDeployment {
  readonly deploymentId: number
  readonly projectName: string
  readonly artifactSha256: string
  readonly status: DeploymentStatus
  /** Why it ended. */
  readonly reason: string | null
  readonly endpoint: string | null
  /** What its target saw last, and when. */
  readonly observed: Observed | null
  readonly observedAt: Date | null
  readonly requestedAt: Date
  readonly activeFrom: Date | null
  readonly activeUntil: Date | null
  readonly endedAt: Date | null
  readonly step: DeploymentStep
}

/** A status that a deployment came to. */
export interface DeploymentEvent {
  readonly status: DeploymentStatus
  readonly reason: string | null
  readonly happenedAt: Date
  /** As in the audit; WORKER where no caller asked for it. */
  readonly actor: string
}

/** Who brings deployments from status to status. */
export const WORKER = 'worker'

export function isOpen({ status }: Pick<Deployment, 'status'>): boolean {
  return status === 'pending' || status === 'deploying'
}

/** As events, logs and the audit name it. */
export function nameOf({ deploymentId }: Pick<Deployment, 'deploymentId'>): string {
  return `deployment ${deploymentId}`
}

export function planOf(deployment: Deployment): DeploymentPlan {
  const { deploymentId, projectId, projectName, environment, version, runId, modelName, artifactSha256 } = deployment
  const { settings, instances } = deployment
  const of = { deploymentId, projectId, projectName, environment, version, runId, modelName, artifactSha256 }
  return { ...of, settings, instances }
}

// A place where versions answer: this worker, a Kubernetes cluster, Azure Machine Learning. The reconciler moves a deployment
// there step by step.
import type { FaultList } from '../../model/faults.ts'

export const TARGET_NAMES = ['local', 'kserve', 'azure_ml'] as const
export type TargetName = (typeof TARGET_NAMES)[number]

/** What a target is told of a deployment. Nothing in it is secret. */
export interface DeploymentPlan {
  readonly deploymentId: number
  readonly projectId: number
  readonly projectName: string
  readonly environment: string
  readonly version: number
  readonly runId: number
  readonly modelName: string
  readonly artifactSha256: string
  /** As the target's check gave them. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly instances: number
}

/** What a target sees of a deployment. */
export type Observed =
  | { readonly state: 'in_progress'; readonly message: string }
  | { readonly state: 'ready'; readonly endpoint: string | null; readonly instances: number | null }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'absent' }

export interface TargetRequest {
  readonly body: Buffer
  readonly contentType: string
  readonly accept: string | undefined
  /** Of POST /api/predict, without its run: probabilities, explain and so on. */
  readonly query: string
}

export interface TargetAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** Every call may come twice, after a kill, and from any worker: it adopts what is there. */
export interface DeploymentTarget {
  readonly name: TargetName
  /** What is not set up, in words, for 501 TARGET_NOT_SET_UP; undefined where it can be used. */
  readonly missing: string | undefined
  /** The settings of a request with their defaults; every fault is added. */
  check(settings: Readonly<Record<string, unknown>>, faults: FaultList): Readonly<Record<string, unknown>>
  /** One step towards a running version that gets no traffic yet: creates, adopts or waits. Throws what may pass: it is called again. */
  prepare(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed>
  /** One step towards the traffic of the environment going to it. */
  activate(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed>
  /** How it is now; changes nothing. */
  observe(plan: DeploymentPlan, signal: AbortSignal): Promise<Observed>
  /** One step towards nothing of the deployment being left; true when that is so. */
  remove(plan: DeploymentPlan, signal: AbortSignal): Promise<boolean>
  /** Where predictions are made elsewhere; a local version is predicted with here. */
  predict?(plan: DeploymentPlan, request: TargetRequest, signal: AbortSignal): Promise<TargetAnswer>
  close?(): Promise<void>
}

// Where a version, or a training, stands on its way into use: one word for dashboards.
import type { VersionTraining } from './project.ts'
import type { ReviewState } from './reviews/review.ts'

/** Of versions. */
export const VERSION_STATUSES = ['trained', 'pending_review', 'approved_for_inference', 'deployed', 'rejected'] as const
export type VersionStatus = (typeof VERSION_STATUSES)[number]
/** Of trainings that are to become a version. */
export const WORKFLOW_STATUSES = ['training', 'failed', ...VERSION_STATUSES] as const
export type WorkflowStatus = (typeof WORKFLOW_STATUSES)[number]

/** By status, the states of the reviews of versions that have it while they are not deployed. */
export const STATES_OF: Readonly<Record<Exclude<VersionStatus, 'deployed'>, readonly ReviewState[]>> = {
  trained: ['none'],
  pending_review: ['pending'],
  approved_for_inference: ['approved'],
  rejected: ['rejected', 'revoked'],
}

const STATUS_OF: Readonly<Record<ReviewState, VersionStatus>> = {
  none: 'trained',
  pending: 'pending_review',
  approved: 'approved_for_inference',
  rejected: 'rejected',
  revoked: 'rejected',
}

interface Standing {
  readonly reviewState: ReviewState
  readonly isDeployed: boolean
}

/** What is deployed is so whatever was decided since: to revoke an approval undeploys nothing. */
export function versionStatusOf({ reviewState, isDeployed }: Standing): VersionStatus {
  return isDeployed ? 'deployed' : STATUS_OF[reviewState]
}

/** Of a training that is to become a version. */
export function trainingStatusOf({ state, reviewState, isDeployed }: VersionTraining): WorkflowStatus {
  if (reviewState !== null) return versionStatusOf({ reviewState, isDeployed })
  return state === 'failed' ? 'failed' : 'training'
}

// What follows for a challenger that is better: its review, and where the policy says so its deployment, once, in one transaction
// with the end of its retraining, and never across what somebody else has deployed meanwhile.
import type { Caller } from '../../caller.ts'
import type { ChangeLog } from '../../deployments/changes.ts'
import { type Deployment, isOpen, nameOf } from '../../deployments/deployment.ts'
import type { Deployments } from '../../deployments/deployments.ts'
import type { Notices } from '../../notifications/notices.ts'
import type { Projects } from '../../projects/projects.ts'
import type { ReviewState } from '../../projects/reviews/review.ts'
import type { Reviews } from '../../projects/reviews/reviews.ts'
import type { Retraining } from './retraining.ts'
import { tellRetraining } from './retraining-notice.ts'
import { lockRetraining, type RetrainingEnd, writeEnd } from './retrainings-table.ts'

const DAY_MS = 86_400_000

export interface FollowParts {
  readonly notices: Notices
  readonly projects: Pick<Projects, 'lock'>
  readonly reviews: Pick<Reviews, 'decide' | 'history'>
  readonly deployments: Pick<Deployments, 'prepare' | 'deployIn' | 'standing'>
  readonly changes: Pick<ChangeLog, 'transact'>
}

/** A retraining whose challenger is better, with what it was found to be. */
export interface Better extends Retraining {
  readonly challenger: number
  readonly finding: string
}

/** reviewing: a person must decide first. deploy: it is approved, and is to be deployed. An end: nothing more is to be done. */
export type Following = 'reviewing' | 'deploy' | RetrainingEnd

/** Asks for the review of the challenger, where nobody has. Throws ServiceError. */
export async function followReview({ reviews }: FollowParts, retraining: Better): Promise<Following> {
  const { projectId, environment, challenger, policy, finding, retrainingId, requestedBy } = retraining
  const project = String(projectId)
  const { version, reviews: made } = await reviews.history(project, challenger, 1)
  let state: ReviewState = version.reviewState
  if (state === 'none') {
    const note = `retraining ${retrainingId}: it is better than what is active in ${environment}`
    const caller: Caller = { actor: requestedBy, address: null, requestId: null }
    state = (await reviews.decide(project, challenger, { decision: 'requested', note }, caller)).state
  }
  if (state === 'rejected' || state === 'revoked') {
    const by = made[0] === undefined ? '' : ` by ${made[0].decidedBy}`
    const words = state === 'rejected' ? `version ${challenger} was rejected` : `the approval of it was revoked`
    return { outcome: 'rejected', finding: `${finding}; ${words}${by}` }
  }
  if (policy.promote === 'deploy') return state === 'approved' ? 'deploy' : 'reviewing'
  const words =
    state === 'approved' ? `version ${challenger} is approved` : `the review of version ${challenger} is ${state}`
  return { outcome: 'promoted', finding: `${finding}; ${words}` }
}

/**
 * Asks for the deployment of the challenger, which is approved, and ends the retraining. Where something else than the champion
 * is deployed, or on its way, that stands. Throws ServiceError; then nothing is written.
 */
export async function deployChallenger(parts: FollowParts, retraining: Better): Promise<void> {
  const { deployments, projects, notices, changes } = parts
  const { retrainingId, projectId, environment, challenger, requestedBy } = retraining
  const note = `retraining ${retrainingId}: it is better than what is active in ${environment}`
  const asker = { caller: { actor: requestedBy, address: null, requestId: null }, idempotencyKey: undefined }
  const place = { project: String(projectId), environment }
  const prepared = await deployments.prepare(place, { version: challenger, note }, asker)
  await changes.transact(async (made) => {
    const { tx } = made
    const project = await projects.lock(tx, place.project)
    const locked = await lockRetraining(tx, retrainingId)
    if (locked?.state !== retraining.state) return
    const { active, open } = await deployments.standing(tx, { projectId, environment })
    const end =
      standingEnd(retraining, open ?? active) ?? deployedEnd(retraining, await deployments.deployIn(made, prepared))
    await tellRetraining(notices, tx, project, await writeEnd(tx, locked, { ...foundOf(retraining), ...end }))
  })
}

/** The end of one that has waited for its review for too long; undefined while it may wait. */
export function expiredEnd(
  { state, changedAt, policy, finding, challenger }: Better,
  now: Date,
): RetrainingEnd | undefined {
  const { reviewDays } = policy
  if (state !== 'reviewing' || now.getTime() < changedAt.getTime() + reviewDays * DAY_MS) return undefined
  const words = `nobody has reviewed version ${challenger} within ${reviewDays} days: an approval does not deploy it any more`
  return { outcome: 'expired', finding: `${finding}; ${words}` }
}

/** What it was found to be, which is told at its end, too. */
export function foundOf({ finding, champion, comparison }: Better): Omit<RetrainingEnd, 'outcome'> {
  return { finding, champion: champion ?? undefined, comparison: comparison ?? undefined }
}

/** Undefined where the champion, or nothing where there was none, is all that is there. found: what is on its way, else active. */
function standingEnd(retraining: Better, found: Deployment | undefined): RetrainingEnd | undefined {
  const { champion, challenger, environment, finding } = retraining
  if (found?.version === challenger) return deployedEnd(retraining, found)
  const isAsJudged = found === undefined ? champion === null : !isOpen(found) && found.version === champion
  if (isAsJudged) return undefined
  const words =
    found === undefined
      ? `nothing is active in ${environment} any more`
      : `version ${found.version} was deployed in ${environment} meanwhile, as ${nameOf(found)} by ${found.requestedBy}`
  return {
    outcome: 'superseded',
    finding: `${finding}; ${words}: that stands, and version ${challenger} is not deployed`,
  }
}

function deployedEnd({ challenger, environment, finding }: Better, deployment: Deployment): RetrainingEnd {
  const words = `version ${challenger} is deployed in ${environment}, as ${nameOf(deployment)}`
  return { outcome: 'promoted', finding: `${finding}; ${words}` }
}

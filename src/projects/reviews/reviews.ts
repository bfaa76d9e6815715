// Reviews of versions as routes and other rooms use them: each one with its state, its entry in the audit and its notice, in
// one transaction.
import type { Audit } from '../../audit/audit.ts'
import { type Caller, UNKNOWN_CALLER } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import { ServiceError } from '../../errors.ts'
import type { Notices } from '../../notifications/notices.ts'
import { findAlias } from '../aliases-table.ts'
import type { Project, Version } from '../project.ts'
import type { Projects } from '../projects.ts'
import { findActiveVersion, listEnvironmentsOf } from '../standing-table.ts'
import type { Versions } from '../versions/versions.ts'
import { findVersion } from '../versions/versions-table.ts'
import type { Approvals } from './approvals.ts'
import { type Champion, judge } from './judge.ts'
import {
  DECISIONS_IN,
  type Decision,
  type NewReview,
  type Review,
  type ReviewedVersion,
  type ReviewState,
  STATE_AFTER,
} from './review.ts'
import { holdState, insertReview, type LockedState, listReviewed, listReviews, lockState } from './reviews-table.ts'
import { reviewAnswerOf } from './schemas.ts'

export interface ReviewsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly notices: Notices
  readonly projects: Projects
  readonly versions: Versions
  /** Whether who asked for a version may approve it. */
  readonly mayReviewSelf: boolean
}

export interface ReviewWish {
  readonly decision: Decision
  readonly note: string | undefined
}

/** What a call came to. */
export interface ReviewOutcome {
  readonly state: ReviewState
  /** Environments where the version is active: it stays so. */
  readonly deployedIn: readonly string[]
  /** Those that it wrote, the newest first: a policy may have decided on a request at once. */
  readonly reviews: readonly Review[]
}

/** At least one, the newest first. */
type Made = readonly [Review, ...Review[]]

/** What a policy compares with: the version of this alias, else the one that is active in this environment. */
const CHAMPION = 'champion'
const USUAL_ENVIRONMENT = 'production'

export class Reviews implements Approvals {
  private readonly parts: ReviewsParts

  constructor(parts: ReviewsParts) {
    this.parts = parts
  }

  /**
   * Throws ServiceError REVIEW_OUT_OF_ORDER where the state does not allow it, SELF_REVIEW, PROJECT_UNKNOWN,
   * PROJECT_ARCHIVED, VERSION_UNKNOWN.
   */
  async decide(named: string, number: number, wish: ReviewWish, caller: Caller): Promise<ReviewOutcome> {
    const { ownSchema, projects, versions } = this.parts
    const version = await versions.find(named, number)
    return inTransaction(ownSchema.pool, async (tx) => {
      const project = await projects.lock(tx, String(version.projectId))
      const locked = await this.lock(tx, project, number)
      requireOrder(project, number, locked.state, wish.decision)
      const reviews = await this.review(tx, project, version, locked, wish, caller)
      const [{ decision }] = reviews
      const deployedIn = await listEnvironmentsOf(tx, project.projectId, number)
      return { state: STATE_AFTER[decision], deployedIn, reviews }
    })
  }

  /** Of a version, the newest first, with its state. Throws ServiceError PROJECT_UNKNOWN, VERSION_UNKNOWN. */
  async history(
    named: string,
    number: number,
    limit: number,
    before?: number,
  ): Promise<{ readonly version: Version; readonly reviews: readonly Review[] }> {
    const version = await this.parts.versions.find(named, number)
    const reviews = await listReviews(this.parts.ownSchema.pool, version.projectId, number, limit, before)
    return { version, reviews }
  }

  /** Versions by their last review, the newest first. named: undefined: of all projects that are not archived. */
  async list(
    named: string | undefined,
    state: ReviewState | undefined,
    limit: number,
    before?: number,
  ): Promise<ReviewedVersion[]> {
    const { ownSchema, projects } = this.parts
    await ownSchema.require()
    const ofProject = named === undefined ? {} : { projectId: (await projects.find(named)).projectId }
    return listReviewed(ownSchema.pool, { ...ofProject, state }, limit, before)
  }

  /** Requests the review of a new version where the project says so, in the transaction that makes it. */
  async versionMade(tx: Transaction, project: Project, version: Version): Promise<void> {
    if (project.review.request !== 'every_version') return
    const note = 'a review of every version is requested'
    await this.request(tx, project, version, { note, caller: policyCaller(project), isJudged: true })
  }

  async requireApproved(tx: Transaction, projectId: number, version: number): Promise<void> {
    const state = await holdState(tx, projectId, version)
    if (state === 'approved') return
    throw new ServiceError(
      'VERSION_NOT_APPROVED',
      `version ${version} is not approved: ${STATE_WORDS[state ?? 'none']}`,
    )
  }

  /** The reviews that it comes to, the newest first. */
  private async review(
    tx: Transaction,
    project: Project,
    version: Version,
    locked: LockedState,
    { decision, note: said }: ReviewWish,
    caller: Caller,
  ): Promise<Made> {
    const note = said ?? null
    if (decision !== 'requested') {
      const decidedByOther = this.requireOther(decision, locked, caller)
      return [await this.write(tx, project, version, { decision, note, decidedByOther, caller })]
    }
    // What a person has refused, no policy approves.
    return this.request(tx, project, version, { note, caller, isJudged: locked.state === 'none' })
  }

  private async lock(tx: Transaction, { projectId, name }: Project, version: number): Promise<LockedState> {
    const locked = await lockState(tx, projectId, version)
    if (locked !== undefined) return locked
    throw new ServiceError('VERSION_UNKNOWN', `project ${name} has no version ${version}`)
  }

  /** isJudged: the policy of the project, where it is automatic, may approve it at once. */
  private async request(
    tx: Transaction,
    project: Project,
    version: Version,
    { note, caller, isJudged }: { readonly note: string | null; readonly caller: Caller; readonly isJudged: boolean },
  ): Promise<Made> {
    const isAutomatic = isJudged && project.review.mode === 'automatic'
    const judgement = isAutomatic ? judge(project.review, version, await this.championOf(tx, project)) : undefined
    const missed = judgement?.isApproved === false ? judgement.words : null
    const requested = await this.write(tx, project, version, { decision: 'requested', note, finding: missed, caller })
    if (judgement?.isApproved !== true) return [requested]
    const approval = { decision: 'approved', note: judgement.words, caller: policyCaller(project, caller) } as const
    return [await this.write(tx, project, version, approval), requested]
  }

  private async championOf(tx: Transaction, { projectId }: Project): Promise<Champion | undefined> {
    const alias = await findAlias(tx, projectId, CHAMPION)
    const number = alias?.version ?? (await findActiveVersion(tx, projectId, USUAL_ENVIRONMENT))
    if (number === undefined) return undefined
    const version = await findVersion(tx, projectId, number)
    const place = alias === undefined ? `deployed in ${USUAL_ENVIRONMENT}` : `alias ${CHAMPION}`
    return version && { version, place }
  }

  /**
   * Whether the worker knows that somebody else asked for the version and its review; null of what anybody who may decide may
   * do. Throws ServiceError SELF_REVIEW.
   */
  private requireOther(decision: Decision, { createdBy, requestedBy }: LockedState, caller: Caller): boolean | null {
    // To take one's own approval back makes nothing less safe.
    if (decision === 'revoked') return null
    const { actor } = caller
    const askers = [createdBy, requestedBy]
    if (actor === UNKNOWN_CALLER) return false
    if (!askers.includes(actor)) return !askers.includes(UNKNOWN_CALLER)
    if (this.parts.mayReviewSelf) return false
    const what = actor === createdBy ? 'the version' : 'its review'
    throw new ServiceError(
      'SELF_REVIEW',
      `${actor} asked for ${what}: somebody else must decide (REVIEW_SELF=allow lifts this)`,
    )
  }

  private async write(
    tx: Transaction,
    { projectId, name }: Project,
    { version, runId }: Version,
    {
      caller,
      finding = null,
      decidedByOther = null,
      ...made
    }: Pick<NewReview, 'decision' | 'note'> & Partial<NewReview> & { readonly caller: Caller },
  ): Promise<Review> {
    const { decision, note } = made
    const whole = { projectId, version, decision, note, finding, decidedByOther, decidedBy: caller.actor }
    const review = await insertReview(tx, whole)
    const isRequest = decision === 'requested'
    await this.parts.audit.append(tx, {
      caller,
      action: isRequest ? 'review.request' : 'review.decide',
      resource: `project/${projectId}/version/${version}`,
      details: { name, run: runId, review: review.reviewId, decision },
    })
    await this.parts.notices.append(tx, {
      type: isRequest ? 'review.requested' : 'review.decided',
      project: { id: projectId, name },
      data: { version, model_run_id: runId, state: STATE_AFTER[decision], review: reviewAnswerOf(review) },
    })
    return review
  }
}

const STATE_WORDS: Readonly<Record<ReviewState, string>> = {
  none: 'nobody asked for its review',
  pending: 'its review is pending',
  approved: 'it is approved',
  rejected: 'it was rejected',
  revoked: 'its approval was revoked',
}

function requireOrder({ name }: Project, version: number, state: ReviewState, decision: Decision): void {
  const next = DECISIONS_IN[state]
  if (next.includes(decision)) return
  const detail = `version ${version} of project ${name} cannot be ${decision}: ${STATE_WORDS[state]}; it can be ${next.join(' or ')}`
  throw new ServiceError('REVIEW_OUT_OF_ORDER', detail)
}

/** Who decides where nobody does. cause: the call that led to it. */
function policyCaller({ name }: Project, cause?: Caller): Caller {
  return { actor: `policy/${name}`, address: null, requestId: cause?.requestId ?? null }
}

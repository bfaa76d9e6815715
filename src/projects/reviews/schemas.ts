// What callers say of reviews, and what they see of them.
import { type Static, Type } from '@sinclair/typebox'
import { PageQuery } from '../../pages.ts'
import { Moment, present } from '../project-schemas.ts'
import { VersionStatusAnswer } from '../versions/schemas.ts'
import { DECISIONS, REVIEW_STATES, type Review, type ReviewedVersion } from './review.ts'

export const DecideReview = Type.Object(
  {
    decision: Type.String({
      pattern: `^(${DECISIONS.join('|')})$`,
      enum: [...DECISIONS],
      description:
        'requested needs the permission reviews:request, all others reviews:decide; docs/reviews.md says which follows which',
    }),
    note: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        pattern: '^[^\\u0000]*$',
        description: 'For whoever looks later; the reason, which must be there, of rejected and revoked',
      }),
    ),
  },
  { additionalProperties: false, title: 'DecideReview' },
)

const State = Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...REVIEW_STATES] })
export const ReviewAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    decision: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...DECISIONS] }),
    note: Type.Optional(Type.String({ description: 'In the words of whoever decided; of a policy, why' })),
    finding: Type.Optional(
      Type.String({ description: 'Of a request: why the policy of the project left it to a person' }),
    ),
    decided_by_other: Type.Optional(
      Type.Boolean({
        description:
          'Of an approval or a rejection by a person: whether the worker knows that somebody else asked for the version and its review',
      }),
    ),
    decided_at: Moment('When it was decided, or requested'),
    decided_by: Type.String({ description: 'As in the audit; policy/NAME is the policy of the project' }),
  },
  { title: 'Review' },
)
export const ReviewOutcomeAnswer = Type.Object(
  {
    version: Type.Integer(),
    state: State,
    workflow_status: VersionStatusAnswer,
    deployed_in: Type.Array(Type.String(), {
      description: 'Environments where it is active, and stays so: to revoke an approval undeploys nothing',
    }),
    reviews: Type.Array(ReviewAnswer, {
      description: 'Those that the call made, the newest first: a policy may have decided on a request at once',
    }),
  },
  { title: 'ReviewOutcome' },
)
const Next = Type.Optional(
  Type.Integer({ format: 'int64', description: '`before` of the next page; absent on the last' }),
)
export const ReviewHistory = Type.Object(
  {
    version: Type.Integer(),
    state: State,
    workflow_status: VersionStatusAnswer,
    reviews: Type.Array(ReviewAnswer, { description: 'The newest first' }),
    next: Next,
  },
  { title: 'ReviewHistory' },
)
export const ReviewedVersionList = Type.Object(
  {
    reviews: Type.Array(
      Type.Object(
        {
          project: Type.Object(
            { id: Type.Integer({ format: 'int64' }), name: Type.String() },
            { title: 'ProjectName' },
          ),
          version: Type.Integer(),
          model_run_id: Type.Integer({ format: 'int64' }),
          state: State,
          review: ReviewAnswer,
        },
        { title: 'ReviewedVersion' },
      ),
      { description: 'Each version once, by its last review; the newest first' },
    ),
    next: Next,
  },
  { title: 'ReviewedVersionList' },
)

const REVIEWED_STATES = REVIEW_STATES.filter((state) => state !== 'none')
export const ReviewsQuery = Type.Object(
  {
    ...PageQuery.properties,
    state: Type.Optional(
      Type.Unsafe<Exclude<(typeof REVIEW_STATES)[number], 'none'>>({
        type: 'string',
        enum: REVIEWED_STATES,
        description: 'Only versions in this state: pending is the queue of a reviewer',
      }),
    ),
  },
  { additionalProperties: false },
)

export function reviewAnswerOf(review: Review): Static<typeof ReviewAnswer> {
  const { note, finding, decidedByOther } = review
  return {
    id: review.reviewId,
    decision: review.decision,
    ...present({ note, finding, decided_by_other: decidedByOther }),
    decided_at: review.decidedAt.toISOString(),
    decided_by: review.decidedBy,
  }
}

export function reviewedAnswerOf({ projectId, projectName, version, runId, state, review }: ReviewedVersion) {
  return {
    project: { id: projectId, name: projectName },
    version,
    model_run_id: runId,
    state,
    review: reviewAnswerOf(review),
  }
}

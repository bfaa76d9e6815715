// /api/projects/{project}/versions/{version}/reviews, and who waits for one: of a project, and over all of them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { callerOf, requirePermission } from '../../http/guard.ts'
import { ERRORS, nextOf, PageQuery } from '../../pages.ts'
import { readMembers } from '../../rows/json-members.ts'
import type { MemberFaults, WellFormed } from '../../rows/member-faults.ts'
import { ProjectPath } from '../project-schemas.ts'
import { VersionPath } from '../versions/schemas.ts'
import { versionStatusOf } from '../workflow-status.ts'
import { type Decision, NEEDS_NOTE } from './review.ts'
import type { Reviews } from './reviews.ts'
import {
  DecideReview,
  ReviewedVersionList,
  ReviewHistory,
  ReviewOutcomeAnswer,
  ReviewsQuery,
  reviewAnswerOf,
  reviewedAnswerOf,
} from './schemas.ts'

const decideSchema = {
  operationId: 'reviewVersion',
  tags: ['projects'],
  summary: 'Request the review of a version, approve it, reject it, or revoke its approval',
  params: VersionPath,
  response: { 201: ReviewOutcomeAnswer },
  docs: {
    body: {
      'application/json': {
        schema: DecideReview,
        examples: {
          request: { value: { decision: 'requested', note: 'fewer errors on rare species' } },
          rejection: { value: { decision: 'rejected', note: 'worse on setosa' } },
        },
      },
    },
    errors: [
      ...['REQUEST_INVALID', 'SELF_REVIEW', 'PROJECT_UNKNOWN', 'VERSION_UNKNOWN', 'PROJECT_ARCHIVED'],
      ...['REVIEW_OUT_OF_ORDER', ...ERRORS],
    ],
  },
} as const
const historySchema = {
  operationId: 'listVersionReviews',
  tags: ['projects'],
  summary: 'The reviews of a version, the newest first, in pages, and the state that follows from the last one',
  params: VersionPath,
  querystring: PageQuery,
  response: { 200: ReviewHistory },
  docs: { errors: ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', ...ERRORS] },
} as const
const ofProjectSchema = {
  operationId: 'listProjectReviews',
  tags: ['projects'],
  summary: 'The versions of a project that were reviewed, or wait for it, by their last review, in pages',
  params: ProjectPath,
  querystring: ReviewsQuery,
  response: { 200: ReviewedVersionList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const ofAllSchema = {
  operationId: 'listReviews',
  tags: ['projects'],
  summary: 'The same over all projects that are not archived',
  querystring: ReviewsQuery,
  response: { 200: ReviewedVersionList },
  docs: { errors: ERRORS },
} as const

const READS = { permission: 'projects:read' } as const

export const reviewRoutes =
  (reviews: Reviews): FastifyPluginAsyncTypebox =>
  async (app) => {
    const ofVersion = '/api/projects/:project/versions/:version/reviews'

    // What it needs beside this depends on what is decided.
    const decides = { ...READS, audit: 'review.request' } as const
    app.post(ofVersion, { schema: decideSchema, config: decides }, async (request, reply) => {
      const { decision, note } = readMembers(request, DecideReview, addNoteFault)
      requirePermission(request, decision === 'requested' ? 'reviews:request' : 'reviews:decide')
      const { project, version } = request.params
      const wish = { decision: decision as Decision, note }
      const { state, deployedIn, reviews: made } = await reviews.decide(project, version, wish, callerOf(request))
      reply.code(201)
      return {
        version,
        state,
        workflow_status: versionStatusOf({ reviewState: state, isDeployed: deployedIn.length > 0 }),
        deployed_in: [...deployedIn],
        reviews: made.map(reviewAnswerOf),
      }
    })

    app.get(ofVersion, { schema: historySchema, config: READS }, async ({ params, query: { limit, before } }) => {
      const { version, reviews: found } = await reviews.history(params.project, params.version, limit + 1, before)
      return {
        version: version.version,
        state: version.reviewState,
        workflow_status: versionStatusOf(version),
        reviews: found.slice(0, limit).map(reviewAnswerOf),
        ...nextOf(found, limit, ({ reviewId }) => reviewId),
      }
    })

    const listed = async (project: string | undefined, { limit, before, state }: (typeof ReviewsQuery)['static']) => {
      const found = await reviews.list(project, state, limit + 1, before)
      const page = found.slice(0, limit).map(reviewedAnswerOf)
      return { reviews: page, ...nextOf(found, limit, ({ review }) => review.reviewId) }
    }
    app.get('/api/projects/:project/reviews', { schema: ofProjectSchema, config: READS }, ({ params, query }) =>
      listed(params.project, query),
    )
    app.get('/api/reviews', { schema: ofAllSchema, config: READS }, ({ query }) => listed(undefined, query))
  }

function addNoteFault({ decision, note }: WellFormed<(typeof DecideReview)['static']>, faults: MemberFaults): void {
  if (note !== undefined || !faults.areSound('note') || !NEEDS_NOTE.includes(decision as Decision)) return
  faults.add({ in: 'body', parameter: 'note', detail: `missing: a version is ${decision} with a reason` })
}

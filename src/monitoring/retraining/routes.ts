// /api/projects/{project}/retrainings and /retraining-policy: from what is deployed to what may take its place.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../../http/guard.ts'
import { ERRORS, nextOf, PageQuery } from '../../pages.ts'
import { IfMatch, ProjectPath } from '../../projects/project-schemas.ts'
import { tagOf } from '../../revisions.ts'
import { readMembers } from '../../rows/json-members.ts'
import {
  addPolicyFaults,
  PutRetrainingPolicy,
  policyAnswerOf,
  policyOf,
  RetrainingPolicyAnswer,
} from './policy-schemas.ts'
import type { Retrainings } from './retrainings.ts'
import {
  BeginRetraining,
  DismissRetraining,
  RetrainingAnswer,
  RetrainingList,
  RetrainingPath,
  retrainingAnswerOf,
} from './schemas.ts'

const tags = ['monitoring']
const FINDS = ['PROJECT_UNKNOWN', ...ERRORS] as const
const FINDS_ONE = ['RETRAINING_UNKNOWN', ...FINDS] as const
const CHANGES = ['REQUEST_INVALID', 'PROJECT_ARCHIVED', ...FINDS] as const

const beginSchema = {
  operationId: 'beginRetraining',
  tags,
  summary: 'Train a challenger, or accept the retraining that is suggested',
  description:
    'The challenger is trained as the project says, from a data set, or from logged predictions with outcomes. It is compared with the version that is active in the environment, on the same labelled rows; where it is better, its review is requested, and it is deployed once it is approved, as the policy says.',
  params: ProjectPath,
  response: { 202: RetrainingAnswer },
  docs: {
    body: {
      'application/json': {
        schema: BeginRetraining,
        examples: {
          as_it_is: { value: {} },
          said: { value: { note: 'new branches' } },
          by_log: { value: { data: 'log', log_days: 60, log_rows_min: 2000 } },
        },
      },
    },
    errors: ['RETRAINING_UNDER_WAY', 'DATASET_UNKNOWN', 'DATASET_DELETED', ...CHANGES],
  },
} as const
const listSchema = {
  operationId: 'listRetrainings',
  tags,
  summary: 'Retrainings of a project, the newest first, in pages',
  params: ProjectPath,
  querystring: PageQuery,
  response: { 200: RetrainingList },
  docs: { errors: FINDS },
} as const
const getSchema = {
  operationId: 'getRetraining',
  tags,
  summary: 'A retraining: how far it is, and what the challenger came to',
  params: RetrainingPath,
  response: { 200: RetrainingAnswer },
  docs: { errors: FINDS_ONE },
} as const
const dismissSchema = {
  operationId: 'dismissRetraining',
  tags,
  summary: 'Dismiss a retraining that is suggested, or whose challenger waits for its review',
  params: RetrainingPath,
  response: { 200: RetrainingAnswer },
  docs: {
    body: { 'application/json': { schema: DismissRetraining, examples: { season: { value: { note: 'a holiday' } } } } },
    errors: ['RETRAINING_UNKNOWN', 'RETRAINING_UNDER_WAY', ...CHANGES],
  },
} as const
const getPolicySchema = {
  operationId: 'getRetrainingPolicy',
  tags,
  summary: 'What begins a retraining of a project without a person, and what follows for a challenger that is better',
  params: ProjectPath,
  response: { 200: RetrainingPolicyAnswer },
  docs: { errors: FINDS },
} as const
const putPolicySchema = {
  operationId: 'putRetrainingPolicy',
  tags,
  summary: 'Say what begins a retraining, and what follows',
  description: 'All of it: what is absent has its default. A change needs If-Match.',
  params: ProjectPath,
  headers: IfMatch,
  response: { 200: RetrainingPolicyAnswer },
  docs: {
    body: {
      'application/json': {
        schema: PutRetrainingPolicy,
        examples: {
          on_drift: { value: { on: ['drift'], severity: 'high', bad_windows: 2, of_windows: 3 } },
          by_log: {
            value: { cron: '0 3 * * 1', mode: 'automatic', promote: 'deploy', data: 'log', log_since_last: true },
          },
          weekly: { value: { cron: '0 3 * * 1', mode: 'automatic', evaluation_dataset: 'recent' } },
        },
      },
    },
    errors: ['PRECONDITION_REQUIRED', 'PRECONDITION_FAILED', ...CHANGES],
  },
} as const

const READS = { permission: 'monitoring:read' } as const
const BEGINS = { permission: 'retrainings:create', audit: 'retraining.begin' } as const
const DISMISSES = { permission: 'retrainings:create', audit: 'retraining.dismiss' } as const
const SETS = { permission: 'monitoring:write', audit: 'retraining-policy.put' } as const

export const retrainingRoutes =
  (retrainings: Retrainings, now: () => Date): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/retrainings'
    const policyPath = '/api/projects/:project/retraining-policy'

    app.post(path, { schema: beginSchema, config: BEGINS }, async (request, reply) => {
      const { note, dataset_id: datasetId, environment, ...log } = readMembers(request, BeginRetraining)
      const wish = { note, datasetId, environment, log }
      reply.code(202)
      return retrainingAnswerOf(await retrainings.begin(request.params.project, wish, callerOf(request)))
    })

    app.get(path, { schema: listSchema, config: READS }, async ({ params, query: { limit, before } }) => {
      const found = await retrainings.list(params.project, limit + 1, before)
      const page = found.slice(0, limit).map(retrainingAnswerOf)
      return { retrainings: page, ...nextOf(found, limit, ({ retrainingId }) => retrainingId) }
    })

    app.get(`${path}/:retraining_id`, { schema: getSchema, config: READS }, async ({ params }) =>
      retrainingAnswerOf(await retrainings.find(params.project, params.retraining_id)),
    )

    app.post(`${path}/:retraining_id/dismiss`, { schema: dismissSchema, config: DISMISSES }, async (request) => {
      const { project, retraining_id: id } = request.params
      const { note } = readMembers(request, DismissRetraining)
      return retrainingAnswerOf(await retrainings.dismiss(project, id, note, callerOf(request)))
    })

    app.get(policyPath, { schema: getPolicySchema, config: READS }, async ({ params }, reply) => {
      const stored = await retrainings.policy(params.project)
      if (stored !== undefined) reply.header('etag', tagOf(stored.revision))
      return policyAnswerOf(stored)
    })

    app.put(policyPath, { schema: putPolicySchema, config: SETS }, async (request, reply) => {
      const given = readMembers(request, PutRetrainingPolicy, (members, faults) =>
        addPolicyFaults(members, now(), faults),
      )
      const ifMatch = request.headers['if-match']
      const stored = await retrainings.putPolicy(request.params.project, policyOf(given), ifMatch, callerOf(request))
      reply.header('etag', tagOf(stored.revision))
      return policyAnswerOf(stored)
    })
  }

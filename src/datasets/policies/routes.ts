// /api/dataset-policies: what is trained by itself when a data set of a name is uploaded.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { callerOf, requirePermission } from '../../http/guard.ts'
import { tagOf } from '../../revisions.ts'
import { readMembers } from '../../rows/json-members.ts'
import type { Policies } from './policies.ts'
import { PolicyAnswer, PolicyList, PolicyName, PutPolicy, PutPolicyDocs, policyAnswerOf } from './policy-schemas.ts'

const tags = ['datasets'] as const
const NEEDS = ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const
const params = Type.Object({ name: PolicyName })
const headers = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 100, description: 'The revision that is meant, in quotes: "3"; or * for any' }),
  ),
})

const putSchema = {
  operationId: 'putDatasetPolicy',
  tags,
  summary: 'Say what is trained when a data set of this name is uploaded',
  description:
    'Each upload of the name, also one that is completed, trains the model from then on; `training` of its answer has the run, or what stands against it. An upload that says `train` itself trains that. A change needs If-Match.',
  params,
  headers,
  response: { 200: PolicyAnswer, 201: PolicyAnswer },
  docs: {
    body: {
      'application/json': {
        schema: PutPolicyDocs,
        examples: { iris: { value: { model_name: 'iris_species', labels: ['species'], validation_split: 0.2 } } },
      },
    },
    errors: [
      ...(['REQUEST_INVALID', 'MODEL_UNKNOWN', 'MODEL_UNAVAILABLE', 'MODEL_UNREGISTERED'] as const),
      ...(['PRECONDITION_REQUIRED', 'PRECONDITION_FAILED', 'SHUTTING_DOWN', ...NEEDS] as const),
    ],
  },
} as const

const listSchema = {
  operationId: 'listDatasetPolicies',
  tags,
  summary: 'Policies by the name of data sets, in pages',
  querystring: Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Policies at the most' }),
      cursor: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
    },
    { additionalProperties: false },
  ),
  response: { 200: PolicyList },
  docs: { errors: NEEDS },
} as const

const getSchema = {
  operationId: 'getDatasetPolicy',
  tags,
  summary: 'What is trained when a data set of this name is uploaded',
  params,
  response: { 200: PolicyAnswer },
  docs: { errors: ['POLICY_UNKNOWN', ...NEEDS] },
} as const

const deleteSchema = {
  operationId: 'deleteDatasetPolicy',
  tags,
  summary: 'Train no more by itself',
  params,
  headers,
  response: { 200: PolicyAnswer },
  docs: { errors: ['REQUEST_INVALID', 'POLICY_UNKNOWN', 'PRECONDITION_FAILED', ...NEEDS] },
} as const

const READS = { permission: 'datasets:read' } as const
const PUTS = { permission: 'datasets:write', audit: 'dataset-policy.put' } as const
const DELETES = { permission: 'datasets:write', audit: 'dataset-policy.delete' } as const

export const policyRoutes =
  (policies: Policies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.put('/api/dataset-policies/:name', { schema: putSchema, config: PUTS }, async (request, reply) => {
      // What it has trained is trained in the name of whoever uploads; who may not train says nothing of that.
      requirePermission(request, 'runs:create')
      const { model_name: modelName, ...training } = readMembers(request, PutPolicy)
      const ifMatch = request.headers['if-match']
      const policy = await policies.put({ name: request.params.name, modelName, training }, ifMatch, callerOf(request))
      reply.code(policy.revision === 1 ? 201 : 200).header('etag', tagOf(policy.revision))
      return policyAnswerOf(policy)
    })

    app.get('/api/dataset-policies', { schema: listSchema, config: READS }, async ({ query: { limit, cursor } }) => {
      const found = await policies.list(limit + 1, cursor)
      const page = found.slice(0, limit)
      const next = found.length > limit ? page.at(-1)?.name : undefined
      return { policies: page.map(policyAnswerOf), ...(next === undefined ? {} : { next }) }
    })

    const byName = '/api/dataset-policies/:name'
    app.get(byName, { schema: getSchema, config: READS }, async ({ params: { name } }, reply) => {
      const policy = await policies.require(name)
      reply.header('etag', tagOf(policy.revision))
      return policyAnswerOf(policy)
    })

    app.delete(byName, { schema: deleteSchema, config: DELETES }, async (request) => {
      const ifMatch = request.headers['if-match']
      return policyAnswerOf(await policies.delete(request.params.name, ifMatch, callerOf(request)))
    })
  }

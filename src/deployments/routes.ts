// /api/projects/{project}/environments/{environment}: what is deployed there; /api/deployments: over all projects.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { callerOf, requireUnbound } from '../http/guard.ts'
import { millisecondsOf } from '../http/query-times.ts'
import { ERRORS, nextOf, PageQuery } from '../pages.ts'
import { ProjectParts, ProjectPath } from '../projects/project-schemas.ts'
import { readChange, readMembers } from '../rows/json-members.ts'
import type { Deployment } from './deployment.ts'
import {
  AtParam,
  answerOf,
  Deploy,
  DeploymentAnswer,
  DeploymentList,
  DeploymentPath,
  DeploymentStory,
  EnvironmentList,
  Headers,
  PlacePath,
  Rollback,
  Scale,
  StatusParam,
  storyOf,
  TargetParam,
} from './deployment-schemas.ts'
import type { Deployments } from './deployments.ts'
import type { Asker, DeploymentWish } from './wishes.ts'

const ASKS = [
  ...['PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'VERSION_UNTRUSTED', 'VERSION_NOT_APPROVED'],
  'ARTIFACT_UNUSABLE',
  ...['REQUEST_INVALID', 'IDEMPOTENCY_KEY_REUSED', 'TARGET_NOT_SET_UP', ...ERRORS],
] as const
const CHANGES = ['PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'NOTHING_DEPLOYED', ...ERRORS] as const

const deploySchema = {
  operationId: 'deployVersion',
  tags: ['deployments'],
  summary: 'Have a version answer in an environment of its project',
  description:
    'What is active there goes on until the new one has been loaded and has predicted; then it is replaced at once. A deployment that is on its way is cancelled. GET of the location tells how far it is.',
  params: PlacePath,
  headers: Headers,
  response: { 202: DeploymentAnswer },
  docs: {
    body: {
      'application/json': {
        schema: Deploy,
        examples: { here: { value: { version: 1 } }, champion: { value: { alias: 'champion', note: 'release 12' } } },
      },
    },
    errors: ['VERSION_UNKNOWN', 'ALIAS_UNKNOWN', ...ASKS],
  },
} as const
const rollbackSchema = {
  operationId: 'rollBackDeployment',
  tags: ['deployments'],
  summary: 'Have what was active before answer again: a new deployment of its version',
  description: 'Twice goes back twice. Where nothing is active, what was active last comes back.',
  params: PlacePath,
  headers: Headers,
  response: { 202: DeploymentAnswer },
  docs: {
    body: { 'application/json': { schema: Rollback, examples: { before: { value: {} } } } },
    errors: ['ROLLBACK_IMPOSSIBLE', 'DEPLOYMENT_UNKNOWN', ...ASKS],
  },
} as const
const undeploySchema = {
  operationId: 'undeploy',
  tags: ['deployments'],
  summary: 'Have nothing answer in an environment: what is active ends, and what is on its way',
  description:
    'It takes no If-Match: whichever version is active, none is to be afterwards, and nothing is lost, for the history stays.',
  params: PlacePath,
  response: { 200: DeploymentAnswer },
  docs: { errors: CHANGES },
} as const
const scaleSchema = {
  operationId: 'scaleDeployment',
  tags: ['deployments'],
  summary: 'Change how many instances of what is active its target runs',
  params: PlacePath,
  response: { 202: DeploymentAnswer },
  docs: {
    body: { 'application/json': { schema: Scale, examples: { one: { value: { instances: 1 } } } } },
    errors: ['REQUEST_INVALID', 'TARGET_NOT_SET_UP', ...CHANGES],
  },
} as const
const listSchema = {
  operationId: 'listEnvironmentDeployments',
  tags: ['deployments'],
  summary: 'Deployments of an environment, the newest first, in pages',
  params: PlacePath,
  querystring: Type.Object(
    {
      ...PageQuery.properties,
      status: Type.Optional(StatusParam),
      at: Type.Optional(AtParam),
    },
    { additionalProperties: false },
  ),
  response: { 200: DeploymentList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const currentSchema = {
  operationId: 'getCurrentDeployment',
  tags: ['deployments'],
  summary: 'What is active in an environment',
  params: PlacePath,
  response: { 200: DeploymentStory },
  docs: { errors: ['PROJECT_UNKNOWN', 'NOTHING_DEPLOYED', ...ERRORS] },
} as const
const getSchema = {
  operationId: 'getDeployment',
  tags: ['deployments'],
  summary: 'A deployment, and what became of it',
  params: DeploymentPath,
  response: { 200: DeploymentStory },
  docs: { errors: ['PROJECT_UNKNOWN', 'DEPLOYMENT_UNKNOWN', ...ERRORS] },
} as const
const environmentsSchema = {
  operationId: 'listEnvironments',
  tags: ['deployments'],
  summary: 'The environments of a project in which something was deployed, with what is active, in pages',
  params: ProjectPath,
  querystring: PageQuery,
  response: { 200: EnvironmentList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const listAllSchema = {
  operationId: 'listDeployments',
  tags: ['deployments'],
  summary: 'Deployments of all projects, the newest first, in pages',
  querystring: Type.Object(
    {
      ...PageQuery.properties,
      project: Type.Optional(ProjectParts.project),
      status: Type.Optional(StatusParam),
      target: Type.Optional(TargetParam),
      at: Type.Optional(AtParam),
    },
    { additionalProperties: false },
  ),
  response: { 200: DeploymentList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const

const READS = { permission: 'deployments:read' } as const
const writes = <Action extends `${string}.${string}`>(audit: Action) =>
  ({ permission: 'deployments:write', audit }) as const

/** What is told to be active predicts here from then on, and what is not does not: resolves when that is so, or cannot be yet. */
export type CaughtUp = (deployment: Deployment) => Promise<void>

export const deploymentRoutes =
  (deployments: Deployments, caughtUp: CaughtUp): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/environments/:environment'
    const locationOf = ({ projectName, environment, deploymentId }: Deployment): string =>
      `/api/projects/${projectName}/environments/${environment}/deployments/${deploymentId}`
    const story = async (deployment: Deployment) => {
      await caughtUp(deployment)
      return storyOf(deployment, await deployments.events(deployment))
    }
    const pageOf = async (found: readonly Deployment[], limit: number) => {
      await Promise.all(found.map(caughtUp))
      const next = nextOf(found, limit, ({ deploymentId }) => deploymentId)
      return { deployments: found.slice(0, limit).map(answerOf), ...next }
    }

    const create = { schema: deploySchema, config: writes('deployment.create') }
    app.post(`${path}/deployments`, create, async (request, reply) => {
      const wish = readMembers(request, Deploy, (given, faults) =>
        deployments.addWishFaults(given as DeploymentWish, faults),
      ) as DeploymentWish
      if (wish.deactivate_others === true) requireUnbound(request, 'deactivate_others')
      const deployment = await deployments.deploy(request.params, wish, askerOf(request))
      reply.code(202).header('location', locationOf(deployment))
      return answerOf(deployment)
    })

    app.get(`${path}/deployments`, { schema: listSchema, config: READS }, async ({ params, query }) => {
      const { limit, before, status } = query
      const filter = { ...params, status, at: millisecondsOf('at', query.at) }
      return pageOf(await deployments.list(filter, limit + 1, before), limit)
    })

    app.get(`${path}/deployments/:deployment_id`, { schema: getSchema, config: READS }, async ({ params }) =>
      story(await deployments.find(params, params.deployment_id)),
    )

    app.get(`${path}/current`, { schema: currentSchema, config: READS }, async ({ params }) =>
      story(await deployments.current(params)),
    )

    const remove = { schema: undeploySchema, config: writes('deployment.undeploy') }
    app.delete(`${path}/current`, remove, async (request) => {
      const ended = await deployments.undeploy(request.params, callerOf(request))
      await caughtUp(ended)
      return answerOf(ended)
    })

    const back = { schema: rollbackSchema, config: writes('deployment.rollback') }
    app.post(`${path}/rollback`, back, async (request, reply) => {
      const wish = readMembers(request, Rollback)
      const deployment = await deployments.rollback(request.params, wish, askerOf(request))
      reply.code(202).header('location', locationOf(deployment))
      return answerOf(deployment)
    })

    const scale = { schema: scaleSchema, config: writes('deployment.scale') }
    app.post(`${path}/scale`, scale, async (request, reply) => {
      const { instances } = await readChange(request, Scale, async (given, faults) => {
        if (given.instances !== undefined) await deployments.addScaleFaults(request.params, given.instances, faults)
      })
      reply.code(202)
      return answerOf(await deployments.scale(request.params, instances, callerOf(request)))
    })

    const environments = { schema: environmentsSchema, config: READS }
    app.get('/api/projects/:project/environments', environments, async ({ params, query: { limit, before } }) => {
      const found = await deployments.environments(params.project, limit + 1, before)
      await Promise.all(found.map(({ active }) => active && caughtUp(active)))
      const shown = found.slice(0, limit).map(({ environment, active, latest }) => {
        return { environment, ...(active && { active: answerOf(active) }), latest: answerOf(latest) }
      })
      return { environments: shown, ...nextOf(found, limit, ({ latest }) => latest.deploymentId) }
    })

    app.get('/api/deployments', { schema: listAllSchema, config: READS }, async ({ query }) => {
      const { limit, before, ...others } = query
      const filter = { ...others, at: millisecondsOf('at', others.at) }
      return pageOf(await deployments.list(filter, limit + 1, before), limit)
    })
  }

function askerOf(request: FastifyRequest & { headers: { 'idempotency-key'?: string } }): Asker {
  return { caller: callerOf(request), idempotencyKey: request.headers['idempotency-key'] }
}

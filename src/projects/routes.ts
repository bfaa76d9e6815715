// /api/projects: projects and their aliases. Versions stand in version-routes.ts.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { callerOf, requirePermission } from '../http/guard.ts'
import { ERRORS, nextOf, PageQuery } from '../pages.ts'
import { tagOf } from '../revisions.ts'
import { readChange, readMembers } from '../rows/json-members.ts'
import type { Aliases } from './aliases.ts'
import type { Comparisons } from './comparison/comparisons.ts'
import { comparisonRoutes } from './comparison/routes.ts'
import type { Manifests } from './manifests/manifests.ts'
import { manifestRoutes } from './manifests/routes.ts'
import type { ProjectContent } from './project.ts'
import { contentOf, EMPTY } from './project-content.ts'
import {
  AliasAnswer,
  AliasHistory,
  AliasList,
  AliasPath,
  aliasAnswerOf,
  answerOf,
  ChangeProject,
  CreateProject,
  changeAnswerOf,
  IfMatch,
  PointAlias,
  ProjectAnswer,
  ProjectList,
  ProjectPath,
  TaskName,
} from './project-schemas.ts'
import type { Projects } from './projects.ts'
import type { Reviews } from './reviews/reviews.ts'
import { reviewRoutes } from './reviews/routes.ts'
import { type VersionRoutesParts, versionRoutes } from './versions/routes.ts'

const CHANGE_ERRORS = ['PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'] as const

const Filter = (description: string, maxLength = 200) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000]*$', description }))
const ListQuery = Type.Object(
  {
    ...PageQuery.properties,
    status: Type.Unsafe<'active' | 'archived' | 'all'>({
      type: 'string',
      enum: ['active', 'archived', 'all'],
      default: 'active',
      description: 'Only these projects',
    }),
    name: Filter('Only projects of this name: one is active, and others may be archived'),
    task: Type.Optional(TaskName),
    owner: Filter('Only those of this owner'),
    tag: Filter('Only those with this tag', 100),
  },
  { additionalProperties: false },
)

const createSchema = {
  operationId: 'createProject',
  tags: ['projects'],
  summary: 'Make a project: a named use of a model class',
  response: { 201: ProjectAnswer },
  docs: {
    body: {
      'application/json': {
        schema: CreateProject,
        examples: {
          iris: {
            value: {
              name: 'iris-species',
              task: 'classification',
              model_name: 'iris_species',
              dataset_name: 'iris',
              labels: ['species'],
              validation_split: 0.2,
              tags: ['demo'],
            },
          },
        },
      },
    },
    errors: ['REQUEST_INVALID', 'PROJECT_EXISTS', ...ERRORS],
  },
} as const
const listSchema = {
  operationId: 'listProjects',
  tags: ['projects'],
  summary: 'Projects, the newest first, in pages',
  querystring: ListQuery,
  response: { 200: ProjectList },
  docs: { errors: ERRORS },
} as const
const getSchema = {
  operationId: 'getProject',
  tags: ['projects'],
  summary: 'A project; of several with its name the active one, else the one that was made last',
  params: ProjectPath,
  response: { 200: ProjectAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const changeSchema = {
  operationId: 'changeProject',
  tags: ['projects'],
  summary:
    'Change a project: members that are absent or null stay as they are, an empty text, list or object, or a share of 0, takes a value away',
  description: 'Versions that are there keep what they were trained with.',
  params: ProjectPath,
  headers: IfMatch,
  response: { 200: ProjectAnswer },
  docs: {
    body: { 'application/json': { schema: ChangeProject, examples: { owner: { value: { owner: 'ada' } } } } },
    errors: ['REQUEST_INVALID', ...CHANGE_ERRORS, ...ERRORS],
  },
} as const
const archiveSchema = {
  operationId: 'archiveProject',
  tags: ['projects'],
  summary: 'Archive a project: nothing of it is changed or trained any more, all of it can be read; its name is free',
  params: ProjectPath,
  headers: IfMatch,
  response: { 200: ProjectAnswer },
  docs: { errors: ['PROJECT_IN_USE', ...CHANGE_ERRORS, ...ERRORS] },
} as const

const listAliasesSchema = {
  operationId: 'listAliases',
  tags: ['projects'],
  summary: 'The aliases of a project',
  params: ProjectPath,
  response: { 200: AliasList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const getAliasSchema = {
  operationId: 'getAlias',
  tags: ['projects'],
  summary: 'The version that an alias points to',
  params: AliasPath,
  response: { 200: AliasAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', 'ALIAS_UNKNOWN', ...ERRORS] },
} as const
const pointAliasSchema = {
  operationId: 'pointAlias',
  tags: ['projects'],
  summary: 'Make an alias, or move it to another version',
  params: AliasPath,
  headers: IfMatch,
  response: { 200: AliasAnswer },
  docs: {
    body: { 'application/json': { schema: PointAlias, examples: { third: { value: { version: 3 } } } } },
    errors: ['REQUEST_INVALID', 'VERSION_UNKNOWN', 'PROJECT_IN_USE', ...CHANGE_ERRORS, ...ERRORS],
  },
} as const
const removeAliasSchema = {
  operationId: 'removeAlias',
  tags: ['projects'],
  summary: 'Take an alias away, and answer what it was; its history stays',
  params: AliasPath,
  headers: IfMatch,
  response: { 200: AliasAnswer },
  docs: { errors: ['ALIAS_UNKNOWN', ...CHANGE_ERRORS, ...ERRORS] },
} as const
const historySchema = {
  operationId: 'getAliasHistory',
  tags: ['projects'],
  summary: 'What an alias pointed to, the newest first, in pages',
  params: AliasPath,
  querystring: PageQuery,
  response: { 200: AliasHistory },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const

export interface ProjectRoutesParts extends VersionRoutesParts {
  readonly projects: Projects
  readonly aliases: Aliases
  readonly comparisons: Comparisons
  readonly manifests: Manifests
  readonly reviews: Reviews
}

const READS = { permission: 'projects:read' } as const
const writes = <Action extends `${string}.${string}`>(audit: Action) =>
  ({ permission: 'projects:write', audit }) as const

export const projectRoutes =
  (parts: ProjectRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { projects, aliases } = parts
    const path = '/api/projects/:project'

    app.post('/api/projects', { schema: createSchema, config: writes('project.create') }, async (request, reply) => {
      const { name, ...given } = await readChange(request, CreateProject, (members, faults) =>
        projects.addFaults(contentOf(members, EMPTY), faults),
      )
      requirePolicyRight(request, given)
      const project = await projects.create(name, contentOf(given, EMPTY), callerOf(request))
      reply.code(201).headers({ location: `/api/projects/${name}`, etag: tagOf(project.revision) })
      return answerOf(project)
    })

    app.get('/api/projects', { schema: listSchema, config: READS }, async ({ query }) => {
      const { limit, before, ...filter } = query
      const found = await projects.list(filter, limit + 1, before)
      return { projects: found.slice(0, limit).map(answerOf), ...nextOf(found, limit, ({ projectId }) => projectId) }
    })

    app.get(path, { schema: getSchema, config: READS }, async ({ params }, reply) => {
      const project = await projects.find(params.project)
      reply.header('etag', tagOf(project.revision))
      return answerOf(project)
    })

    app.patch(path, { schema: changeSchema, config: writes('project.update') }, async (request, reply) => {
      const { params, headers } = request
      const given = await readChange(request, ChangeProject, async (members, faults) => {
        const present = await projects.findActive(params.project)
        await projects.addFaults(contentOf(members, present), faults, present)
      })
      requirePolicyRight(request, given)
      const change = (present: ProjectContent) => contentOf(given, present)
      const project = await projects.update(params.project, headers['if-match'], change, callerOf(request))
      reply.header('etag', tagOf(project.revision))
      return answerOf(project)
    })

    app.post(
      `${path}/archive`,
      { schema: archiveSchema, config: writes('project.archive') },
      async (request, reply) => {
        const { params, headers } = request
        const project = await projects.archive(params.project, headers['if-match'], callerOf(request))
        reply.header('etag', tagOf(project.revision))
        return answerOf(project)
      },
    )

    app.get(`${path}/aliases`, { schema: listAliasesSchema, config: READS }, async ({ params }) => {
      return { aliases: (await aliases.list(params.project)).map(aliasAnswerOf) }
    })

    const oneAlias = `${path}/aliases/:alias`
    app.get(oneAlias, { schema: getAliasSchema, config: READS }, async ({ params }, reply) => {
      const alias = await aliases.find(params.project, params.alias)
      reply.header('etag', tagOf(alias.revision))
      return aliasAnswerOf(alias)
    })

    app.put(oneAlias, { schema: pointAliasSchema, config: writes('alias.point') }, async (request, reply) => {
      const { version } = readMembers(request, PointAlias)
      const choice = { ...request.params, ifMatch: request.headers['if-match'] }
      const alias = await aliases.point(choice, version, callerOf(request))
      reply.header('etag', tagOf(alias.revision))
      return aliasAnswerOf(alias)
    })

    app.delete(oneAlias, { schema: removeAliasSchema, config: writes('alias.remove') }, async (request) => {
      const choice = { ...request.params, ifMatch: request.headers['if-match'] }
      return aliasAnswerOf(await aliases.remove(choice, callerOf(request)))
    })

    app.get(`${oneAlias}/history`, { schema: historySchema, config: READS }, async ({ params, query }) => {
      const { limit, before } = query
      const found = await aliases.history(params.project, params.alias, limit + 1, before)
      return { changes: found.slice(0, limit).map(changeAnswerOf), ...nextOf(found, limit, ({ revision }) => revision) }
    })

    await app.register(versionRoutes(parts))
    await app.register(comparisonRoutes(parts.comparisons))
    await app.register(manifestRoutes(parts.manifests))
    await app.register(reviewRoutes(parts.reviews))
  }

/** Who lets a policy approve versions approves them. Throws ServiceError FORBIDDEN. */
function requirePolicyRight(
  request: FastifyRequest,
  { review }: Pick<(typeof ChangeProject)['static'], 'review'>,
): void {
  if (review?.mode === 'automatic') requirePermission(request, 'reviews:decide')
}

// /api/projects/{project}/versions and what is told of them: trainings, lineage, leaderboard, reproductions.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../http/guard.ts'
import { traceparentOf } from '../../http/request-trace.ts'
import { IdempotencyKey } from '../../intake/callers-word.ts'
import { ERRORS, nextOf, PageQuery } from '../../pages.ts'
import { readChange } from '../../rows/json-members.ts'
import type { WellFormed } from '../../rows/member-faults.ts'
import { optionsOf, ProjectPath } from '../project-schemas.ts'
import { VERSION_STATUSES, type VersionStatus } from '../workflow-status.ts'
import { entriesOf, LeaderboardAnswer } from './leaderboard-schemas.ts'
import {
  LineageAnswer,
  ReproductionAnswer,
  ReproductionList,
  reproductionAnswerOf,
  TrainVersion,
  trainingAnswerOf,
  VersionAnswer,
  VersionList,
  VersionPath,
  VersionTrainingAnswer,
  VersionTrainingList,
  versionAnswerOf,
} from './schemas.ts'
import type { VersionWish } from './version-request.ts'
import type { Asker, VersionTrainings } from './version-trainings.ts'
import type { Versions } from './versions.ts'

/** Trainings of one version again that are told. */
const REPRODUCTIONS_MAX = 100

const Headers = Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) })
const FINDS = ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', ...ERRORS] as const
const TRAINS = [
  ...['PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'VERSION_UNKNOWN', 'DATASET_UNKNOWN', 'DATASET_DELETED'],
  ...['MODEL_UNKNOWN', 'MODEL_UNAVAILABLE', 'MODEL_UNREGISTERED', 'RUN_NOT_CREATABLE', 'RUN_HELD_ELSEWHERE'],
  ...['REQUEST_INVALID', 'IDEMPOTENCY_KEY_REUSED', 'QUEUE_FULL', 'STORAGE_UNAVAILABLE', 'SHUTTING_DOWN', ...ERRORS],
] as const

const ListQuery = Type.Object(
  {
    ...PageQuery.properties,
    workflow_status: Type.Optional(
      Type.Unsafe<VersionStatus>({
        type: 'string',
        enum: [...VERSION_STATUSES],
        description: 'Only versions that stand there',
      }),
    ),
  },
  { additionalProperties: false },
)

const trainSchema = {
  operationId: 'trainVersion',
  tags: ['projects'],
  summary: 'Train a version of a project in the background',
  description:
    'What is absent or null is as the project has it; an empty text, list or object, or a share of 0, is none. The run that is answered becomes the next version when it has succeeded; GET /api/runs/{model_run_id} tells how far it is.',
  params: ProjectPath,
  headers: Headers,
  response: { 202: VersionTrainingAnswer },
  docs: {
    body: {
      'application/json': {
        schema: TrainVersion,
        examples: {
          as_it_is: { value: {} },
          deeper: { value: { description: 'deeper trees', parameters: { max_depth: 8 } } },
        },
      },
    },
    errors: TRAINS,
  },
} as const
const listSchema = {
  operationId: 'listVersions',
  tags: ['projects'],
  summary: 'Versions of a project, the newest first, in pages',
  params: ProjectPath,
  querystring: ListQuery,
  response: { 200: VersionList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const trainingsSchema = {
  operationId: 'listVersionTrainings',
  tags: ['projects'],
  summary: 'Trainings of a project, the newest first, in pages: those too that failed, or are under way',
  params: ProjectPath,
  querystring: PageQuery,
  response: { 200: VersionTrainingList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const getSchema = {
  operationId: 'getVersion',
  tags: ['projects'],
  summary: 'A version: what it was trained with and from, how good it is, and the digest of its artifact',
  params: VersionPath,
  response: { 200: VersionAnswer },
  docs: { errors: FINDS },
} as const
const lineageSchema = {
  operationId: 'getVersionLineage',
  tags: ['projects'],
  summary: 'Where a version comes from and what came of it: data sets, versions and deployments as a graph',
  params: VersionPath,
  response: { 200: LineageAnswer },
  docs: { errors: FINDS },
} as const
const leaderboardSchema = {
  operationId: 'getLeaderboard',
  tags: ['projects'],
  summary: 'Versions from the best to the worst by one metric',
  description:
    'Without `metric` by that of the project, else by accuracy or r2. A metric of the rows that were learnt from gives way to the one of held-out rows (validation_…), else to the one of folds (cv_…), where versions have it. A metric of a model class itself counts as better the larger it is.',
  params: ProjectPath,
  querystring: Type.Object(
    {
      metric: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\u0000]*$' })),
      limit: Type.Integer({ minimum: 1, maximum: 200, default: 20, description: 'Entries at the most' }),
    },
    { additionalProperties: false },
  ),
  response: { 200: LeaderboardAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const reproduceSchema = {
  operationId: 'reproduceVersion',
  tags: ['projects'],
  summary: 'Train a version again from its data set, to see whether the artifact is the same to the byte',
  params: VersionPath,
  headers: Headers,
  response: { 202: ReproductionAnswer },
  docs: { errors: ['DATASET_CHANGED', 'VERSION_IMPORTED', ...TRAINS] },
} as const
const reproductionsSchema = {
  operationId: 'listReproductions',
  tags: ['projects'],
  summary: 'What came of training a version again, the newest first',
  params: VersionPath,
  response: { 200: ReproductionList },
  docs: { errors: FINDS },
} as const

export interface VersionRoutesParts {
  readonly versions: Versions
  readonly trainings: VersionTrainings
}

const READS = { permission: 'projects:read' } as const

export const versionRoutes =
  ({ versions, trainings }: VersionRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project'
    const one = `${path}/versions/:version`

    const training = { permission: 'projects:write', audit: 'version.train' } as const
    app.post(`${path}/versions`, { schema: trainSchema, config: training }, async (request, reply) => {
      const { project } = request.params
      const given = await readChange(request, TrainVersion, (members, faults) =>
        trainings.addFaults(project, wishOf(members), faults),
      )
      const begun = await trainings.train(project, wishOf(given), askerOf(request))
      reply.code(202).header('location', `/api/runs/${begun.runId}`)
      return trainingAnswerOf(begun)
    })

    app.get(`${path}/versions`, { schema: listSchema, config: READS }, async ({ params, query }) => {
      const { limit, before, workflow_status: status } = query
      const found = await versions.list(params.project, { limit: limit + 1, before, status })
      return { versions: found.slice(0, limit).map(versionAnswerOf), ...nextOf(found, limit, ({ version }) => version) }
    })

    app.get(`${path}/trainings`, { schema: trainingsSchema, config: READS }, async ({ params, query }) => {
      const { limit, before } = query
      const found = await trainings.list(params.project, { limit: limit + 1, before })
      return { trainings: found.slice(0, limit).map(trainingAnswerOf), ...nextOf(found, limit, ({ runId }) => runId) }
    })

    app.get(one, { schema: getSchema, config: READS }, async ({ params: { project, version } }) =>
      versionAnswerOf(await versions.find(project, version)),
    )

    app.get(`${one}/lineage`, { schema: lineageSchema, config: READS }, async ({ params: { project, version } }) => {
      const { nodes, edges } = await versions.lineage(project, version)
      return { nodes: [...nodes], edges: [...edges] }
    })

    app.get(`${path}/leaderboard`, { schema: leaderboardSchema, config: READS }, async ({ params, query }) => {
      const board = await versions.leaderboard(params.project, query.metric, query.limit)
      const { metric, isLowerBetter, ranked, warnings } = board
      return { metric, lower_is_better: isLowerBetter, entries: entriesOf(ranked), warnings: [...warnings] }
    })

    const reproducing = { permission: 'projects:write', audit: 'version.reproduce' } as const
    app.post(`${one}/reproduction`, { schema: reproduceSchema, config: reproducing }, async (request, reply) => {
      const { project, version } = request.params
      const begun = await trainings.reproduce(project, version, askerOf(request))
      reply.code(202).header('location', `/api/runs/${begun.runId}`)
      return reproductionAnswerOf(begun, await versions.find(project, version))
    })

    app.get(`${one}/reproduction`, { schema: reproductionsSchema, config: READS }, async ({ params }) => {
      const version = await versions.find(params.project, params.version)
      const asked = { reproduces: params.version, limit: REPRODUCTIONS_MAX }
      const found = await trainings.list(params.project, asked)
      return { reproductions: found.map((each) => reproductionAnswerOf(each, version)) }
    })
  }

function wishOf(given: WellFormed<(typeof TrainVersion)['static']>): VersionWish {
  return {
    description: given.description,
    parent: given.parent,
    modelName: given.model_name,
    parameters: given.parameters,
    datasetId: given.dataset_id,
    labels: given.labels,
    features: given.features,
    options: optionsOf(given),
    search: given.search,
  }
}

function askerOf(request: FastifyRequest & { headers: { 'idempotency-key'?: string } }): Asker {
  return {
    caller: callerOf(request),
    traceparent: traceparentOf(request),
    idempotencyKey: request.headers['idempotency-key'],
  }
}

// /api/projects/{project}/comparison: versions on the same rows, as JSON and as a page.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { PAGE_ANSWERS, sendPage } from '../../http/html-page.ts'
import { ERRORS } from '../../pages.ts'
import { PAGE_POLICY } from '../../report-page/page/document.ts'
import { ProjectPath } from '../project-schemas.ts'
import type { ComparisonAsked, Comparisons } from './comparisons.ts'
import { comparisonPageOf } from './report/comparison-page.ts'
import { ComparisonAnswer, comparisonAnswerOf } from './schemas.ts'

const Query = Type.Object(
  {
    versions: Type.String({
      pattern: '^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*$',
      maxLength: 200,
      description: 'Numbers of 2 to 10 versions, with commas between',
      examples: ['1,2'],
    }),
    dataset: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'The id of a data set to judge on, all its rows; without it the rows that all of them held out',
      }),
    ),
    metric: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[^\\u0000]*$',
        description: 'What decides; without it the metric of the project, else accuracy or r2',
      }),
    ),
  },
  { additionalProperties: false },
)
const FAILURES = [
  ...['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', 'VERSIONS_NOT_COMPARABLE', 'DATASET_UNKNOWN', 'DATASET_DELETED'],
  ...['DATASET_CHANGED', 'REQUEST_INVALID', 'RUN_UNKNOWN', 'RUN_FAILED', 'RUN_NOT_READY', 'MODEL_UNAVAILABLE'],
  ...['ARTIFACT_UNUSABLE', 'VERSION_UNTRUSTED', 'BODY_MALFORMED', 'MEMORY_EXCEEDED', 'STORAGE_UNAVAILABLE', ...ERRORS],
] as const

const comparisonSchema = {
  operationId: 'compareVersions',
  tags: ['projects'],
  summary: 'Compare versions on the same rows: metrics with intervals, and tests of their differences',
  description:
    'Each version predicts the rows that all of them held out of the data set that they share, or all rows of `dataset`. A verdict is `better` or `worse` only where chance does not explain the difference, over all pairs together.',
  params: ProjectPath,
  querystring: Query,
  response: { 200: ComparisonAnswer },
  docs: { errors: FAILURES },
} as const
const reportSchema = {
  operationId: 'getComparisonReport',
  tags: ['projects'],
  summary: 'Show a comparison of versions as a page',
  params: ProjectPath,
  querystring: Query,
  docs: {
    answers: PAGE_ANSWERS,
    errors: FAILURES,
  },
} as const

const READS = { permission: 'projects:read' } as const

export const comparisonRoutes =
  (comparisons: Comparisons): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/comparison'
    const askedOf = (project: string, query: (typeof Query)['static']): ComparisonAsked => ({
      project,
      versions: query.versions.split(',').map(Number),
      datasetId: query.dataset,
      metric: query.metric,
    })

    app.get(path, { schema: comparisonSchema, config: READS }, async ({ params, query }) =>
      comparisonAnswerOf(await comparisons.compare(askedOf(params.project, query))),
    )

    app.get(`${path}/report`, { schema: reportSchema, config: READS }, async ({ params, query }, reply) => {
      const answer = comparisonAnswerOf(await comparisons.compare(askedOf(params.project, query)))
      return sendPage(reply, PAGE_POLICY, comparisonPageOf(answer))
    })
  }

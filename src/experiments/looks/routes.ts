// /api/projects/{project}/experiments/{experiment_id}/results, its looks, and the page of both.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PAGE_ANSWERS, sendPage } from '../../http/html-page.ts'
import { ERRORS, nextOf, PageQuery } from '../../pages.ts'
import { PAGE_POLICY } from '../../report-page/page/document.ts'
import { ExperimentPath } from '../experiment-schemas.ts'
import { LooksAnswer, ResultsAnswer, ResultsQuery } from './result-schemas.ts'
import type { Results } from './results.ts'
import { lookAnswerOf, resultsOf } from './results-of.ts'

/** Looks that the page draws. */
const DRAWN_MAX = 200
const FAILURES = ['PROJECT_UNKNOWN', 'EXPERIMENT_UNKNOWN', 'EXPERIMENT_STATE', 'LOOK_UNKNOWN', ...ERRORS] as const

const resultsSchema = {
  operationId: 'getExperimentResults',
  tags: ['experiments'],
  summary: 'What an experiment has found',
  description:
    'Of one that is concluded the look that decided, for good; else the newest look, which is at most a minute old unless counting takes long. Intervals and p-values hold at any time: it may be looked at as often as one likes.',
  params: ExperimentPath,
  querystring: ResultsQuery,
  response: { 200: ResultsAnswer },
  docs: { errors: FAILURES },
} as const
const looksSchema = {
  operationId: 'listExperimentLooks',
  tags: ['experiments'],
  summary: 'Looks at an experiment, the newest first, in pages',
  description:
    'All looks of the last six hours, and of the time before the first of each hour; the one that decided always stays.',
  params: ExperimentPath,
  querystring: PageQuery,
  response: { 200: LooksAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', 'EXPERIMENT_UNKNOWN', ...ERRORS] },
} as const
const pageSchema = {
  operationId: 'getExperimentReport',
  tags: ['experiments'],
  summary: 'Show what an experiment has found as a page',
  params: ExperimentPath,
  querystring: ResultsQuery,
  docs: { answers: PAGE_ANSWERS, errors: FAILURES },
} as const

const READS = { permission: 'experiments:read' } as const

export const resultRoutes =
  (results: Results, now: () => Date): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/experiments/:experiment_id'

    app.get(`${path}/results`, { schema: resultsSchema, config: READS }, async ({ params, query }) => {
      const { story, look } = await results.find(params.project, params.experiment_id, query.look)
      return resultsOf(story, look, now())
    })

    app.get(`${path}/looks`, { schema: looksSchema, config: READS }, async ({ params, query }) => {
      const { limit, before } = query
      const { story, looks } = await results.looks(params.project, params.experiment_id, limit + 1, before)
      return {
        looks: looks.slice(0, limit).map((look) => lookAnswerOf(story.experiment, look)),
        ...nextOf(looks, limit, ({ lookId }) => lookId),
      }
    })

    app.get(`${path}/report`, { schema: pageSchema, config: READS }, async ({ params, query }, reply) => {
      const found = await results.find(params.project, params.experiment_id, query.look)
      const history = await results.history(found, DRAWN_MAX)
      const { resultsPageOf } = await import('./report/results-page.ts')
      const page = resultsPageOf({
        results: resultsOf(found.story, found.look, now()),
        looks: history.map((look) => lookAnswerOf(found.story.experiment, look)),
      })
      return sendPage(reply, PAGE_POLICY, page)
    })
  }

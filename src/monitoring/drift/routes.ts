// /api/projects/{project}/drift, /data-quality, and the page of the monitoring.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ENVIRONMENT_NAME } from '../../deployments/deployment.ts'
import { DEFAULT_ENVIRONMENT } from '../../deployments/serving/active-deployments.ts'
import { invalidRequest } from '../../errors.ts'
import { PAGE_ANSWERS, sendPage } from '../../http/html-page.ts'
import { millisecondsOf } from '../../http/query-times.ts'
import { FaultList } from '../../model/faults.ts'
import { ERRORS, nextOf, PageQuery } from '../../pages.ts'
import { ProjectParts, ProjectPath } from '../../projects/project-schemas.ts'
import { PAGE_POLICY } from '../../report-page/page/document.ts'
import { figuresOf } from '../performance/schemas.ts'
import type { Drift, DriftAsked } from './drift.ts'
import { driftAnswerOf, lookAnswerOf, qualityAnswerOf } from './drift-answers.ts'
import type { Window } from './look.ts'
import { DriftAnswer, DriftHistory, QualityAnswer } from './schemas.ts'
import { DAY_MS, NAMED_WINDOWS, type NamedWindow, wholeHours, windowUntil } from './windows.ts'

/** Days that one look on demand reaches over. */
const DAYS_MAX = 92
/** Looks that the page shows. */
const PAGE_LOOKS = 60

const VersionParam = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 2 ** 31 - 1,
    description: 'Without it the version that is active, else the one that was looked at last',
  }),
)
const TimeParam = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }))
const Query = Type.Object(
  {
    environment: Type.String({
      pattern: ENVIRONMENT_NAME,
      default: DEFAULT_ENVIRONMENT,
      description: 'Where it predicts',
    }),
    version: VersionParam,
    window: Type.Optional(
      Type.Unsafe<NamedWindow>({
        type: 'string',
        enum: Object.keys(NAMED_WINDOWS),
        description:
          'A look on demand at the time until now; without it and without from the newest look that was kept',
      }),
    ),
    from: TimeParam('The beginning of a look on demand, in place of window; the hour that it is in counts'),
    to: TimeParam('Its end; without it now'),
  },
  { additionalProperties: false },
)
const HistoryQuery = Type.Object(
  {
    ...PageQuery.properties,
    environment: Type.Optional(Type.String({ pattern: ENVIRONMENT_NAME, description: 'Only looks at this one' })),
    version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Only looks at this one' })),
  },
  { additionalProperties: false },
)
const LookPath = Type.Object({
  ...ProjectParts,
  look_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' }),
})
const FAILURES = ['PROJECT_UNKNOWN', 'VERSION_UNKNOWN', 'NOTHING_DEPLOYED', 'REQUEST_INVALID', ...ERRORS] as const

const driftSchema = {
  operationId: 'getDrift',
  tags: ['monitoring'],
  summary: 'How far the predictions of a version have moved from its training: the newest look, or one on demand',
  description:
    'It reads the counts of all predictions, by column. A look on demand is no part of the promise about false alarms: its level counts its own columns alone.',
  params: ProjectPath,
  querystring: Query,
  response: { 200: DriftAnswer },
  docs: { errors: FAILURES },
} as const
const historySchema = {
  operationId: 'listDriftLooks',
  tags: ['monitoring'],
  summary: 'Looks at drift, the newest first, in pages',
  params: ProjectPath,
  querystring: HistoryQuery,
  response: { 200: DriftHistory },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const lookSchema = {
  operationId: 'getDriftLook',
  tags: ['monitoring'],
  summary: 'A look at drift, with all its columns',
  params: LookPath,
  response: { 200: DriftAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', 'LOOK_UNKNOWN', ...ERRORS] },
} as const
const qualitySchema = {
  operationId: 'getDataQuality',
  tags: ['monitoring'],
  summary: 'What is missing, unseen or out of range in the rows that a version predicts',
  params: ProjectPath,
  querystring: Query,
  response: { 200: QualityAnswer },
  docs: { errors: FAILURES },
} as const
const pageSchema = {
  operationId: 'getMonitoringReport',
  tags: ['monitoring'],
  summary: 'Show the monitoring of a version as a page',
  params: ProjectPath,
  querystring: Query,
  docs: {
    answers: PAGE_ANSWERS,
    errors: FAILURES,
  },
} as const

const READS = { permission: 'monitoring:read' } as const

export const driftRoutes =
  (drift: Drift): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project'

    app.get(`${path}/drift`, { schema: driftSchema, config: READS }, async ({ params, query }) =>
      driftAnswerOf(await drift.find(askedOf(params.project, query))),
    )

    app.get(`${path}/drift/history`, { schema: historySchema, config: READS }, async ({ params, query }) => {
      const { limit, before, ...filter } = query
      const { project, looks } = await drift.history(params.project, filter, limit + 1, before)
      return {
        looks: looks.slice(0, limit).map((look) => lookAnswerOf(project, look)),
        ...nextOf(looks, limit, ({ lookId }) => lookId),
      }
    })

    app.get(`${path}/drift/history/:look_id`, { schema: lookSchema, config: READS }, async ({ params }) =>
      driftAnswerOf(await drift.look(params.project, params.look_id)),
    )

    app.get(`${path}/data-quality`, { schema: qualitySchema, config: READS }, async ({ params, query }) =>
      qualityAnswerOf(await drift.find(askedOf(params.project, query))),
    )

    app.get(`${path}/monitoring/report`, { schema: pageSchema, config: READS }, async ({ params, query }, reply) => {
      const found = await drift.find(askedOf(params.project, query))
      const { environment, version } = found.look.slot
      const { project, looks } = await drift.history(params.project, { environment, version }, PAGE_LOOKS)
      const { monitoringPageOf, PERFORMANCE_DAYS } = await import('./report/monitoring-page.ts')
      const page = monitoringPageOf({
        drift: driftAnswerOf(found),
        quality: qualityAnswerOf(found),
        looks: looks.map((look) => lookAnswerOf(project, look)),
        performance: figuresOf(await drift.performanceOf(found, PERFORMANCE_DAYS)),
      })
      return sendPage(reply, PAGE_POLICY, page)
    })
  }

function askedOf(project: string, { environment, version, ...times }: (typeof Query)['static']): DriftAsked {
  return { project, environment, version, window: windowOf(times, Date.now()) }
}

/** Undefined where the newest look is asked for. Throws ServiceError REQUEST_INVALID. */
function windowOf(
  { window, from, to }: { window?: NamedWindow; from?: string; to?: string },
  now: number,
): Window | undefined {
  const faults = new FaultList()
  const fault = (parameter: string, detail: string): void => faults.add({ in: 'query', parameter, detail })
  const [start, end] = [millisecondsOf('from', from), millisecondsOf('to', to) ?? now]
  if (window !== undefined && start !== undefined) fault('window', 'expected either window or from, got both')
  if (to !== undefined && start === undefined) fault('to', 'expected from beside it')
  if (start !== undefined && start >= end) fault('from', 'expected a time before to')
  if (start !== undefined && end - start > DAYS_MAX * DAY_MS)
    fault('from', `expected ${DAYS_MAX} days at the most until to`)
  if (!faults.isEmpty) throw invalidRequest(faults)
  if (window !== undefined) return windowUntil(now, window)
  return start === undefined ? undefined : wholeHours(start, end)
}

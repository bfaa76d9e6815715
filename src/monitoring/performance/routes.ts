// GET /api/projects/{project}/performance, and the looks that judged it.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { invalidRequest } from '../../errors.ts'
import { millisecondsOf } from '../../http/query-times.ts'
import { FaultList } from '../../model/faults.ts'
import { DAY_MS } from '../../model/times.ts'
import { ERRORS, nextOf } from '../../pages.ts'
import { ProjectPath } from '../../projects/project-schemas.ts'
import type { Projects } from '../../projects/projects.ts'
import { LookList, LooksQuery, lookAnswerOf } from './look-schemas.ts'
import type { PerformanceLooks } from './looks.ts'
import type { Performance } from './performance.ts'
import { figuresOf, PerformanceAnswer, PerformanceQuery, performanceAnswerOf, type TrainedMetrics } from './schemas.ts'
import type { Segments } from './segments.ts'

const performanceSchema = {
  operationId: 'getProjectPerformance',
  tags: ['monitoring'],
  summary: 'How right the deployed versions of a project were, by the outcomes that are known',
  description:
    'Figures are of logged predictions, each with the weight of its sampling: of all hours within the time, in steps, by version, by deployment, and by the levels of a column.',
  params: ProjectPath,
  querystring: PerformanceQuery,
  response: { 200: PerformanceAnswer },
  docs: { errors: ['REQUEST_INVALID', 'PROJECT_UNKNOWN', 'ARTIFACT_UNUSABLE', 'OVERLOADED', ...ERRORS] },
} as const
const looksSchema = {
  operationId: 'listPerformanceLooks',
  tags: ['monitoring'],
  summary: 'The windows of a project whose performance and coverage were judged, the newest first, in pages',
  params: ProjectPath,
  querystring: LooksQuery,
  response: { 200: LookList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const

const READS = { permission: 'monitoring:read' } as const
const DEFAULT_DAYS = 30

export interface PerformanceRoutesParts {
  readonly projects: Pick<Projects, 'find'>
  readonly performance: Performance
  readonly segments: Segments
  readonly looks: PerformanceLooks
  readonly trainedOf: (projectId: number, versions: readonly number[]) => Promise<TrainedMetrics>
  readonly now: () => number
}

export const performanceRoutes =
  ({ projects, performance, segments, looks, trainedOf, now }: PerformanceRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/projects/:project/performance'
    app.get(path, { schema: performanceSchema, config: READS }, async ({ params, query }) => {
      const { environment, version, deployment: deploymentId, segment } = query
      const time = timeOf(query, now())
      const project = await projects.find(params.project)
      const filter = { environment, version, deploymentId }
      const found = await performance.of(project, { ...time, by: query.by, ...filter })
      const versions = found.versions.map((each) => each.version)
      const answer = performanceAnswerOf(project.name, found, await trainedOf(project.projectId, versions))
      if (segment === undefined) return answer
      const asked = { projectId: project.projectId, from: found.from, to: found.to, versions, filter }
      const all = await segments.of({ ...asked, column: segment, rows: found.judged.rows })
      return {
        ...answer,
        segments: all.map(({ level, judged }) => {
          return { ...(level === undefined ? {} : { level }), figures: figuresOf(judged) }
        }),
      }
    })

    app.get(`${path}/looks`, { schema: looksSchema, config: READS }, async ({ params, query }) => {
      const { limit, before, ...filter } = query
      const found = await looks.list(params.project, filter, limit + 1, before)
      const page = found.slice(0, limit).map(lookAnswerOf)
      return { looks: page, ...nextOf(found, limit, ({ lookId }) => lookId) }
    })
  }

function timeOf({ days, from, to }: (typeof PerformanceQuery)['static'], now: number): { from: number; to: number } {
  if (days !== undefined && (from !== undefined || to !== undefined)) {
    const faults = new FaultList()
    faults.add({ in: 'query', parameter: 'days', detail: 'expected days, or from and to, not both' })
    throw invalidRequest(faults)
  }
  const end = millisecondsOf('to', to) ?? now
  const start = millisecondsOf('from', from)
  const today = Math.floor(end / DAY_MS) * DAY_MS
  return { from: start ?? today - (days ?? DEFAULT_DAYS) * DAY_MS, to: end }
}

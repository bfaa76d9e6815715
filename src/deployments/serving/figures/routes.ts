// The health and the figures of deployments.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ERRORS } from '../../../pages.ts'
import type { Deployment } from '../../deployment.ts'
import { answerOf, DeploymentPath, PlacePath } from '../../deployment-schemas.ts'
import type { Deployments } from '../../deployments.ts'
import type { ActiveDeployments, ServedView } from '../active-deployments.ts'
import { DeploymentHealth, DeploymentMetrics } from '../serving-docs.ts'
import { type AnswerFigures, WINDOWS, type Window, type WindowFigures } from '../window-figures.ts'

const WINDOW_NAMES = Object.keys(WINDOWS) as Window[]

const MetricsQuery = Type.Object(
  {
    window: Type.Unsafe<Window>({
      type: 'string',
      enum: WINDOW_NAMES,
      default: '1h',
      description: 'The time until now that is told',
    }),
  },
  { additionalProperties: false },
)

/** The active one, and one that is named. */
const LOOKED_AT = [
  {
    path: 'current',
    params: PlacePath,
    names: 'CurrentDeployment',
    what: 'what is active in an environment',
    error: 'NOTHING_DEPLOYED',
  },
  {
    path: 'deployments/:deployment_id',
    params: DeploymentPath,
    names: 'Deployment',
    what: 'a deployment',
    error: 'DEPLOYMENT_UNKNOWN',
  },
] as const

const READS = { permission: 'deployments:read' } as const

export interface FiguresRoutesParts {
  readonly active: Pick<ActiveDeployments, 'viewOf'>
  readonly deployments: Pick<Deployments, 'current' | 'find'>
  readonly figures: AnswerFigures
}

export const figuresRoutes =
  ({ active, deployments, figures }: FiguresRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const find = (params: LookParams): Promise<Deployment> =>
      params.deployment_id === undefined ? deployments.current(params) : deployments.find(params, params.deployment_id)
    for (const { path, params, names, what, error } of LOOKED_AT) {
      const docs = { errors: ['PROJECT_UNKNOWN', error, ...ERRORS] } as const
      const healthSchema = {
        operationId: `get${names}Health`,
        tags: ['deployments'],
        summary: `How ${what} is: as its target saw it last, and as the worker sees it that answers`,
        params,
        response: { 200: DeploymentHealth },
        docs,
      }
      const url = `/api/projects/:project/environments/:environment/${path}`
      app.get(`${url}/health`, { schema: healthSchema, config: READS }, async ({ params }) => {
        const deployment = await find(params as LookParams)
        return healthOf(deployment, active.viewOf(deployment))
      })

      const metricsSchema = {
        operationId: `get${names}Metrics`,
        tags: ['deployments'],
        summary: `How ${what} answered: requests, failures and latencies of all workers`,
        description: 'What other workers counted in the last ten seconds may be missing. Figures are kept for 30 days.',
        params,
        querystring: MetricsQuery,
        response: { 200: DeploymentMetrics },
        docs,
      }
      app.get(`${url}/metrics`, { schema: metricsSchema, config: READS }, async ({ params, query: { window } }) => {
        const { deploymentId } = await find(params as LookParams)
        const { errors, steps, ...all } = await figures.of(deploymentId, window, Date.now())
        const head = { id: deploymentId, window, ...figuresAnswer(all) }
        return { ...head, errors: [...errors], steps: steps.map(figuresAnswer) }
      })
    }
  }

interface LookParams {
  readonly project: string
  readonly environment: string
  readonly deployment_id?: number
}

function healthOf(deployment: Deployment, worker: ServedView) {
  const { id, version, environment, target, status, observed } = answerOf(deployment)
  const isReady = deployment.observed === null || deployment.observed.state === 'ready'
  return {
    ...{ id, version, environment, target, status },
    healthy: deployment.status === 'active' && isReady && worker.serves === id,
    ...(observed === undefined ? {} : { observed }),
    worker: {
      ...(worker.serves === null ? {} : { predicts_with: worker.serves }),
      ...(worker.loads === null ? {} : { loads: worker.loads }),
      ...(worker.error === null ? {} : { load_error: worker.error }),
      ...(worker.lookedAt === null ? {} : { looked_at: worker.lookedAt.toISOString() }),
      ...(worker.lookError === null ? {} : { look_error: worker.lookError }),
    },
  }
}

function figuresAnswer({ from, to, requests, rows, failures, ...rest }: WindowFigures) {
  const { requestsPerSecond, rowsPerSecond, p50Ms, p95Ms, p99Ms } = rest
  return {
    ...{ from: from.toISOString(), to: to.toISOString(), requests, rows, failures },
    ...{ requests_per_second: requestsPerSecond, rows_per_second: rowsPerSecond },
    ...(p50Ms === undefined || p95Ms === undefined || p99Ms === undefined
      ? {}
      : { p50_ms: p50Ms, p95_ms: p95Ms, p99_ms: p99Ms }),
  }
}

// POST /api/projects/{project}/predict, and the health and the figures of deployments.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { EXPERIMENT_KEY_LENGTH_MAX } from '../../experiment-key.ts'
import { requestFaults } from '../../http/request-faults.ts'
import { FaultList } from '../../model/faults.ts'
import { ERRORS } from '../../pages.ts'
import { predictionBody } from '../../prediction/answer-docs.ts'
import type { AnswerStamp } from '../../prediction/answer-stamp.ts'
import type { PredictionStory } from '../../prediction/prediction-observer.ts'
import type { PredictionRequest } from '../../prediction/prediction-request.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import {
  answerRows,
  askedRows,
  ROWS_ERRORS,
  RowsParts,
  type RowsSource,
  requireAnswerForm,
  type TellOfPrediction,
} from '../../prediction/routes.ts'
import { ProjectPath } from '../../projects/project-schemas.ts'
import { type ReceivedBody, whileUsed } from '../../rows/body-file.ts'
import { ANSWER_CONTENT_TYPES } from '../../rows/forms.ts'
import { type Deployment, ENVIRONMENT_NAME } from '../deployment.ts'
import { answerOf, DeploymentPath, PlacePath } from '../deployment-schemas.ts'
import type { Deployments } from '../deployments.ts'
import {
  type ActiveDeployment,
  type ActiveDeployments,
  DEFAULT_ENVIRONMENT,
  type ServedView,
} from './active-deployments.ts'
import { dividePrediction } from './divided-prediction.ts'
import { dividedRows } from './divided-rows.ts'
import type { ElsewherePredictions } from './predict-elsewhere.ts'
import { DeploymentHealth, DeploymentMetrics, deployedAnswer } from './serving-docs.ts'
import type { Enrolled } from './traffic.ts'
import type { WatchElsewhere } from './watch-elsewhere.ts'
import { type AnswerFigures, WINDOWS, type Window, type WindowFigures } from './window-figures.ts'

const WINDOW_NAMES = Object.keys(WINDOWS) as Window[]

const PredictQuery = Type.Object(
  {
    environment: Type.String({
      pattern: ENVIRONMENT_NAME,
      default: DEFAULT_ENVIRONMENT,
      description: 'Whose active version predicts',
    }),
    experiment_key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: EXPERIMENT_KEY_LENGTH_MAX,
        description:
          'Whom or what the rows are about, for an experiment between versions: a key is always answered by the same arm (docs/experiments.md). Without an experiment it changes nothing',
      }),
    ),
    ...RowsParts,
  },
  { additionalProperties: false },
)
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

const predictSchema = {
  operationId: 'predictByProject',
  tags: ['prediction'],
  summary: 'Predict rows with the version of a project that is active in an environment',
  params: ProjectPath,
  querystring: PredictQuery,
  docs: {
    body: predictionBody,
    answers: { 200: deployedAnswer },
    errors: [
      'PROJECT_UNKNOWN',
      'NOTHING_DEPLOYED',
      'TARGET_UNAVAILABLE',
      'TARGET_TIMED_OUT',
      'NOT_SET_UP',
      ...ROWS_ERRORS,
    ],
  },
} as const
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

const PREDICTS = { permission: 'predictions:create', audit: 'none' } as const
const READS = { permission: 'deployments:read' } as const

export interface ServingRoutesParts {
  readonly active: ActiveDeployments
  readonly predictor: Predictor
  readonly elsewhere: ElsewherePredictions
  /** Counts the rows that are predicted elsewhere. */
  readonly watchElsewhere: WatchElsewhere
  readonly deployments: Pick<Deployments, 'current' | 'find'>
  readonly figures: AnswerFigures
  /** Hears of each prediction. */
  readonly tell: TellOfPrediction | undefined
}

export const servingRoutes =
  (parts: ServingRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { active, deployments, figures } = parts

    app.post(
      '/api/projects/:project/predict',
      { schema: predictSchema, config: PREDICTS, attachValidation: true },
      (request, reply) => {
        const { project } = request.params
        const { environment } = request.query
        const found = active.find(project, environment)
        if (found !== undefined) return predictWith(parts, found, request, reply)
        const { body } = request as { body?: ReceivedBody }
        whileUsed(body, async () => {
          if (request.validationError !== undefined) throw invalidRequest(requestFaults(request))
          predictWith(parts, await active.require(project, environment), request, reply)
        }).catch((error) => reply.send(error))
      },
    )

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

/** Counts every answer of the deployment. isAgain: another one could not be reached before. */
function predictWith(
  parts: ServingRoutesParts,
  deployment: ActiveDeployment,
  request: FastifyRequest,
  reply: FastifyReply,
  isAgain = false,
): void {
  const { active, predictor, tell } = parts
  const { plan, target, counts, watch } = deployment
  const startedAt = performance.now()
  const onFailed = (error: unknown): void => counts.failed(startedAt, error)
  try {
    if (target !== 'local') {
      const stamp = active.stampOf(deployment)
      predictElsewhere(parts, deployment, stamp, request, reply)
        .then(
          (rowCount) => {
            counts.predicted(startedAt, rowCount)
            if (watch === undefined) return
            const asked = askedAgain(request, { runId: plan.runId, stamp, watch })
            if (asked === undefined) watch.notCounted(rowCount, 'elsewhere')
            else parts.watchElsewhere.answered(watch, asked, rowCount, performance.now() - startedAt)
          },
          async (error) => {
            onFailed(error)
            if (watch !== undefined && error instanceof ServiceError && error.code === 'REQUEST_INVALID') {
              const asked = askedAgain(request, { runId: plan.runId, stamp, watch })
              if (asked === undefined) watch.failed(error)
              else parts.watchElsewhere.refused(watch, asked, error)
            }
            const next = isAgain ? undefined : await nextAfter(parts, deployment, error)
            if (next === undefined) throw error
            predictWith(parts, next, request, reply, true)
          },
        )
        .catch((error) => reply.send(error))
      return
    }
    const onPredicted = (story: PredictionStory): void => {
      counts.predicted(startedAt, story.rowCount)
      tell?.(request, story)
    }
    const onFailedHere = (error: unknown): void => {
      onFailed(error)
      watch?.failed(error)
    }
    const enrolled = enrolledOf(active, deployment, request)
    if (enrolled === undefined) {
      const stamp = active.stampOf(deployment)
      answerRows(request, reply, predictor, { runId: plan.runId, stamp, onPredicted, onFailed: onFailedHere, watch })
      return
    }
    const divided = dividePrediction(active, deployment, enrolled, startedAt)
    answerRows(
      request,
      reply,
      predictor,
      dividedRows({ divided, enrolled, predictor, log: request.log, onPredicted, onFailed: onFailedHere }),
    )
  } catch (error) {
    onFailed(error)
    throw error
  }
}

/** Undefined of a request that nothing divides. */
function enrolledOf(
  active: ActiveDeployments,
  deployment: ActiveDeployment,
  { query, validationError }: FastifyRequest,
): Enrolled | undefined {
  const { experiment_key: key } = query as { readonly experiment_key?: string }
  if (key === undefined || validationError !== undefined) return undefined
  return active.splitOf(deployment)?.enrol(key)
}

/** A deployment that could not be reached may have been replaced, and be gone from its target already: the one that is active now. */
async function nextAfter(
  { active }: ServingRoutesParts,
  { plan: { projectId, environment, deploymentId } }: ActiveDeployment,
  error: unknown,
): Promise<ActiveDeployment | undefined> {
  if (!(error instanceof ServiceError && error.code === 'TARGET_UNAVAILABLE')) return undefined
  await active.refresh()
  const found = active.find(String(projectId), environment)
  return found?.plan.deploymentId === deploymentId ? undefined : found
}

/** What a request asks for, for who predicts its rows once more; undefined where something beside the rows is wrong. */
function askedAgain(request: FastifyRequest, source: RowsSource): PredictionRequest | undefined {
  const faults = new FaultList()
  const asked = askedRows(request, source, faults)
  return faults.isEmpty && request.validationError === undefined ? asked : undefined
}

/** Gives the rows of the answer. */
async function predictElsewhere(
  { elsewhere }: ServingRoutesParts,
  deployment: ActiveDeployment,
  stamp: AnswerStamp,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<number> {
  if (requireAnswerForm(request) !== 'json') {
    const detail = `a deployment on ${deployment.target} answers with JSON; expected application/json in Accept`
    throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
  }
  const faults = requestFaults(request)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const asked = new URLSearchParams(request.url.split('?')[1])
  for (const ours of ['environment', 'experiment_key']) asked.delete(ours)
  const { 'content-type': contentType = 'application/json', accept } = request.headers
  const sent = { body: request.body as ReceivedBody | undefined, contentType, accept, query: asked.toString() }
  const { text, rowCount } = await elsewhere.predict(deployment, stamp, sent)
  reply.header('content-type', ANSWER_CONTENT_TYPES.json).send(text)
  return rowCount
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

// POST /api/projects/{project}/predict.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { invalidRequest } from '../../errors.ts'
import { EXPERIMENT_KEY_LENGTH_MAX } from '../../experiment-key.ts'
import { requestFaults } from '../../http/request-faults.ts'
import { predictionBody } from '../../prediction/answer-docs.ts'
import type { PredictionStory } from '../../prediction/prediction-observer.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import { answerRows, ROWS_ERRORS, RowsParts, type TellOfPrediction } from '../../prediction/routes.ts'
import { ProjectPath } from '../../projects/project-schemas.ts'
import { type ReceivedBody, whileUsed } from '../../rows/body-file.ts'
import { ENVIRONMENT_NAME } from '../deployment.ts'
import { type ActiveDeployment, type ActiveDeployments, DEFAULT_ENVIRONMENT } from './active-deployments.ts'
import { dividePrediction } from './divided-prediction.ts'
import { dividedRows } from './divided-rows.ts'
import { type AnswerElsewhereParts, answerElsewhere } from './elsewhere/routes.ts'
import { deployedAnswer } from './serving-docs.ts'
import type { Enrolled } from './traffic.ts'

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
const PREDICTS = { permission: 'predictions:create', audit: 'none' } as const

export interface ServingRoutesParts extends AnswerElsewhereParts {
  readonly active: ActiveDeployments
  readonly predictor: Predictor
  /** Hears of each prediction. */
  readonly tell: TellOfPrediction | undefined
}

export const servingRoutes =
  (parts: ServingRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { active } = parts
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
      const next = isAgain ? undefined : (found: ActiveDeployment) => predictWith(parts, found, request, reply, true)
      answerElsewhere(parts, deployment, { request, reply, startedAt, next }).catch((error) => reply.send(error))
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

// POST /api/predict: predicts rows with the pipeline of a run.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { queryFaults } from '../http/query-faults.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import { RunId } from '../training/routes.ts'
import type { Predictor } from './predictor.ts'

const PredictQuery = Type.Object(
  {
    model_run_id: RunId,
    probabilities: Type.Boolean({ default: false, description: 'adds the probability of each class' }),
  },
  { additionalProperties: false },
)

export const predictionRoutes =
  (predictor: Predictor): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/api/predict', { schema: { querystring: PredictQuery }, attachValidation: true }, (request, reply) => {
      const { model_run_id: runId, probabilities: withProbabilities } = request.query
      const { body } = request as { body?: ReceivedBody }
      const answer = predictor.predict({ runId, body, withProbabilities }, queryFaults(request.validationError))
      reply.header('content-type', 'application/json; charset=utf-8')
      if (typeof answer === 'string') reply.send(answer)
      else
        answer.then(
          (text) => reply.send(text),
          (error) => reply.send(error),
        )
    })
  }

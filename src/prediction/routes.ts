// POST /api/predict: predicts rows with the pipeline of a run.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { queryFaults } from '../http/query-faults.ts'
import { RunId } from '../training/routes.ts'
import type { PipelineCache } from './pipeline-cache.ts'
import { predict, readPredictionBody } from './predict.ts'

const PredictQuery = Type.Object(
  {
    model_run_id: RunId,
    probabilities: Type.Boolean({ default: false, description: 'adds the probability of each class' }),
  },
  { additionalProperties: false },
)

export const predictionRoutes =
  (cache: PipelineCache, options: { readonly timeoutMs: number }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/api/predict', { schema: { querystring: PredictQuery }, attachValidation: true }, async (request) => {
      const { model_run_id, probabilities } = request.query
      const faults = queryFaults(request.validationError)
      const features = readPredictionBody(request.body as Buffer | undefined, faults)
      const pipeline = await cache.get(model_run_id)
      const answer = await predict(pipeline, features, {
        withProbabilities: probabilities,
        timeoutMs: options.timeoutMs,
      })
      return { ...answer, model_run_id, status: 'success' }
    })
  }

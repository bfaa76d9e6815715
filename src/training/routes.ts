// POST /api/train and POST /api/runs: accept a training, which follows in the background.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { invalidRequest } from '../errors.ts'
import { queryFaults } from '../http/query-faults.ts'
import { type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { Trainings } from './trainings.ts'

/** The ids that model_runs can have. */
export const RunId = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'id of a row of model_runs' })

const TrainQuery = Type.Object(
  {
    model_name: Type.String({ minLength: 1, maxLength: 255, description: 'name of a row of models' }),
    model_run_id: RunId,
  },
  { additionalProperties: false },
)

const TrainAccepted = Type.Object({
  status: Type.Literal('accepted'),
  model_name: Type.String(),
  model_run_id: Type.Integer(),
})

export const trainingRoutes =
  (trainings: Trainings): FastifyPluginAsyncTypebox =>
  async (app) => {
    const schema = { querystring: TrainQuery, response: { 200: TrainAccepted } }
    app.post('/api/train', { schema, attachValidation: true }, async (request) => {
      const { model_name, model_run_id } = request.query
      const faults = queryFaults(request.validationError)
      // Without a model there is nothing to hold the body to.
      if (!faults.isEmpty && !Value.Check(TrainQuery.properties.model_name, model_name)) throw invalidRequest(faults)
      const { body } = request as { body?: ReceivedBody }
      await whileUsed(body, () => trainings.accept({ modelName: model_name, runId: model_run_id, body, faults }))
      return { status: 'accepted' as const, model_name, model_run_id }
    })

    app.post('/api/runs', { schema: { response: { 201: TrainAccepted } } }, async (request, reply) => {
      const { body } = request as { body?: ReceivedBody }
      const { modelName, runId } = await whileUsed(body, () => trainings.create(body))
      reply.code(201)
      return { status: 'accepted' as const, model_name: modelName, model_run_id: runId }
    })

    const RunPath = Type.Object({ model_run_id: RunId })
    const Cancelled = Type.Object({ status: Type.Literal('cancelled'), model_run_id: Type.Integer() })
    const cancelSchema = { params: RunPath, response: { 200: Cancelled } }
    app.post('/api/runs/:model_run_id/cancel', { schema: cancelSchema }, async (request) => {
      const { model_run_id } = request.params
      await trainings.cancel(model_run_id)
      return { status: 'cancelled' as const, model_run_id }
    })
  }

// The floor: a Fastify route that validates the body of a prediction and answers at once. Prints its URL.
import fastify from 'fastify'

const app = fastify({ ajv: { customOptions: { allowUnionTypes: true } } })
const row = { type: 'object', additionalProperties: { type: ['number', 'string', 'boolean', 'null'] } }
const schema = {
  querystring: { type: 'object', properties: { model_run_id: { type: 'integer' } }, required: ['model_run_id'] },
  body: { type: 'object', properties: { features: { type: 'array', items: row } }, required: ['features'] },
  response: {
    200: {
      type: 'object',
      properties: {
        predictions: { type: 'array', items: { type: 'object', properties: { lettr: { type: 'string' } } } },
        model_run_id: { type: 'integer' },
        status: { type: 'string' },
      },
    },
  },
}
interface Call {
  Querystring: { model_run_id: number }
  Body: { features: unknown[] }
}
app.post<Call>('/api/predict', { schema }, async ({ query, body }) => ({
  predictions: body.features.map(() => ({ lettr: 'A' })),
  model_run_id: query.model_run_id,
  status: 'success',
}))
console.log(await app.listen({ port: 0 }))

// GET /api/models: every model and its state.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { ModelRegistry } from './model-registry.ts'

/** Without a type, as a cell (rows/row-docs.ts). */
const Names = Type.Unsafe<'*' | string[]>({
  not: { type: 'object' },
  description: 'Names of columns, or "*", which takes whatever columns the training rows have',
})

const ModelEntry = Type.Object(
  {
    name: Type.String(),
    state: Type.String({
      'x-extensible-enum': ['available', 'unavailable', 'unregistered'],
      description: 'In code and table, in the table only, in the code only',
    }),
    type: Type.String({
      description:
        'classifier, regressor, clusterer, anomaly_detector or recommender; of an unavailable model as the table has it',
    }),
    description: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    feature_names: Type.Optional(Names),
    label_names: Type.Optional(Names),
    default_parameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'Every parameter with its default' }),
    ),
  },
  { title: 'Model' },
)

export const ModelList = Type.Object(
  { models: Type.Array(ModelEntry) },
  { title: 'ModelList', description: 'The models by name' },
)

const listSchema = {
  operationId: 'listModels',
  tags: ['models'],
  summary: 'Every model with its state, columns and default parameters',
  response: { 200: ModelList },
  docs: { errors: ['DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] },
} as const

export const modelRoutes =
  (registry: ModelRegistry): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/api/models', { schema: listSchema, config: { permission: 'models:read' } }, async () => {
      const models = await registry.list()
      return {
        models: models.map(({ name, state, type, description, found }) => ({
          name,
          state,
          type,
          description,
          ...(found === undefined
            ? {}
            : {
                feature_names: namesOf(found.model.feature_names),
                label_names: namesOf(found.model.label_names),
                default_parameters: { ...found.model.get_default_parameters() },
              }),
        })),
      }
    })
  }

function namesOf(names: '*' | readonly string[]): '*' | string[] {
  return names === '*' ? names : [...names]
}

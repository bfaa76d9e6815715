// The Open Inference Protocol, version 2: what KServe, Triton and MLServer speak.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, ServiceError } from '../errors.ts'
import type { PredictionStory } from '../prediction/prediction-observer.ts'
import type { Predictor } from '../prediction/predictor.ts'
import type { TellOfPrediction } from '../prediction/routes.ts'
import { type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import type { HealthChecks } from '../telemetry/health-checks.ts'
import { experimentKeyIn } from './experiment-key-in.ts'
import { inferServed } from './infer-served.ts'
import {
  inferenceAnswer,
  inferenceBody,
  ModelMetadata,
  ModelReady,
  ServerLive,
  ServerMetadata,
  ServerReady,
} from './inference-docs.ts'
import type { NamedRun, VersionNames } from './model-versions.ts'

const LENGTH_HEADER = 'inference-header-content-length'
const EXTENSIONS = ['binary_tensor_data']

const NAME = Type.String({ description: 'Of a model class, or of a project where no class has it' })
const ModelPath = Type.Object({ model_name: NAME })
const VersionPath = Type.Object({
  model_name: NAME,
  model_version: Type.String({
    description: 'Of a model class the id of a row of model_runs; of a project the number of a version',
  }),
})

const TAGS = ['inference']
const READS = { permission: 'models:read' } as const
const PREDICTS = { permission: 'predictions:create', audit: 'none' } as const
/** What can stand against a version. */
const VERSION_ERRORS: readonly ErrorCode[] = [
  'MODEL_UNAVAILABLE',
  'RUN_UNKNOWN',
  'MODEL_VERSION_UNKNOWN',
  'NOTHING_DEPLOYED',
  'DEPLOYED_ELSEWHERE',
  'RUN_FAILED',
  'ARTIFACT_UNUSABLE',
  'VERSION_UNTRUSTED',
  'DATABASE_UNAVAILABLE',
  'TABLES_UNUSABLE',
  'RUN_NOT_READY',
]

/** A model's newest version, and one that is named. */
const MODEL_ROUTES = [
  { path: '/v2/models/:model_name', params: ModelPath, suffix: '', which: 'the newest version of a model' },
  {
    path: '/v2/models/:model_name/versions/:model_version',
    params: VersionPath,
    suffix: 'Version',
    which: 'a version of a model',
  },
]

export interface InferenceParts {
  readonly predictor: Predictor
  readonly versions: VersionNames
  readonly bodies: BodyReceiver
  readonly health: HealthChecks
  /** Of the worker. */
  readonly version: string
  /** Hears of each prediction. */
  readonly tell: TellOfPrediction | undefined
}

interface VersionParams {
  readonly model_name: string
  readonly model_version?: string
}

export const inferenceRoutes =
  ({ predictor, versions, bodies, health, version, tell }: InferenceParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    // Clients say application/octet-stream of a body with binary tensors, or nothing at all.
    app.addContentTypeParser('*', (request, payload, done) => bodies.receive(payload, request.headers, done))

    const server = { name: 'ml-worker', version, extensions: EXTENSIONS }
    const serverSchema = {
      operationId: 'getInferenceServer',
      tags: TAGS,
      summary: 'What serves the protocol, and which of its extensions',
      response: { 200: ServerMetadata },
    }
    app.get('/v2', { schema: serverSchema, config: { permission: 'known' } }, async () => server)
    app.get('/v2/', { schema: { hide: true }, config: { permission: 'known' } }, async () => server)
    const liveSchema = {
      operationId: 'getInferenceLiveness',
      tags: TAGS,
      summary: 'Whether the process answers',
      response: { 200: ServerLive },
    }
    app.get('/v2/health/live', { schema: liveSchema, config: { permission: 'open' } }, async () => ({ live: true }))
    const readySchema = {
      operationId: 'getInferenceReadiness',
      tags: TAGS,
      summary: 'Whether the worker can take work',
      response: { 200: ServerReady, 503: ServerReady },
    }
    app.get('/v2/health/ready', { schema: readySchema, config: { permission: 'open' } }, async (_, reply) => {
      const { isOk } = await health.look()
      if (!isOk) reply.code(503).header('retry-after', 2)
      return { live: true, ready: isOk }
    })

    const named = ({ model_name, model_version }: VersionParams): Promise<NamedRun> =>
      versions.find(model_name, model_version)

    const describe = async ({ params }: { params: VersionParams }) => {
      const { model_name: name } = params
      const { modelName, runId, versions: served } = await named(params)
      const metadata = await predictor.describe(modelName, runId)
      const listed = served?.map(String) ?? (await versions.list(name))
      return { name, versions: listed, platform: 'ml-worker', ...metadata }
    }
    const ready = async ({ params }: { params: VersionParams }) => {
      const { modelName, runId } = await named(params)
      await predictor.load(modelName, runId)
      return { name: params.model_name, ready: true }
    }
    const infer = async (request: FastifyRequest, reply: FastifyReply) => {
      const params = request.params as VersionParams
      const { body } = request as { body?: ReceivedBody }
      const jsonLength = jsonLengthOf(request)
      const answer = await whileUsed(body, async () => {
        const { modelName, runId, shownAs, begin } = await named(params)
        const onPredicted = (story: PredictionStory): void => tell?.(request, story)
        if (begin === undefined) {
          return predictor.infer(body, { modelName, runId, shownAs, jsonLength }, { onPredicted })
        }
        const served = begin(() => experimentKeyIn(body, jsonLength))
        return inferServed({ predictor, body, jsonLength, onPredicted }, served)
      })
      if (answer.jsonLength === undefined) reply.header('content-type', 'application/json; charset=utf-8')
      else reply.header('content-type', 'application/octet-stream').header(LENGTH_HEADER, answer.jsonLength)
      return reply.send(answer.bytes)
    }
    for (const { path, params, suffix, which } of MODEL_ROUTES) {
      const describeSchema = {
        operationId: `getInferenceModel${suffix}`,
        tags: TAGS,
        summary: `The inputs and outputs of ${which}`,
        params,
        response: { 200: ModelMetadata },
        docs: { errors: [...VERSION_ERRORS, 'PREDICTION_TIMED_OUT'] as const },
      }
      app.get(path, { schema: describeSchema, config: READS }, describe)
      const modelReadySchema = {
        operationId: `getInferenceModel${suffix}Readiness`,
        tags: TAGS,
        summary: `Whether ${which} can predict; it is loaded when it is not`,
        params,
        response: { 200: ModelReady },
        docs: { errors: VERSION_ERRORS },
      }
      app.get(`${path}/ready`, { schema: modelReadySchema, config: READS }, ready)
      const inferSchema = {
        operationId: `infer${suffix}`,
        tags: TAGS,
        summary: `Predict tensors with ${which}`,
        params,
        docs: {
          body: inferenceBody,
          answers: { 200: inferenceAnswer },
          errors: [...VERSION_ERRORS, 'PREDICTION_TIMED_OUT', 'IMPORTED_MODEL_FAILED', 'ONNX_OFF'] as const,
        },
      }
      app.post(`${path}/infer`, { schema: inferSchema, config: PREDICTS }, infer)
    }
  }

function jsonLengthOf({ headers }: FastifyRequest): number | undefined {
  const length = headers[LENGTH_HEADER]
  if (length === undefined) return undefined
  if (/^\d{1,15}$/.test(String(length))) return Number(length)
  const shown = JSON.stringify(String(length).slice(0, 60))
  throw new ServiceError('BODY_MALFORMED', `Inference-Header-Content-Length: expected a number of bytes, got ${shown}`)
}

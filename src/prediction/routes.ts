// POST /api/predict: predicts rows with the pipeline of a run.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'
import { requestFaults } from '../http/request-faults.ts'
import type { ExplainOptions } from '../model/explanation-rows.ts'
import { EXTRA_COLUMNS_DETAIL, readExtraColumns } from '../model/extra-columns.ts'
import type { FaultList } from '../model/faults.ts'
import { RunId } from '../model-runs/run-id.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import {
  ANSWER_CONTENT_TYPES,
  ANSWER_MEDIA_TYPE_NAMES,
  type AnswerForm,
  answerFormOf,
  rowsFormOf,
} from '../rows/forms.ts'
import { CsvParts } from '../rows/row-docs.ts'
import { oneText, readDialect } from '../rows/rows-query.ts'
import { predictionAnswer, predictionBody } from './answer-docs.ts'
import type { AnswerStamp } from './answer-stamp.ts'
import type { PredictionStory } from './prediction-observer.ts'
import type { PredictionRequest } from './prediction-request.ts'
import type { AnswerBytes } from './prediction-worker.ts'
import type { AnswerTable, Predictor } from './predictor.ts'
import type { RowsWatch } from './rows-watch.ts'

/** Characters of a header at the most; proxies take no long ones. */
const WARNINGS_LENGTH_MAX = 2_000

/** What a prediction of rows may be asked for, whatever predicts. */
export const RowsParts = {
  probabilities: Type.Boolean({ default: false, description: 'adds the probability of each class' }),
  explain: Type.Boolean({
    default: false,
    description: 'adds what each feature contributes to each prediction (docs/explanations.md)',
  }),
  explain_class: Type.Optional(
    Type.String({ description: 'with explain=true, the only class that is explained; more than 20 are not at once' }),
  ),
  extra_columns: Type.Optional(Type.String({ description: EXTRA_COLUMNS_DETAIL })),
  ...CsvParts,
}
type RowsQuery = Static<TObject<typeof RowsParts>>

const predictQueryOf = (onlyRun: number | undefined) =>
  Type.Object(
    { model_run_id: onlyRun === undefined ? RunId : { ...RunId, default: onlyRun }, ...RowsParts },
    { additionalProperties: false },
  )

/** What can stand against a prediction of rows once its run is known. */
export const ROWS_ERRORS = [
  'MODEL_UNAVAILABLE',
  'RUN_UNKNOWN',
  'ANSWER_TYPE_UNSUPPORTED',
  'PREDICTION_TIMED_OUT',
  'RUN_FAILED',
  'ARTIFACT_UNUSABLE',
  'VERSION_UNTRUSTED',
  'EXPLANATION_UNAVAILABLE',
  'TENSORS_EXPECTED',
  'IMPORTED_MODEL_FAILED',
  'ONNX_OFF',
  'DATABASE_UNAVAILABLE',
  'TABLES_UNUSABLE',
  'RUN_NOT_READY',
] as const

const predictSchemaOf = (onlyRun: number | undefined) =>
  ({
    operationId: 'predict',
    tags: ['prediction'],
    summary: 'Predict rows with the pipeline of a run',
    description: 'Answers RUN_NOT_READY while the run waits for its training or is in it.',
    querystring: predictQueryOf(onlyRun),
    docs: {
      body: predictionBody,
      answers: { 200: predictionAnswer },
      errors: ROWS_ERRORS,
    },
  }) as const

const PREDICTS = { permission: 'predictions:create', audit: 'none' } as const

/** Hears how the prediction of a request was made. */
export type TellOfPrediction = (request: FastifyRequest, story: PredictionStory) => void

/** With what rows are predicted, and who hears of it. */
export interface RowsSource {
  readonly runId: number
  /** Of the deployment that predicts; absent where a run does. */
  readonly stamp?: AnswerStamp | undefined
  readonly onPredicted?: ((story: PredictionStory) => void) | undefined
  readonly onFailed?: ((error: unknown) => void) | undefined
  /** Counts the rows of a deployment. */
  readonly watch?: RowsWatch | undefined
  /** What predicts where this failed; undefined: nothing, and the failure is the answer. */
  readonly instead?: ((error: unknown) => RowsSource | undefined) | undefined
  /** Hears what is asked for, before it is predicted: then the body stays with the caller. */
  readonly onAsked?: ((asked: PredictionRequest) => void) | undefined
}

/** onlyRun: the run that predicts where none is named. */
export const predictionRoutes =
  (predictor: Predictor, tell?: TellOfPrediction, onlyRun?: number): FastifyPluginAsyncTypebox =>
  async (app) => {
    const predictSchema = predictSchemaOf(onlyRun)
    app.post('/api/predict', { schema: predictSchema, config: PREDICTS, attachValidation: true }, (request, reply) => {
      const onPredicted = tell && ((story: PredictionStory) => tell(request, story))
      answerRows(request, reply, predictor, { runId: request.query.model_run_id, onPredicted })
    })
  }

/** The form that an answer is to have. Throws ServiceError ANSWER_TYPE_UNSUPPORTED. */
export function requireAnswerForm({ headers }: FastifyRequest): AnswerForm {
  const answerForm = answerFormOf(headers.accept)
  if (answerForm !== undefined) return answerForm
  const detail = `expected one of ${ANSWER_MEDIA_TYPE_NAMES.join(', ')} in Accept`
  throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
}

/**
 * What a request of a route with RowsParts and attachValidation asks for; the faults of its query are added. Throws ServiceError
 * ANSWER_TYPE_UNSUPPORTED.
 */
export function askedRows(
  request: FastifyRequest,
  { runId, stamp, onPredicted, watch, instead, onAsked }: RowsSource,
  faults: FaultList,
): PredictionRequest {
  const query = request.query as RowsQuery
  const { body } = request as { body?: ReceivedBody }
  const answerForm = requireAnswerForm(request)
  const form = rowsFormOf(request.mediaType)
  const dialect = readDialect(query, form, faults)
  const refuse = (detail: string): void => faults.add({ in: 'query', parameter: 'extra_columns', detail })
  const extraColumns = readExtraColumns(oneText(query.extra_columns), refuse)
  const explain = readExplain(query, faults)
  const { probabilities: withProbabilities } = query
  const keyColumn = watch?.keyColumn
  const isBodyKept = instead !== undefined || onAsked !== undefined
  // Without a spread, which takes half a microsecond.
  return {
    runId,
    body,
    form,
    dialect,
    answerForm,
    withProbabilities,
    explain,
    extraColumns,
    keyColumn,
    stamp,
    onPredicted,
    watch,
    isBodyKept,
  }
}

/** Predicts the rows of a request of a route with RowsParts and attachValidation, and sends the answer. */
export function answerRows(request: FastifyRequest, reply: FastifyReply, predictor: Predictor, from: RowsSource): void {
  const faults = requestFaults(request)
  const asked = askedRows(request, from, faults)
  const { stamp, answerForm } = asked
  if (faults.isEmpty) from.onAsked?.(asked)
  const answer = predictOrReject(predictor, asked, faults)
  reply.header('content-type', ANSWER_CONTENT_TYPES[answerForm])
  if (stamp !== undefined && answerForm !== 'json') reply.headers(stampHeaders(stamp))
  if (typeof answer === 'string') reply.send(answer)
  else
    answer.then(
      (found) => sendAnswer(reply, found),
      (error) => answerFailure(request, reply, predictor, from, error),
    )
}

function predictOrReject(
  predictor: Predictor,
  asked: PredictionRequest,
  faults: FaultList,
): ReturnType<Predictor['predict']> {
  try {
    return predictor.predict(asked, faults)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Lets predict what is there instead, or answers with the failure. */
function answerFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  predictor: Predictor,
  { instead, onFailed }: RowsSource,
  error: unknown,
): void {
  const next = instead?.(error)
  if (next === undefined) {
    onFailed?.(error)
    reply.send(error)
  } else answerRows(request, reply, predictor, next)
}

/** Of an answer that has no place for the deployment that gives it. */
function stampHeaders({ deploymentId, version, environment, experiment }: AnswerStamp): Record<string, string> {
  return {
    ...{ 'x-deployment': String(deploymentId), 'x-version': String(version), 'x-environment': environment },
    ...(experiment && { 'x-experiment': String(experiment.id), 'x-experiment-arm': experiment.arm }),
  }
}

/** Undefined where nothing is to be explained. */
function readExplain({ explain, explain_class: given }: RowsQuery, faults: FaultList): ExplainOptions | undefined {
  const className = oneText(given)
  if (explain) return { className }
  if (className !== undefined) {
    faults.add({ in: 'query', parameter: 'explain_class', detail: 'is for explain=true, which is missing' })
  }
  return undefined
}

function sendAnswer(reply: FastifyReply, answer: string | AnswerBytes | AnswerTable): void {
  if (typeof answer === 'string' || !('bytes' in answer)) reply.send(answer)
  else {
    if (answer.warnings !== undefined) reply.header('x-warnings', headerText(answer.warnings))
    reply.send(answer.bytes)
  }
}

/** JSON in the characters that a header may have; the codes alone, each once, where it would be too long for one. */
function headerText(json: string): string {
  if (json.length > WARNINGS_LENGTH_MAX) {
    const codes = (JSON.parse(json) as { readonly code: string }[]).map(({ code }) => code)
    return JSON.stringify([...new Set(codes)].map((code) => ({ code })))
  }
  return json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// POST /api/predict: predicts rows with the pipeline of a run.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'
import { queryFaults } from '../http/query-faults.ts'
import type { ExplainOptions } from '../model/explanation-rows.ts'
import { EXTRA_COLUMNS_DETAIL, readExtraColumns } from '../model/extra-columns.ts'
import type { FaultList } from '../model/faults.ts'
import { RunId } from '../model-runs/run-id.ts'
import type { ReceivedBody } from '../rows/body-file.ts'
import { ANSWER_CONTENT_TYPES, ANSWER_MEDIA_TYPE_NAMES, answerFormOf, rowsFormOf } from '../rows/forms.ts'
import { CsvParts } from '../rows/row-docs.ts'
import { oneText, readDialect } from '../rows/rows-query.ts'
import { predictionAnswer, predictionBody } from './answer-docs.ts'
import type { PredictionStory } from './prediction-observer.ts'
import type { AnswerBytes, AnswerTable, Predictor } from './predictor.ts'

/** Characters of a header at the most; proxies take no long ones. */
const WARNINGS_LENGTH_MAX = 2_000

const predictQueryOf = (onlyRun: number | undefined) =>
  Type.Object(
    {
      model_run_id: onlyRun === undefined ? RunId : { ...RunId, default: onlyRun },
      probabilities: Type.Boolean({ default: false, description: 'adds the probability of each class' }),
      explain: Type.Boolean({
        default: false,
        description: 'adds what each feature contributes to each prediction (docs/explanations.md)',
      }),
      explain_class: Type.Optional(
        Type.String({
          description: 'with explain=true, the only class that is explained; more than 20 are not at once',
        }),
      ),
      extra_columns: Type.Optional(Type.String({ description: EXTRA_COLUMNS_DETAIL })),
      ...CsvParts,
    },
    { additionalProperties: false },
  )

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
      errors: [
        'MODEL_UNAVAILABLE',
        'RUN_UNKNOWN',
        'ANSWER_TYPE_UNSUPPORTED',
        'PREDICTION_TIMED_OUT',
        'RUN_FAILED',
        'ARTIFACT_UNUSABLE',
        'VERSION_UNTRUSTED',
        'EXPLANATION_UNAVAILABLE',
        'DATABASE_UNAVAILABLE',
        'TABLES_UNUSABLE',
        'RUN_NOT_READY',
      ],
    },
  }) as const

const PREDICTS = { permission: 'predictions:create', audit: 'none' } as const

/** Hears how the prediction of a request was made. */
export type TellOfPrediction = (request: FastifyRequest, story: PredictionStory) => void

/** onlyRun: the run that predicts where none is named. */
export const predictionRoutes =
  (predictor: Predictor, tell?: TellOfPrediction, onlyRun?: number): FastifyPluginAsyncTypebox =>
  async (app) => {
    const predictSchema = predictSchemaOf(onlyRun)
    app.post('/api/predict', { schema: predictSchema, config: PREDICTS, attachValidation: true }, (request, reply) => {
      const { model_run_id: runId, probabilities: withProbabilities } = request.query
      const { body } = request as { body?: ReceivedBody }
      const answerForm = answerFormOf(request.headers.accept)
      if (answerForm === undefined) {
        const detail = `expected one of ${ANSWER_MEDIA_TYPE_NAMES.join(', ')} in Accept`
        throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
      }
      const form = rowsFormOf(request.mediaType)
      const faults = queryFaults(request.validationError)
      const dialect = readDialect(request.query, form, faults)
      const refuse = (detail: string): void => faults.add({ in: 'query', parameter: 'extra_columns', detail })
      const extraColumns = readExtraColumns(oneText(request.query.extra_columns), refuse)
      const explain = readExplain(request.query, faults)
      const onPredicted = tell && ((story: PredictionStory) => tell(request, story))
      const asked = { runId, body, form, dialect, answerForm, withProbabilities, explain, extraColumns, onPredicted }
      const answer = predictor.predict(asked, faults)
      reply.header('content-type', ANSWER_CONTENT_TYPES[answerForm])
      if (typeof answer === 'string') reply.send(answer)
      else
        answer.then(
          (found) => sendAnswer(reply, found),
          (error) => reply.send(error),
        )
    })
  }

/** Undefined where nothing is to be explained. */
function readExplain(
  { explain, explain_class: given }: Static<ReturnType<typeof predictQueryOf>>,
  faults: FaultList,
): ExplainOptions | undefined {
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

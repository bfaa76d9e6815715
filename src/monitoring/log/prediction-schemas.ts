// What callers say of kept predictions, and what they see of them.
import { type Static, Type } from '@sinclair/typebox'
import { ENVIRONMENT_NAME } from '../../deployments/deployment.ts'
import { PREDICTION_KEY_LENGTH_MAX } from '../../prediction-key.ts'
import { ProjectParts } from '../../projects/project-schemas.ts'
import { Cell, Row } from '../../rows/row-docs.ts'
import type { FoundPrediction } from './logged-predictions.ts'
import { timeOfId } from './logged-row.ts'

/** A UUID, as prediction_ids of an answer have it. */
const ID = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
const PredictionId = Type.String({ pattern: ID, description: 'One of `prediction_ids` of an answer' })
const Version = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Only predictions of this version' })
const Moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

const FilterParts = {
  environment: Type.Optional(
    Type.String({ pattern: ENVIRONMENT_NAME, description: 'Only predictions in this environment' }),
  ),
  deployment: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      format: 'int64',
      description: 'Only predictions of this deployment',
    }),
  ),
  from: Moment('Only predictions from this time on'),
  to: Moment('Only predictions before this time'),
  has_outcome: Type.Optional(
    Type.Boolean({ description: 'Only predictions of which it is known what was true, or only the others' }),
  ),
  anomalous: Type.Optional(
    Type.Boolean({
      description:
        'Only rows that were anomalous beside the training (anomaly_share), or only those that were not; rows without a score are in neither',
    }),
  ),
  answer: Type.Optional(
    Type.String({
      maxLength: 1_000,
      pattern: '^[^\\u0000]*$',
      description: 'Only predictions of this class, or this number; it needs version',
    }),
  ),
  key: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: PREDICTION_KEY_LENGTH_MAX,
      pattern: '^[^\\u0000]*$',
      description: 'Only predictions of this key, in the column that the monitoring of the project names now',
    }),
  ),
}

export const ListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Entries at the most' }),
    before: Type.Optional({ ...PredictionId, description: '`next` of the page before' } as typeof PredictionId),
    version: Type.Optional(Version),
    ...FilterParts,
  },
  { additionalProperties: false },
)

export const ContentQuery = Type.Object({ version: Version, ...FilterParts }, { additionalProperties: false })

export const PredictionPath = Type.Object({ ...ProjectParts, prediction_id: PredictionId })

export const PredictionAnswer = Type.Object(
  {
    id: Type.String(),
    at: Type.String({ format: 'date-time' }),
    environment: Type.String(),
    deployment_id: Type.Integer({ format: 'int64' }),
    version: Type.Integer(),
    key: Type.Optional(Type.String({ description: "The caller's, where the row had one" })),
    answer: Type.Optional(Cell),
    outcome: Type.Optional(Cell),
    confidence: Type.Optional(
      Type.Number({ format: 'double', description: 'The largest probability of a class, where there are any' }),
    ),
    anomaly_score: Type.Optional(
      Type.Number({
        format: 'double',
        description: 'How strange the row is beside the training, from 0 to 1; absent where it was not scored',
      }),
    ),
    anomalous: Type.Optional(
      Type.Boolean({ description: 'Whether it was called anomalous; absent where it was not scored' }),
    ),
    milliseconds: Type.Number({ format: 'double', description: 'What its whole request took' }),
    weight: Type.Number({
      format: 'double',
      description: '1 / the rate of the sample: for so many predictions it stands',
    }),
    features: Type.Optional(Row),
    unseen: Type.Optional(
      Type.Array(Type.String(), { description: 'Columns with a value that the training never saw: it is not kept' }),
    ),
  },
  {
    title: 'KeptPrediction',
    description: 'Without answer and features where the artifact of the version cannot be read any more',
  },
)

export const PredictionList = Type.Object(
  {
    predictions: Type.Array(PredictionAnswer, { description: 'The newest first' }),
    next: Type.Optional(Type.String({ description: '`before` of the next page; absent on the last' })),
  },
  { title: 'KeptPredictionList' },
)

export function predictionAnswerOf({ stored, key, decoded }: FoundPrediction): Static<typeof PredictionAnswer> {
  const { predictionId, environment, deploymentId, version, confidence, outcome, milliseconds, weight } = stored
  const { anomalyScore, isAnomalous } = stored
  return {
    id: predictionId,
    at: new Date(timeOfId(predictionId)).toISOString(),
    ...{ environment, deployment_id: deploymentId, version },
    ...(key === null ? {} : { key }),
    ...(decoded === undefined ? {} : { answer: decoded.answer }),
    ...(outcome === null ? {} : { outcome: JSON.parse(outcome) }),
    ...(confidence === null ? {} : { confidence }),
    ...(anomalyScore === null || isAnomalous === null ? {} : { anomaly_score: anomalyScore, anomalous: isAnomalous }),
    ...{ milliseconds, weight },
    ...(decoded === undefined ? {} : { features: Object.fromEntries(decoded.features) }),
    ...(decoded === undefined || decoded.unseen.length === 0 ? {} : { unseen: [...decoded.unseen] }),
  }
}

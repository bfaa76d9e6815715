// What the OpenAPI document says of predictions by deployments, and the schemas of their health and their figures.
import { Type } from '@sinclair/typebox'
import { PredictionParts, predictionAnswer } from '../../prediction/answer-docs.ts'
import { Moment } from '../../projects/project-schemas.ts'
import { DeploymentAnswer } from '../deployment-schemas.ts'

const Id = (description: string) => Type.Integer({ format: 'int64', description })
const Count = (description: string) => Type.Integer({ minimum: 0, format: 'int64', description })
const Rate = (description: string) => Type.Number({ minimum: 0, format: 'double', description })

const DeployedPrediction = Type.Object(
  {
    ...PredictionParts,
    deployment: Type.Object(
      {
        id: Id('The deployment that predicted'),
        version: Type.Integer({ description: 'That predicted: in an experiment that of the arm' }),
        environment: Type.String(),
        experiment: Type.Optional(
          Type.Object(
            {
              id: Id('The experiment that the request is a part of'),
              arm: Type.String({
                description: 'The arm that the key belongs to. Where it fails, the control predicts, as version says',
              }),
            },
            { title: 'PredictingExperiment' },
          ),
        ),
      },
      { title: 'PredictingDeployment' },
    ),
    prediction_ids: Type.Array(Type.String({ format: 'uuid' }), {
      description: 'A UUID of version 7 for each row, in the order of the rows',
    }),
  },
  { title: 'DeployedPrediction' },
)

const json = predictionAnswer.content['application/json']
const csv = predictionAnswer.content['text/csv']
const arrow = predictionAnswer.content['application/vnd.apache.arrow.stream']
const OfTable = (description: string) => Type.String({ description: `Of an answer that is not JSON: ${description}` })
const exampleId = '019aef5c-5a80-7000-9a3c-51e6b0000000'

export const deployedAnswer = {
  description: 'The predictions, in the form that Accept prefers, and the deployment that made them',
  headers: {
    ...predictionAnswer.headers,
    'x-deployment': OfTable('the id of the deployment'),
    'x-version': OfTable('its version'),
    'x-environment': OfTable('its environment'),
    'x-experiment': OfTable('the id of the experiment that the request is a part of'),
    'x-experiment-arm': OfTable('the arm that its key belongs to'),
  },
  content: {
    'application/json': {
      schema: DeployedPrediction,
      examples: {
        iris: {
          value: {
            ...json.examples.iris.value,
            deployment: { id: 7, version: 3, environment: 'production' },
            prediction_ids: [exampleId],
          },
        },
      },
    },
    'text/csv': {
      schema: Type.String({ description: `${csv.schema.description}; last prediction_id` }),
      examples: { iris: { value: `species,prediction_id\r\nvirginica,${exampleId}\r\n` } },
    },
    'application/vnd.apache.arrow.stream': arrow,
  },
}

const { id: DeploymentId, version, environment, target, status, observed } = DeploymentAnswer.properties

export const DeploymentHealth = Type.Object(
  {
    ...{ id: DeploymentId, version, environment, target, status },
    healthy: Type.Boolean({
      description: 'It is active, its target saw it ready the last time, and this worker predicts with it',
    }),
    observed,
    worker: Type.Object(
      {
        predicts_with: Type.Optional(Id('The deployment of the environment that this worker predicts with')),
        loads: Type.Optional(Id('The active deployment, which this worker loads before it switches to it')),
        load_error: Type.Optional(Type.String({ description: 'Why it could not be loaded the last time' })),
        looked_at: Type.Optional(Moment('When this worker last looked at what is active')),
        look_error: Type.Optional(
          Type.String({ description: 'Why it could not look since: it goes on with what it knows' }),
        ),
      },
      { title: 'ServingWorker', description: 'The worker that answers' },
    ),
  },
  { title: 'DeploymentHealth' },
)

const FigureParts = {
  from: Moment('The start'),
  to: Moment('The end: of what is not over yet, now'),
  requests: Count('Predictions that were asked for'),
  rows: Count('Rows that were predicted'),
  failures: Count('Answers that were problems'),
  requests_per_second: Rate('Mean'),
  rows_per_second: Rate('Mean'),
  p50_ms: Type.Optional(Rate('The median latency in milliseconds, without HTTP')),
  p95_ms: Type.Optional(Rate('What 95 of 100 answers took at the most')),
  p99_ms: Type.Optional(Rate('What 99 of 100 answers took at the most')),
}

export const DeploymentMetrics = Type.Object(
  {
    id: DeploymentId,
    window: Type.String(),
    ...FigureParts,
    errors: Type.Array(
      Type.Object({ code: Type.String(), count: Count('How often') }, { title: 'DeploymentErrorCount' }),
      { description: 'Failures by the codes of their problems, the most frequent first' },
    ),
    steps: Type.Array(Type.Object(FigureParts, { title: 'DeploymentFiguresStep' }), {
      description: 'The window in steps, the oldest first',
    }),
  },
  { title: 'DeploymentMetrics' },
)

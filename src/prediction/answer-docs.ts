// What the OpenAPI document says of the bodies and answers of POST /api/predict. Nothing is checked by it.
import { Type } from '@sinclair/typebox'
import { Cell, Rows, rowsBody } from '../rows/row-docs.ts'

const PredictionRequest = Type.Object({ features: Rows }, { title: 'PredictionRequest', additionalProperties: false })

const rows = [{ sepal_length: 6.3, sepal_width: 2.9, petal_length: 5.6, petal_width: 1.8 }]

export const predictionBody = rowsBody(
  {
    schema: PredictionRequest,
    examples: { iris: { summary: 'An iris whose species is to be predicted', value: { features: rows } } },
  },
  rows,
  'An iris whose species is to be predicted',
)

const ProbabilitiesOfRow = Type.Record(
  Type.String(),
  Type.Record(Type.String(), Type.Unsafe<number | null>({ type: ['number', 'null'], format: 'double' })),
  { title: 'RowProbabilities', description: 'From label columns to classes, as text, to probabilities' },
)

const Explanation = Type.Object(
  {
    class: Type.Optional(Type.String({ description: 'The class that is explained, as text; absent of a number' })),
    base: Type.Number({
      format: 'double',
      description: 'What a row counts of which nothing is known: contributions are added to it',
    }),
    contributions: Type.Record(Type.String(), Type.Number({ format: 'double' }), {
      description: 'From features to what they contribute',
    }),
  },
  { title: 'Explanation' },
)

const ExplanationsOfRow = Type.Record(Type.String(), Type.Array(Explanation), {
  title: 'RowExplanations',
  description: 'From label columns to explanations: of a classifier one a class, of a number one',
})

const ExplanationOf = Type.Object(
  {
    what: Type.String({
      description:
        'What base and contributions add up to: probability, log_odds, score, joint_log_likelihood, value, transformed_value',
    }),
    link: Type.String({
      description:
        'From the prediction to it: identity, logit, softmax, log, signed_sqrt, log_expm1, or the name of a transform',
    }),
    compared_with: Type.String({ description: 'What the base stands for: training_rows, zeros, or prior' }),
    calibration: Type.Optional(
      Type.String({ description: 'What the probabilities were passed through after what is explained' }),
    ),
  },
  { title: 'ExplanationOf' },
)

/** Without a type, as Cell: generators of clients know no union without a class. */
const PredictedValue = Type.Unsafe<unknown>({
  not: { type: 'object' },
  description:
    'A number, a string, true, false or null; of a recommender a list: the items, the best first, or their scores in <label>.scores',
})

const PredictedRow = Type.Record(Type.String(), PredictedValue, {
  title: 'PredictedRow',
  description: 'From label columns to what is predicted',
})

const PredictionWarning = Type.Object(
  {
    code: Type.String({
      description:
        'UNSEEN_CATEGORY: values that training never saw; they counted as missing. MISSING_MARKS: marks such as NA were read as missing values. COLUMNS_DROPPED: the model does not take the column, which extra_columns=drop left out. THOUSANDS_DOUBTED: numbers of a CSV that may have marks of thousands were read with decimals. KEYS_MISSING: rows have no usable key in the key_column of the monitoring of their project',
    }),
    column: Type.String(),
    rows: Type.Integer({ description: 'Rows that have such a value' }),
    values: Type.Array(Cell, { description: 'Ten of the values at the most' }),
  },
  { title: 'PredictionWarning' },
)

export const PredictionParts = {
  predictions: Type.Array(PredictedRow, {
    description: 'A row for each row of features, of the shape of a training label; of a recommender, lists',
  }),
  probabilities: Type.Optional(
    Type.Array(ProbabilitiesOfRow, { description: 'With probabilities=true, a row for each row of features' }),
  ),
  classes: Type.Optional(
    Type.Record(Type.String(), Type.Array(Cell), {
      description: 'With probabilities=true, the classes of each label column in their own type',
    }),
  ),
  explanations: Type.Optional(
    Type.Array(ExplanationsOfRow, { description: 'With explain=true, a row for each row of features' }),
  ),
  explanation_of: Type.Optional(
    Type.Record(Type.String(), ExplanationOf, { description: 'With explain=true, by label column' }),
  ),
  warnings: Type.Optional(Type.Array(PredictionWarning)),
  model_run_id: Type.Integer({ format: 'int64' }),
  status: Type.Unsafe<'success'>({ type: 'string', enum: ['success'] }),
}

const Prediction = Type.Object(PredictionParts, { title: 'Prediction' })

export const predictionAnswer = {
  description: 'The predictions, in the form that Accept prefers',
  headers: {
    'x-warnings': Type.String({
      description: 'Of an answer that is not JSON: its warnings as JSON, or their codes alone where that would be long',
    }),
  },
  content: {
    'application/json': {
      schema: Prediction,
      examples: {
        iris: { value: { predictions: [{ species: 'virginica' }], model_run_id: 1, status: 'success' } },
      },
    },
    'text/csv': {
      schema: Type.String({
        description:
          'The label columns, behind them label.probability.class, and label.base.class with label.explanation.class.feature',
      }),
      examples: { iris: { value: 'species\r\nvirginica\r\n' } },
    },
    'application/vnd.apache.arrow.stream': {
      schema: Type.String({ format: 'binary', description: 'The same columns as an Arrow IPC stream' }),
    },
  },
}

// What the OpenAPI document says of the bodies that trainings come in. Nothing is checked by it: read-training.ts reads.
import { Type } from '@sinclair/typebox'
import { CorrelationId } from '../intake/callers-word.ts'
import { CrossFittingParts } from '../intake/cross-fitting-docs.ts'
import { TrainingDataset } from '../intake/dataset-training.ts'
import { SearchRequest } from '../intake/search-docs.ts'
import { EXTRA_COLUMNS_DETAIL } from '../model/extra-columns.ts'
import { SPLIT_SEED_DEFAULT, SPLIT_SEED_MAX } from '../model/split-seed.ts'
import { Cell, Rows, rowsBody } from '../rows/row-docs.ts'

const parts = {
  parameters: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'Parameters of the model by name; those that are not there have their default',
    }),
  ),
  dataset: Type.Optional(TrainingDataset),
  features: Type.Optional(Rows),
  labels: Type.Optional(
    Type.Array(Rows.items, { description: 'As many as the features. Left out for models that learn without labels' }),
  ),
  validation_split: Type.Optional(
    Type.Number({
      format: 'double',
      minimum: 0,
      exclusiveMaximum: 1,
      description: 'Fraction of the rows that is held out to validate; 0 is none',
    }),
  ),
  split_seed: Type.Optional(
    Type.Integer({
      format: 'int64',
      minimum: 0,
      maximum: SPLIT_SEED_MAX,
      default: SPLIT_SEED_DEFAULT,
      description:
        'Draws the rows that are held out. Runs on the same rows with the same labels, fraction and seed are judged on the same rows, whatever their parameters',
    }),
  ),
  split_by: Type.Optional(
    Type.Any({
      description:
        'Column of the rows that the held-out ones are chosen by, which is no feature: its name, or {"column": …, "as": "time"} for the latest rows, "group" for whole groups',
    }),
  ),
  weights: Type.Optional(
    Type.Any({
      description:
        'How much each row counts: the name of a column of the rows, which is no feature then, or a list with a number for each of them',
    }),
  ),
  ...CrossFittingParts,
  na_values: Type.Optional(
    Type.Array(Cell, {
      maxItems: 100,
      description: 'Texts and numbers that stand for a missing value, besides the known marks (NA, NaN, null, ?, …)',
    }),
  ),
  column_types: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Unsafe<string>({ type: 'string', enum: ['numeric', 'categorical', 'time', 'text'] }),
      {
        description: 'What columns are, where their values leave it open',
      },
    ),
  ),
  extra_columns: Type.Optional(
    Type.Unsafe<string>({ type: 'string', enum: ['refuse', 'drop'], description: EXTRA_COLUMNS_DETAIL }),
  ),
  search: Type.Optional(SearchRequest),
}

const correlation_id = Type.Optional(CorrelationId)

const TrainingRequest = Type.Object(
  { ...parts, correlation_id },
  { title: 'TrainingRequest', additionalProperties: false },
)

const RunRequest = Type.Object(
  { model_name: Type.String({ description: 'Name of a row of models' }), ...parts, correlation_id },
  { title: 'RunRequest', additionalProperties: false },
)

const SPECIES = ['setosa', 'setosa', 'versicolor', 'versicolor', 'virginica', 'virginica']
const FEATURES = [
  [5.1, 3.5, 1.4, 0.2],
  [4.9, 3, 1.4, 0.2],
  [7, 3.2, 4.7, 1.4],
  [6.4, 3.2, 4.5, 1.5],
  [6.3, 3.3, 6, 2.5],
  [5.8, 2.7, 5.1, 1.9],
].map(([sepal_length, sepal_width, petal_length, petal_width]) => ({
  sepal_length,
  sepal_width,
  petal_length,
  petal_width,
}))
const example = { features: FEATURES, labels: SPECIES.map((species) => ({ species })) }
const rows = FEATURES.map((row, i) => ({ ...row, species: SPECIES[i] }))

export const trainingBody = rowsBody(
  {
    schema: TrainingRequest,
    examples: { iris: { summary: 'For a run of the model iris_species', value: example } },
  },
  rows,
  'For a run of the model iris_species, which names its own label column',
)

export const runBody = rowsBody(
  {
    schema: RunRequest,
    examples: {
      iris: {
        summary: 'Six irises, whose species is to be learned',
        value: { model_name: 'iris_species', ...example },
      },
    },
  },
  rows,
  'With model_name=iris_species in the query',
)

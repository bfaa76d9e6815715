// What the OpenAPI document says of the Open Inference Protocol, and the schemas of its small answers.
import { Type } from '@sinclair/typebox'
import { EXPERIMENT_KEY_LENGTH_MAX } from '../experiment-key.ts'
import { EXTRA_COLUMNS_DETAIL } from '../model/extra-columns.ts'
import { Cell } from '../rows/row-docs.ts'
import { DATATYPES } from '../tensors/datatypes.ts'
import { RANK_MAX } from '../tensors/limits.ts'

/** The protocol lets anybody add parameters: values are strings, numbers or booleans. */
const Parameters = Type.Record(Type.String(), Cell)
const Datatype = Type.Unsafe<string>({ type: 'string', enum: [...DATATYPES] })
const Data = Type.Array(Type.Unsafe<unknown>({}), {
  description: 'Row by row, flat or in lists; null is a missing value',
})

export const ServerMetadata = Type.Object(
  { name: Type.String(), version: Type.String(), extensions: Type.Array(Type.String()) },
  { title: 'InferenceServer', description: 'What serves the protocol' },
)

export const ServerLive = Type.Object({ live: Type.Boolean() }, { title: 'InferenceLive', description: 'It answers' })

export const ServerReady = Type.Object(
  { live: Type.Boolean(), ready: Type.Boolean() },
  { title: 'InferenceReady', description: 'Whether it can take work' },
)

export const ModelReady = Type.Object(
  { name: Type.String(), ready: Type.Boolean() },
  { title: 'InferenceModelReady', description: 'The version is loaded' },
)

const TensorMetadata = Type.Object(
  {
    name: Type.String(),
    datatype: Datatype,
    shape: Type.Array(Type.Integer(), { description: '−1 is any length' }),
    parameters: Type.Optional(
      Type.Object({
        classes: Type.String({ description: 'JSON of the classes, in the order of their probabilities' }),
      }),
    ),
  },
  { title: 'TensorMetadata' },
)

export const ModelMetadata = Type.Object(
  {
    name: Type.String(),
    versions: Type.Array(Type.String(), {
      description:
        'Ids of runs that ended in SUCCESS, newest first, a hundred at the most; of a project the numbers of the versions that are deployed',
    }),
    platform: Type.String(),
    inputs: Type.Array(TensorMetadata, {
      description: 'One for each feature column; of a model of tensors its inputs',
    }),
    outputs: Type.Array(TensorMetadata, {
      description:
        'One for each label column, and label.probabilities for those of its classes; of a model of tensors its outputs',
    }),
  },
  { title: 'InferenceModel', description: 'What a version takes and gives' },
)

const binarySize = {
  binary_data_size: Type.Optional(Type.Integer({ minimum: 0, description: 'Bytes behind the JSON' })),
}

const InferenceRequest = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'Comes back in the answer' })),
    parameters: Type.Optional(
      Type.Object({
        probabilities: Type.Optional(
          Type.Boolean({ description: 'Adds the probabilities, where no outputs are named' }),
        ),
        binary_data_output: Type.Optional(Type.Boolean({ description: 'Outputs come as bytes behind the JSON' })),
        experiment_key: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: EXPERIMENT_KEY_LENGTH_MAX,
            description:
              'Of a project without a version: whom or what the rows are about, for an experiment between versions. Read in JSON of up to 1 MiB',
          }),
        ),
        extra_columns: Type.Optional(
          Type.Unsafe<string>({ type: 'string', enum: ['refuse', 'drop'], description: EXTRA_COLUMNS_DETAIL }),
        ),
      }),
    ),
    inputs: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: 'Of a feature column; of a model of tensors that of an input' }),
          datatype: Datatype,
          shape: Type.Array(Type.Integer({ minimum: 0 }), {
            maxItems: RANK_MAX,
            description: '[n] or [n,1]; n is the same for all. Of a model of tensors as its metadata say it',
          }),
          parameters: Type.Optional(Type.Object(binarySize)),
          data: Type.Optional(Data),
        },
        { title: 'InferenceInput' },
      ),
      { minItems: 1 },
    ),
    outputs: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({
              description: 'Of a label column, or label.probabilities; of a model of tensors that of an output',
            }),
            parameters: Type.Optional(Type.Object({ binary_data: Type.Optional(Type.Boolean()) })),
          },
          { title: 'InferenceOutputWish' },
        ),
        { description: 'All label columns where none are named; of a model of tensors all outputs' },
      ),
    ),
  },
  { title: 'InferenceRequest' },
)

const InferenceAnswer = Type.Object(
  {
    model_name: Type.String(),
    model_version: Type.String({ description: 'The id of the run; of a project the number of the version' }),
    id: Type.Optional(Type.String()),
    parameters: Type.Optional(
      Type.Object({
        warnings: Type.Optional(
          Type.String({ description: 'JSON of the warnings, as those of POST /api/predict: categories never seen' }),
        ),
        version: Type.Optional(Type.Integer({ description: 'Of a project: the number of the version' })),
        deployment: Type.Optional(
          Type.Integer({ format: 'int64', description: 'Of a project: the id of the deployment' }),
        ),
        environment: Type.Optional(Type.String({ description: 'Of a project: where it is deployed' })),
        experiment: Type.Optional(
          Type.Integer({ format: 'int64', description: 'The experiment that the request is a part of' }),
        ),
        experiment_arm: Type.Optional(Type.String({ description: 'The arm that its key belongs to' })),
        prediction_ids: Type.Optional(
          Type.String({ description: 'Of a project: JSON of a list with a UUID of version 7 for each row' }),
        ),
      }),
    ),
    outputs: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          datatype: Datatype,
          shape: Type.Array(Type.Integer()),
          parameters: Type.Optional(Parameters),
          data: Type.Optional(Data),
        },
        { title: 'InferenceOutput' },
      ),
    ),
  },
  { title: 'InferenceAnswer' },
)

const irises = { sepal_length: 6.1, sepal_width: 2.8, petal_length: 4.7, petal_width: 1.2 }

const binary = Type.String({
  format: 'binary',
  description: 'The same JSON, of as many bytes as Inference-Header-Content-Length says, and behind it the tensors',
})

export const inferenceBody = {
  'application/json': {
    schema: InferenceRequest,
    examples: {
      iris: {
        summary: 'An iris whose species is to be predicted',
        value: {
          inputs: Object.entries(irises).map(([name, value]) => ({
            name,
            datatype: 'FP64',
            shape: [1],
            data: [value],
          })),
        },
      },
    },
  },
  'application/octet-stream': { schema: binary },
}

export const inferenceAnswer = {
  description: 'The predictions as tensors; as bytes where the request asks for them',
  headers: {
    'Inference-Header-Content-Length': Type.Integer({
      description: 'Bytes of the JSON, where tensors follow as bytes',
    }),
  },
  content: {
    'application/json': {
      schema: InferenceAnswer,
      examples: {
        iris: {
          value: {
            model_name: 'iris_species',
            model_version: '1',
            outputs: [{ name: 'species', datatype: 'BYTES', shape: [1], data: ['versicolor'] }],
          },
        },
      },
    },
    'application/octet-stream': { schema: binary },
  },
}

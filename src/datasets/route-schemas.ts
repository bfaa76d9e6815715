// What the routes of data sets take and answer, for validation and for the OpenAPI document.
import { type TOptional, type TString, Type } from '@sinclair/typebox'
import { IdempotencyKey } from '../intake/callers-word.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import { Rows, rowsBody } from '../rows/row-docs.ts'
import { DIALECT_PART_NAMES } from '../rows/rows-query.ts'
import { Comparison } from './compare-datasets.ts'
import {
  DatasetAnswer,
  DatasetId,
  DatasetList,
  DatasetPath,
  DatasetWithUsers,
  FORMATS,
  ListQuery,
  MetaParts,
  Preview,
} from './dataset-schemas.ts'
import { TableStatistics } from './statistics/table-statistics.ts'

const tags = ['datasets'] as const
const NEEDS = ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const
const OF_ONE = ['DATASET_UNKNOWN', ...NEEDS] as const
const OF_CONTENT = ['DATASET_DELETED', ...OF_ONE] as const
const Binary = (description: string) => Type.String({ format: 'binary', description })

const summary = 'Three flowers'
const FLOWERS = [
  { petal_length: 1.4, petal_width: 0.2, species: 'setosa' },
  { petal_length: 4.7, petal_width: 1.4, species: 'versicolor' },
  { petal_length: 6.1, petal_width: 2.5, species: 'virginica' },
]

/** As in the query of an upload through the worker. */
const DialectMembers = Object.fromEntries(
  DIALECT_PART_NAMES.map((name) => [name, Type.Optional(Type.String())]),
) as Record<keyof CsvDialect, TOptional<TString>>

const Form = Type.Object(
  {
    name: Type.String(),
    file: Binary('The rows'),
    description: Type.Optional(Type.String()),
    labels: Type.Optional(Type.String()),
    format: Type.Optional(Type.String()),
    ...DialectMembers,
  },
  {},
)

const TrainParts = {
  train: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The model that is trained from the data set at once' }),
  ),
  parameters: Type.Optional(Type.String({ description: 'Parameters of that model, as JSON' })),
}

const UploadTraining = Type.Object(
  {
    status: Type.String({ description: 'accepted or refused' }),
    model_run_id: Type.Optional(Type.Integer({ format: 'int64', description: 'Of an accepted one' })),
    code: Type.Optional(Type.String({ description: 'Of a refused one: as in the problem of POST /api/runs' })),
    detail: Type.Optional(Type.String()),
  },
  { title: 'UploadTraining' },
)
const KeptDataset = Type.Object(
  { ...DatasetAnswer.properties, training: Type.Optional(UploadTraining) },
  { title: 'KeptDataset' },
)

export const createSchema = {
  operationId: 'createDataset',
  tags,
  summary: 'Keep rows as a data set',
  description:
    'The body is the rows, or multipart/form-data with the parts of the query as fields, followed by a file. The same name again is its next version. With an Idempotency-Key a call whose answer got lost can be sent again. With `train` a run begins at once: `training` has its id, or why there is none; the data set is kept either way.',
  querystring: Type.Object({ ...MetaParts, ...TrainParts }, { additionalProperties: false }),
  headers: Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) }),
  response: { 201: KeptDataset },
  docs: {
    body: {
      ...rowsBody({ schema: Rows, examples: { iris: { summary, value: FLOWERS } } }, FLOWERS, summary),
      'application/octet-stream': { schema: Binary('Rows in the form that `format` names') },
      'multipart/form-data': { schema: Form },
    },
    errors: ['IDEMPOTENCY_KEY_REUSED', 'STORAGE_UNAVAILABLE', ...NEEDS],
  },
} as const

export const BeginUpload = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    format: Type.String({ pattern: `^(${FORMATS.join('|')})$`, description: FORMATS.join(', ') }),
    description: Type.Optional(Type.String({ maxLength: 2000 })),
    labels: Type.Optional(Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 100 })),
    ...DialectMembers,
    byte_length: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'How many bytes come; others are refused, by most stores before they come',
      }),
    ),
    sha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'Digest of the bytes; others are refused' }),
    ),
  },
  { additionalProperties: false, title: 'BeginDatasetUpload' },
)

export const uploadSchema = {
  operationId: 'beginDatasetUpload',
  tags,
  summary: 'Get a URL to which the rows are sent past the worker',
  description: 'Where the storage can give one: s3, gcs, azure. Then call `complete`.',
  response: {
    201: Type.Object(
      {
        upload_id: Type.String(),
        method: Type.Unsafe<'PUT'>({ type: 'string', 'x-extensible-enum': ['PUT'] }),
        url: Type.String(),
        headers: Type.Record(Type.String(), Type.String()),
        expires_at: Type.String({ format: 'date-time' }),
      },
      { title: 'DatasetUpload' },
    ),
  },
  docs: {
    body: { 'application/json': { schema: BeginUpload } },
    errors: ['REQUEST_INVALID', 'BODY_TOO_LARGE', 'PRESIGN_UNSUPPORTED', 'STORAGE_UNAVAILABLE', ...NEEDS],
  },
} as const

export const completeSchema = {
  operationId: 'completeDatasetUpload',
  tags,
  summary: 'Check what was sent to the URL, and keep it as a data set',
  params: Type.Object({ upload_id: Type.String({ pattern: '^[0-9a-f-]{36}$' }) }),
  response: { 201: KeptDataset },
  docs: {
    errors: [
      ...['REQUEST_INVALID', 'BODY_MALFORMED', 'BODY_TOO_LARGE', 'UPLOAD_UNKNOWN', 'UPLOAD_DIFFERENT'],
      ...['STORAGE_UNAVAILABLE', ...NEEDS],
    ],
  },
} as const

export const listSchema = {
  operationId: 'listDatasets',
  tags,
  summary: 'Data sets, the newest first, in pages',
  querystring: ListQuery,
  response: { 200: DatasetList },
  docs: { errors: NEEDS },
} as const

export const getSchema = {
  operationId: 'getDataset',
  tags,
  summary: 'A data set, and the runs that were trained from it',
  params: DatasetPath,
  response: { 200: DatasetWithUsers },
  docs: { errors: OF_ONE },
} as const

export const previewSchema = {
  operationId: 'previewDataset',
  tags,
  summary: 'The first rows of a data set',
  params: DatasetPath,
  querystring: Type.Object(
    { rows: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Rows at the most' }) },
    { additionalProperties: false },
  ),
  docs: {
    answers: { 200: { description: 'The first rows', content: { 'application/json': { schema: Preview } } } },
    errors: OF_CONTENT,
  },
} as const

export const statisticsSchema = {
  operationId: 'getDatasetStatistics',
  tags,
  summary: 'What the columns of a data set hold, and what stands out',
  params: DatasetPath,
  response: { 200: TableStatistics },
  docs: { errors: OF_CONTENT },
} as const

export const reportSchema = {
  operationId: 'getDatasetReport',
  tags,
  summary: 'Show the statistics of a data set as a page',
  params: DatasetPath,
  docs: {
    answers: {
      200: { description: 'A page without scripts', content: { 'text/html': { schema: Type.String() } } },
    },
    errors: OF_CONTENT,
  },
} as const

export const comparisonSchema = {
  operationId: 'compareDatasets',
  tags,
  summary: 'What is different in a data set from another one',
  params: DatasetPath,
  querystring: Type.Object(
    { with: { ...DatasetId, description: 'The earlier data set' } as typeof DatasetId },
    { additionalProperties: false },
  ),
  response: { 200: Comparison },
  docs: { errors: OF_CONTENT },
} as const

const bytes = { 'text/csv': { schema: Type.String() }, 'application/octet-stream': { schema: Binary('The bytes') } }
export const contentSchema = {
  operationId: 'getDatasetContent',
  tags,
  summary: 'The bytes of a data set as they were sent, or a range of them',
  params: DatasetPath,
  querystring: Type.Object(
    { redirect: Type.Boolean({ default: false, description: 'Send me to a URL of the storage' }) },
    { additionalProperties: false },
  ),
  docs: {
    answers: {
      200: { description: 'All bytes', content: bytes },
      206: { description: 'The bytes of the Range header', content: bytes },
      302: { description: 'To a URL of the storage, which can be used for URL_EXPIRE_SECONDS', content: {} },
    },
    errors: ['RANGE_UNSATISFIABLE', 'PRESIGN_UNSUPPORTED', 'STORAGE_UNAVAILABLE', ...OF_CONTENT],
  },
} as const

export const deleteSchema = {
  operationId: 'deleteDataset',
  tags,
  summary: 'Delete the content of a data set',
  description: 'Name, digest and columns stay. One that runs were trained from is deleted only with `purge`.',
  params: DatasetPath,
  querystring: Type.Object(
    { purge: Type.Boolean({ default: false, description: 'Also one that runs were trained from' }) },
    { additionalProperties: false },
  ),
  response: { 200: DatasetAnswer },
  docs: { errors: ['DATASET_IN_USE', ...OF_ONE] },
} as const

// What callers see of data sets, and what they say of one that they upload.
import { Type } from '@sinclair/typebox'
import { RunWarning } from '../model/run-warning.ts'
import { CsvParts } from '../rows/row-docs.ts'
import { type Dataset, NAME_PATTERN } from './dataset.ts'

export const FORMATS = ['csv', 'ndjson', 'json', 'arrow', 'parquet', 'xlsx'] as const
const Moment = (description: string) => Type.String({ format: 'date-time', description })

const Bytes = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' })

export const DatasetId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' })
export const DatasetPath = Type.Object({ dataset_id: DatasetId })

const Name = Type.String({
  pattern: NAME_PATTERN,
  description: 'What the data set is called: the same name again is its next version',
  examples: ['flowers'],
})

export const Format = Type.Unsafe<(typeof FORMATS)[number]>({
  type: 'string',
  enum: FORMATS,
  description: 'Without it the content type, or the ending of the file, tells',
})

/** What is said in the query, or in the fields of a form beside the file. */
export const MetaParts = {
  name: Type.Optional(Name),
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  labels: Type.Optional(
    Type.String({
      description: 'Label columns that a training takes where it names none: a,b or ["a","b"]',
    }),
  ),
  format: Type.Optional(Format),
  ...CsvParts,
}

export const ListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Data sets at the most' }),
    cursor: Type.Optional({ ...DatasetId, description: '`next` of the page before' }),
    name: Type.Optional(Type.String({ maxLength: 200 })),
    format: Type.Optional(Format),
    label: Type.Optional(Type.String({ maxLength: 1000, description: 'A label column' })),
    from: Type.Optional(Moment('Made at this time or later')),
    to: Type.Optional(Moment('Made before this time')),
    bytes_min: Type.Optional(Bytes),
    bytes_max: Type.Optional(Bytes),
    deleted: Type.Boolean({ default: false, description: 'Those too whose content is deleted' }),
  },
  { additionalProperties: false },
)

export const DatasetAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    name: Type.String(),
    version: Type.Integer({ description: 'Counts the data sets of this name' }),
    description: Type.Optional(Type.String()),
    labels: Type.Array(Type.String()),
    format: Type.String(),
    byte_length: Type.Integer({ format: 'int64' }),
    sha256: Type.String({ description: 'Of the bytes, unpacked' }),
    rows: Type.Integer({ format: 'int64' }),
    columns: Type.Array(
      Type.Object(
        { name: Type.String(), kind: Type.String(), missing: Type.Integer({ format: 'int64' }) },
        { title: 'DatasetColumn' },
      ),
    ),
    decisions: Type.Array(RunWarning, { description: 'What was decided when the rows were read' }),
    erased_rows: Type.Optional(
      Type.Integer({
        format: 'int64',
        description: 'Rows that erasures took out of it; all that is said here is of what is left. Absent of none',
      }),
    ),
    uploaded_format: Type.Optional(
      Type.String({ description: 'In which format it was uploaded, where an erasure left it in another one' }),
    ),
    created_at: Moment('When it was kept'),
    created_by: Type.String({ description: 'As in the audit' }),
    deleted_at: Type.Optional(Moment('When its content was deleted')),
    deleted_by: Type.Optional(Type.String()),
  },
  { title: 'Dataset' },
)

export const DatasetList = Type.Object(
  {
    datasets: Type.Array(DatasetAnswer, { description: 'The newest first' }),
    next: Type.Optional(
      Type.Integer({ format: 'int64', description: '`cursor` of the next page; absent on the last' }),
    ),
  },
  { title: 'DatasetList' },
)

export const DatasetWithUsers = Type.Object(
  {
    ...DatasetAnswer.properties,
    run_ids: Type.Array(Type.Integer({ format: 'int64' }), {
      description: 'The newest runs that were trained from it',
    }),
    run_count: Type.Integer({ description: 'All of them' }),
  },
  { title: 'DatasetWithUsers' },
)

export const Preview = Type.Object(
  {
    rows: Type.Array(Type.Unsafe<object>({ type: 'object', additionalProperties: true }), {
      description: 'From column names to values; long texts are cut short',
    }),
    total_rows: Type.Integer({ format: 'int64' }),
  },
  { title: 'DatasetPreview' },
)

export function answerOf(dataset: Dataset) {
  const { description, erasedRows, uploadedForm, deletedAt, deletedBy } = dataset
  return {
    id: dataset.datasetId,
    name: dataset.name,
    version: dataset.version,
    ...(description === null ? {} : { description }),
    labels: [...dataset.labels],
    format: dataset.form,
    byte_length: dataset.byteLength,
    sha256: dataset.sha256,
    rows: dataset.rowCount,
    columns: [...dataset.columns],
    decisions: [...dataset.decisions],
    ...(erasedRows === 0 ? {} : { erased_rows: erasedRows }),
    ...(uploadedForm === null ? {} : { uploaded_format: uploadedForm }),
    created_at: dataset.createdAt.toISOString(),
    created_by: dataset.createdBy,
    ...(deletedAt === null ? {} : { deleted_at: deletedAt.toISOString() }),
    ...(deletedBy === null ? {} : { deleted_by: deletedBy }),
  }
}

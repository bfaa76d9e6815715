// What is said of a data set: its columns, and what stands out among them. Plain data, as it is stored and answered.
import { type Static, Type } from '@sinclair/typebox'

const Count = (description: string) => Type.Integer({ minimum: 0, description })
const Share = (description: string) => Type.Number({ format: 'double', minimum: 0, maximum: 1, description })

export const Estimated = Type.Object(
  {
    count: Count('How many'),
    is_exact: Type.Boolean({ description: 'False where it is an estimate' }),
  },
  { title: 'EstimatedCount' },
)

export const TopValue = Type.Object(
  {
    value: Type.Unsafe<string | number | boolean>({ description: 'Texts of more than 200 characters are cut short' }),
    count: Count('Rows that have it'),
    share: Share('Of the rows that have a value'),
  },
  { title: 'TopValue' },
)

export const NumberStatistics = Type.Object(
  {
    mean: Type.Number({ format: 'double' }),
    std: Type.Optional(
      Type.Number({ format: 'double', description: 'Sample standard deviation (n − 1); absent of a single value' }),
    ),
    min: Type.Number({ format: 'double' }),
    max: Type.Number({ format: 'double' }),
    zeros: Count('Rows with 0'),
    are_integers: Type.Boolean({ description: 'All values are whole numbers' }),
    quantiles: Type.Record(Type.String(), Type.Number({ format: 'double' }), {
      description: 'By probability, with linear interpolation; from the sample of rows',
    }),
    histogram: Type.Optional(
      Type.Object(
        {
          from: Type.Number({ format: 'double' }),
          to: Type.Number({ format: 'double' }),
          counts: Type.Array(Type.Number({ format: 'double', minimum: 0 })),
        },
        { description: 'Bins of equal width; rows of the sample in each' },
      ),
    ),
  },
  { title: 'NumberStatistics' },
)

export const ColumnStatistics = Type.Object(
  {
    name: Type.String(),
    kind: Type.String({ description: 'numeric, categorical, or time: texts that are all dates or date-times' }),
    present: Count('Rows that have a value'),
    missing: Count('Rows that have none'),
    distinct: Estimated,
    marks: Type.Optional(Count('Cells such as NA or ?: missing in a column of numbers, values of their own in text')),
    numbers: Type.Optional(NumberStatistics),
    top: Type.Optional(Type.Array(TopValue, { description: 'The most frequent values, where they could be counted' })),
  },
  { title: 'ColumnStatistics' },
)
export type ColumnStatistics = Static<typeof ColumnStatistics>

export const Finding = Type.Object(
  {
    code: Type.String({ description: 'As the warnings of runs, and ROWS_EQUAL, COLUMNS_ALIKE, CLASSES_UNEQUAL' }),
    message: Type.String(),
    column: Type.Optional(Type.String()),
  },
  { title: 'DatasetFinding' },
)
export type Finding = Static<typeof Finding>

export const LabelCandidate = Type.Object(
  {
    column: Type.String(),
    classes: Type.Array(TopValue),
    balance: Share('Entropy of the classes by that of equal ones: 1 where all are equally frequent'),
    smallest_share: Share('Of the rarest class'),
    told_by: Type.Array(Type.String(), { description: 'Columns that alone give the label away' }),
  },
  { title: 'LabelCandidate' },
)
export type LabelCandidate = Static<typeof LabelCandidate>

export const AlikeColumns = Type.Object(
  {
    columns: Type.Array(Type.String(), { minItems: 2, maxItems: 2 }),
    measure: Type.String({ description: 'pearson of numbers, cramers_v of categories' }),
    value: Type.Number({ format: 'double', minimum: -1, maximum: 1 }),
  },
  { title: 'AlikeColumns' },
)
export type AlikeColumns = Static<typeof AlikeColumns>

export const TableStatistics = Type.Object(
  {
    rows: Count('Rows'),
    sample_rows: Count('Rows from which quantiles, histograms, alike columns and label columns are told'),
    completeness: Share('Of all cells, those that have a value'),
    missing_cells: Count('Cells without a value'),
    duplicate_rows: Estimated,
    columns: Type.Array(ColumnStatistics),
    label_candidates: Type.Array(LabelCandidate, { description: 'Columns of few values: what a label may be' }),
    alike: Type.Array(AlikeColumns),
    compared_columns: Count('Columns that were compared with one another, from the first on'),
    findings: Type.Array(Finding),
  },
  { title: 'DatasetStatistics' },
)
export type TableStatistics = Static<typeof TableStatistics>

// A training request that names a data set in place of rows: what it says, out of its small JSON body.
import { Type } from '@sinclair/typebox'
import type { FaultList } from '../model/faults.ts'
import { addMemberFaults } from '../rows/json-members.ts'
import { MemberFaults } from '../rows/member-faults.ts'
import type { RowsQuery } from '../rows/rows-query.ts'

const Names = Type.Array(Type.String({ maxLength: 1000 }), { minItems: 1, maxItems: 10_000 })

export const TrainingDataset = Type.Object(
  {
    id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' }),
    labels: Type.Optional(
      Type.Array(Type.String({ maxLength: 1000 }), {
        maxItems: 1000,
        description: 'Label columns; without them those that the data set was uploaded with',
      }),
    ),
    features: Type.Optional({ ...Names, description: 'Columns to learn from; without them all but the labels' }),
  },
  { title: 'TrainingDataset', additionalProperties: false, description: 'A data set in place of rows' },
)

/** What the body says, before it is known what the data set is. */
export interface DatasetWish {
  /** As they came. */
  readonly members: ReadonlyMap<string, unknown>
  readonly datasetId: number
  readonly labels: readonly string[] | undefined
  readonly features: readonly string[] | undefined
  readonly modelName: unknown
  readonly correlationId: unknown
  readonly query: Omit<RowsQuery, 'labelNames' | 'dialect'>
}

const MEMBERS = [
  ...['dataset', 'model_name', 'parameters', 'validation_split', 'split_seed', 'na_values', 'column_types'],
  ...['extra_columns', 'split_by', 'weights', 'cross_validation', 'calibration', 'threshold', 'search'],
  'correlation_id',
]
const NEEDLE = Buffer.from('"dataset"')

/** Undefined where the body names no data set. Adds what is wrong with its members; then no data set is to be looked for. */
export function readDatasetWish(
  bytes: Uint8Array,
  isModelInQuery: boolean,
  faults: FaultList,
): DatasetWish | undefined {
  // Most bodies name none: those are parsed once, elsewhere.
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(NEEDLE)) return undefined
  const body = parsed(bytes)
  // A generated client sends null for what is not set.
  if (body === undefined || (body['dataset'] ?? null) === null) return undefined
  const members = isModelInQuery ? MEMBERS.filter((name) => name !== 'model_name') : MEMBERS
  for (const [name, value] of Object.entries(body)) {
    if (value === null || members.includes(name)) continue
    const isRows = name === 'features' || name === 'labels'
    const hint = isRows
      ? `${name}: the rows are those of the data set`
      : `unknown member ${JSON.stringify(name.slice(0, 200))}`
    faults.add({ in: 'body', detail: `${hint}; expected ${members.join(', ')}` })
  }
  const found = new MemberFaults()
  const dataset = addMemberFaults(body['dataset'], TrainingDataset, found, 'dataset')
  faults.addAll(found)
  return {
    members: new Map(Object.entries(body)),
    datasetId: dataset.id,
    labels: dataset.labels,
    features: dataset.features,
    modelName: body['model_name'],
    correlationId: body['correlation_id'],
    query: {
      parameters: body['parameters'],
      validationSplit: body['validation_split'],
      splitSeed: body['split_seed'],
      naValues: body['na_values'],
      columnTypes: body['column_types'],
      extraColumns: body['extra_columns'],
      splitBy: body['split_by'],
      weights: body['weights'],
      crossValidation: body['cross_validation'],
      calibration: body['calibration'],
      threshold: body['threshold'],
      search: body['search'],
    },
  }
}

/** Undefined of what is no JSON object: the reader of rows says what is wrong with it. */
function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

// What the worker needs of the three tables: columns, types and rights. docs/tables.md says it in words.

export interface ExpectedColumn {
  readonly name: string
  readonly types: readonly string[]
  /** Of the worker's role, to take work; the right to select where `reads`. */
  readonly rights: readonly Right[]
  /** Characters that it must hold. */
  readonly lengthMin?: number
}

export type Right = 'select' | 'insert' | 'update'

const INTEGERS = ['smallint', 'integer', 'bigint']
const TEXTS = ['character varying', 'text']
const TIMES = ['timestamp without time zone', 'timestamp with time zone']

export const EXPECTED_TABLES: Readonly<Record<string, readonly ExpectedColumn[]>> = {
  models: [
    { name: 'id', types: INTEGERS, rights: ['select'] },
    { name: 'name', types: TEXTS, rights: ['select'] },
    { name: 'type', types: TEXTS, rights: ['select'] },
    { name: 'description', types: TEXTS, rights: ['select'] },
    { name: 'pipeline_ok', types: ['boolean'], rights: ['select', 'update'] },
  ],
  model_runs: [
    { name: 'id', types: INTEGERS, rights: ['select'] },
    { name: 'model_id', types: INTEGERS, rights: ['select'] },
    { name: 'run_date', types: TIMES, rights: ['select'] },
    { name: 'run_status', types: [...TEXTS, 'enum'], rights: ['select', 'update'], lengthMin: 7 },
    { name: 'run_result', types: ['bytea'], rights: ['select', 'update'] },
  ],
  model_run_metrics: [
    { name: 'id', types: INTEGERS, rights: [] },
    { name: 'model_run_id', types: INTEGERS, rights: ['insert'] },
    { name: 'metric_name', types: TEXTS, rights: ['insert'], lengthMin: 255 },
    { name: 'metric_value', types: TEXTS, rights: ['insert'], lengthMin: 255 },
  ],
}

/** What the worker writes as run_status; PENDING only where it makes runs itself. */
export const WRITTEN_STATUSES = ['RUNNING', 'SUCCESS', 'FAILED']

/** Columns that are looked up often; without an index each look reads the whole table. */
export const INDEXED_COLUMNS = [
  ['model_run_metrics', 'model_run_id'],
  ['model_runs', 'run_status'],
] as const

// What is doubtful in the rows and labels of a training and in what came of it: the warnings that need no estimator.
import type { Estimator } from '../../learning/estimator.ts'
import type { Warning } from '../../learning/warnings.ts'
import type { Metrics } from '../model.ts'
import type { Column, Table } from '../table.ts'
import { baselineDoubt } from './baseline.ts'
import { columnDoubt } from './column-doubt.ts'
import { constantLabel, labelDoubts } from './label-doubts.ts'
import { sharedRowsDoubt } from './shared-rows.ts'
import { columnsThatTell } from './tells-label.ts'

interface Rows {
  readonly features: Table
  readonly labels: Table
  readonly metrics: Metrics
  /** How much each row counts in the metrics. */
  readonly sampleWeight?: Float64Array
}

export interface DoubtfulTraining {
  readonly kind: Estimator['kind']
  readonly training: Rows
  /** Rows that were held out. */
  readonly validation: Rows | undefined
}

/** Label columns that are looked at; and columns that are held against them, those of all labels together. */
const LABELS_MAX = 10
const PAIRS_MAX = 10_000

/** O(cells), and less for the columns that tell the label: see columnsThatTell. */
export function* findDoubts({ kind, training, validation }: DoubtfulTraining): Iterable<Warning> {
  const { features } = training
  const labels = kind === 'classifier' || kind === 'regressor' ? training.labels.columns.slice(0, LABELS_MAX) : []
  const varied: Column[] = []
  // Users are to be many, and the same user with the same item is held out only where a row comes twice.
  if (kind === 'recommender') return
  for (const column of features.columns) {
    const doubt = columnDoubt(column, validation?.features.rowCount)
    if (doubt === undefined || doubt.code === 'COLUMN_ID_LIKE') varied.push(column)
    if (doubt !== undefined) yield doubt
  }
  const constant = labels.flatMap((label) => constantLabel(label) ?? [])
  yield* constant
  const other = labels.filter(({ name }) => !constant.some(({ column }) => column === name))
  for (const label of other) {
    if (kind === 'classifier') yield* labelDoubts(label, validation?.labels)
    yield* columnsThatTell(varied.slice(0, Math.floor(PAIRS_MAX / labels.length)), label, kind)
  }
  const shared = validation && sharedRowsDoubt(training, validation)
  if (shared !== undefined) yield shared
  // The simple answers count rows: weighted metrics are not held against them.
  if (training.sampleWeight !== undefined) return
  for (const label of other) {
    const doubt = baselineDoubt(label, kind, training.labels.columns.length, training, validation)
    if (doubt !== undefined) yield doubt
  }
}

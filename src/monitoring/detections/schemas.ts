// What callers send to have drift detected, and what they see of it.
import { type Static, Type } from '@sinclair/typebox'
import { SEVERITIES } from '../../alerts/signals.ts'
import { Rows } from '../../rows/row-docs.ts'
import { CellAnswer, ColumnFigures, figuresAnswerOf } from '../column-schemas.ts'
import { COLUMN_STATES } from '../statistics/judge-window.ts'
import type { ComparedValues, DetectedColumn, DetectedDrift } from './detect-drift.ts'
import { DatasetReference, DetectionOptions } from './detection-request.ts'

const Double = (description: string) => Type.Number({ format: 'double', description })
const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })

const SampleBody = Type.Object(
  { rows: Type.Optional(Rows), dataset: Type.Optional(DatasetReference) },
  { title: 'DriftSample', description: 'One of the two: rows, or the id of a data set' },
)
export const DetectionBody = Type.Object(
  { baselineData: SampleBody, currentData: SampleBody, options: Type.Optional(Type.Partial(DetectionOptions)) },
  { title: 'DriftDetectionRequest' },
)

const Values = Type.Object(
  {
    ks_statistic: Double('Kolmogorov–Smirnov, on the values themselves'),
    ks_p_value: Double('By itself, for one look at one column: it decides nothing here'),
    ks_method: oneOf(['exact', 'asymptotic'], 'Where its p-value comes from'),
    wasserstein: Double('How far values have moved in the mean, in their own unit; of times in milliseconds'),
    wasserstein_in_deviations: Type.Optional(
      Double('The same in standard deviations of the baseline; absent where that is constant'),
    ),
  },
  { title: 'DriftOfValues' },
)
const KINDS = ['numeric', 'time', 'categorical', 'text'] as const
const Column = Type.Object(
  {
    name: Type.String(),
    kind: oneOf(KINDS, 'What the column is in the baseline; of text the lengths are compared'),
    current_kind: Type.Optional(oneOf(KINDS, 'What it is now, where that is something else')),
    state: oneOf(
      COLUMN_STATES,
      'insufficient_data: no drift was found, and a change of psi_to_find might be there all the same',
    ),
    ...ColumnFigures,
    rows_needed: Type.Optional(
      Type.Integer({
        format: 'int64',
        description: 'Current rows from which `ok` can be said; absent where the baseline is too small for any',
      }),
    ),
    values: Type.Optional(Values),
    cells: Type.Array(CellAnswer),
  },
  { title: 'ComparedColumn' },
)

export const DetectionAnswer = Type.Object(
  {
    state: oneOf(
      ['ok', 'drift', 'insufficient_data'],
      'drift where a column drifts; insufficient_data where nothing can be said of any',
    ),
    severity: Type.Optional(oneOf(SEVERITIES, 'Of the gravest column; absent without drift')),
    level: Double('What the p-value of a column has to be below: 1 / (days_per_false_alarm · columns)'),
    days_per_false_alarm: Double('As it was asked for'),
    baseline_rows: Type.Integer({ format: 'int64' }),
    current_rows: Type.Integer({ format: 'int64' }),
    columns: Type.Array(Column, { description: 'In the order of the baseline' }),
    new_columns: Type.Array(Type.String(), { description: 'Columns that the baseline lacks' }),
  },
  { title: 'DriftDetection' },
)
type DetectionAnswer = Static<typeof DetectionAnswer>

export function detectionAnswerOf(detected: DetectedDrift): DetectionAnswer {
  const { state, severity, level, daysPerFalseAlarm, referenceRows, currentRows, columns, newColumns } = detected
  return {
    state,
    ...(severity === undefined ? {} : { severity }),
    level,
    days_per_false_alarm: daysPerFalseAlarm,
    baseline_rows: referenceRows,
    current_rows: currentRows,
    columns: columns.map(columnAnswerOf),
    new_columns: [...newColumns],
  }
}

function columnAnswerOf(column: DetectedColumn): DetectionAnswer['columns'][number] {
  const { name, kind, kindNow, state, severity, rowsNeeded, comparison, values, cells } = column
  return {
    name,
    kind,
    ...(kindNow === undefined ? {} : { current_kind: kindNow }),
    state,
    ...figuresAnswerOf({ ...comparison, severity }),
    ...(rowsNeeded === undefined ? {} : { rows_needed: rowsNeeded }),
    ...(values === undefined ? {} : { values: valuesAnswerOf(values) }),
    cells: cells.map(({ name: cell, from, to, reference: baseline, current }) => ({
      cell,
      ...(from === undefined || to === undefined ? {} : { from, to }),
      baseline,
      current,
    })),
  }
}

function valuesAnswerOf({ kolmogorovSmirnov, wasserstein, wassersteinInDeviations }: ComparedValues) {
  const { statistic, pValue, method } = kolmogorovSmirnov
  return {
    ks_statistic: statistic,
    ks_p_value: pValue,
    ks_method: method,
    wasserstein,
    ...(wassersteinInDeviations === undefined ? {} : { wasserstein_in_deviations: wassersteinInDeviations }),
  }
}

// What callers send to have drift detected, and what they see of it.
import { type Static, Type } from '@sinclair/typebox'
import { SEVERITIES } from '../../alerts/signals.ts'
import { Rows } from '../../rows/row-docs.ts'
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

const Severity = Type.Optional(
  oneOf(SEVERITIES, 'By the index above chance, from 0.05, 0.1, 0.25, 0.5 on; absent without drift'),
)
const Test = Type.Object(
  {
    statistic: Double('Of the two-sample chi-square test on the cells'),
    degrees_of_freedom: Type.Integer(),
    p_value: Double('How likely chance alone makes such a difference'),
    method: oneOf(
      ['chi2', 'permutation', 'joined'],
      'chi2: the chi-square distribution; permutation: rows divided at random, where cells expect few rows; joined: rare cells taken together',
    ),
  },
  { title: 'DriftTest' },
)
const Effects = Type.Object(
  {
    psi: Double('Population stability index, with half a row more in each cell'),
    psi_excess: Double('That index less its mean where nothing has changed'),
    js_distance: Double('Jensen–Shannon distance, base 2: 0 to 1'),
    l_infinity: Double('The largest difference of two shares'),
    total_variation: Double('What part of the rows would have to be in another cell'),
    cramers_v: Double("Cramér's V: 0 to 1"),
    ks_distance: Type.Optional(Double('Of numbers: the largest difference of the distributions at the edges of cells')),
  },
  { title: 'DriftEffects', description: 'Described, not decided by' },
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
const Cell = Type.Object(
  {
    cell: Type.String({ description: 'A level, or bin0, bin1, …; the last ones are special' }),
    from: Type.Optional(Double('Of bins: the smallest value')),
    to: Type.Optional(Double('Of bins: where the next one begins')),
    baseline: Type.Integer({ description: 'Rows of the baseline' }),
    current: Type.Integer({ description: 'Rows of the current data' }),
  },
  { title: 'ComparedCell' },
)
const KINDS = ['numeric', 'time', 'categorical', 'text'] as const
const Column = Type.Object(
  {
    column: Type.String(),
    kind: oneOf(KINDS, 'What the column is in the baseline; of text the lengths are compared'),
    current_kind: Type.Optional(oneOf(KINDS, 'What it is now, where that is something else')),
    state: oneOf(
      COLUMN_STATES,
      'insufficient_data: no drift was found, and a change of psi_to_find might be there all the same',
    ),
    severity: Severity,
    rows_needed: Type.Optional(
      Type.Integer({
        format: 'int64',
        description: 'Current rows from which `ok` can be said; absent where the baseline is too small for any',
      }),
    ),
    test: Type.Optional(Test),
    effects: Type.Optional(Effects),
    values: Type.Optional(Values),
    cells: Type.Array(Cell),
  },
  { title: 'ComparedColumn' },
)

export const DetectionAnswer = Type.Object(
  {
    state: oneOf(
      ['ok', 'drift', 'insufficient_data'],
      'drift where a column drifts; insufficient_data where nothing can be said of any',
    ),
    severity: Severity,
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
    column: name,
    kind,
    ...(kindNow === undefined ? {} : { current_kind: kindNow }),
    state,
    ...(severity === undefined ? {} : { severity }),
    ...(rowsNeeded === undefined ? {} : { rows_needed: rowsNeeded }),
    ...(comparison === undefined ? {} : testAndEffects(comparison)),
    ...(values === undefined ? {} : { values: valuesAnswerOf(values) }),
    cells: cells.map(({ name: cell, from, to, reference: baseline, current }) => ({
      cell,
      ...(from === undefined || to === undefined ? {} : { from, to }),
      baseline,
      current,
    })),
  }
}

function testAndEffects(comparison: NonNullable<DetectedColumn['comparison']>) {
  const { statistic, df, pValue, method, psi, psiExcess, jsDistance, lInfinity } = comparison
  const { totalVariation, cramersV, ksDistance } = comparison
  return {
    test: { statistic, degrees_of_freedom: df, p_value: pValue, method },
    effects: {
      psi,
      psi_excess: psiExcess,
      js_distance: jsDistance,
      l_infinity: lInfinity,
      total_variation: totalVariation,
      cramers_v: cramersV,
      ...(ksDistance === undefined ? {} : { ks_distance: ksDistance }),
    },
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

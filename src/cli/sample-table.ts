// Small tables for a model that nobody has given rows for.

import type { Estimator } from '../learning/estimator.ts'
import { Random } from '../learning/random.ts'
import { intoRange, type TargetRange } from '../learning/target-range.ts'
import type { ColumnNames } from '../model/model.ts'
import type { CategoricalColumn, Column, NumericColumn, Table } from '../model/table.ts'

const ROWS = 120
const LEVELS = ['ash', 'beech', 'cedar']
const OPEN_NAMES = ['height', 'width', 'age', 'soil']

export interface SampleRows {
  /** What is in the columns, for what is said of a model that takes none of them. */
  readonly what: string
  readonly features: Table
  readonly labels: Table
}

/** Rows of each kind that a model may expect, the most searching first: the label follows from the first columns, within `range`. */
export function sampleRows(
  features: ColumnNames,
  labels: ColumnNames,
  kind: Estimator['kind'],
  range: TargetRange = {},
): SampleRows[] {
  const names = features === '*' ? OPEN_NAMES : features
  const last = names.length - 1
  const shapes: [string, (j: number) => boolean, boolean][] = [
    ['numbers and strings, some missing', (j) => j === last && last > 0, true],
    ['numbers, some missing', () => false, true],
    ['numbers', () => false, false],
    ['strings', () => true, false],
  ]
  return shapes.map(([what, isText, hasMissing]) => {
    const random = new Random(1)
    const signal = Float64Array.from({ length: ROWS }, (_, i) => (i % LEVELS.length) + random.uniform() / 2)
    const columns = names.map((name, j): Column => {
      const values = signal.map((value) => value + (j + 1) * 0.3 * random.normal())
      if (hasMissing && j === 1) for (let i = 3; i < ROWS; i += 11) values[i] = Number.NaN
      return isText(j) ? textColumn(name, values) : { kind: 'numeric', name, values }
    })
    const table = { rowCount: ROWS, columns }
    return { what, features: table, labels: { rowCount: ROWS, columns: labelColumns(labels, kind, signal, range) } }
  })
}

function labelColumns(names: ColumnNames, kind: Estimator['kind'], signal: Float64Array, range: TargetRange): Column[] {
  if (kind !== 'classifier' && kind !== 'regressor') return []
  return (names === '*' ? ['kind of tree'] : names).map((name): NumericColumn | CategoricalColumn =>
    kind === 'classifier' ? textColumn(name, signal) : { kind: 'numeric', name, values: intoRange(signal, range) },
  )
}

function textColumn(name: string, values: Float64Array): CategoricalColumn {
  const codes = Int32Array.from(values, (value) => Math.min(Math.max(Math.floor(value || 0), 0), LEVELS.length - 1))
  return { kind: 'categorical', name, codes, levels: LEVELS }
}

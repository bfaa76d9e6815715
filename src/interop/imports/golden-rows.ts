// Golden rows: rows with what the framework itself predicts for them, in columns named as our answers name them.
import type { FaultList } from '../../model/faults.ts'
import type { Predictions } from '../../model/fitted-pipeline.ts'
import type { ReadColumn, ReadTable } from '../../model/read-column.ts'
import { shownNames } from '../../model/shown.ts'
import { compareLevels, type Level } from '../../model/table.ts'

/** One column of predictions to be compared. */
export interface GoldenColumn {
  readonly name: string
  readonly expected: ReadColumn
  /** Of a label: its name; of a probability the class too. */
  readonly label: string
  readonly level: Level | undefined
}

export interface GoldenRows {
  readonly features: ReadTable
  readonly columns: readonly GoldenColumn[]
}

/**
 * The columns that hold what is expected, by their names: the label, and label.probability.class for each class. All others are
 * features. Adds a fault for each that is missing, and where a feature has the name of one.
 */
export function goldenRows(
  table: ReadTable,
  { labels, probabilities }: Pick<Predictions, 'labels' | 'probabilities'>,
  featureNames: readonly string[],
  faults: FaultList,
): GoldenRows {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const wanted = [
    ...labels.columns.map(({ name }) => ({ name, label: name, level: undefined })),
    ...probabilities.flatMap(({ name: label, levels }) =>
      levels.map((level) => ({ name: `${label}.probability.${level}`, label, level })),
    ),
  ]
  const names = new Set(wanted.map(({ name }) => name))
  for (const name of featureNames) {
    if (names.has(name))
      faults.add({ in: 'options', parameter: 'label_name', detail: `a feature is called ${JSON.stringify(name)} too` })
  }
  const missing = wanted.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
  for (const column of missing) {
    const what = 'missing column: it holds what the framework predicts for each row'
    faults.add({ in: 'golden', column, detail: `${what}; there are ${shownNames([...byName.keys()])}` })
  }
  const columns = wanted.flatMap((each): GoldenColumn[] => {
    const expected = byName.get(each.name)
    return expected === undefined ? [] : [{ ...each, expected }]
  })
  const features = { ...table, columns: table.columns.filter(({ name }) => !names.has(name)) }
  return { features, columns }
}

/** The distinct values of a column in golden rows, in the order of classes; undefined where there is no such column. */
export function levelsIn(table: ReadTable, name: string): Level[] | undefined {
  const column = table.columns.find((each) => each.name === name)
  if (column === undefined) return undefined
  const levels = new Set<Level>()
  for (let row = 0; row < table.rowCount; row++) {
    const value = goldenValue(column, row)
    if (value !== null) levels.add(value)
  }
  return [...levels].sort(compareLevels)
}

/** null where it is missing. */
export function goldenValue(column: ReadColumn, row: number): Level | null {
  if (column.kind !== 'numeric') {
    const code = column.codes[row] as number
    if (code >= 0) return column.levels[code] as Level
    if (column.kind === 'categorical') return null
  }
  const value = column.values[row] as number
  return Number.isNaN(value) ? null : value
}

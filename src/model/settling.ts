// What is known while the columns of training rows are settled, and the small parts of it.
import type { WarningCode } from '../learning/warnings.ts'
import type { ColumnReading } from './column-reading.ts'
import type { FaultList } from './faults.ts'
import { shownMarks } from './missing-marks.ts'
import type { ReadColumn } from './read-column.ts'
import type { ReadingOptions } from './reading-options.ts'
import { type CategoricalColumn, type Level, orderLevels } from './table.ts'
import type { TableMemory } from './table-memory.ts'

export interface Settling {
  readonly place: 'features' | 'labels'
  readonly options: ReadingOptions
  /** True of CSV, in which values have no type: labels of several kinds are text there, in JSON what they are. */
  readonly isOfTexts: boolean
  /** Of labels: numbers for a regressor, classes for a classifier. */
  readonly areNumbersAsked?: boolean
  readonly faults: FaultList
  /** Whether the model has a step for times or free text in a column; without one, they are categories. */
  readonly takes?: (kind: 'time' | 'text', column: string) => boolean
  /** Asked before a column is made of another. */
  readonly memory?: TableMemory | undefined
  readonly warn: (code: WarningCode, column: string, message: string) => void
}

/** Undefined where a column is read as any other is. */
export function readingOf({ options }: Settling, found?: ColumnReading): ColumnReading | undefined {
  const { naValues } = options
  if (naValues.length === 0) return found
  return { missing: naValues, ...found }
}

/** The column without the levels of which that is true: they are missing values, which is told. */
export function dropLevels(
  column: CategoricalColumn,
  isMissing: (level: Level) => boolean,
  { warn }: Settling,
): CategoricalColumn {
  const dropped = column.levels.filter(isMissing) as string[]
  if (dropped.length === 0) return column
  const count = countRows(column, isMissing)
  warn('MISSING_MARKS', column.name, `${counted(count, 'cell')} (${shownMarks(dropped)}) were read as missing values`)
  return relevel(column, (level) => (isMissing(level) ? undefined : level))
}

/** The column with each level as another, which several may share; undefined is missing. */
export function relevel(
  { name, codes, levels }: CategoricalColumn,
  to: (level: Level) => Level | undefined,
): CategoricalColumn {
  const codeOf = new Map<Level, number>()
  const codesBefore = levels.map((level) => {
    const other = to(level)
    if (other === undefined) return -1
    const code = codeOf.get(other) ?? codeOf.size
    codeOf.set(other, code)
    return code
  })
  const { levels: ordered, newCodes } = orderLevels([...codeOf.keys()])
  const codeFor = codesBefore.map((code) => (code < 0 ? -1 : (newCodes[code] as number)))
  return {
    kind: 'categorical',
    name,
    codes: codes.map((code) => (code < 0 ? -1 : (codeFor[code] as number))),
    levels: ordered,
  }
}

export function countRows({ codes, levels }: CategoricalColumn, test: (level: Level) => boolean): number {
  const isCounted = levels.map(test)
  return codes.reduce((count, code) => count + (isCounted[code] ? 1 : 0), 0)
}

/** Integers beyond 2^53 are no classes: two of them can be one double. As other numbers they are rounded. */
export function tellWide(column: ReadColumn, { place, areNumbersAsked, faults, warn }: Settling): void {
  const { name } = column
  const wide = 'wide' in column ? column.wide : undefined
  if (wide === undefined) return
  const found = counted(wide.count, 'integer')
  if (place === 'labels' && !areNumbersAsked) {
    for (const row of wide.rows) {
      const detail = `${found} beyond 2^53, of which a double has not every digit: write such labels in quotes`
      faults.add({ in: place, row, column: name, detail })
    }
  } else warn('INTEGERS_ROUNDED', name, `${found} beyond 2^53 were rounded to the nearest double`)
}

/** Labels of several types must have different texts: by those are probabilities told. */
export function checkTypedLabels({ name, levels }: CategoricalColumn, { faults, place }: Settling): void {
  const sameCount = levels.length - new Set(levels.map(String)).size
  if (sameCount === 0) return
  const detail = `${counted(sameCount, 'label')} can be told from another one only by JSON type, such as 1 and "1": expected labels of one type`
  faults.add({ in: place, column: name, detail })
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

// Columns of a training's rows that are no features: the weights of the rows, and what they are split by.
import type { FaultList } from '../model/faults.ts'
import type { ReadColumn, ReadTable } from '../model/read-column.ts'
import { NO_READING_OPTIONS, type ReadingOptions } from '../model/reading-options.ts'
import { settleTable } from '../model/settle-columns.ts'
import type { Settling } from '../model/settling.ts'
import { shown } from '../model/shown.ts'
import { type CategoricalColumn, type Column, cellsOf, type NumericColumn } from '../model/table.ts'
import { timeIn } from '../model/times.ts'
import type { AsideColumns, SplitBy } from '../spool/spool-file.ts'

const SPLIT_KINDS = ['time', 'group'] as const
const EXPECTED_SPLIT = 'expected the name of a column, or {"column": …, "as": "time" or "group"}'

/** What a request says of such columns. */
export interface AsideWishes {
  /** A column of the rows, or a number for each of them. */
  readonly weights?: string | readonly number[]
  readonly splitBy?: ColumnWish
  /** What the folds of a search follow. */
  readonly foldBy?: ColumnWish | undefined
  /** What the folds of a cross-validation follow. */
  readonly crossValidateBy?: ColumnWish | undefined
}

/** The members of a request that may name a column of times or of groups. */
type ColumnPlace = 'split_by' | 'search' | 'cross_validation'

/** A column of times or of groups. */
export interface ColumnWish {
  readonly column: string
  readonly as?: SplitBy['as'] | undefined
}

/** Null and undefined say nothing. Adds a fault for what is neither a wish nor nothing. */
export function readAsideWishes(weights: unknown, splitBy: unknown, faults: FaultList): AsideWishes {
  const isNothing = (given: unknown): boolean => given === undefined || given === null
  const isList = Array.isArray(weights) && weights.every((weight) => typeof weight === 'number')
  if (!isNothing(weights) && typeof weights !== 'string' && !isList) {
    faults.add({ in: 'weights', detail: 'expected the name of a column, or a list with a number for each row' })
  }
  const split = typeof splitBy === 'string' ? { column: splitBy } : splitBy
  const { column, as } = (typeof split === 'object' && split !== null ? split : {}) as Record<string, unknown>
  const isKind = as === undefined || SPLIT_KINDS.some((kind) => kind === as)
  const isSplit = typeof column === 'string' && isKind
  if (!isNothing(splitBy) && !isSplit)
    faults.add({ in: 'split_by', detail: `${EXPECTED_SPLIT}, got ${shown(splitBy)}` })
  return {
    ...(typeof weights === 'string' || isList ? { weights: weights as string | number[] } : {}),
    ...(isSplit ? { splitBy: { column, ...(as === undefined ? {} : { as: as as SplitBy['as'] }) } } : {}),
  }
}

export interface SetAside {
  /** The table without the columns. */
  readonly rest: ReadTable
  readonly aside: AsideColumns
  readonly splitBy?: SplitBy
  readonly foldBy?: SplitBy
  readonly crossValidateBy?: SplitBy
}

/**
 * Takes the columns out of the features and reads them. Adds a fault for each that is not there, and for each value that
 * is no weight (a finite number of 0 or more, not all 0), or missing in what rows are split by. O(rows).
 */
export function setAside(table: ReadTable, wishes: AsideWishes, settling: Omit<Settling, 'place'>): SetAside {
  const { faults } = settling
  const { weights, splitBy, foldBy, crossValidateBy } = wishes
  const names = asideNames(wishes)
  const rest = { ...table, columns: table.columns.filter(({ name }) => !names.includes(name)) }
  const columnOf = (name: string, place: 'weights' | ColumnPlace): ReadColumn | undefined => {
    const found = table.columns.find((column) => column.name === name)
    if (found === undefined) faults.add({ in: place, column: name, detail: 'missing column: no row has it' })
    return found
  }
  const given = typeof weights === 'string' ? columnOf(weights, 'weights') : undefined
  const read = given !== undefined ? weightsIn(given, settling) : listed(weights, table.rowCount, faults)
  const split = splitBy && columnOf(splitBy.column, 'split_by')
  const settled = split && splitColumn(split, splitBy.as, 'split_by', settling)
  const fold = foldBy && columnOf(foldBy.column, 'search')
  const folds = fold && splitColumn(fold, foldBy.as, 'search', settling)
  const validate = crossValidateBy && columnOf(crossValidateBy.column, 'cross_validation')
  const validated = validate && splitColumn(validate, crossValidateBy.as, 'cross_validation', settling)
  return {
    rest,
    aside: {
      ...(read === undefined ? {} : { weights: read }),
      ...(settled === undefined ? {} : { splitBy: settled.column }),
      ...(folds === undefined ? {} : { foldBy: folds.column }),
      ...(validated === undefined ? {} : { crossValidateBy: validated.column }),
    },
    ...(settled === undefined ? {} : { splitBy: { column: settled.column.name, as: settled.as } }),
    ...(folds === undefined ? {} : { foldBy: { column: folds.column.name, as: folds.as } }),
    ...(validated === undefined ? {} : { crossValidateBy: { column: validated.column.name, as: validated.as } }),
  }
}

/** The column that a member names, before it is known whether all is right with it. */
export function columnIn(given: unknown): ColumnWish | undefined {
  const { column } = Object(given) as { column?: unknown }
  return typeof column === 'string' ? { column } : undefined
}

/** Columns of the rows that are no features. */
export function asideNames({ weights, splitBy, foldBy, crossValidateBy }: AsideWishes): string[] {
  const columns = [splitBy, foldBy, crossValidateBy].flatMap((by) => by?.column ?? [])
  return typeof weights === 'string' ? [weights, ...columns] : columns
}

function listed(weights: AsideWishes['weights'], rowCount: number, faults: FaultList): NumericColumn | undefined {
  if (weights === undefined || typeof weights === 'string') return undefined
  if (weights.length !== rowCount) {
    faults.add({ in: 'weights', detail: `expected ${rowCount} numbers, as many as features, got ${weights.length}` })
  }
  const column: NumericColumn = { kind: 'numeric', name: 'weights', values: Float64Array.from(weights) }
  checkWeights(column, faults)
  return column
}

function weightsIn(column: ReadColumn, settling: Omit<Settling, 'place'>): NumericColumn | undefined {
  const { name } = column
  const { faults } = settling
  const settled = settleAs(column, 'numeric', settling)
  if (settled?.kind !== 'numeric') return undefined
  const { values } = settled
  checkWeights({ kind: 'numeric', name, values }, faults)
  return { kind: 'numeric', name, values }
}

function checkWeights({ name, values }: NumericColumn, faults: FaultList): void {
  const before = faults.count
  values.forEach((weight, row) => {
    if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return
    const got = Number.isNaN(weight) ? 'a missing value' : String(weight)
    faults.add({ in: 'weights', row, column: name, detail: `expected a weight of 0 or more, got ${got}` })
  })
  const total = values.reduce((sum, weight) => sum + weight, 0)
  if (faults.count > before || values.length === 0 || (total > 0 && Number.isFinite(total))) return
  faults.add({ in: 'weights', column: name, detail: `expected weights with a finite sum above 0, got ${total}` })
}

function splitColumn(
  column: ReadColumn,
  asked: SplitBy['as'] | undefined,
  member: ColumnPlace,
  settling: Omit<Settling, 'place'>,
): { readonly column: Column; readonly as: SplitBy['as'] } | undefined {
  const { name } = column
  const { faults } = settling
  const place = { in: member, column: name } as const
  if (asked === undefined && column.kind === 'numeric') {
    faults.add({ ...place, detail: 'numbers may be times or groups: say {"column": …, "as": "time"}, or "group"' })
    return undefined
  }
  const as = asked ?? (areTimes(column) ? 'time' : 'group')
  const type = as === 'group' ? 'categorical' : column.kind === 'numeric' ? 'numeric' : 'time'
  const settled = settleAs(column, type, settling)
  if (settled === undefined) return undefined
  const isMissing = settled.kind === 'categorical' ? (cell: number) => cell < 0 : Number.isNaN
  cellsOf(settled).forEach((cell: number, row: number) => {
    if (isMissing(cell)) faults.add({ ...place, row, detail: `missing value; every row needs a ${as}` })
  })
  return { column: settled, as }
}

function areTimes(column: ReadColumn): boolean {
  if (column.kind !== 'categorical' || column.levels.length === 0) return false
  return (column as CategoricalColumn).levels.every((level) => typeof level === 'string' && timeIn(level) !== undefined)
}

/** The column as one of that type. What is decided about it is nobody's concern but where it is wrong. */
function settleAs(
  column: ReadColumn,
  type: 'numeric' | 'categorical' | 'time',
  settling: Omit<Settling, 'place'>,
): Column | undefined {
  const options: ReadingOptions = { ...NO_READING_OPTIONS, columnTypes: new Map([[column.name, type]]) }
  const before = settling.faults.count
  const one = { rowCount: 0, columns: [column] }
  const [settled] = settleTable(one, {
    ...settling,
    options,
    place: 'features',
    takes: () => true,
    warn: () => {},
  }).columns
  return settling.faults.count === before ? settled : undefined
}

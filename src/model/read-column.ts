// Columns as rows brought them, before it is decided what they are: besides those of a Table there are mixed ones.

import { LevelCodes } from './level-codes.ts'
import { NumberMap } from './number-map.ts'
import {
  type CategoricalColumn,
  type Column,
  type Level,
  type NumericColumn,
  orderLevels,
  type Table,
} from './table.ts'
import type { TableMemory } from './table-memory.ts'
import { LEVEL_BYTES } from './table-memory.ts'

/** Integers beyond 2^53 that were written out in digits: as doubles they are rounded. */
export interface WideIntegers {
  readonly count: number
  /** Some of their rows, in order. */
  readonly rows: readonly number[]
}

/** Numbers in some rows, strings or booleans in others. Missing where the value is NaN and the code −1. */
export interface MixedColumn {
  readonly kind: 'mixed'
  readonly name: string
  readonly values: Float64Array
  readonly codes: Int32Array
  /** Strings and booleans, in order. */
  readonly levels: readonly Level[]
  readonly wide?: WideIntegers
  /** All cells as the file has them, where it is a file of texts that was read for them. */
  readonly texts?: CategoricalColumn
}

/** Times are texts here. */
export type ReadColumn = (NumericColumn & { readonly wide?: WideIntegers }) | CategoricalColumn | MixedColumn

/** A table of columns as they were read. */
export interface ReadTable {
  readonly rowCount: number
  readonly columns: readonly ReadColumn[]
}

/** Distinct values of a mixed column at the most: each is an object of the heap. */
const MIXED_LEVELS_MAX = 2 ** 23

interface Mixing {
  /** The level of a number; undefined where it has none. */
  readonly levelOf?: (value: number) => Level | undefined
  /** Told of the rows whose numbers have no level, or are beyond the most distinct values: they are missing. */
  readonly refuse?: (row: number) => void
  readonly memory?: TableMemory | undefined
}

/** A mixed column as categories: each distinct number becomes a level. O(rows + levels log levels). */
export function mixedAsCategorical(
  column: Pick<MixedColumn, 'name' | 'values' | 'codes' | 'levels'>,
  { levelOf = (value) => value, refuse, memory }: Mixing = {},
): CategoricalColumn {
  const { name, values, levels: others } = column
  memory?.take(4 * values.length + LEVEL_BYTES * others.length)
  const given: Level[] = [...others]
  const known = new LevelCodes()
  for (const level of others) known.add(level)
  const codeOfNumber = new NumberMap()
  const codes = Int32Array.from(column.codes)
  for (let row = 0; row < codes.length; row++) {
    const value = values[row] as number
    if ((codes[row] as number) >= 0 || Number.isNaN(value)) continue
    let code = codeOfNumber.get(value)
    if (code < 0) {
      const level = given.length < MIXED_LEVELS_MAX ? levelOf(value + 0) : undefined
      if (level === undefined) {
        refuse?.(row)
        continue
      }
      code = known.get(level)
      if (code < 0) {
        memory?.take(LEVEL_BYTES)
        code = known.add(level)
        given.push(level)
      }
      codeOfNumber.set(value, code)
    }
    codes[row] = code
  }
  const { levels, newCodes } = orderLevels(given)
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code >= 0) codes[row] = newCodes[code] as number
  }
  return { kind: 'categorical', name, codes, levels }
}

/** The table with mixed columns as categories whose levels are of several types. */
export function withoutMixed({ rowCount, columns }: ReadTable): Table {
  return { rowCount, columns: columns.map(notMixed) }
}

export function notMixed(column: ReadColumn): Column {
  if (column.kind === 'mixed') return mixedAsCategorical(column)
  if (column.kind === 'categorical') return column
  const { wide: _, ...numeric } = column
  return numeric
}

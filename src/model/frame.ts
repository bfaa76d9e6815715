// From a Table to the frame that encoding steps and estimators work on.
import type { RowBlock } from '../learning/matrix.ts'
import type { ColumnSchema } from './schema.ts'
import type { ColumnKind, Frame } from './steps/step.ts'
import type { CategoricalColumn, Column, Level, Table } from './table.ts'

/** Numbers and times without a copy; categories as codes, NaN for missing. O(categorical cells). */
export function toFrame(table: Table): Frame {
  return {
    rowCount: table.rowCount,
    columns: table.columns.map(numbersIn),
    columnNames: table.columns.map((column) => column.name),
    categoryCounts: table.columns.map(categoryCountOf),
    kinds: table.columns.map(kindOf),
    levels: table.columns.map(levelsOf),
  }
}

/** The frame of rows that are numbers and codes already, in the order of the schema. O(cells). */
export function blockFrame({ rowCount, columnCount, values }: RowBlock, schema: readonly ColumnSchema[]): Frame {
  return {
    rowCount,
    columns: schema.map((_, j) =>
      Float64Array.from({ length: rowCount }, (_, i) => values[i * columnCount + j] as number),
    ),
    columnNames: schema.map((column) => column.name),
    categoryCounts: schema.map(categoryCountOf),
    kinds: schema.map((column) => column.kind),
    levels: schema.map(levelsOf),
  }
}

function kindOf(column: Column | ColumnSchema): ColumnKind {
  return column.kind === 'categorical' && 'isText' in column && column.isText ? 'text' : column.kind
}

/** A column without a category is categorical all the same. */
function categoryCountOf(column: Column | ColumnSchema): number {
  return kindOf(column) === 'categorical' ? Math.max((column as CategoricalColumn).levels.length, 1) : 0
}

function levelsOf(column: Column | ColumnSchema): readonly Level[] | undefined {
  return column.kind === 'categorical' ? column.levels : undefined
}

function numbersIn(column: Column): Float64Array {
  if (column.kind !== 'categorical') return column.values
  const numbers = new Float64Array(column.codes)
  if (!column.codes.includes(-1)) return numbers
  for (let i = 0; i < numbers.length; i++) if ((numbers[i] as number) < 0) numbers[i] = Number.NaN
  return numbers
}

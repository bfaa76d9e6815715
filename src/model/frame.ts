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
export function blockFrame(block: RowBlock, schema: readonly ColumnSchema[]): Frame {
  const { columnNames, categoryCounts, kinds, levels } = schemaFrame(schema)
  return { rowCount: block.rowCount, columns: columnsOf(block), columnNames, categoryCounts, kinds, levels }
}

type SchemaFrame = Required<Pick<Frame, 'columnNames' | 'categoryCounts' | 'kinds' | 'levels'>>

const schemaFrames = new WeakMap<readonly ColumnSchema[], SchemaFrame>()

/** What frames of a schema have in common: made once, for a prediction of one row takes little more time than this. */
function schemaFrame(schema: readonly ColumnSchema[]): SchemaFrame {
  let frame = schemaFrames.get(schema)
  if (frame === undefined) {
    frame = {
      columnNames: schema.map((column) => column.name),
      categoryCounts: schema.map(categoryCountOf),
      kinds: schema.map((column) => column.kind),
      levels: schema.map(levelsOf),
    }
    schemaFrames.set(schema, frame)
  }
  return frame
}

/** Filled by a loop: Float64Array.from takes several times as long for a few rows. */
function columnsOf({ rowCount, columnCount, values }: RowBlock): Float64Array[] {
  const columns: Float64Array[] = []
  for (let j = 0; j < columnCount; j++) {
    const column = new Float64Array(rowCount)
    for (let i = 0, k = j; i < rowCount; i++, k += columnCount) column[i] = values[k] as number
    columns.push(column)
  }
  return columns
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

// Counts rows in the cells of one version: in one array over all its columns, which the caller keeps.
import type { RowBlock } from '../learning/matrix.ts'
import type { UnseenLevels } from '../model/conform.ts'
import type { Predictions } from '../model/fitted-pipeline.ts'
import { codesOf } from '../model/level-codes.ts'
import { largestFrom, type Probabilities } from '../model/output-rows.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { Column, Level, Table } from '../model/table.ts'
import { type Baseline, type ColumnBaseline, type ColumnCells, cellCountOf, columnsOf } from './baseline.ts'
import { cellOfCode, cellOfNumber } from './cell-of.ts'
import { isTextColumn, lengthsOf } from './freeze-column.ts'

/** A column as it is counted. */
interface CountedColumn {
  readonly name: string
  /** Index of its first cell in the array. */
  readonly start: number
  /** Of numbers; else undefined. */
  readonly edges: Float64Array | undefined
  /** Cells by code, see cellOfCode; empty of numbers. */
  readonly cells: Int32Array
  /** Index in the schema, or in the answer. */
  readonly at: number
}

export class VersionCells {
  /** Length of the array of counts: the cells of the baseline's columns, one behind the other, as columnsOf has them. */
  readonly cellCount: number
  /** Bytes that this takes. */
  readonly byteLength: number
  private readonly features: readonly CountedColumn[]
  private readonly answers: readonly CountedColumn[]
  private readonly confidence: CountedColumn | undefined

  /** answers: the columns that its predictions consist of, without rows. O(levels + cells). */
  constructor(baseline: Baseline, schema: readonly ColumnSchema[], answers: readonly Column[]) {
    const starts = new Map<ColumnBaseline, number>()
    let cellCount = 0
    for (const column of columnsOf(baseline)) {
      starts.set(column, cellCount)
      cellCount += cellCountOf(column.cells)
    }
    this.cellCount = cellCount
    const startOf = (column: ColumnBaseline): number => starts.get(column) as number
    const find = (columns: readonly ColumnBaseline[], known: readonly (ColumnSchema | Column)[]): CountedColumn[] => {
      const places = new Map(known.map(({ name }, at) => [name, at]))
      return columns.flatMap((column) => {
        const at = places.get(column.name)
        return at === undefined ? [] : countedColumn(column, startOf(column), at, known[at] as ColumnSchema | Column)
      })
    }
    this.features = find(baseline.features, schema)
    this.answers = find(baseline.answers, answers)
    const { confidence } = baseline
    this.confidence = confidence && {
      ...{ name: confidence.name, start: startOf(confidence), at: 0, cells: NO_CELLS },
      edges: edgesOf(confidence.cells),
    }
    this.byteLength = bytesOf([...this.features, ...this.answers])
  }

  /** Counts rows that a RowReader has read. O(cells of the rows). */
  addBlock(counts: Float64Array, { values, columnCount }: RowBlock): void {
    for (const { start, edges, cells, at } of this.features) {
      for (let i = at; i < values.length; i += columnCount) {
        const value = values[i] as number
        const cell = start + (edges === undefined ? cellOfCode(cells, value) : cellOfNumber(edges, value))
        counts[cell] = (counts[cell] as number) + 1
      }
    }
  }

  /** Counts rows in the columns of the version's schema, with the values that training never saw. O(cells of the rows). */
  addTable(counts: Float64Array, { columns }: Table, unseen: readonly UnseenLevels[] = []): void {
    for (const counted of this.features) addColumn(counts, counted, columns[counted.at] as Column)
    for (const { column, rowCount } of unseen) {
      const counted = this.features.find(({ name }) => name === column)
      // Texts that are no times are missing times.
      if (counted === undefined || counted.edges !== undefined) continue
      // They are missing in the table.
      const { start, cells } = counted
      const unseenCell = start + cellOfCode(cells, cells.length)
      const missingCell = start + cellOfCode(cells, -1)
      counts[unseenCell] = (counts[unseenCell] as number) + rowCount
      counts[missingCell] = (counts[missingCell] as number) - rowCount
    }
  }

  /** Counts answers, as far as they are what the version's own predictions are. O(values). */
  addAnswers(counts: Float64Array, { labels, probabilities, confidence }: Predictions): void {
    for (const counted of this.answers) {
      const column = labels.columns[counted.at]
      const isOwn = column?.name === counted.name && (column.kind === 'categorical') === (counted.edges === undefined)
      if (isOwn) addColumn(counts, counted, column)
    }
    if (this.confidence === undefined) return
    const { start, edges = NO_EDGES } = this.confidence
    if (confidence !== undefined) addNumbers(counts, start, edges, confidence)
    else if (probabilities[0] !== undefined) addLargest(counts, start, edges, probabilities[0])
  }
}

const NO_CELLS = new Int32Array(2)
const NO_EDGES = new Float64Array(0)

/** Nothing where the column is of another kind than its cells. */
function countedColumn(
  { name, cells }: ColumnBaseline,
  start: number,
  at: number,
  known: ColumnSchema | Column,
): CountedColumn[] {
  const head = { name, start, at }
  if (cells.kind === 'numeric') {
    const isCodes = known.kind === 'categorical' && !('isText' in known && known.isText)
    return isCodes ? [] : [{ ...head, edges: edgesOf(cells), cells: NO_CELLS }]
  }
  return known.kind === 'categorical' ? [{ ...head, edges: undefined, cells: cellsByCode(cells, known.levels) }] : []
}

function edgesOf(cells: ColumnCells): Float64Array {
  return Float64Array.from(cells.kind === 'numeric' ? cells.edges : [])
}

function cellsByCode(cells: Extract<ColumnCells, { kind: 'categorical' }>, levels: readonly Level[]): Int32Array {
  const own = codesOf(cells.levels)
  const otherCell = cells.levels.length
  const unseenCell = otherCell + (cells.hasOther ? 1 : 0)
  const byCode = new Int32Array(levels.length + 2)
  levels.forEach((level, code) => {
    const cell = own.get(level)
    byCode[code] = cell < 0 ? otherCell : cell
  })
  byCode[levels.length] = unseenCell
  byCode[levels.length + 1] = unseenCell + 1
  return byCode
}

function addColumn(counts: Float64Array, { start, edges, cells }: CountedColumn, column: Column): void {
  if (edges !== undefined) {
    if (column.kind !== 'categorical') addNumbers(counts, start, edges, column.values)
    else if (isTextColumn(column)) addNumbers(counts, start, edges, lengthsOf(column))
    return
  }
  for (const code of (column as Extract<Column, { kind: 'categorical' }>).codes) {
    const cell = start + cellOfCode(cells, code)
    counts[cell] = (counts[cell] as number) + 1
  }
}

function addNumbers(counts: Float64Array, start: number, edges: Float64Array, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const cell = start + cellOfNumber(edges, values[i] as number)
    counts[cell] = (counts[cell] as number) + 1
  }
}

/** The largest probability of each row. */
function addLargest(counts: Float64Array, start: number, edges: Float64Array, { values, levels }: Probabilities): void {
  const classCount = levels.length
  for (let i = 0; i < values.length; i += classCount) {
    const cell = start + cellOfNumber(edges, largestFrom(values, i, classCount))
    counts[cell] = (counts[cell] as number) + 1
  }
}

const COLUMN_BYTES = 200

function bytesOf(columns: readonly CountedColumn[]): number {
  return columns.reduce((sum, { edges, cells }) => sum + COLUMN_BYTES + (edges?.byteLength ?? 0) + cells.byteLength, 0)
}

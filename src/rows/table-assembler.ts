// Rows on their way into columns: which columns there are, what is wrong with which row, and the bounds of both.
import type { Warning } from '../learning/warnings.ts'
import { ColumnBuilder, type LevelBudget, levelBudget } from '../model/column-builder.ts'
import { NAME_LENGTH_MAX, notAName } from '../model/column-name.ts'
import { FaultList, type GotType } from '../model/faults.ts'
import type { ReadTable } from '../model/read-column.ts'
import { columnsMaxOf } from '../model/table-limits.ts'
import type { TableMemory } from '../model/table-memory.ts'

/** A list of rows as it was read. The values of the table are meaningful only when there are no faults. */
export interface AssembledRows {
  readonly table: ReadTable
  readonly faults: FaultList
  /** What was decided about the data on the way. */
  readonly warnings: readonly Warning[]
}

/** A value takes so much at the least. */
const CODE_BYTES = 4

type Place = 'features' | 'labels'

/** What the levels of all columns take that a batch keeps for the next. */
const BATCH_LEVEL_BYTES_MAX = 2 ** 24

/** The number of columns is checked against that of the rows every so many rows. */
const BOUND_CHECK_ROWS = 4096

export class TableAssembler {
  /** Rows begun so far. */
  rowCount = 0
  /** Counts how often columns were dropped: who remembers columns must forget them then. */
  dropCount = 0
  /** In the order of their first appearance. */
  private readonly columns: ColumnBuilder[] = []
  private readonly placeOf: (column: string) => Place
  private readonly byName = new Map<string, { readonly builder: ColumnBuilder; readonly firstRow: number }>()
  private readonly budget: LevelBudget
  private faults = new FaultList()
  /** What is wrong with values of the latest row, by column. */
  private readonly valueFaults = new Map<
    ColumnBuilder,
    { readonly detail: string; readonly got: GotType | undefined }
  >()
  /** The first column that is one too many. */
  private tooWide: { readonly row: number; readonly name: string } | undefined

  private readonly isText: (column: string) => boolean
  private warnings: Warning[] = []

  /**
   * placeOf: whether a column is one of the features or of the labels, for what is said of it.
   * memory: asked before the table takes some; what it throws ends the reading.
   * isText: whether all cells of a column are to be read as text, where the form of the rows leaves that open.
   */
  constructor(
    placeOf: (column: string) => Place,
    memory?: TableMemory,
    isText: (column: string) => boolean = () => false,
  ) {
    this.placeOf = placeOf
    this.budget = levelBudget(memory)
    this.isText = isText
  }

  /** Something was decided about the rows as a whole. */
  warn(warning: Warning): void {
    this.warnings.push(warning)
  }

  /** Begins the next row and gives its index. */
  beginRow(): number {
    const row = this.rowCount++
    if (row % BOUND_CHECK_ROWS === 0) {
      this.dropColumnsBeyond(columnsMaxOf(this.rowCount))
      // Of every column all rows will be there in the end, those too that have no value.
      this.budget.memory?.check(CODE_BYTES * this.rowCount * this.columns.length)
    }
    return row
  }

  /** Begins so many rows at once, for forms that have one column after the other, and gives the index of the first. */
  beginRows(count: number): number {
    const first = this.rowCount
    this.rowCount += count
    this.dropColumnsBeyond(columnsMaxOf(this.rowCount))
    this.budget.memory?.check(CODE_BYTES * this.rowCount * this.columns.length)
    return first
  }

  /** Something is wrong with the value of a row. */
  cellFault({ name }: ColumnBuilder, row: number, detail: string): void {
    this.faults.add({ in: this.placeOf(name), row, column: name, detail })
  }

  endRow(): void {
    if (this.valueFaults.size === 0) return
    const row = this.rowCount - 1
    for (const [{ name }, { detail, got }] of this.valueFaults) {
      this.faults.add({ in: this.placeOf(name), row, column: name, detail }, got)
    }
    this.valueFaults.clear()
  }

  /** The column of that name, new or not; undefined when its name is too long, or it would be one too many. */
  column(name: string): ColumnBuilder | undefined {
    const isTooLong = name.length > NAME_LENGTH_MAX
    const known = isTooLong ? undefined : this.byName.get(name)
    if (known !== undefined) return known.builder
    if (this.columns.length >= columnsMaxOf(this.rowCount)) {
      this.tooWide ??= { row: Math.max(this.rowCount - 1, 0), name }
      return undefined
    }
    // A header comes before all rows.
    const row = Math.max(this.rowCount - 1, 0)
    const wrongName = notAName(name)
    if (wrongName !== undefined) this.faults.add({ in: this.placeOf(name), row, column: name, detail: wrongName })
    if (isTooLong) return undefined
    const builder = new ColumnBuilder(name, this.budget, this.isText(name))
    this.byName.set(name, { builder, firstRow: row })
    this.columns.push(builder)
    return builder
  }

  /** The row names a column again: what it said of it before does not count. */
  override(column: ColumnBuilder): void {
    column.clear(this.rowCount - 1)
    this.valueFaults.delete(column)
  }

  /** got: of a value that no column takes. */
  valueFault(column: ColumnBuilder, detail: string, got?: GotType): void {
    this.valueFaults.set(column, { detail, got })
  }

  /** Something is wrong with a column as a whole. */
  headerFault(column: string, detail: string): void {
    this.faults.add({ in: this.placeOf(column), column, detail })
  }

  /** False when the column was dropped. */
  has(column: ColumnBuilder): boolean {
    return this.byName.get(column.name)?.builder === column
  }

  /** Something is wrong with the row as a whole. */
  rowFault(place: Place, detail: string): void {
    this.faults.add({ in: place, row: this.rowCount - 1, detail })
  }

  /** The table; the assembler is spent. */
  finish(): AssembledRows {
    this.tellTooWide()
    const { rowCount, columns, faults, warnings } = this
    this.byName.clear()
    // One after the other, so that each lets go of its blocks before the next takes its memory.
    const finished = columns.splice(0).map((builder) => builder.finish(rowCount))
    return { table: { rowCount, columns: finished }, faults, warnings }
  }

  /**
   * The rows so far, BATCH_ROWS_MAX at the most, as a table of all columns that were met. The next ones count from 0 again:
   * the table holds until the first of them is begun.
   */
  finishBatch(): AssembledRows {
    this.tellTooWide()
    const { rowCount, columns, faults, warnings } = this
    const levelBytesMax = BATCH_LEVEL_BYTES_MAX / Math.max(1, columns.length)
    const finished = columns.map((builder) => builder.finishBatch(rowCount, levelBytesMax))
    this.rowCount = 0
    this.faults = new FaultList()
    this.warnings = []
    this.tooWide = undefined
    return { table: { rowCount, columns: finished }, faults, warnings }
  }

  private tellTooWide(): void {
    const columnsMax = columnsMaxOf(this.rowCount)
    this.dropColumnsBeyond(columnsMax)
    if (this.tooWide === undefined) return
    const { row, name } = this.tooWide
    this.faults.add({ in: this.placeOf(name), row, column: name, detail: `more than ${columnsMax} columns` })
  }

  private dropColumnsBeyond(columnsMax: number): void {
    const dropped = this.columns.splice(columnsMax)
    const [first] = dropped
    if (first === undefined) return
    this.dropCount += 1
    this.tooWide = { row: this.byName.get(first.name)?.firstRow as number, name: first.name }
    for (const { name } of dropped) this.byName.delete(name)
  }
}

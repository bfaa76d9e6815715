// Rows that stand for all: each row is in it or not by its number alone, so that all columns have the same ones.
import type { ReadColumn } from '../../model/read-column.ts'
import type { Level } from '../../model/table.ts'
import { mixed } from './cell-hashes.ts'

/** Cells, and rows, that are kept at the most. */
const CELLS_MAX = 1_000_000
const ROWS_MAX = 100_000
const ROWS_MIN = 200
/** Characters of a text that is kept, and of all of them: with long texts there are fewer rows. */
const TEXT_MAX = 1000
const CHARACTERS_MAX = 2 ** 23

/** The cells of a column in the rows of the sample: NaN where there is no value. Numbers alone take 8 bytes each. */
export type SampledColumn = readonly Level[]

/**
 * All rows while there is room; then half of them, by a hash of their numbers, and again when it is full. Two runs over the
 * same rows keep the same ones.
 */
export class RowSample {
  /** Of all rows that were seen. */
  private seen = 0
  private rows: number[] = []
  private level = 0
  private characters = 0
  private readonly columns = new Map<string, Level[]>()

  /** Adds rows. O(rows + cells that are kept). */
  add(rowCount: number, columns: readonly ReadColumn[]): void {
    const taken: number[] = []
    for (let row = 0; row < rowCount; row++) if (this.keeps(this.seen + row)) taken.push(row)
    for (const column of columns) this.takeColumn(column, taken)
    for (const row of taken) this.rows.push(this.seen + row)
    for (const cells of this.columns.values()) while (cells.length < this.rows.length) cells.push(Number.NaN)
    this.seen += rowCount
    while (this.rows.length > this.rowsMax || (this.characters > CHARACTERS_MAX && this.rows.length > ROWS_MIN)) {
      this.halve()
    }
  }

  get rowCount(): number {
    return this.rows.length
  }

  get isWhole(): boolean {
    return this.level === 0
  }

  column(name: string): SampledColumn {
    return this.columns.get(name) ?? []
  }

  private get rowsMax(): number {
    return Math.max(ROWS_MIN, Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, this.columns.size))))
  }

  private keeps(row: number): boolean {
    return (mixed(row + 1) & (2 ** this.level - 1)) === 0
  }

  private takeColumn(column: ReadColumn, taken: readonly number[]): void {
    let to = this.columns.get(column.name)
    if (to === undefined) {
      to = this.rows.map(() => Number.NaN)
      this.columns.set(column.name, to)
    }
    for (const row of taken) {
      const level = column.kind === 'numeric' ? undefined : column.levels[column.codes[row] as number]
      const cell = level ?? (column.kind === 'categorical' ? Number.NaN : (column.values[row] as number))
      if (typeof cell === 'string') to.push(this.keptText(cell))
      else to.push(cell)
    }
  }

  private keptText(text: string): string {
    this.characters += Math.min(text.length, TEXT_MAX)
    // By way of its bytes: a part of a string would keep the whole.
    return text.length <= TEXT_MAX ? text : Buffer.from(text.slice(0, TEXT_MAX)).toString()
  }

  private halve(): void {
    this.level += 1
    this.characters = 0
    const kept: number[] = []
    for (let i = 0; i < this.rows.length; i++) if (this.keeps(this.rows[i] as number)) kept.push(i)
    this.rows = kept.map((i) => this.rows[i] as number)
    for (const [name, cells] of this.columns) {
      this.columns.set(
        name,
        kept.map((i) => cells[i] as Level),
      )
      for (const cell of this.columns.get(name) ?? []) if (typeof cell === 'string') this.characters += cell.length
    }
  }
}

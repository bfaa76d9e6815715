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
  private count = 0
  private level = 0
  private characters = 0
  /** Of the first `count` places; what lies behind is of rows that were dropped, so that the lists need not grow again. */
  private readonly rows: number[] = []
  private readonly columns = new Map<string, Level[]>()

  /** Adds rows. O(rows + cells that are kept). */
  add(rowCount: number, columns: readonly ReadColumn[]): void {
    const before = this.count
    const taken: number[] = []
    for (let row = 0; row < rowCount; row++) if (this.keeps(this.seen + row)) taken.push(row)
    for (const row of taken) this.rows[this.count++] = this.seen + row
    for (const column of columns) this.takeColumn(column, taken, before)
    const given = new Set(columns.map(({ name }) => name))
    for (const [name, cells] of this.columns) {
      if (!given.has(name)) for (let i = before; i < this.count; i++) cells[i] = Number.NaN
    }
    this.seen += rowCount
    while (this.count > this.rowsMax || (this.characters > CHARACTERS_MAX && this.count > ROWS_MIN)) this.halve()
  }

  get rowCount(): number {
    return this.count
  }

  column(name: string): SampledColumn {
    return this.columns.get(name)?.slice(0, this.count) ?? []
  }

  private get rowsMax(): number {
    return Math.max(ROWS_MIN, Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, this.columns.size))))
  }

  private keeps(row: number): boolean {
    return (mixed(row + 1) & (2 ** this.level - 1)) === 0
  }

  private takeColumn(column: ReadColumn, taken: readonly number[], start: number): void {
    let cells = this.columns.get(column.name)
    if (cells === undefined) {
      cells = this.rows.slice(0, start).map(() => Number.NaN)
      this.columns.set(column.name, cells)
    }
    let to = start
    for (const row of taken) {
      const level = column.kind === 'numeric' ? undefined : column.levels[column.codes[row] as number]
      const cell = level ?? (column.kind === 'categorical' ? Number.NaN : (column.values[row] as number))
      cells[to++] = typeof cell === 'string' ? this.keptText(cell) : cell
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
    let to = 0
    for (let from = 0; from < this.count; from++) {
      const row = this.rows[from] as number
      if (!this.keeps(row)) continue
      this.rows[to] = row
      for (const cells of this.columns.values()) {
        const cell = cells[from] as Level
        cells[to] = cell
        if (typeof cell === 'string') this.characters += cell.length
      }
      to += 1
    }
    this.count = to
  }
}

// From row objects to a Table: finds out each column's kind, and names every value that is not one.
import type { FaultList } from './faults.ts'
import { type Column, type Level, orderedColumn, type Table } from './table.ts'

/** Columns of one table at the most, and cells: a few rows with wild keys must not cost gigabytes. */
const COLUMNS_MAX = 10_000
const CELLS_MAX = 2 ** 29

/**
 * Turns parsed JSON rows into a Table. A column is numeric when its present values are all numbers, else categorical;
 * null and an absent key are missing. Columns stand in the order of their first appearance.
 * Adds a fault for every row that is no object and every value that is no finite number, string, boolean or null;
 * the table is meaningful only when it added none. O(cells).
 */
export function buildTable(rows: readonly unknown[], place: 'features' | 'labels', faults: FaultList): Table {
  const builders = new Map<string, ColumnBuilder>()
  const columnsMax = Math.min(COLUMNS_MAX, Math.floor(CELLS_MAX / Math.max(rows.length, 1)))
  let isTooWide = false
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      faults.add({ in: place, row: i, detail: `expected an object of values by column name, got ${describe(row)}` })
      return
    }
    for (const [name, value] of Object.entries(row)) {
      let builder = builders.get(name)
      if (builder === undefined) {
        if (builders.size >= columnsMax) {
          if (!isTooWide) faults.add({ in: place, row: i, column: name, detail: `more than ${columnsMax} columns` })
          isTooWide = true
          continue
        }
        builder = new ColumnBuilder(name, rows.length)
        builders.set(name, builder)
      }
      const wrong = builder.set(i, value)
      if (wrong !== undefined) faults.add({ in: place, row: i, column: name, detail: wrong })
    }
  })
  return { rowCount: rows.length, columns: [...builders.values()].map((builder) => builder.finish()) }
}

/** One column in the making: numbers until the first string or boolean, categories from then on. */
class ColumnBuilder {
  private readonly name: string
  private numbers: Float64Array | undefined
  private codes: Int32Array | undefined
  private readonly codeOf = new Map<Level, number>()

  constructor(name: string, rowCount: number) {
    this.name = name
    this.numbers = new Float64Array(rowCount).fill(Number.NaN)
  }

  /** Returns what is wrong with the value, if anything is. */
  set(row: number, value: unknown): string | undefined {
    if (value === null) return undefined
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) return `expected a finite number, got ${value}`
      if (this.numbers !== undefined) this.numbers[row] = value
      else this.setLevel(row, value)
      return undefined
    }
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      return `expected a number, a string, a boolean or null, got ${describe(value)}`
    }
    if (this.numbers !== undefined) this.becomeCategorical(this.numbers)
    this.setLevel(row, value)
    return undefined
  }

  finish(): Column {
    if (this.numbers !== undefined) return { kind: 'numeric', name: this.name, values: this.numbers }
    return orderedColumn(this.name, this.codes as Int32Array, [...this.codeOf.keys()])
  }

  private becomeCategorical(numbers: Float64Array): void {
    this.codes = new Int32Array(numbers.length).fill(-1)
    this.numbers = undefined
    numbers.forEach((value, row) => {
      if (!Number.isNaN(value)) this.setLevel(row, value)
    })
  }

  private setLevel(row: number, level: Level): void {
    let code = this.codeOf.get(level)
    if (code === undefined) {
      code = this.codeOf.size
      this.codeOf.set(level, code)
    }
    ;(this.codes as Int32Array)[row] = code
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

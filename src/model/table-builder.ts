// From row objects to a Table: finds out each column's kind, and names every value that is not one.
import { ColumnBuilder, levelBudget, NAME_LENGTH_MAX, notAName } from './column-builder.ts'
import type { FaultList } from './faults.ts'
import { type ReadTable, withoutMixed } from './read-column.ts'
import type { Table } from './table.ts'
import type { TableMemory } from './table-memory.ts'

/** Columns of one table at the most, and cells: a few rows with wild keys must not cost gigabytes. */
export const COLUMNS_MAX = 10_000
export const CELLS_MAX = 2 ** 29

/** How many columns a table of so many rows may have. */
export function columnsMaxOf(rowCount: number): number {
  return Math.min(COLUMNS_MAX, Math.floor(CELLS_MAX / Math.max(rowCount, 1)))
}

/**
 * Turns parsed JSON rows into a Table. A column is numeric when its present values are all numbers, else categorical;
 * null and an absent key are missing. Columns stand in the order of their first appearance.
 * Throws what `memory` throws.
 * Adds a fault for every row that is no object and every value that is no finite number, string, boolean or null;
 * the table is meaningful only when it added none. O(cells).
 */
export function buildTable(
  rows: readonly unknown[],
  place: 'features' | 'labels',
  faults: FaultList,
  memory?: TableMemory,
): Table {
  return withoutMixed(readRows(rows, place, faults, memory))
}

/** The same with columns as they were read. */
export function readRows(
  rows: readonly unknown[],
  place: 'features' | 'labels',
  faults: FaultList,
  memory?: TableMemory,
): ReadTable {
  const budget = levelBudget(memory)
  const builders = new Map<string, ColumnBuilder>()
  const columnsMax = columnsMaxOf(rows.length)
  let isTooWide = false
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      faults.add({ in: place, row: i, detail: notARow(describe(row)) })
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
        const wrongName = notAName(name)
        if (wrongName !== undefined) faults.add({ in: place, row: i, column: name, detail: wrongName })
        if (name.length > NAME_LENGTH_MAX) continue
        builder = new ColumnBuilder(name, budget)
        builders.set(name, builder)
      }
      const wrong = setValue(builder, i, value)
      if (wrong !== undefined) faults.add({ in: place, row: i, column: name, detail: wrong })
    }
  })
  return { rowCount: rows.length, columns: [...builders.values()].map((builder) => builder.finish(rows.length)) }
}

/** Sets a parsed JSON value. Returns what is wrong with it, if anything is. */
function setValue(builder: ColumnBuilder, row: number, value: unknown): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'number') return builder.setNumber(row, value)
  if (typeof value === 'string' || typeof value === 'boolean') return builder.setLevel(row, value)
  return notAValue(describe(value))
}

/** What is said of a value that no column takes. */
export function notAValue(what: string): string {
  return `expected a number, a string, a boolean or null, got ${what}`
}

/** The text of the fault about a value that is not a row. */
export function notARow(what: string): string {
  return `expected an object of values by column name, got ${what}`
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

// From row objects to a Table, for tests: what the readers of bodies make of the same rows as JSON.
import { ColumnBuilder, levelBudget } from '../../src/model/column-builder.ts'
import { NAME_LENGTH_MAX, notAName } from '../../src/model/column-name.ts'
import type { FaultList } from '../../src/model/faults.ts'
import { withoutMixed } from '../../src/model/read-column.ts'
import type { Table } from '../../src/model/table.ts'
import { columnsMaxOf } from '../../src/model/table-limits.ts'
import { notARow, notAValue } from '../../src/model/value-faults.ts'

/**
 * Turns parsed JSON rows into a Table. A column is numeric when its present values are all numbers, else categorical;
 * null and an absent key are missing. Columns stand in the order of their first appearance.
 * Adds a fault for every row that is no object and every value that is no finite number, string, boolean or null;
 * the table is meaningful only when it added none. O(cells).
 */
export function buildTable(rows: readonly unknown[], place: 'features' | 'labels', faults: FaultList): Table {
  const budget = levelBudget()
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
  const columns = [...builders.values()].map((builder) => builder.finish(rows.length))
  return withoutMixed({ rowCount: rows.length, columns })
}

/** Sets a parsed JSON value. Returns what is wrong with it, if anything is. */
function setValue(builder: ColumnBuilder, row: number, value: unknown): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'number') return builder.setNumber(row, value)
  if (typeof value === 'string' || typeof value === 'boolean') return builder.setLevel(row, value)
  return notAValue(describe(value))
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (value === null) return 'null'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

// Whether elements that came as JSON are of their tensor's datatype.

import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import type { Column, Level } from '../model/table.ts'
import { cellsOf, valueAt } from '../model/table.ts'
import { NUMBER_TYPES } from './datatypes.ts'

/** Adds a fault for each element that is not; a missing one is of any. O(elements). */
export function checkElements(column: Column, name: string, datatype: string, faults: FaultList): void {
  const fits = fitsInto(datatype)
  // A level is looked at once, however often it is there.
  const fitting = column.kind === 'categorical' ? column.levels.map(fits) : undefined
  if (fitting?.every(Boolean)) return
  const count = cellsOf(column).length
  for (let row = 0; row < count; row++) {
    const value = valueAt(column, row)
    if (value === null || fits(value)) continue
    faults.add({ in: 'inputs', row, column: name, detail: `expected ${datatype}, got ${shown(value)}` })
  }
}

function fitsInto(datatype: string): (value: Level) => boolean {
  if (datatype === 'BOOL') return (value) => typeof value === 'boolean'
  if (datatype === 'BYTES') return (value) => typeof value === 'string'
  const range = NUMBER_TYPES.get(datatype)?.range
  if (range === undefined) return (value) => typeof value === 'number'
  const [least, greatest] = range
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest
}

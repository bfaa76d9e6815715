// The elements of one tensor, on their way to a column.
import type { FaultList } from '../model/faults.ts'
import { type Column, cellsOf } from '../model/table.ts'

/** The elements in row-major order. They are meaningful only without faults. */
export interface TensorData {
  /** NaN, null, or nothing at all are missing values. Its name is that of no tensor yet. */
  readonly column: Column
  readonly count: number
  /** How deep lists stood in lists; 1 for a flat one, and for bytes. */
  readonly depth: number
  /** The lengths of lists in lists, the outermost first; undefined where lists of one depth differ. Of bytes that of all elements. */
  readonly nested: readonly number[] | undefined
  /** What is wrong with which element, by row. */
  readonly faults: FaultList
}

export function elementCountOf(column: Column): number {
  return cellsOf(column).length
}

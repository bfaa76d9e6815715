// What the routines of the kernel ask of an impurity; the two impurities share it.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import type { Local, Value } from '../../wasm/values.ts'
import type { Thread } from './kernel-code.ts'

export interface CriterionCode {
  /** Reads rows [start, start + n) into the arrays of the node and fills in the fields of the loaded node. O(n). */
  load(w: RoutineWriter, thread: Thread, start: Local, n: Local): void
  /** Bytes of a histogram's cell for one rank. */
  cellBytes(w: RoutineWriter, thread: Thread): Local
  /** 1 where counting per rank is cheaper than sorting, for ranks that span `range`. */
  histogramPays(thread: Thread, n: Value, range: Value): Value
  /** Sums up the side to the left of a cut that moves along the rows. Starts at 0. */
  leftSums(w: RoutineWriter, thread: Thread): LeftSums
  /** Adds row i of the node to the cell at an address. */
  addToCell(w: RoutineWriter, thread: Thread, cell: Local, i: Local): void
  /** Looks at the one cut by a threshold; raises the split where it is better. Values stand in nodeCells. */
  scoreThreshold(w: RoutineWriter, thread: Thread, n: Local, threshold: Local, missingLeft: Local): void
  /** The decrease of impurity, times the weight of the node, that a score stands for. */
  decrease(thread: Thread, score: Value): Value
}

export interface LeftSums {
  readonly weight: Local
  clear(): void
  addRow(i: Local): void
  addCell(cell: Local): void
  /** The higher the better. right: the weight on the right. */
  score(right: Local): Value
}

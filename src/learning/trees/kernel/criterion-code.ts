// What the routines of the kernel ask of an impurity; the two impurities share it.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import type { F64, I32, Local } from '../../wasm/values.ts'
import type { Thread } from './kernel-code.ts'

export interface CriterionCode {
  /** Reads rows [start, start + n) into the arrays of the node and fills in the fields of the loaded node. O(n). */
  load(w: RoutineWriter, thread: Thread, start: Local<I32>, n: Local<I32>): void
  /** Bytes of a histogram's cell for one rank. */
  cellBytes(w: RoutineWriter, thread: Thread): Local<I32>
  /** 1 where counting per rank is cheaper than sorting, for ranks that span `range`. */
  histogramPays(thread: Thread, n: Local<I32>, range: Local<I32>): I32
  /** Sums up the side to the left of a cut that moves along the rows. Starts at 0. */
  leftSums(w: RoutineWriter, thread: Thread): LeftSums
  /** Adds row i of the node to the cell at an address. */
  addToCell(w: RoutineWriter, thread: Thread, cell: Local<I32>, i: Local<I32>): void
  /** Looks at the one cut by a threshold; raises the split where it is better. Values stand in nodeValues. */
  scoreThreshold(w: RoutineWriter, thread: Thread, n: Local<I32>, threshold: Local<F64>, missingLeft: Local<I32>): void
  /** The decrease of impurity, times the weight of the node, that a score stands for. */
  decrease(thread: Thread, score: F64): F64
}

export interface LeftSums {
  readonly weight: Local<F64>
  clear(): void
  addRow(i: Local<I32>): void
  addCell(cell: Local<I32>): void
  /** The higher the better. right: the weight on the right. */
  score(right: Local<F64>): F64
}

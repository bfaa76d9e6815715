// Isolation trees as plain data: what is kept of a forest.
import type { IsolationTree } from './isolation-tree.ts'

/** The trees one after another, in the layout of IsolationTree; 17 bytes a node. */
export interface ForestState extends IsolationTree {
  readonly columnCount: number
  /** Rows drawn for each tree. */
  readonly sampleCount: number
  readonly offset: number
  /** Where each tree begins. */
  readonly roots: Int32Array
}

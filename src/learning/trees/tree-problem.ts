// All that the growing of trees reads: coded values, targets and rules. Plain data in shared memory.
import type { CodedMatrix } from './coded-matrix.ts'
import type { TreeKernel } from './kernel/tree-kernel.ts'
import type { TreeRules } from './tree-rules.ts'

export interface ClassesTarget {
  readonly kind: 'classes'
  readonly codes: Int32Array
  readonly classCount: number
}

export interface NumbersTarget {
  readonly kind: 'numbers'
  /** The targets divided by `scale`. */
  readonly values: Float64Array
  /** A power of two that keeps squares of extreme targets finite; 1 for all others. */
  readonly scale: number
  /** The rank of each target; empty unless the criterion is absolute_error. */
  readonly ranks: Int32Array
}

export interface TreeProblem {
  readonly rowCount: number
  readonly columnCount: number
  readonly categoryCounts: Int32Array
  readonly target: ClassesTarget | NumbersTarget
  readonly rules: TreeRules
  /** What the trees are grown with: a kernel, or ranks, for the absolute error. */
  readonly engine: TreeKernel | CodedMatrix
}

// What a kernel for growing trees is made for, and where its arrays lie.
import type { TreeRules } from '../tree-rules.ts'
import type { CellType, OwnPlaces, SharedPlaces, TreePlaces } from './kernel-layout.ts'

/** Places: from the start of the memory for arrays that threads share, from a thread's base for its own. */
export interface KernelShape {
  readonly rowCount: number
  readonly columnCount: number
  /** 0 where the targets are numbers. */
  readonly classCount: number
  readonly rules: TreeRules
  readonly cellType: CellType
  readonly hasCategories: boolean
  readonly shared: SharedPlaces
  readonly own: OwnPlaces
  readonly tree: TreePlaces
}

export const Phase = { nextNode: 0, search: 1, split: 2 } as const
/**
 * What `grow` answers: the tree is finished; the budget is used up, or a column of categories is to be looked at; the
 * set of a split is to be kept.
 */
export const Answer = { finished: 0, interrupted: 1, keepSet: 2 } as const

/** A split that removes all but this share of a node's impurity leaves two pure sides: the rest is rounding. */
export const PURE = 1 - 1e-12

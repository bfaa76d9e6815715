// The bounds of a request, and what is said of one that goes beyond them.
import { ServiceError } from '../errors.ts'
import { type LevelBudget, levelBudget } from '../model/column-builder.ts'
import { CELLS_MAX } from '../model/table-limits.ts'
import type { TableMemory } from '../model/table-memory.ts'

/** Bytes of a member that holds no tensor data, at the most. */
export const MEMBER_BYTES_MAX = 2 ** 20
/** Dimensions of a tensor, and lists in lists, at the most. */
export const RANK_MAX = 16
const NUMBER_BYTES = 8

/** What the tensors of a request may have together. */
export interface ElementBudget {
  left: number
  readonly levels: LevelBudget
}

/** memory: asked before the tensors take some. */
export function elementBudget(memory?: TableMemory): ElementBudget {
  return { left: CELLS_MAX, levels: levelBudget(memory) }
}

/** Throws ServiceError BODY_TOO_LARGE when there are not so many left, and what the memory throws. */
export function takeElements(budget: ElementBudget, count: number): void {
  budget.left -= count
  if (budget.left < 0) throw new ServiceError('BODY_TOO_LARGE', `the tensors have more than ${CELLS_MAX} elements`)
  budget.levels.memory?.take(NUMBER_BYTES * count)
}

// Where the arrays of a kernel lie, and how much memory they need.
import { type Layout, layout } from '../../wasm/layout.ts'
import { MemoryPlan } from '../../wasm/memory-plan.ts'
import { nodeCountMax, type TreeRules } from '../tree-rules.ts'
import { ownArrays, type ProblemSize, sharedArrays, treeArrays } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'

/** What a plan follows from; crosses to other threads. */
export interface KernelProblem {
  readonly size: ProblemSize
  readonly rules: TreeRules
  readonly threadCount: number
}

export interface KernelPlan {
  readonly shape: KernelShape
  readonly shared: Layout<ReturnType<typeof sharedArrays>>
  readonly own: Layout<ReturnType<typeof ownArrays>>
  readonly tree: Layout<ReturnType<typeof treeArrays>>
  /** Where the arrays of a thread begin. */
  baseOf(threadIndex: number): number
  /** Shared arrays first, then those of each thread. */
  readonly memory: MemoryPlan
}

/** Shared: the matrix and the targets. For each thread at most 240 bytes a row of the matrix, which deep trees touch. */
export function planKernel({ size, rules, threadCount }: KernelProblem): KernelPlan {
  const { rowCount, columnCount, classCount, cellType } = size
  const nodes = nodeCountMax(rules, rowCount)
  const memory = new MemoryPlan()
  const shared = layout(sharedArrays(size, rules), memory)
  const ofThread = new MemoryPlan()
  const own = layout(ownArrays(size, rules, nodes), ofThread)
  const tree = layout(treeArrays(size, nodes), ofThread)
  const threadBytes = ofThread.byteCount
  const firstBase = memory.reserve(threadCount * threadBytes)
  const hasCategories = size.categoryCountMax > 0
  const places = { shared: shared.places, own: own.places, tree: tree.places }
  return {
    shape: { rowCount, columnCount, classCount, rules, cellType, hasCategories, ...places },
    shared,
    own,
    tree,
    baseOf: (threadIndex) => firstBase + threadIndex * threadBytes,
    memory,
  }
}

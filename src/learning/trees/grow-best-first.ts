// Grows a tree by splitting the leaf that gains most, until it has as many leaves as it may.
import { type Candidate, Frontier } from './frontier.ts'
import type { GrownTree } from './grown-tree.ts'

/** What a grower can do with one node at a time. `Split` is its own note of a split, kept until its turn comes. */
export interface NodeWork<Split> {
  readonly tree: GrownTree
  /** Adds rows [start, start + rowCount) as a leaf, and holds it ready to be searched. */
  addNode(start: number, rowCount: number, parent: number, isLeft: boolean): number
  /** Whether the rules let the node that was added last be split. */
  maySplit(rowCount: number, depth: number): boolean
  /** The best split of the node that was added last, if it is good enough. */
  search(start: number, rowCount: number): Generator<void, FoundSplit<Split> | null>
  /** Makes the node a split and divides its rows; gives the number on the left. */
  splitNode(node: number, start: number, rowCount: number, split: Split): number
  /** Writes what a leaf for good holds. */
  endLeaf(node: number, start: number, rowCount: number): void
}

export interface FoundSplit<Split> {
  readonly split: Split
  /** Decrease of impurity, times the weight of the node. */
  readonly decrease: number
}

interface Leaf {
  readonly node: number
  readonly start: number
  readonly rowCount: number
}

/** O(leaves × log leaves) beside the searches. rowCount: of the root. */
export function* growBestFirst<Split>(
  work: NodeWork<Split>,
  rowCount: number,
  leafCountMax: number,
): Generator<void, void> {
  const frontier = new Frontier<Split>()
  const leaves: Leaf[] = []
  function* weigh(start: number, count: number, depth: number, parent: number, isLeft: boolean): Generator<void, void> {
    const node = work.addNode(start, count, parent, isLeft)
    const found = work.maySplit(count, depth) ? yield* work.search(start, count) : null
    if (found === null) leaves.push({ node, start, rowCount: count })
    else frontier.push({ node, start, rowCount: count, depth, ...found })
  }
  yield* weigh(0, rowCount, 0, -1, true)
  for (let splitsLeft = leafCountMax - 1; frontier.size > 0 && splitsLeft > 0; splitsLeft--) {
    const { node, start, rowCount: count, depth, split }: Candidate<Split> = frontier.pop()
    const left = work.splitNode(node, start, count, split)
    yield* weigh(start, left, depth + 1, node, true)
    yield* weigh(start + left, count - left, depth + 1, node, false)
  }
  while (frontier.size > 0) leaves.push(frontier.pop())
  for (const { node, start, rowCount: count } of leaves) work.endLeaf(node, start, count)
}

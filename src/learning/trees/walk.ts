// Rows through trees: what the leaves that they reach say, added up.
import type { RowBlock } from '../matrix.ts'
import type { Walker } from './walker.ts'

/** Up to this many rows go one by one, each through several trees at a time; more go through one tree in blocks. */
const FEW = 4

/**
 * Writes, for rows [start, end) of x, the sums of the class probabilities of trees [firstTree, lastTree), or of the
 * values of their leaves for regression, divided by `divisor`. out: row-major rows × classCount, or one per row, from the
 * row `start`. O(rows × trees × depth).
 */
export function sumLeaves(
  walker: Walker,
  x: RowBlock,
  start: number,
  end: number,
  out: Float64Array,
  divisor: number,
  firstTree = 0,
  lastTree = walker.forest.roots.length,
): void {
  const { forest } = walker
  const width = Math.max(1, forest.classCount)
  for (let block = start; block < end; block += walker.blockRows) {
    const blockEnd = Math.min(end, block + walker.blockRows)
    walker.clearSums(blockEnd - block)
    walker.readRows(x, block, blockEnd)
    if (end - start <= FEW) {
      for (let row = 0; row < blockEnd - block; row++) walker.addTreesOfRow(row, firstTree, lastTree)
    } else {
      for (let tree = firstTree; tree < lastTree; tree++) walker.addTree(tree, blockEnd - block)
    }
    walker.writeSums(out, (block - start) * width, (blockEnd - block) * width, divisor)
  }
}

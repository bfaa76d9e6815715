// Explanations of an isolation forest: what each column does to the mean path length of a row.
import { type CoverTree, CoverTreeWriter } from '../explanation/cover-tree.ts'
import { explainTrees } from '../explanation/explain-trees.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import { averagePathLength } from './average-path-length.ts'
import type { ForestState } from './forest-state.ts'

/** Base and contributions add up to the mean path length: the shorter, the stranger. Throws FitStopped. */
export function explainIsolation(trees: readonly CoverTree[], x: RowBlock, { stop }: ExplanationChoice): Explanation {
  const contributions = new Float64Array(x.rowCount * x.columnCount)
  explainTrees(trees, new Int32Array(trees.length), [], x, contributions, 1, 1 / trees.length, stop)
  const base = trees.reduce((sum, { means }) => sum + (means[0] as number) / trees.length, 0)
  return {
    ...{ explainedAs: 'mean_path_length', link: 'score', comparedWith: 'training_rows', classCodes: [null] },
    ...{ bases: Float64Array.of(base), contributions },
  }
}

/** The rows of a leaf follow from its path length, which is its depth and what so many rows would add. O(nodes · log rows). */
export function isolationCovers({
  roots,
  rights,
  features,
  values,
  missingIsRight,
  sampleCount,
}: ForestState): CoverTree[] {
  const lengths = Float64Array.from({ length: sampleCount + 1 }, (_, rows) => averagePathLength(rows))
  return Array.from(roots, (root) => {
    const writer = new CoverTreeWriter(1)
    /** Depths at which right children wait. */
    const waiting: number[] = []
    let depth = 0
    for (let node = root; ; node++) {
      if (rights[node] !== 0) {
        writer.splitNumbers(features[node] as number, values[node] as number, missingIsRight[node] === 0)
        waiting.push(++depth)
        continue
      }
      const rows = rowsOf((values[node] as number) - depth, lengths)
      if (!writer.leaf(rows, values.subarray(node, node + 1))) return writer.finish()
      depth = waiting.pop() as number
    }
  })
}

/** The number of rows whose length is nearest: lengths ascend from 1 row on. */
function rowsOf(length: number, lengths: Float64Array): number {
  let [low, high] = [1, lengths.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    const between = ((lengths[middle] as number) + (lengths[middle + 1] as number)) / 2
    if (length > between) low = middle + 1
    else high = middle
  }
  return low
}

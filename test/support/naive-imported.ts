// Imported trees walked as plainly as can be, one row down one tree: the twin of the walk in WebAssembly.
import { CATEGORICAL, type ImportedScores, MISSING_LEFT } from '../../src/learning/imported-trees/imported-scores.ts'
import { leafLine } from '../../src/learning/imported-trees/score-rows.ts'
import { viewRows } from '../../src/learning/imported-trees/view-rows.ts'
import type { RowBlock } from '../../src/learning/matrix.ts'

/** Row-major rows × trees: the leaf, counted over all trees. */
export function naiveLeaves({ trees }: ImportedScores, x: RowBlock): Int32Array {
  const { splitCounts, columns, thresholds, flags, children, setStarts, setWords, views } = trees
  const seen = viewRows(trees, x)
  const leaves = new Int32Array(x.rowCount * splitCounts.length)
  for (let i = 0; i < x.rowCount; i++) {
    let split = 0
    let leaf = 0
    splitCounts.forEach((count, t) => {
      let node = count === 0 ? ~0 : 0
      while (node >= 0) {
        const at = split + node
        const value = seen[i * views.length + (columns[at] as number)] as number
        const flag = flags[at] as number
        const threshold = thresholds[at] as number
        const isLeft = Number.isNaN(value)
          ? (flag & MISSING_LEFT) !== 0
          : (flag & CATEGORICAL) === 0
            ? value <= threshold
            : isListed(value, setWords.subarray(setStarts[threshold], setStarts[threshold + 1]))
        node = children[2 * at + (isLeft ? 0 : 1)] as number
      }
      leaves[i * splitCounts.length + t] = leaf + ~node
      split += count
      leaf += count + 1
    })
  }
  return leaves
}

/** Row-major rows × outputs. */
export function naiveScores(scores: ImportedScores, x: RowBlock): Float64Array {
  const { trees, line, baseline, isFloat32 } = scores
  const round = isFloat32 ? Math.fround : (value: number) => value
  const outputs = baseline.length
  const seen = viewRows(trees, x)
  const leaves = naiveLeaves(scores, x)
  const raw = new Float64Array(x.rowCount * outputs)
  for (let i = 0; i < x.rowCount; i++) {
    for (let k = 0; k < outputs; k++) {
      let sum = baseline[k] as number
      trees.treeOutputs.forEach((output, t) => {
        if (output !== k) return
        const leaf = leaves[i * trees.splitCounts.length + t] as number
        const value = trees.values[leaf] as number
        sum = round(
          sum + (trees.lines === null ? value : leafLine(trees.lines, leaf, seen, i * trees.views.length, value)),
        )
      })
      if (line !== null) {
        sum = round(sum + (line.intercepts[k] as number))
        for (let j = 0; j < x.columnCount; j++) {
          const value = round(x.values[i * x.columnCount + j] as number)
          const product = round(value * (line.coefficients[j * outputs + k] as number))
          if (!Number.isNaN(value)) sum = round(sum + product)
        }
      }
      raw[i * outputs + k] = sum
    }
  }
  return raw
}

function isListed(category: number, words: Uint32Array): boolean {
  return category >= 0 && (((words[Math.floor(category / 32)] ?? 0) >>> (category % 32)) & 1) === 1
}

// Explanations of boosted trees: the sum over the trees of what their leaves say, output by output.
import { requireColumns } from '../column-count.ts'
import { StateError } from '../errors.ts'
import { type CoverTree, CoverTreeWriter, type LevelGroups } from '../explanation/cover-tree.ts'
import { explainTrees } from '../explanation/explain-trees.ts'
import { trainAgain } from '../explanation/explanation.ts'
import { tellPartKept } from '../kept-parts.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { isCategorical } from './column-bins.ts'
import { BITSET_WORDS, CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'

/** Per output a base, and row-major rows × outputs × columns what is added to it. */
export interface ExplainedOutputs {
  readonly bases: Float64Array
  readonly contributions: Float64Array
}

/** Reads the trees with the first explanation, and keeps them: about 53 bytes a node. */
export class BoostedExplainer {
  private readonly boosted: BoostedTrees
  private trees: readonly CoverTree[] | undefined

  constructor(boosted: BoostedTrees) {
    this.boosted = boosted
  }

  /** Of the outputs that are named, before any link function. Throws NotExplainable, DataError, FitStopped. */
  explain(x: RowBlock, outputs: readonly number[], stop?: StopFlag): ExplainedOutputs {
    const { columnCount, bins, baseline } = this.boosted
    requireColumns(columnCount, x)
    if (this.trees === undefined) {
      this.trees = coverTrees(this.boosted)
      tellPartKept()
    }
    const groups = bins.map((b): LevelGroups | undefined =>
      isCategorical(b) ? { missing: b.binCount, groupOf: b.binOfCategory } : undefined,
    )
    const places = outputs.map((output) => this.trees?.filter((_, t) => t % this.boosted.outputs === output) ?? [])
    const asked = places.flat()
    const firstOutputs = Int32Array.from(places.flatMap((trees, place) => trees.map(() => place)))
    const contributions = new Float64Array(x.rowCount * outputs.length * columnCount)
    const rows = toDenseRows(x, 0, x.rowCount)
    explainTrees(asked, firstOutputs, groups, rows, contributions, outputs.length, 1, stop)
    const bases = Float64Array.from(outputs, (output, place) =>
      (places[place] as CoverTree[]).reduce((sum, { means }) => sum + (means[0] as number), baseline[output] as number),
    )
    return { bases, contributions }
  }
}

/** O(nodes). Throws NotExplainable where the rows of leaves are not known. */
function coverTrees({ bins, sources, trees }: BoostedTrees): CoverTree[] {
  const { splitCounts, columns, flags, children, bitsets, values, leafRows } = trees
  if (leafRows === undefined) throw trainAgain()
  const bitsetAt = new Int32Array(columns.length)
  let [bitset, firstSplit, firstLeaf] = [0, 0, 0]
  for (let s = 0; s < columns.length; s++) {
    bitsetAt[s] = bitset
    if ((flags[s] as number) >= CATEGORICAL) bitset += BITSET_WORDS
  }
  return Array.from(splitCounts, (count) => {
    const writer = new CoverTreeWriter(1)
    /** Splits of the tree, or ~ its leaves; the next one last. */
    const open = [count === 0 ? ~0 : 0]
    let left = count
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next < 0) {
        const leaf = firstLeaf + ~next
        writer.leaf(leafRows[leaf] as number, values.subarray(leaf, leaf + 1))
        continue
      }
      // A split that hangs below two others would come again and again.
      if (left-- === 0) throw new StateError('not a state of boosted trees: children')
      const s = firstSplit + next
      writeSplit(writer, s)
      open.push(children[2 * s + 1] as number, children[2 * s] as number)
    }
    firstSplit += count
    firstLeaf += count + 1
    return writer.finish()
  })

  function writeSplit(writer: CoverTreeWriter, s: number): void {
    const column = columns[s] as number
    const source = sources[column] as number
    const flag = flags[s] as number
    const b = bins[column]
    const isMissingLeft = (flag & MISSING_LEFT) !== 0
    if (b === undefined || !isCategorical(b)) {
      // The last bin of values has no threshold: it parts all values from the missing.
      writer.splitNumbers(source, b?.thresholds[trees.bins[s] as number] ?? Number.POSITIVE_INFINITY, isMissingLeft)
      return
    }
    const bits = bitsets.slice(bitsetAt[s] as number, (bitsetAt[s] as number) + BITSET_WORDS)
    const word = b.binCount >>> 5
    const bit = 1 << (b.binCount & 31)
    bits[word] = isMissingLeft ? (bits[word] as number) | bit : (bits[word] as number) & ~bit
    writer.splitLevels(source, column, bits)
  }
}

// The trees of a state as nested nodes, read as the states are described, one node at a time.
import type { BoostedTrees } from '../../src/learning/boosting/boosted-trees.ts'
import { isCategorical } from '../../src/learning/boosting/column-bins.ts'
import type { CompactForest } from '../../src/learning/trees/compact-forest.ts'
import type { NaiveTree } from './naive-shapley.ts'

/** What leaves say: probabilities of all classes, or a number. */
export function naiveForest(forest: CompactForest): NaiveTree[] {
  const at = { node: 0, split: 0, leaf: 0, numeric: 0, set: 0, mixed: 0, weight: 0 }
  const leaf = (): readonly number[] => {
    const place = at.leaf++
    if (forest.classCount === 0) return [forest.leafValues[place]!]
    const says = new Array<number>(forest.classCount).fill(0)
    const k = forest.leafClasses[place]!
    if (k < forest.classCount) says[k] = 1
    else {
      const places = Array.from({ length: forest.mixedSizes[at.mixed++]! }, () => at.weight++)
      const total = places.reduce((sum, p) => sum + forest.mixedWeights[p]!, 0)
      for (const p of places) says[forest.mixedClasses[p]!] = forest.mixedWeights[p]! / total
    }
    return says
  }
  const read = (): NaiveTree => {
    const column = forest.features[at.node++]!
    if (column === forest.columnCount) return { says: leaf() }
    const split = at.split++
    const missingLeft = ((forest.missingLeft[split >> 3]! >> (split & 7)) & 1) === 1
    const count = forest.categoryCounts[column]!
    let goesLeft: (value: number) => boolean
    if (count > 0) {
      const set = at.set
      at.set += Math.floor(count / 32) + 1
      goesLeft = (value) => {
        const bit = value >= 0 && value < count ? value : count
        return ((forest.categorySets[set + (bit >> 5)]! >> (bit & 31)) & 1) === 1
      }
    } else {
      const threshold = forest.thresholds[at.numeric++]!
      goesLeft = (value) => (Number.isNaN(value) ? missingLeft : value <= threshold)
    }
    const left = read()
    return { column, goesLeft, left, right: read() }
  }
  return Array.from({ length: forest.treeCount }, read)
}

/** Tree t adds to output t mod outputs. */
export function naiveBoosted({ bins, sources, trees }: BoostedTrees): NaiveTree[] {
  const at = { split: 0, leaf: 0, bitset: 0 }
  return Array.from(trees.splitCounts, (count) => {
    const nodes = Array.from({ length: count }, (_, k) => {
      const s = at.split + k
      const column = trees.columns[s]!
      const flag = trees.flags[s]!
      const b = bins[column]!
      const missingLeft = flag % 2 === 1
      if (!isCategorical(b)) {
        const threshold = b.thresholds[trees.bins[s]!] ?? Number.POSITIVE_INFINITY
        return { s, column, goesLeft: (value: number) => (Number.isNaN(value) ? missingLeft : value <= threshold) }
      }
      const set = trees.bitsets.slice(at.bitset, at.bitset + 8)
      at.bitset += 8
      const goesLeft = (value: number): boolean => {
        const bin = b.binOfCategory[value] ?? b.binCount
        return bin === b.binCount ? missingLeft : ((set[bin >> 5]! >>> (bin & 31)) & 1) === 1
      }
      return { s, column, goesLeft }
    })
    const [leaf] = [at.leaf]
    const build = (child: number): NaiveTree => {
      if (child < 0) return { says: [trees.values[leaf + ~child]!] }
      const { s, column, goesLeft } = nodes[child]!
      const [left, right] = [trees.children[2 * s]!, trees.children[2 * s + 1]!]
      return { column: sources[column]!, goesLeft, left: build(left), right: build(right) }
    }
    const tree = build(count === 0 ? ~0 : 0)
    at.split += count
    at.leaf += count + 1
    return tree
  })
}

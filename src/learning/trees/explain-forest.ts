// Explanations of trees and forests: the mean over the trees of what their leaves say.
import { StateError } from '../errors.ts'
import { type CoverTree, CoverTreeWriter, type LevelGroups } from '../explanation/cover-tree.ts'
import { explainTrees } from '../explanation/explain-trees.ts'
import { type Explanation, type ExplanationChoice, ofTwoClasses, trainAgain } from '../explanation/explanation.ts'
import { tellPartKept } from '../kept-parts.ts'
import type { RowBlock } from '../matrix.ts'
import type { CompactForest } from './compact-forest.ts'
import { setWordCount } from './grown-tree.ts'
import { unpackCovers } from './leaf-covers.ts'

/** Reads the trees with the first explanation, and keeps them: about 45 bytes a node, and 8 for each class. */
export class ForestExplainer {
  private readonly forest: CompactForest
  private readonly groups: readonly (LevelGroups | undefined)[]
  private kept: { readonly codes: readonly number[]; readonly trees: readonly CoverTree[] } | undefined

  /** forest: one whose arrays have been found to fit together. */
  constructor(forest: CompactForest) {
    this.forest = forest
    this.groups = Array.from(forest.categoryCounts, (count) => (count > 0 ? { missing: count } : undefined))
  }

  /** Throws NotExplainable, and FitStopped. */
  explain(x: RowBlock, { classCodes, stop }: ExplanationChoice): Explanation {
    const { classCount, treeCount } = this.forest
    const head = { link: 'identity', comparedWith: 'training_rows' } as const
    const all = classCodes ?? Array.from({ length: classCount }, (_, code) => code)
    // The probabilities of two classes are 1 together.
    const codes = classCount === 2 ? [1] : all
    const trees = this.treesFor(codes)
    const width = Math.max(1, codes.length)
    const contributions = new Float64Array(x.rowCount * width * x.columnCount)
    const firstOutputs = new Int32Array(trees.length)
    explainTrees(trees, firstOutputs, this.groups, x, contributions, width, 1 / treeCount, stop)
    const bases = new Float64Array(width)
    for (const { means } of trees) for (let k = 0; k < width; k++) bases[k]! += means[k]! / treeCount
    if (classCount === 0) return { ...head, explainedAs: 'value', classCodes: [null], bases, contributions }
    if (classCount !== 2) return { ...head, explainedAs: 'probability', classCodes: codes, bases, contributions }
    const ofSecond = { base: bases[0] as number, contributions }
    return { ...head, explainedAs: 'probability', ...ofTwoClasses(ofSecond, [0, 1], 1, x.rowCount, all) }
  }

  private treesFor(codes: readonly number[]): readonly CoverTree[] {
    if (this.kept?.codes.join() !== codes.join()) {
      this.kept = { codes, trees: coverTrees(this.forest, codes) }
      tellPartKept()
    }
    return this.kept.trees
  }
}

/** O(nodes · classes). Throws NotExplainable where the forest has no covers. */
function coverTrees(forest: CompactForest, codes: readonly number[]): CoverTree[] {
  const { features, columnCount, categoryCounts, missingLeft, thresholds, categorySets } = forest
  const leaves = new LeafReader(forest, codes)
  const trees: CoverTree[] = []
  let [node, split, numeric, set] = [0, 0, 0, 0]
  for (let tree = 0; tree < forest.treeCount; tree++) {
    const writer = new CoverTreeWriter(Math.max(1, codes.length))
    for (;;) {
      const column = features[node++]!
      if (column === columnCount) {
        leaves.read()
        if (!writer.leaf(leaves.cover, leaves.values)) break
        continue
      }
      const isMissingLeft = ((missingLeft[split >>> 3]! >>> (split & 7)) & 1) === 1
      split++
      if (categoryCounts[column]! === 0) writer.splitNumbers(column, thresholds[numeric++]!, isMissingLeft)
      else {
        const end = set + setWordCount(categoryCounts[column]!)
        writer.splitLevels(column, column, categorySets.subarray(set, end))
        set = end
      }
    }
    trees.push(writer.finish())
  }
  return trees
}

/** Reads leaf after leaf of a forest. */
class LeafReader {
  /** Of the leaf that was read: the weight of its training rows, and what it says of each class that is asked for. */
  cover = 0
  readonly values: Float64Array
  private readonly forest: CompactForest
  private readonly covers: Float64Array
  /** Per class, its place among those asked for; −1 for others. */
  private readonly places: Int32Array
  private leaf = 0
  private coverAt = 0
  private mixed = 0
  private mixedAt = 0

  constructor(forest: CompactForest, codes: readonly number[]) {
    if (forest.covers === undefined) throw trainAgain()
    const covers = unpackCovers(forest.covers)
    const { leafClasses, leafValues, classCount, mixedSizes } = forest
    const expected = classCount === 0 ? leafValues.length : leafClasses.length - mixedSizes.length
    if (covers?.length !== expected)
      throw new StateError('the state of a forest is broken: covers do not fit the leaves')
    this.forest = forest
    this.covers = covers
    this.values = new Float64Array(Math.max(1, codes.length))
    this.places = new Int32Array(classCount).fill(-1)
    for (const [place, code] of codes.entries()) this.places[code] = place
  }

  read(): void {
    const { classCount, leafClasses, leafValues } = this.forest
    const leaf = this.leaf++
    if (classCount === 0) {
      this.values[0] = leafValues[leaf]!
      this.cover = this.covers[this.coverAt++]!
      return
    }
    this.values.fill(0)
    const code = leafClasses[leaf]!
    if (code === classCount) this.readMixed()
    else {
      this.cover = this.covers[this.coverAt++]!
      this.say(code, 1)
    }
  }

  private readMixed(): void {
    const { mixedSizes, mixedClasses, mixedWeights } = this.forest
    const end = this.mixedAt + mixedSizes[this.mixed++]!
    this.cover = 0
    for (let at = this.mixedAt; at < end; at++) this.cover += mixedWeights[at]!
    for (; this.mixedAt < end; this.mixedAt++) {
      this.say(mixedClasses[this.mixedAt]!, mixedWeights[this.mixedAt]! / this.cover)
    }
  }

  private say(code: number, probability: number): void {
    const place = this.places[code]!
    if (place >= 0) this.values[place] = probability
  }
}

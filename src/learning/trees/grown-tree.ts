// The layout for growing: one place per node for all that pruning and importances need. Reused from tree to tree.
export const LEAF = -1

/** The arrays of a tree, as long as it can become. About 50 bytes a node. */
export interface TreeArrays {
  /** LEAF, or the column that the node splits. */
  readonly features: Int32Array
  readonly thresholds: Float64Array
  readonly lefts: Int32Array
  readonly rights: Int32Array
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array
  /** Where the bits of a split on categories start in categorySets; −1 for a split on numbers. */
  readonly setStarts: Int32Array
  readonly rowCounts: Int32Array
  readonly weights: Float64Array
  readonly impurities: Float64Array
  /** Regression: the mean or median of every node. */
  readonly values: Float64Array
  /** Classification: where the classes of a leaf start in leafClasses and leafWeights, and how many it has. */
  readonly leafStarts: Int32Array
  readonly leafSizes: Int32Array
  readonly leafClasses: Int32Array
  readonly leafWeights: Float64Array
}

/** rowCount: rows that the tree can be given; the leaves' classes are no more than that. */
export function newTreeArrays(nodeCountMax: number, rowCount: number): TreeArrays {
  return {
    features: new Int32Array(nodeCountMax),
    thresholds: new Float64Array(nodeCountMax),
    lefts: new Int32Array(nodeCountMax),
    rights: new Int32Array(nodeCountMax),
    missingLeft: new Uint8Array(nodeCountMax),
    setStarts: new Int32Array(nodeCountMax),
    rowCounts: new Int32Array(nodeCountMax),
    weights: new Float64Array(nodeCountMax),
    impurities: new Float64Array(nodeCountMax),
    values: new Float64Array(nodeCountMax),
    leafStarts: new Int32Array(nodeCountMax),
    leafSizes: new Int32Array(nodeCountMax),
    leafClasses: new Int32Array(rowCount),
    leafWeights: new Float64Array(rowCount),
  }
}

/**
 * Node 0 is the root; a child's index is above its parent's. Arrays are valid up to nodeCount, and used again for the
 * next tree.
 */
export class GrownTree implements TreeArrays {
  nodeCount = 0
  readonly features: Int32Array
  readonly thresholds: Float64Array
  readonly lefts: Int32Array
  readonly rights: Int32Array
  readonly missingLeft: Uint8Array
  readonly setStarts: Int32Array
  readonly rowCounts: Int32Array
  readonly weights: Float64Array
  readonly impurities: Float64Array
  readonly values: Float64Array
  readonly leafStarts: Int32Array
  readonly leafSizes: Int32Array
  leafClasses: Int32Array
  leafWeights: Float64Array
  leafEnd = 0
  categorySets: number[] = []
  private readonly arrays: TreeArrays

  constructor(arrays: TreeArrays) {
    this.arrays = arrays
    this.features = arrays.features
    this.thresholds = arrays.thresholds
    this.lefts = arrays.lefts
    this.rights = arrays.rights
    this.missingLeft = arrays.missingLeft
    this.setStarts = arrays.setStarts
    this.rowCounts = arrays.rowCounts
    this.weights = arrays.weights
    this.impurities = arrays.impurities
    this.values = arrays.values
    this.leafStarts = arrays.leafStarts
    this.leafSizes = arrays.leafSizes
    this.leafClasses = arrays.leafClasses
    this.leafWeights = arrays.leafWeights
  }

  clear(): void {
    this.nodeCount = 0
    this.leafEnd = 0
    this.leafClasses = this.arrays.leafClasses
    this.leafWeights = this.arrays.leafWeights
    this.categorySets = []
  }

  /** Adds a node, a leaf for now, and hangs it under its parent (−1 for the root). */
  addNode(parent: number, isLeft: boolean, rowCount: number, weight: number, impurity: number, value: number): number {
    const node = this.nodeCount++
    this.features[node] = LEAF
    this.rowCounts[node] = rowCount
    this.weights[node] = weight
    this.impurities[node] = impurity
    this.values[node] = value
    this.leafSizes[node] = 0
    if (parent >= 0) {
      if (isLeft) this.lefts[parent] = node
      else this.rights[parent] = node
    }
    return node
  }

  /** Makes a leaf a split; its children come with addNode. setStart: from addSet, or −1. */
  splitNode(node: number, feature: number, threshold: number, missingLeft: boolean, setStart: number): void {
    this.features[node] = feature
    this.thresholds[node] = threshold
    this.missingLeft[node] = Number(missingLeft)
    this.setStarts[node] = setStart
  }

  /** Keeps the categories that go left, the bit after the last category being that of a missing value. */
  addSet(goesLeft: Uint8Array, categoryCount: number): number {
    const start = this.categorySets.length
    for (let base = 0; base <= categoryCount; base += 32) {
      let word = 0
      for (let bit = 0; bit < 32 && base + bit <= categoryCount; bit++) word |= goesLeft[base + bit]! << bit
      this.categorySets.push(word >>> 0)
    }
    return start
  }

  /** Gives a node the classes of leaves together, whose own are then void. Nothing for numbers. */
  joinLeaves(node: number, leaves: readonly number[]): void {
    const { leafStarts, leafSizes } = this
    const sums = new Map<number, number>()
    for (const leaf of leaves) {
      for (let i = leafStarts[leaf]!; i < leafStarts[leaf]! + leafSizes[leaf]!; i++) {
        const k = this.leafClasses[i]!
        sums.set(k, (sums.get(k) ?? 0) + this.leafWeights[i]!)
      }
    }
    while (this.leafEnd + sums.size > this.leafClasses.length) this.lengthenLeafClasses()
    leafStarts[node] = this.leafEnd
    leafSizes[node] = sums.size
    for (const [k, weight] of [...sums].sort((a, b) => a[0] - b[0])) {
      this.leafClasses[this.leafEnd] = k
      this.leafWeights[this.leafEnd++] = weight
    }
  }

  private lengthenLeafClasses(): void {
    const classes = new Int32Array(2 * this.leafClasses.length + 65_536)
    const weights = new Float64Array(classes.length)
    classes.set(this.leafClasses)
    weights.set(this.leafWeights)
    this.leafClasses = classes
    this.leafWeights = weights
  }
}

/** Uint32 words of the set of a split on a column of so many categories and a missing value. */
export function setWordCount(categoryCount: number): number {
  return (categoryCount >>> 5) + 1
}

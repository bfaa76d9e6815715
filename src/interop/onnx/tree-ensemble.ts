// Trees as the operator TreeEnsemble of ai.onnx.ml 5, in float64.

import { beside, columnOf, placesOf, reshaped } from './formulas.ts'
import { type GraphBuilder, ML_DOMAIN, type Value } from './graph-builder.ts'
import { doubles, type Tensor } from './tensor.ts'

/** Of nodes_modes: values up to the threshold go left. */
const LEQ = 0
/** Of aggregate_function. */
const SUM = 1
/** Of TensorProto.DataType. */
const DOUBLE = 11

/** A way to part the categories of a feature. */
interface Sides {
  /** Among those of the feature. */
  readonly place: number
  /** 0 for each category that goes left, 1 for others; the last is that of a missing value. */
  readonly sides: Uint8Array
}

/**
 * Takes trees one after another, each in pre-order: a split, all below its left side, all below its right one. What a leaf
 * holds goes into an output of its tree alone: so that nothing is added up in an order that the runtime chooses.
 *
 * A split on categories is one on a further column, which a table makes of the category: 0 goes left, 1 right. The mode
 * BRANCH_MEMBER would say it in the tree, but ONNX Runtime 1.22 predicts something else with it where there are several, or
 * never ends loading.
 */
export class TreeEnsemble {
  private readonly features: number[] = []
  private readonly thresholds: number[] = []
  private readonly missingLeft: number[] = []
  private readonly lefts: number[] = []
  private readonly rights: number[] = []
  private readonly areLeftsLeaves: number[] = []
  private readonly areRightsLeaves: number[] = []
  /** Of each feature with splits on categories, by the sides as text. */
  private readonly sides = new Map<number, Map<string, Sides>>()
  /** Of splits on categories: which sides of their feature. */
  private readonly sidePlaces = new Map<number, number>()
  private readonly roots: number[] = []
  private readonly leafTrees: number[] = []
  private readonly leafValues: number[] = []
  /** Splits of which a side is still to come; the side is the left one while `lefts` has none. */
  private readonly open: number[] = []

  get treeCount(): number {
    return this.roots.length
  }

  /** Values up to the threshold go left. */
  split(feature: number, threshold: number, isMissingLeft: boolean): void {
    this.add(feature, threshold, isMissingLeft)
  }

  /** Those categories go left. */
  categorySplit(feature: number, categories: readonly number[], categoryCount: number, isMissingLeft: boolean): void {
    if (categories.length === 0) this.split(feature, Number.NEGATIVE_INFINITY, isMissingLeft)
    else if (categories.length === categoryCount) this.split(feature, Number.POSITIVE_INFINITY, isMissingLeft)
    else {
      const sides = new Uint8Array(categoryCount + 1).fill(1)
      for (const category of categories) sides[category] = 0
      if (isMissingLeft) sides[categoryCount] = 0
      const ofFeature = this.sides.get(feature) ?? new Map<string, Sides>()
      this.sides.set(feature, ofFeature)
      const key = Buffer.from(sides).toString('latin1')
      const known = ofFeature.get(key) ?? { place: ofFeature.size, sides }
      ofFeature.set(key, known)
      this.sidePlaces.set(this.features.length, known.place)
      this.add(feature, 0.5, false)
    }
  }

  leaf(value: number): void {
    // A tree of one leaf is a split with two of them.
    if (this.open.length === 0) {
      this.split(0, Number.POSITIVE_INFINITY, true)
      this.putLeaf(value)
    }
    this.putLeaf(value)
  }

  /** x: rows × columnCount. Gives rows × trees: the value of the leaf that a row reaches in each. */
  write(g: GraphBuilder, x: Value, columnCount: number): Value {
    this.coverRoots()
    const { columns, features } = this.withSides(g, x, columnCount)
    const nodeCount = features.length
    const modes: Tensor = { type: 'uint8', dims: [nodeCount], values: new Uint8Array(nodeCount).fill(LEQ) }
    const attributes = {
      aggregate_function: SUM,
      leaf_targetids: this.leafTrees,
      leaf_weights: doubles(this.leafValues),
      n_targets: this.roots.length,
      nodes_falseleafs: this.areRightsLeaves,
      nodes_falsenodeids: this.rights,
      nodes_featureids: features,
      nodes_missing_value_tracks_true: this.missingLeft,
      nodes_modes: modes,
      nodes_splits: doubles(this.thresholds),
      nodes_trueleafs: this.areLeftsLeaves,
      nodes_truenodeids: this.lefts,
      post_transform: 0,
      tree_roots: this.roots,
    }
    return g.node('TreeEnsemble', [columns], attributes, ML_DOMAIN)
  }

  /**
   * Puts a split that all rows pass to the left over each root whose left side is a leaf: ONNX Runtime 1.22 takes the leaf
   * before it for such a one, but in the first tree. Once they are covered there is none.
   */
  private coverRoots(): void {
    this.roots.forEach((root, tree) => {
      if (this.areLeftsLeaves[root] !== 1) return
      const cover = this.features.length
      this.features.push(0)
      this.thresholds.push(Number.POSITIVE_INFINITY)
      this.missingLeft.push(1)
      this.lefts.push(root)
      this.areLeftsLeaves.push(0)
      this.rights.push(this.leafValues.push(0) - 1)
      this.areRightsLeaves.push(1)
      this.leafTrees.push(tree)
      this.roots[tree] = cover
    })
  }

  /** The columns with those of the sides behind them, and the column of each node. */
  private withSides(g: GraphBuilder, x: Value, columnCount: number) {
    const starts = new Map<number, number>()
    let width = columnCount
    const made = Array.from(this.sides, ([feature, ofFeature]) => {
      starts.set(feature, width)
      width += ofFeature.size
      const all = Array.from(ofFeature.values(), ({ sides }) => sides)
      const rowCount = (all[0] as Uint8Array).length
      const table = new Uint8Array(rowCount * all.length)
      all.forEach((sides, k) => {
        for (let code = 0; code < rowCount; code++) table[code * all.length + k] = sides[code] as number
      })
      const tensor: Tensor = { type: 'uint8', dims: [rowCount, all.length], values: table }
      const codes = reshaped(g, placesOf(g, columnOf(g, x, feature), rowCount - 1), [-1])
      return g.node('Cast', [g.node('Gather', [tensor, codes], { axis: 0 })], { to: DOUBLE })
    })
    const features = this.features.map((feature, node) => {
      const place = this.sidePlaces.get(node)
      return place === undefined ? feature : (starts.get(feature) as number) + place
    })
    return { columns: beside(g, [x, ...made]), features }
  }

  private add(feature: number, threshold: number, isMissingLeft: boolean): void {
    const node = this.features.push(feature) - 1
    this.thresholds.push(threshold)
    this.missingLeft.push(isMissingLeft ? 1 : 0)
    this.lefts.push(-1)
    this.rights.push(-1)
    this.areLeftsLeaves.push(0)
    this.areRightsLeaves.push(0)
    if (this.open.length === 0) this.roots.push(node)
    else this.attach(node, false)
    this.open.push(node)
  }

  private putLeaf(value: number): void {
    this.leafTrees.push(this.roots.length - 1)
    this.attach(this.leafValues.push(value) - 1, true)
  }

  /** As the next side of the split that waits for one. */
  private attach(child: number, isLeaf: boolean): void {
    const parent = this.open.at(-1) as number
    if (this.lefts[parent] === -1) {
      this.lefts[parent] = child
      this.areLeftsLeaves[parent] = isLeaf ? 1 : 0
      return
    }
    this.rights[parent] = child
    this.areRightsLeaves[parent] = isLeaf ? 1 : 0
    this.open.pop()
  }
}

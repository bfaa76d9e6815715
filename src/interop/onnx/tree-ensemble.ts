// Trees as the operator TreeEnsemble of ai.onnx.ml 5, in float64.
import { type GraphBuilder, ML_DOMAIN, type Value } from './graph-builder.ts'
import { doubles, type Tensor } from './tensor.ts'

/** Numbers of nodes_modes. */
const LEQ = 0
const MEMBER = 6
/** Of aggregate_function. */
const SUM = 1

/**
 * Takes trees one after another, each in pre-order: a split, all below its left side, all below its right one. What a leaf
 * holds goes into an output of its tree alone: so that nothing is added up in an order that the runtime chooses.
 */
export class TreeEnsemble {
  private readonly features: number[] = []
  private readonly thresholds: number[] = []
  private readonly modes: number[] = []
  private readonly missingLeft: number[] = []
  private readonly lefts: number[] = []
  private readonly rights: number[] = []
  private readonly areLeftsLeaves: number[] = []
  private readonly areRightsLeaves: number[] = []
  private readonly members: number[] = []
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
    this.add(feature, LEQ, threshold, isMissingLeft)
  }

  /** Those categories go left. */
  categorySplit(feature: number, categories: readonly number[], categoryCount: number, isMissingLeft: boolean): void {
    // Runtimes take no empty set.
    if (categories.length === 0) this.split(feature, Number.NEGATIVE_INFINITY, isMissingLeft)
    else if (categories.length === categoryCount) this.split(feature, Number.POSITIVE_INFINITY, isMissingLeft)
    else {
      this.members.push(...categories, Number.NaN)
      this.add(feature, MEMBER, 0, isMissingLeft)
    }
  }

  leaf(value: number): void {
    const leaf = this.leafValues.push(value) - 1
    // A tree of one leaf is a split whose sides are the same.
    if (this.open.length === 0) {
      this.split(0, Number.POSITIVE_INFINITY, true)
      this.leafTrees.push(this.roots.length - 1)
      this.attach(leaf, true)
      this.attach(leaf, true)
      return
    }
    this.leafTrees.push(this.roots.length - 1)
    this.attach(leaf, true)
  }

  /** x: rows × columns. Gives rows × trees: the value of the leaf that a row reaches in each. */
  write(g: GraphBuilder, x: Value): Value {
    const { members } = this
    const uint8s: Tensor = { type: 'uint8', dims: [this.modes.length], values: this.modes }
    const attributes = {
      aggregate_function: SUM,
      leaf_targetids: this.leafTrees,
      leaf_weights: doubles(this.leafValues),
      ...(members.length === 0 ? {} : { membership_values: doubles(members) }),
      n_targets: this.roots.length,
      nodes_falseleafs: this.areRightsLeaves,
      nodes_falsenodeids: this.rights,
      nodes_featureids: this.features,
      nodes_missing_value_tracks_true: this.missingLeft,
      nodes_modes: uint8s,
      nodes_splits: doubles(this.thresholds),
      nodes_trueleafs: this.areLeftsLeaves,
      nodes_truenodeids: this.lefts,
      post_transform: 0,
      tree_roots: this.roots,
    }
    return g.node('TreeEnsemble', [x], attributes, ML_DOMAIN)
  }

  private add(feature: number, mode: number, threshold: number, isMissingLeft: boolean): void {
    const node = this.features.push(feature) - 1
    this.modes.push(mode)
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

// Collects the trees of another framework into flat arrays, tree by tree.
import { CATEGORICAL, type ImportedForest, type LinearLeaves, MISSING_LEFT } from './imported-scores.ts'

/** More than there are in VIEW. */
const VIEWS_MAX = 8

/** One split as it comes: its children are indices of splits, or ~ those of leaves, in the numbers of the file. */
export interface ReadSplit {
  readonly source: number
  /** One of VIEW. */
  readonly view: number
  /** Of numbers. */
  readonly threshold: number
  readonly missingLeft: boolean
  /** The categories that go left, as bits; null where the split is by numbers. */
  readonly set: Uint32Array | null
  readonly left: number
  readonly right: number
}

/** One leaf as it comes. */
export interface ReadLeaf {
  /** What its framework calls it. */
  readonly name: number
  readonly value: number
  /** Its training rows or their weight, 0 or more; undefined where that is not known. */
  readonly cover?: number | undefined
  readonly line?: {
    readonly constant: number
    readonly features: readonly number[]
    readonly coefficients: readonly number[]
  }
}

/** What `add` asks the reader of a tree; indices are those of its file. */
export interface ReadTree {
  /** Index of the first split, or ~ that of the only leaf. */
  readonly root: number
  readonly splitCount: number
  split(index: number): ReadSplit
  leaf(index: number): ReadLeaf
}

export class ForestWriter {
  private readonly outputs: number
  private readonly hasLines: boolean
  /** How lines see a feature: one of VIEW. */
  private readonly lineView: number
  private readonly viewOf = new Map<number, number>()
  private readonly sources: number[] = []
  private readonly views: number[] = []
  private readonly treeOutputs: number[] = []
  private readonly splitCounts: number[] = []
  private readonly columns: number[] = []
  private readonly thresholds: number[] = []
  private readonly flags: number[] = []
  private readonly children: number[] = []
  private readonly setStarts: number[] = [0]
  private readonly sets: Uint32Array[] = []
  private readonly values: number[] = []
  private readonly covers: number[] = []
  private readonly leafNames: number[] = []
  private readonly constants: number[] = []
  private readonly starts: number[] = [0]
  private readonly lineColumns: number[] = []
  private readonly coefficients: number[] = []

  constructor(outputs: number, { hasLines = false, lineView = 0 } = {}) {
    this.outputs = outputs
    this.hasLines = hasLines
    this.lineView = lineView
  }

  /**
   * Adds a tree in which each index is reached once, as its reader has checked: splits in the order in which a walk by levels
   * meets them, so that children come later. O(splits).
   */
  add(tree: ReadTree, output: number): void {
    const order: number[] = []
    if (tree.root >= 0) order.push(tree.root)
    let leafCount = 0
    const place = (child: number): number => {
      if (child >= 0) return order.push(child) - 1
      this.addLeaf(tree.leaf(~child))
      return ~leafCount++
    }
    if (tree.root < 0) place(tree.root)
    for (let s = 0; s < order.length; s++) {
      const split = tree.split(order[s] as number)
      const { set } = split
      this.columns.push(this.viewFor(split.source, split.view))
      this.thresholds.push(set === null ? split.threshold : this.addSet(set))
      this.flags.push((split.missingLeft ? MISSING_LEFT : 0) + (set === null ? 0 : CATEGORICAL))
      this.children.push(place(split.left), place(split.right))
    }
    this.splitCounts.push(order.length)
    this.treeOutputs.push(output)
  }

  finish(): { readonly forest: ImportedForest; readonly leafNames: Int32Array } {
    const lines: LinearLeaves | null = this.hasLines
      ? {
          constants: Float64Array.from(this.constants),
          starts: Int32Array.from(this.starts),
          columns: Int32Array.from(this.lineColumns),
          coefficients: Float64Array.from(this.coefficients),
        }
      : null
    // A row of no views would be no row.
    if (this.views.length === 0) this.viewFor(0, this.lineView)
    const forest: ImportedForest = {
      outputs: this.outputs,
      sources: Int32Array.from(this.sources),
      views: Uint8Array.from(this.views),
      treeOutputs: Int32Array.from(this.treeOutputs),
      splitCounts: Int32Array.from(this.splitCounts),
      columns: Int32Array.from(this.columns),
      thresholds: Float64Array.from(this.thresholds),
      flags: Uint8Array.from(this.flags),
      children: Int32Array.from(this.children),
      setStarts: Int32Array.from(this.setStarts),
      setWords: joined(this.sets, this.setStarts.at(-1) as number),
      values: Float64Array.from(this.values),
      covers: this.covers.length === this.values.length ? Float64Array.from(this.covers) : null,
      lines,
    }
    return { forest, leafNames: Int32Array.from(this.leafNames) }
  }

  private addLeaf({ name, value, cover, line }: ReadLeaf): void {
    this.leafNames.push(name)
    this.values.push(value)
    if (cover !== undefined) this.covers.push(cover)
    if (!this.hasLines) return
    this.constants.push(line?.constant ?? value)
    line?.features.forEach((feature, k) => {
      this.lineColumns.push(this.viewFor(feature, this.lineView))
      this.coefficients.push(line.coefficients[k] as number)
    })
    this.starts.push(this.lineColumns.length)
  }

  private addSet(set: Uint32Array): number {
    // Each set has a word at least.
    const words = set.length === 0 ? new Uint32Array(1) : set
    this.sets.push(words)
    this.setStarts.push((this.setStarts.at(-1) as number) + words.length)
    return this.sets.length - 1
  }

  private viewFor(source: number, view: number): number {
    const key = VIEWS_MAX * source + view
    const known = this.viewOf.get(key)
    if (known !== undefined) return known
    this.viewOf.set(key, this.views.length)
    this.sources.push(source)
    this.views.push(view)
    return this.views.length - 1
  }
}

function joined(parts: readonly Uint32Array[], length: number): Uint32Array {
  const whole = new Uint32Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

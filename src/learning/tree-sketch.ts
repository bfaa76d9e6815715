// The upper levels of one tree as plain nodes, for people to look at.

/** Values up to the threshold, or of the categories, go left. */
export interface SketchSplit {
  readonly column: number
  /** Infinity where every value goes left, and only what is missing goes right. */
  readonly threshold?: number
  /** Codes of the categories that go left. */
  readonly categories?: ReadonlySet<number>
  readonly missingLeft: boolean
  /** Indices of nodes. */
  readonly left: number
  readonly right: number
}

/** A node without a split is a leaf, or stands for what lies below the depth that was asked for (`isCut`). */
export interface SketchNode {
  readonly split?: SketchSplit
  readonly isCut: boolean
}

export interface TreeSketch {
  /** Trees of the whole model. */
  readonly treeCount: number
  /** In pre-order; the first is the root. */
  readonly nodes: readonly SketchNode[]
}

/** What one node of a tree is, read by its own number. `left` and `right` are numbers that `read` takes. */
export type TreeReader = (node: number) => SketchSplit | undefined

/** The nodes from `root` down to `depthMax` splits one below the other. `read` gives undefined for a leaf. */
export function sketchTree(root: number, depthMax: number, read: TreeReader): SketchNode[] {
  const nodes: SketchNode[] = []
  const add = (node: number, depth: number): number => {
    const at = nodes.push({ isCut: false }) - 1
    const split = read(node)
    if (split === undefined) return at
    if (depth === depthMax) nodes[at] = { isCut: true }
    else {
      const left = add(split.left, depth + 1)
      nodes[at] = { isCut: false, split: { ...split, left, right: add(split.right, depth + 1) } }
    }
    return at
  }
  add(root, 0)
  return nodes
}

/** Calls `visit` with every node on a row's way from the root. A category that no split names goes right. */
export function followRow(
  nodes: readonly SketchNode[],
  valueIn: (column: number) => number,
  visit: (node: number) => void,
): void {
  for (let at = 0; ; ) {
    visit(at)
    const split = nodes[at]?.split
    if (split === undefined) return
    at = goesLeft(split, valueIn(split.column)) ? split.left : split.right
  }
}

function goesLeft({ threshold, categories, missingLeft }: SketchSplit, value: number): boolean {
  if (Number.isNaN(value)) return missingLeft
  return threshold === undefined ? (categories as ReadonlySet<number>).has(value) : value <= threshold
}

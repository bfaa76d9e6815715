// Trees as explanations read them: nodes in pre-order, each with its share of its parent's training rows.
import { EDGE, EDGE_BYTES, IS_LEAF, IS_LEFT } from './shapley-module.ts'

/**
 * Node 0 is the root; the left child follows its split. An edge is told by the node that it leads to.
 *
 * columns   per node the column that it splits; −1 for a leaf
 * rights    per split its right child
 * above     per edge the next edge towards the root that is by the same column; 0, the root, where there is none
 * kinds     per split: NUMBER or LEVELS, with MISSING_LEFT added where missing values go left
 * tests     per split on numbers its threshold, values up to it go left; on levels its place in `sets`
 * sets      per split on levels which of the LevelGroups it has, and from the next word on the bits of the groups that
 *           go left
 * values    per node `width` numbers: what a leaf says; 0 for splits
 * edges     per edge, EDGE_BYTES as shapley-module.ts reads them, for vectors of `pointCount` points: as many as make the
 *           integral over all columns above a leaf exact, and even, to fill the vectors of a processor
 */
export interface CoverTree {
  readonly nodeCount: number
  readonly width: number
  readonly columns: Int32Array
  readonly rights: Int32Array
  readonly above: Int32Array
  readonly kinds: Uint8Array
  readonly tests: Float64Array
  readonly sets: Uint32Array
  readonly values: Float64Array
  readonly edges: Uint8Array
  readonly pointCount: number
  /** Per output, the mean of the leaves, each weighted by its rows. */
  readonly means: Float64Array
}

export const NUMBER = 0
export const MISSING_LEFT = 1
export const LEVELS = 2

/** What levels are called in the sets of splits; those without a group, and missing values, are `missing`. */
export interface LevelGroups {
  readonly missing: number
  /** Absent: each level is its own group. */
  readonly groupOf?: Uint8Array
}

/** Takes the nodes of one tree in pre-order. */
export class CoverTreeWriter {
  private readonly width: number
  private readonly columns: number[] = []
  private readonly rights: number[] = []
  private readonly parents: number[] = []
  private readonly kinds: number[] = []
  private readonly tests: number[] = []
  private readonly covers: number[] = []
  private readonly sets: number[] = []
  private readonly values: number[] = []
  /** Splits whose right child has not come. */
  private readonly open: number[] = []
  private parent = -1

  /** width: outputs of a leaf. */
  constructor(width: number) {
    this.width = width
  }

  splitNumbers(column: number, threshold: number, missingLeft: boolean): void {
    this.split(column, NUMBER + (missingLeft ? MISSING_LEFT : 0), threshold)
  }

  /** groups: which of the LevelGroups. bits: of the groups that go left, that of missing values among them. */
  splitLevels(column: number, groups: number, bits: Iterable<number>): void {
    this.split(column, LEVELS, this.sets.length)
    this.sets.push(groups, ...bits)
  }

  /** Returns false after the last leaf of the tree. cover: above 0. */
  leaf(cover: number, values: Float64Array): boolean {
    const node = this.add(-1, NUMBER, 0)
    this.covers[node] = cover
    for (let k = 0; k < this.width; k++) this.values[node * this.width + k] = values[k] as number
    const split = this.open.pop()
    if (split === undefined) return false
    this.rights[split] = node + 1
    this.parent = split
    return true
  }

  finish(): CoverTree {
    const nodeCount = this.columns.length
    const parents = Int32Array.from(this.parents)
    const columns = Int32Array.from(this.columns)
    const covers = Float64Array.from(this.covers)
    for (let node = nodeCount - 1; node > 0; node--) {
      const parent = parents[node] as number
      covers[parent] = (covers[parent] as number) + (covers[node] as number)
    }
    const { above, shares, columnsMax } = linkEdges(columns, parents, covers)
    const pointCount = Math.max(2, 2 * Math.ceil(columnsMax / 4))
    const edges = writeEdges(columns, parents, above, shares, 8 * pointCount)
    const values = Float64Array.from(this.values)
    const { width } = this
    const means = new Float64Array(width)
    for (let node = 0; node < nodeCount; node++) {
      if (columns[node] !== -1) continue
      const share = (covers[node] as number) / (covers[0] as number)
      for (let k = 0; k < width; k++) means[k] = (means[k] as number) + share * (values[node * width + k] as number)
    }
    return {
      ...{ nodeCount, width, columns, above, values, means, edges, pointCount },
      rights: Int32Array.from(this.rights),
      kinds: Uint8Array.from(this.kinds),
      tests: Float64Array.from(this.tests),
      sets: Uint32Array.from(this.sets),
    }
  }

  private split(column: number, kind: number, test: number): void {
    const node = this.add(column, kind, test)
    for (let k = 0; k < this.width; k++) this.values.push(0)
    this.open.push(node)
    this.parent = node
  }

  private add(column: number, kind: number, test: number): number {
    const node = this.columns.length
    this.columns.push(column)
    this.kinds.push(kind)
    this.tests.push(test)
    this.parents.push(this.parent)
    this.rights.push(0)
    this.covers.push(0)
    return node
  }
}

function linkEdges(columns: Int32Array, parents: Int32Array, covers: Float64Array) {
  const nodeCount = columns.length
  const above = new Int32Array(nodeCount)
  const shares = new Float64Array(nodeCount).fill(1)
  /** Per node, the columns above it. */
  const columnCounts = new Int32Array(nodeCount)
  let columnsMax = 0
  for (let node = 1; node < nodeCount; node++) {
    const parent = parents[node] as number
    const column = columns[parent] as number
    let edge = parent
    while (edge > 0 && columns[parents[edge] as number] !== column) edge = parents[edge] as number
    above[node] = edge
    shares[node] = ((shares[edge] as number) * (covers[node] as number)) / (covers[parent] as number)
    columnCounts[node] = (columnCounts[parent] as number) + (edge === 0 ? 1 : 0)
    columnsMax = Math.max(columnsMax, columnCounts[node] as number)
  }
  return { above, shares, columnsMax }
}

/**
 * The share of an edge is that of the rows at the split of the first edge by its column that go through all edges by the
 * column down to this one.
 */
function writeEdges(
  columns: Int32Array,
  parents: Int32Array,
  above: Int32Array,
  shares: Float64Array,
  vectorBytes: number,
): Uint8Array {
  const numbers = new Float64Array((EDGE_BYTES / 8) * columns.length)
  const words = new Int32Array(numbers.buffer)
  for (let node = 0; node < columns.length; node++) {
    const parent = Math.max(0, parents[node] as number)
    const edge = above[node] as number
    const [at, word] = [(EDGE_BYTES / 8) * node, (EDGE_BYTES / 4) * node]
    const [share, shareAbove] = [shares[node] as number, shares[edge] as number]
    numbers[at + EDGE.share / 8] = share
    numbers[at + EDGE.ratio / 8] = share / shareAbove
    numbers[at + EDGE.aboveLess / 8] = shareAbove - 1
    words[word + EDGE.parent / 4] = vectorBytes * parent
    words[word + EDGE.above / 4] = vectorBytes * edge
    words[word + EDGE.column / 4] = 8 * (columns[parent] as number)
    words[word + EDGE.kind / 4] = (columns[node] === -1 ? IS_LEAF : 0) + (node === parent + 1 ? IS_LEFT : 0)
  }
  return new Uint8Array(numbers.buffer)
}

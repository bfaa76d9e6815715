// TreeSHAP: what each column of a row contributes to what trees say of it.
import type { StopFlag } from '../parallel/stop-flag.ts'
import { type CoverTree, LEVELS, type LevelGroups, MISSING_LEFT } from './cover-tree.ts'
import { gaussLegendre } from './gauss-legendre.ts'

/** Rows that go through one tree before the next, and how often the stop flag is looked at. */
const BLOCK_ROWS = 64

/**
 * Adds to `out` the Shapley values of the columns for what the trees say of each row, where a column that is not known sends
 * a row down both sides of a split, by the shares of the training rows: the path-dependent TreeSHAP of Lundberg et
 * al. 2020, exactly. Tree t has the outputs `from outputs[t] on`.
 *
 * The Shapley value of a leaf is an integral over [0, 1] of a polynomial, a product over the columns above it (Owen 1972,
 * "Multilinear extensions of games"). Gauss-Legendre quadrature gives it exactly from half as many points as there
 * are columns; all terms but the last factor are positive, so that nothing cancels. Leaves below one edge are
 * summed before its share is taken, as Yu et al. 2022 ("Linear TreeShap") do with polynomials.
 *
 * values   row-major rows × columnCount
 * out      row-major rows × outputCount × columnCount
 * scale    what the trees say is multiplied by it
 * O(rows × nodes × (columns above a leaf / 2) × outputs of a leaf). Memory: of the largest tree. Throws FitStopped.
 */
export function explainTrees(
  trees: readonly CoverTree[],
  firstOutputs: Int32Array,
  groups: readonly (LevelGroups | undefined)[],
  {
    values,
    rowCount,
    columnCount,
  }: { readonly values: Float64Array; readonly rowCount: number; readonly columnCount: number },
  out: Float64Array,
  outputCount: number,
  scale: number,
  stop?: StopFlag,
): void {
  const rowWidth = outputCount * columnCount
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rowCount)
    trees.forEach((tree, t) => {
      stop?.throwIfSet()
      if (tree.nodeCount === 1) return
      const explainer = new TreeExplainer(tree, scale)
      for (let row = start; row < end; row++) {
        explainer.route(values, row * columnCount, groups)
        explainer.add(out, row * rowWidth + (firstOutputs[t] as number) * columnCount, columnCount)
      }
    })
  }
}

/** One tree with what does not depend on the row: 8 bytes a node and point, five times, and for each output once more. */
class TreeExplainer {
  private readonly tree: CoverTree
  /** Even, so that loops take two points at a time. */
  private readonly pointCount: number
  private readonly scale: number
  /** Per point, 1 over what is left of it to 1. */
  private readonly overRest: Float64Array
  /** Per node and point, 1 over the factor of the edge where the row goes along it. */
  private readonly overFactors: Float64Array
  /** Per node and point, what the edge makes of the product above it: where the row goes along it, and where not. */
  private readonly along: Float64Array
  private readonly aside: Float64Array
  /** Per node: 1 where the row goes along its edge, and along all edges above that are by the same column. */
  private readonly isTaken: Uint8Array
  /** Per node and point: the product of the factors above the node, with the weight of the point. */
  private readonly products: Float64Array
  /** Per node, output and point: the products of the leaves below, times what these say. */
  private readonly sums: Float64Array

  constructor(tree: CoverTree, scale: number) {
    const { nodeCount, shares, above, width } = tree
    const n = Math.max(2, 2 * Math.ceil(tree.columnsMax / 4))
    const { points, weights } = gaussLegendre(n)
    this.tree = tree
    this.pointCount = n
    this.scale = scale
    this.overRest = points.map((point) => 1 / (1 - point))
    this.overFactors = new Float64Array(n * nodeCount)
    this.along = new Float64Array(n * nodeCount)
    this.aside = new Float64Array(n * nodeCount)
    for (let node = 0, at = 0; node < nodeCount; node++) {
      const share = shares[node] as number
      const before = n * (above[node] as number)
      for (let k = 0; k < n; k++, at++) {
        const point = points[k] as number
        const others = (1 - point) * share
        const factor = others + point
        this.overFactors[at] = 1 / factor
        const overBefore = this.overFactors[before + k] as number
        this.along[at] = factor * overBefore
        this.aside[at] = others * overBefore
      }
    }
    this.isTaken = new Uint8Array(nodeCount)
    this.products = new Float64Array(n * nodeCount)
    this.products.set(weights)
    this.sums = new Float64Array(n * nodeCount * width)
    this.isTaken[0] = 1
  }

  /** Finds the edges that the row at `from` goes along. */
  route(values: Float64Array, from: number, groups: readonly (LevelGroups | undefined)[]): void {
    const { isTaken } = this
    const { nodeCount, columns, rights, above, kinds, tests, sets } = this.tree
    for (let node = 0; node < nodeCount; node++) {
      const column = columns[node] as number
      if (column === -1) continue
      const value = values[from + column] as number
      const kind = kinds[node] as number
      let isLeft: boolean
      if (kind < LEVELS) {
        const threshold = tests[node] as number
        isLeft = value <= threshold || (Number.isNaN(value) && kind === MISSING_LEFT)
      } else {
        const set = tests[node] as number
        const { missing, groupOf } = groups[sets[set] as number] as LevelGroups
        const group = groupOf === undefined ? value : (groupOf[value] ?? missing)
        const bit = group >= 0 && group < missing ? Math.trunc(group) : missing
        isLeft = (((sets[set + 1 + (bit >>> 5)] as number) >>> (bit & 31)) & 1) === 1
      }
      const before = isTaken[above[node + 1] as number] as number
      isTaken[node + 1] = isLeft ? before : 0
      isTaken[rights[node] as number] = isLeft ? 0 : before
    }
  }

  /** Adds the contributions to out[at + output · columnCount + column]. */
  add(out: Float64Array, at: number, columnCount: number): void {
    this.multiplyDown()
    const { width } = this.tree
    for (let output = 0; output < width; output++) this.sumUp(output, out, at + output * columnCount)
  }

  private multiplyDown(): void {
    const { tree, pointCount: n, isTaken, products, along, aside } = this
    const { nodeCount, parents, above, shares } = tree
    for (let node = 1; node < nodeCount; node++) {
      const to = n * node
      const from = n * (parents[node] as number)
      const edge = above[node] as number
      if (isTaken[edge] === 0) {
        const ratio = (shares[node] as number) / (shares[edge] as number)
        for (let k = 0; k < n; k += 2) {
          products[to + k] = (products[from + k] as number) * ratio
          products[to + k + 1] = (products[from + k + 1] as number) * ratio
        }
      } else {
        const factors = isTaken[node] === 0 ? aside : along
        for (let k = 0; k < n; k += 2) {
          products[to + k] = (products[from + k] as number) * (factors[to + k] as number)
          products[to + k + 1] = (products[from + k + 1] as number) * (factors[to + k + 1] as number)
        }
      }
    }
  }

  private sumUp(output: number, out: Float64Array, at: number): void {
    const { tree, pointCount: n, isTaken, products, sums, overFactors, overRest, scale } = this
    const { nodeCount, width, columns, parents, above, shares, values } = tree
    for (let node = nodeCount - 1; node > 0; node--) {
      const own = n * node
      const parent = parents[node] as number
      if (columns[node] === -1) {
        const value = (values[node * width + output] as number) * scale
        for (let k = 0; k < n; k++) sums[own + k] = (products[own + k] as number) * value
      }
      const edge = above[node] as number
      if (isTaken[edge] === 1) {
        let share = 0
        const [over, overAt] = isTaken[node] === 1 ? [overFactors, own] : [overRest, 0]
        for (let k = 0; k < n; k++) share += (sums[own + k] as number) * (over[overAt + k] as number)
        // At rest the share is 0, so that the factor is −1.
        share *= isTaken[node] === 1 ? 1 - (shares[node] as number) : -1
        if (edge > 0) {
          let before = 0
          for (let k = 0; k < n; k++) before += (sums[own + k] as number) * (overFactors[n * edge + k] as number)
          share -= before * (1 - (shares[edge] as number))
        }
        const target = at + (columns[parent] as number)
        out[target] = (out[target] as number) + share
      }
      const to = n * parent
      // A right child comes first here, its left sibling stands behind the parent.
      if (node === parent + 1)
        for (let k = 0; k < n; k++) sums[to + k] = (sums[to + k] as number) + (sums[own + k] as number)
      else for (let k = 0; k < n; k++) sums[to + k] = sums[own + k] as number
    }
  }
}

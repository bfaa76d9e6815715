// TreeSHAP: what each column of a row contributes to what trees say of it.
import { DataError } from '../errors.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { f64, layout, u8 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate, newMemory, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { type CoverTree, LEVELS, type LevelGroups, MISSING_LEFT } from './cover-tree.ts'
import { gaussLegendre } from './gauss-legendre.ts'
import { assembleShapley, EDGE_BYTES, ON, type ShapleyRoutines } from './shapley-module.ts'

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
  const kernel = kept ?? new ShapleyKernel()
  const explainer = new TreeExplainer(kernel.routines, kernel.arraysFor(trees, columnCount), columnCount, scale)
  kept = kernel.byteLength <= KEPT_BYTES_MAX ? kernel : undefined
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rowCount)
    trees.forEach((tree, t) => {
      stop?.throwIfSet()
      if (tree.nodeCount === 1) return
      explainer.load(tree)
      const place = (firstOutputs[t] as number) * columnCount
      for (let row = start; row < end; row++) {
        explainer.route(tree, values, row * columnCount, groups)
        explainer.add(tree, out, row * rowWidth + place)
      }
    })
  }
}

const MODULE = compile(assembleShapley())
/** Bytes of a memory that is kept for the next explanation: to make one takes longer than to explain a row. */
const KEPT_BYTES_MAX = 2 ** 24
let kept: ShapleyKernel | undefined

/** Kernel and memory of this thread. */
class ShapleyKernel {
  private readonly memory = newMemory(1)
  readonly routines: ShapleyRoutines

  constructor() {
    this.routines = instantiate(MODULE, { memory: this.memory }) as ShapleyRoutines
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength
  }

  /** The arrays for any of the trees. Those that were given before are void. Throws DataError. */
  arraysFor(trees: readonly CoverTree[], columnCount: number): ShapleyArrays {
    const most = (sizeOf: (tree: CoverTree) => number): number =>
      trees.reduce((a, tree) => Math.max(a, sizeOf(tree)), 0)
    const points = most(({ pointCount }) => pointCount)
    const nodes = most(({ nodeCount }) => nodeCount)
    const vectors = most(({ nodeCount, pointCount }) => nodeCount * pointCount)
    const plan = new MemoryPlan()
    const arrays = layout(
      {
        ...{ points: f64(points), rests: f64(points), overRests: f64(points), found: f64(columnCount) },
        ...{ states: u8(nodes), values: f64(most(({ values }) => values.length)), edges: u8(EDGE_BYTES * nodes) },
        ...{ over: f64(vectors), on: f64(vectors), off: f64(vectors), products: f64(vectors), sums: f64(vectors) },
      },
      plan,
    )
    if (plan.byteCount > PAGE_BYTES * PAGES_MAX) throw new DataError('a tree is explained in 4 GiB of memory')
    const missing = plan.byteCount - this.byteLength
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES))
    return arrays.views(this.memory.buffer)
  }
}

interface ShapleyArrays {
  readonly points: Float64Array
  /** 1 less the points, and 1 over it. */
  readonly rests: Float64Array
  readonly overRests: Float64Array
  /** Per column of one output. */
  readonly found: Float64Array
  readonly states: Uint8Array
  readonly values: Float64Array
  readonly edges: Uint8Array
  /** Per node a vector of as many numbers as there are points. */
  readonly over: Float64Array
  readonly on: Float64Array
  readonly off: Float64Array
  readonly products: Float64Array
  readonly sums: Float64Array
}

/** One tree at a time in the arrays of a kernel. */
class TreeExplainer {
  private readonly routines: ShapleyRoutines
  private readonly arrays: ShapleyArrays
  private readonly columnCount: number
  private readonly scale: number

  constructor(routines: ShapleyRoutines, arrays: ShapleyArrays, columnCount: number, scale: number) {
    this.routines = routines
    this.arrays = arrays
    this.columnCount = columnCount
    this.scale = scale
  }

  /** Brings a tree into the arrays, with what does not depend on the row. O(nodes × points). */
  load({ nodeCount, pointCount, values, edges: edgesOf }: CoverTree): void {
    const { arrays, routines } = this
    const { points, rests, overRests, edges, over, on, off, products } = arrays
    const rule = gaussLegendre(pointCount)
    points.set(rule.points)
    products.set(rule.weights)
    for (let k = 0; k < pointCount; k++) {
      rests[k] = 1 - (rule.points[k] as number)
      overRests[k] = 1 / (rests[k] as number)
    }
    arrays.values.set(values)
    edges.set(edgesOf)
    routines.prepare(
      ...([edges.byteOffset, edges.byteOffset + EDGE_BYTES * nodeCount, 8 * pointCount] as const),
      ...([points.byteOffset, rests.byteOffset, over.byteOffset, on.byteOffset, off.byteOffset] as const),
    )
  }

  /** Finds how the row at `from` stands to the edges of a tree. */
  route(tree: CoverTree, values: Float64Array, from: number, groups: readonly (LevelGroups | undefined)[]): void {
    const { states } = this.arrays
    const { nodeCount, columns, rights, above, kinds, tests, sets } = tree
    states[0] = ON
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
      // Without branches, which would be guessed wrong half of the time: OFF_ABOVE, OFF and ON are 0, 1 and 2.
      const isOn = Number(states[above[node + 1] as number] === ON)
      const toLeft = isOn & Number(isLeft)
      states[node + 1] = isOn + toLeft
      states[rights[node] as number] = 2 * isOn - toLeft
    }
  }

  /** Adds the contributions of the tree that was loaded to out[at + output · columnCount + column]. */
  add({ nodeCount, width, pointCount }: CoverTree, out: Float64Array, at: number): void {
    const { routines, arrays, columnCount, scale } = this
    const { edges, states, over, on, off, overRests, products, sums, values, found } = arrays
    const vectorBytes = 8 * pointCount
    const last = nodeCount - 1
    const lastVector = last * vectorBytes
    const [first, end] = [edges.byteOffset + EDGE_BYTES, edges.byteOffset + EDGE_BYTES * nodeCount]
    routines.multiply(
      ...([first, end, vectorBytes, states.byteOffset + 1] as const),
      ...([on.byteOffset + vectorBytes, off.byteOffset + vectorBytes, products.byteOffset] as const),
    )
    for (let output = 0; output < width; output++) {
      found.fill(0)
      routines.sum(
        ...([end - EDGE_BYTES, first, vectorBytes, states.byteOffset + last] as const),
        ...([over.byteOffset + lastVector, over.byteOffset, overRests.byteOffset] as const),
        ...([products.byteOffset + lastVector, sums.byteOffset + lastVector, sums.byteOffset] as const),
        ...([values.byteOffset + 8 * (last * width + output), 8 * width, found.byteOffset] as const),
      )
      const place = at + output * columnCount
      for (let j = 0; j < columnCount; j++) out[place + j] = (out[place + j] as number) + (found[j] as number) * scale
    }
  }
}

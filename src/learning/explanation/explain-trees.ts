// TreeSHAP: what each column of a row contributes to what trees say of it.
import { DataError } from '../errors.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { f64, layout, u8 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate, newMemory, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { type CoverTree, LEVELS, type LevelGroups, MISSING_LEFT } from './cover-tree.ts'
import { gaussLegendre } from './gauss-legendre.ts'
import { assembleShapley, EDGE_BYTES, OFF, OFF_ABOVE, ON, type ShapleyRoutines } from './shapley-module.ts'

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
  const kernel = new ShapleyKernel()
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, rowCount)
    trees.forEach((tree, t) => {
      stop?.throwIfSet()
      if (tree.nodeCount === 1) return
      const explainer = new TreeExplainer(kernel, tree, columnCount, scale)
      for (let row = start; row < end; row++) {
        explainer.route(values, row * columnCount, groups)
        explainer.add(out, row * rowWidth + (firstOutputs[t] as number) * columnCount)
      }
    })
  }
}

const MODULE = compile(assembleShapley())

/** Columns of the trees' rows that a memory has places for, of one row and all outputs. */
class ShapleyKernel {
  readonly memory = newMemory(1)
  readonly routines: ShapleyRoutines

  constructor() {
    this.routines = instantiate(MODULE, { memory: this.memory }) as ShapleyRoutines
  }

  /** Makes room. Views of the memory are void then. Throws DataError. */
  reserve(plan: MemoryPlan): void {
    const missing = plan.byteCount - this.memory.buffer.byteLength
    if (plan.byteCount > PAGE_BYTES * PAGES_MAX) throw new DataError('a tree is explained in 4 GiB of memory')
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}

/** One tree in the memory of a kernel, with what does not depend on the row: 8 bytes a node and point, five times. */
class TreeExplainer {
  private readonly tree: CoverTree
  private readonly routines: ShapleyRoutines
  private readonly vectorBytes: number
  private readonly columnCount: number
  private readonly scale: number
  private readonly views: ReturnType<typeof placesFor>['views']
  /** Per node: 1 where the row goes along its edge, and along all edges above that are by the same column. */
  private readonly states: Uint8Array

  constructor(kernel: ShapleyKernel, tree: CoverTree, columnCount: number, scale: number) {
    const { nodeCount, pointCount } = tree
    const { points, weights } = gaussLegendre(pointCount)
    const { views } = placesFor(kernel, tree, columnCount)
    this.tree = tree
    this.routines = kernel.routines
    this.vectorBytes = 8 * pointCount
    this.columnCount = columnCount
    this.scale = scale
    this.views = views
    this.states = views.states
    views.points.set(points)
    views.rests.set(points.map((point) => 1 - point))
    views.overRests.set(points.map((point) => 1 / (1 - point)))
    views.values.set(tree.values)
    views.edges.set(tree.edges)
    const edgesEnd = views.edges.byteOffset + EDGE_BYTES * nodeCount
    const places = [views.points, views.rests, views.over, views.on, views.off] as const
    const [pointsAt, restsAt, over, on, off] = places.map(({ byteOffset }) => byteOffset) as [
      number,
      number,
      number,
      number,
      number,
    ]
    this.routines.prepare(views.edges.byteOffset, edgesEnd, this.vectorBytes, pointsAt, restsAt, over, on, off)
    views.products.set(weights)
  }

  /** Finds the edges that the row at `from` goes along. */
  route(values: Float64Array, from: number, groups: readonly (LevelGroups | undefined)[]): void {
    const { states } = this
    const { nodeCount, columns, rights, above, kinds, tests, sets } = this.tree
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
      const isOn = states[above[node + 1] as number] === ON
      states[node + 1] = isOn ? (isLeft ? ON : OFF) : OFF_ABOVE
      states[rights[node] as number] = isOn ? (isLeft ? OFF : ON) : OFF_ABOVE
    }
  }

  /** Adds the contributions to out[at + output · columnCount + column]. */
  add(out: Float64Array, at: number): void {
    const { routines, vectorBytes, views, columnCount, scale } = this
    const { nodeCount, width } = this.tree
    const last = nodeCount - 1
    const { edges, states, over, on, off, products, sums, values, found } = views
    const [first, end] = [edges.byteOffset + EDGE_BYTES, edges.byteOffset + EDGE_BYTES * nodeCount]
    const [onAt, offAt] = [on.byteOffset + vectorBytes, off.byteOffset + vectorBytes]
    routines.multiply(first, end, vectorBytes, states.byteOffset + 1, onAt, offAt, products.byteOffset)
    for (let output = 0; output < width; output++) {
      found.fill(0)
      routines.sum(
        ...([end - EDGE_BYTES, first, vectorBytes, states.byteOffset + last] as const),
        ...([over.byteOffset + last * vectorBytes, over.byteOffset, views.overRests.byteOffset] as const),
        ...([products.byteOffset + last * vectorBytes, sums.byteOffset + last * vectorBytes, sums.byteOffset] as const),
        ...([values.byteOffset + 8 * (last * width + output), 8 * width, found.byteOffset] as const),
      )
      const place = at + output * columnCount
      for (let j = 0; j < columnCount; j++) out[place + j] = (out[place + j] as number) + (found[j] as number) * scale
    }
  }
}

function placesFor(kernel: ShapleyKernel, { nodeCount, width, pointCount }: CoverTree, columnCount: number) {
  const plan = new MemoryPlan()
  const vectors = nodeCount * pointCount
  const arrays = layout(
    {
      ...{ points: f64(pointCount), rests: f64(pointCount), overRests: f64(pointCount), found: f64(columnCount) },
      ...{ states: u8(nodeCount), values: f64(nodeCount * width), edges: u8(EDGE_BYTES * nodeCount) },
      ...{ over: f64(vectors), on: f64(vectors), off: f64(vectors), products: f64(vectors), sums: f64(vectors) },
    },
    plan,
  )
  kernel.reserve(plan)
  return { views: arrays.views(kernel.memory.buffer) }
}

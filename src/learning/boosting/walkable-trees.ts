// Boosted trees in the layout of walk-module.ts, and one thread's walk through them.
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import { f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { isCategorical } from './column-bins.ts'
import { CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'
import { assembleWalk, NODE_BYTES, ROWS_TOGETHER, TREE_BYTES, type WalkRoutine } from './walk-module.ts'

/** Values of the rows that go through one tree after another: they stay in the nearest caches. */
const CHUNK_VALUES = 4096

/** Plain data that threads share. */
export interface WalkableTrees {
  readonly columnCount: number
  readonly outputs: number
  readonly baseline: Float64Array
  /** NODE_BYTES a node, from address 0 on. */
  readonly nodes: Float64Array
  /** Per node; 0 for a split. */
  readonly values: Float64Array
  /** TREE_BYTES a tree. */
  readonly trees: Int32Array
  readonly module: object
}

/** Null when a split is by categories, or the trees are too large for one memory. O(splits); 24 bytes a node. */
export function walkableTrees({ columnCount, outputs, baseline, bins, trees }: BoostedTrees): WalkableTrees | null {
  const { splitCounts, columns, children, flags } = trees
  const nodeCount = 2 * columns.length + splitCounts.length
  if (flags.some((flag) => flag >= CATEGORICAL) || 32 * nodeCount > PAGE_BYTES * (PAGES_MAX / 2)) return null
  const nodes = sharedFloat64((NODE_BYTES / 8) * nodeCount)
  const words = new Int32Array(nodes.buffer)
  const values = sharedFloat64(nodeCount)
  const records = sharedInt32((TREE_BYTES / 4) * splitCounts.length)
  let [split, leaf, free] = [0, 0, 0]
  splitCounts.forEach((count, t) => {
    const root = free++
    let depthMax = 0
    /** Splits in ascending order, which come after their parents. */
    const places = new Int32Array(count)
    const depths = new Int32Array(count)
    const putLeaf = (at: number, k: number): void => {
      nodes[2 * at] = Number.NaN
      words[4 * at + 2] = NODE_BYTES * at
      values[at] = trees.values[leaf + k] as number
    }
    if (count === 0) putLeaf(root, 0)
    else places[0] = root
    for (let s = 0; s < count; s++) {
      const at = places[s] as number
      const column = columns[split + s] as number
      const b = bins[column]
      // The last bin of values has no threshold: it parts all values from the missing.
      nodes[2 * at] =
        b === undefined || isCategorical(b) ? 0 : (b.thresholds[trees.bins[split + s] as number] ?? Infinity)
      words[4 * at + 2] = NODE_BYTES * free
      words[4 * at + 3] = 8 * column + ((flags[split + s] as number) & MISSING_LEFT)
      const depth = (depths[s] as number) + 1
      depthMax = Math.max(depthMax, depth)
      // Right, then left.
      for (const side of [1, 0]) {
        const child = children[2 * (split + s) + side] as number
        if (child < 0) putLeaf(free, ~child)
        else {
          places[child] = free
          depths[child] = depth
        }
        free++
      }
    }
    records.set([NODE_BYTES * root, depthMax, 8 * (t % outputs)], 3 * t)
    split += count
    leaf += count + 1
  })
  const module = compile(assembleWalk(columnCount))
  return { columnCount, outputs, baseline, nodes, values, trees: records, module }
}

/** One thread's walk. Memory: a copy of the trees, and a chunk of rows. */
export class TreeWalker {
  /** Rows that `addTo` takes at most. */
  readonly rowsMax: number
  private readonly data: WalkableTrees
  private readonly routine: WalkRoutine
  private readonly valuesAt: number
  private readonly treesAt: number
  private readonly rows: Float64Array
  private readonly raw: Float64Array

  constructor(data: WalkableTrees) {
    const { nodes, values, trees, columnCount, outputs, module } = data
    const wanted = Math.min(256, Math.ceil(CHUNK_VALUES / columnCount))
    this.rowsMax = ROWS_TOGETHER * Math.ceil(wanted / ROWS_TOGETHER)
    this.data = data
    // Nodes lie from byte 0 on.
    const plan = new MemoryPlan(64, 0)
    const arrays = layout(
      {
        nodes: f64(nodes.length),
        values: f64(values.length),
        trees: i32(trees.length),
        rows: f64(this.rowsMax * columnCount),
        raw: f64(this.rowsMax * outputs),
      },
      plan,
    )
    const memory = plan.allocateOwn('boosted trees are walked')
    this.routine = instantiate(module, { memory }) as WalkRoutine
    const views = arrays.views(memory.buffer)
    views.nodes.set(nodes)
    views.values.set(values)
    views.trees.set(trees)
    this.valuesAt = views.values.byteOffset
    this.treesAt = views.trees.byteOffset
    this.rows = views.rows
    this.raw = views.raw
  }

  /** Writes the outputs, row-major, of rows [start, end) of row-major values. O(rows × trees × depth). */
  write(values: Float64Array, start: number, end: number, raw: Float64Array): void {
    const { columnCount, outputs, baseline, trees } = this.data
    for (let from = start; from < end; from += this.rowsMax) {
      const to = Math.min(from + this.rowsMax, end)
      const together = ROWS_TOGETHER * Math.ceil((to - from) / ROWS_TOGETHER)
      this.rows.set(values.subarray(from * columnCount, to * columnCount))
      for (let k = 0; k < (to - from) * outputs; k++) this.raw[k] = baseline[k % outputs] as number
      this.routine.addTrees(
        this.treesAt,
        this.treesAt + trees.byteLength,
        this.rows.byteOffset,
        this.rows.byteOffset + 8 * together * columnCount,
        this.raw.byteOffset,
        8 * outputs,
        this.valuesAt,
      )
      raw.set(this.raw.subarray(0, (to - from) * outputs), from * outputs)
    }
  }
}

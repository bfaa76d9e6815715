// One thread's walk through trees that are in the layout of walk-module.ts.
import { f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { instantiate } from '../wasm/web-assembly.ts'
import { NODE_BYTES, ROWS_TOGETHER, TREE_BYTES, type WalkRoutines } from './walk-module.ts'

/** Values of the rows that go through one tree after another: they stay in the nearest caches. */
const CHUNK_VALUES = 4096
/** Up to so many rows go alone through eight trees at a time. */
const ROWS_ALONE_MAX = 3

/** Plain data that threads share. */
export interface WalkableTrees {
  readonly columnCount: number
  readonly outputs: number
  readonly baseline: Float64Array
  /** Sums are rounded to float32 after each tree. */
  readonly isFloat32: boolean
  /** NODE_BYTES a node, from address 0 on. */
  readonly nodes: Float64Array
  /** Per node; 0 for a split. */
  readonly values: Float64Array
  /** TREE_BYTES a tree. */
  readonly trees: Int32Array
  /** Words of the sets of categories. */
  readonly sets: Int32Array
  readonly module: object
}

/** Memory: a copy of the trees, and a chunk of rows. */
export class TreeWalker {
  private readonly rowsMax: number
  private readonly data: WalkableTrees
  private readonly routines: WalkRoutines
  private readonly valuesAt: number
  private readonly treesAt: number
  private readonly setsAt: number
  private readonly rows: Float64Array
  private readonly raw: Float64Array
  private readonly leaves: Int32Array

  constructor(data: WalkableTrees) {
    const { nodes, values, trees, sets, columnCount, outputs, module } = data
    const wanted = Math.min(256, Math.ceil(CHUNK_VALUES / columnCount))
    this.rowsMax = ROWS_TOGETHER * Math.ceil(wanted / ROWS_TOGETHER)
    this.data = data
    // Nodes lie from byte 0 on.
    const plan = new MemoryPlan(64, 0)
    const arrays = layout(
      {
        nodes: f64(nodes.length),
        values: f64(values.length),
        // One row goes down eight trees at a time: past the last, it goes down the first leaf again, into no output.
        trees: i32(trees.length + (ROWS_TOGETHER * TREE_BYTES) / 4),
        sets: i32(Math.max(1, sets.length)),
        rows: f64(this.rowsMax * columnCount),
        raw: f64(this.rowsMax * outputs + 1),
        leaves: i32(this.rowsMax),
      },
      plan,
    )
    const memory = plan.allocateOwn('trees are walked')
    this.routines = instantiate(module, { memory }) as WalkRoutines
    const views = arrays.views(memory.buffer)
    views.nodes.set(nodes)
    views.values.set(values)
    views.trees.set(trees)
    views.sets.set(sets)
    for (let at = trees.length; at < views.trees.length; at += TREE_BYTES / 4) {
      views.trees.set([trees[0] ?? 0, 0, 0, 8 * outputs], at)
    }
    this.valuesAt = views.values.byteOffset
    this.treesAt = views.trees.byteOffset
    this.setsAt = views.sets.byteOffset
    this.rows = views.rows
    this.raw = views.raw
    this.leaves = views.leaves
  }

  /** Writes the outputs, row-major, of rows [start, end) of row-major values. O(rows × trees × depth). */
  write(values: Float64Array, start: number, end: number, raw: Float64Array): void {
    const { columnCount, outputs, baseline, trees } = this.data
    for (let from = start; from < end; from += this.rowsMax) {
      const to = Math.min(from + this.rowsMax, end)
      this.rows.set(values.subarray(from * columnCount, to * columnCount))
      for (let k = 0; k < (to - from) * outputs; k++) this.raw[k] = baseline[k % outputs] as number
      if (to - from <= ROWS_ALONE_MAX) this.addToRows(to - from)
      else {
        const together = ROWS_TOGETHER * Math.ceil((to - from) / ROWS_TOGETHER)
        const { addTrees, addTreesToWhole } = this.routines
        const add = areFinite(this.rows, (to - from) * columnCount) ? addTreesToWhole : addTrees
        add(
          this.treesAt,
          this.treesAt + trees.byteLength,
          this.rows.byteOffset,
          this.rows.byteOffset + 8 * together * columnCount,
          this.raw.byteOffset,
          8 * outputs,
          this.valuesAt,
          this.setsAt,
        )
      }
      raw.set(this.raw.subarray(0, (to - from) * outputs), from * outputs)
    }
  }

  /** Calls back with the node of the leaf of each of rows [start, end) in each tree: all rows of a tree, then the next. */
  eachLeaf(
    values: Float64Array,
    start: number,
    end: number,
    tell: (tree: number, row: number, node: number) => void,
  ): void {
    const { columnCount, trees } = this.data
    for (let from = start; from < end; from += this.rowsMax) {
      const to = Math.min(from + this.rowsMax, end)
      this.rows.set(values.subarray(from * columnCount, to * columnCount))
      const [rows, sets] = [this.rows.byteOffset, this.setsAt]
      for (let t = 0; t < trees.length / (TREE_BYTES / 4); t++) {
        const tree = this.treesAt + TREE_BYTES * t
        const rowsEnd = rows + 8 * (to - from) * columnCount
        this.routines.findLeaves(tree, tree + TREE_BYTES, rows, rowsEnd, this.leaves.byteOffset, sets)
        for (let i = from; i < to; i++) tell(t, i, (this.leaves[i - from] as number) / NODE_BYTES)
      }
    }
  }

  private addToRows(rowCount: number): void {
    const { columnCount, outputs, trees } = this.data
    const treeCount = trees.byteLength / TREE_BYTES
    const treesEnd = this.treesAt + TREE_BYTES * ROWS_TOGETHER * Math.ceil(treeCount / ROWS_TOGETHER)
    for (let i = 0; i < rowCount; i++) {
      // Behind the outputs of a row lies that of no tree; of the next row it is set again.
      const kept = this.raw[(i + 1) * outputs] as number
      this.routines.addTreesOfRow(
        this.treesAt,
        treesEnd,
        this.rows.byteOffset + 8 * i * columnCount,
        this.raw.byteOffset + 8 * i * outputs,
        this.valuesAt,
        this.setsAt,
      )
      this.raw[(i + 1) * outputs] = kept
    }
  }
}

/** Whether none of the first values is missing or infinite. */
function areFinite(values: Float64Array, count: number): boolean {
  let zero = 0
  for (let k = 0; k < count; k++) zero += (values[k] as number) * 0
  return zero === 0
}

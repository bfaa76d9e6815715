// One thread's way through the trees of a forest: its copy of the rows at hand, and WebAssembly at work on them.
import type { RowBlock } from '../matrix.ts'
import { f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, instantiate, PAGE_BYTES, type WasmMemory } from '../wasm/web-assembly.ts'
import { assembleWalkModule, LANES, type WalkRoutines } from './walk-module.ts'
import { walkOn } from './walk-on.ts'
import type { WalkableForest } from './walkable-forest.ts'

/** Rows that go through one tree before the next, at most: they and what they touch of the tree stay in near caches. */
const BLOCK_ROWS_MAX = 1024
/** Values of a block's rows, and sums, at most, if a few rows have no more. */
const BLOCK_VALUES_MAX = 32_768

const MODULE = compile(assembleWalkModule())
/** Memory: about 600 KB, or what 8 rows, their sums, and 4 bytes a tree take, if that is more. */
export class Walker {
  /** The most rows that are read at once: a multiple of LANES. */
  readonly blockRows: number
  /** The k of each row's leaf in one tree, or of one row's leaf in each tree. */
  readonly leaves: Int32Array
  readonly forest: WalkableForest
  private readonly routines: WalkRoutines
  private readonly width: number
  private readonly x: Float64Array
  private readonly sums: Float64Array

  constructor(forest: WalkableForest) {
    const { columnCount, classCount, roots } = forest
    this.forest = forest
    this.width = Math.max(1, classCount)
    const fitting = Math.floor(BLOCK_VALUES_MAX / Math.max(columnCount, this.width) / LANES) * LANES
    this.blockRows = Math.min(BLOCK_ROWS_MAX, Math.max(LANES, fitting))
    const leafCount = LANES * Math.ceil(Math.max(roots.length, this.blockRows) / LANES)
    const plan = new MemoryPlan()
    const arrays = layout(
      { sums: f64(this.blockRows * this.width), x: f64(this.blockRows * columnCount), leaves: i32(leafCount) },
      plan,
    )
    const exports = instantiate(MODULE, { memory: forest.memory }) as WalkRoutines & { own: WasmMemory }
    exports.own.grow(Math.ceil(plan.byteCount / PAGE_BYTES))
    const { sums, x, leaves } = arrays.views(exports.own.buffer)
    this.routines = exports
    this.sums = sums
    this.x = x
    this.leaves = leaves
  }

  /** Copies rows [start, end). */
  readRows({ values, columnCount }: RowBlock, start: number, end: number): void {
    this.x.set(values.subarray(start * columnCount, end * columnCount))
  }

  clearSums(rowCount: number): void {
    this.sums.fill(0, 0, rowCount * this.width)
  }

  /** Takes the rows that were read through one tree. */
  addTree(tree: number, rowCount: number): void {
    const { forest, routines, x, leaves } = this
    const root = forest.roots[tree]!
    routines.walkRows(forest.words.byteOffset, root, x.byteOffset, 8 * forest.columnCount, rowCount, leaves.byteOffset)
    this.walkOn(rowCount, 0, forest.columnCount)
    this.addLeaves(rowCount, 0, 8 * this.width)
  }

  /** Takes one of the rows that were read through trees [firstTree, lastTree). */
  addTreesOfRow(row: number, firstTree: number, lastTree: number): void {
    const { forest, routines, x, leaves } = this
    const { words, roots } = forest
    const rowAt = x.byteOffset + 8 * row * forest.columnCount
    const first = roots.byteOffset + 4 * firstTree
    routines.walkTrees(words.byteOffset, first, roots.byteOffset + 4 * lastTree, rowAt, leaves.byteOffset)
    this.walkOn(lastTree - firstTree, row * forest.columnCount, 0)
    this.addLeaves(lastTree - firstTree, row, 0)
  }

  /** Writes the sums, divided, to out[at …]. Finite where the divisor is the number of trees that were summed. */
  writeSums(out: Float64Array, at: number, count: number, divisor: number): void {
    if (divisor !== 1) this.routines.divide(this.sums.byteOffset, this.sums.byteOffset + 8 * count, divisor)
    out.set(this.sums.subarray(0, count), at)
    const { leafScale } = this.forest
    if (leafScale === 1) return
    // A mean of the largest doubles can be rounded up.
    const bounded = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
    for (let i = at; i < at + count; i++) out[i] = bounded(out[i]! * leafScale)
  }

  /** Ends the walks that ended at a special split: of the row whose values begin at x[base], and each `step` further on. */
  private walkOn(count: number, base: number, step: number): void {
    const { forest, leaves, x } = this
    if (forest.specials.length === 0) return
    const { firstSpecial } = forest
    for (let i = 0; i < count; i++) {
      const k = leaves[i]!
      if (k >= firstSpecial) leaves[i] = walkOn(forest, k, x, base + i * step)
    }
  }

  /** Adds to the sums of a row, and of each `step` bytes further on. */
  private addLeaves(count: number, row: number, step: number): void {
    const { forest, routines } = this
    const sumsAt = this.sums.byteOffset + 8 * row * this.width
    const leaves = this.leaves.byteOffset
    const end = leaves + 4 * count
    if (forest.classCount === 0) routines.addValues(leaves, end, sumsAt, step, forest.leafValues.byteOffset)
    else {
      const { mixedStarts, mixedClasses, mixedProbabilities } = forest
      routines.addClasses(
        ...([leaves, end, sumsAt, step, forest.classCount] as const),
        ...([mixedStarts.byteOffset, mixedClasses.byteOffset, mixedProbabilities.byteOffset] as const),
      )
    }
  }
}

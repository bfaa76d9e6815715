// The walk through boosted trees in WebAssembly, eight rows at a time: while one waits for its next node, the others step.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32, type Local } from '../wasm/values.ts'

/** Rows that go down a tree together. */
export const ROWS_TOGETHER = 8
/**
 * A node: its threshold (float64), the address of its right child (int32; the left one lies behind it), and 8 · its
 * column,
 * plus 1 where missing values go left (int32). A leaf is its own right child, and its threshold is NaN: nothing goes
 * left.
 */
export const NODE_BYTES = 16
/** A tree: the address of its root, the steps to its deepest leaf, and 8 · its output (int32 each). */
export const TREE_BYTES = 12

export interface WalkRoutine {
  /**
   * Adds the values of the trees from byte `trees` to `end` to raw outputs, `outputBytes` a row. Rows lie row-major from
   * `rows` to `rowsEnd`, a multiple of 8 of them. Nodes lie from byte 0 on, the value of each (float64) from `values` on.
   */
  addTrees(
    trees: number,
    end: number,
    rows: number,
    rowsEnd: number,
    raw: number,
    outputBytes: number,
    values: number,
  ): void
}

const PARAMETERS = { trees: I32, end: I32, rows: I32, rowsEnd: I32, raw: I32, outputBytes: I32, values: I32 } as const

/** The bytes of a module for rows of `columnCount` columns; it imports env.memory. */
export function assembleWalk(columnCount: number): Uint8Array<ArrayBuffer> {
  const rowBytes = 8 * columnCount
  const addTrees = routine('addTrees', PARAMETERS, (w, { trees, end, rows, rowsEnd, raw, outputBytes, values }) => {
    const nodes = Array.from({ length: ROWS_TOGETHER }, () => w.declare(I32))
    const [row, to, depth] = [w.declare(I32), w.declare(I32), w.declare(I32)]
    const step = (node: Local<I32>, k: number): void => {
      const word = w.keep(I32.load(node, 12))
      const x = w.keep(F64.load(row.plus(word.and(-8)), rowBytes * k))
      const threshold = w.keep(F64.load(node))
      // A missing value is neither at most the threshold nor above it.
      const isMissingLeft = word.and(x.isAbove(threshold).isZero())
      const isLeft = x.isAtMost(threshold).or(isMissingLeft)
      w.set(node, isLeft.shiftLeft(4).plus(I32.load(node, 8)))
    }
    w.each(trees, end, TREE_BYTES, () => {
      w.set(row, rows)
      w.set(to, raw.plus(I32.load(trees, 8)))
      w.each(row, rowsEnd, ROWS_TOGETHER * rowBytes, () => {
        const root = w.keep(I32.load(trees))
        for (const node of nodes) w.set(node, root)
        w.set(depth, I32.load(trees, 4))
        w.while(depth, () => {
          nodes.forEach(step)
          w.add(depth, -1)
        })
        for (const node of nodes) {
          w.store(to, F64.load(to).plus(F64.load(values.plus(node.shiftRight(1)))))
          w.add(to, outputBytes)
        }
      })
    })
  })
  return assembleModule({ memory: { name: 'memory', isShared: false }, routines: [addTrees] })
}

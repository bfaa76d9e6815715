// The walk through trees in WebAssembly, eight rows or eight trees at a time: while one waits for its next node, the others step.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'

/** Rows that go down a tree together, and trees that one row goes down together. */
export const ROWS_TOGETHER = 8
/**
 * A node: its threshold (float64), the address of its right child (int32; the left one lies behind it), and 8 · its
 * column, plus 1 where missing values go left, plus 2 where it asks for categories (int32). A node of categories has, in
 * the place of the threshold, the byte of its set from the first set on and the bits of it, a multiple of 32 (int32
 * each); its values are whole numbers, and those in the set go left. A leaf is its own right child, and its threshold is
 * NaN: nothing goes left.
 */
export const NODE_BYTES = 16
export const MISSING_LEFT = 1
export const CATEGORIES = 2
/**
 * A tree: the address of its root, the steps that are taken at once, those that may follow up to its deepest leaf, and
 * 8 · its output (int32 each).
 */
export const TREE_BYTES = 16

export interface WalkRoutines {
  /**
   * Adds the values of the trees from byte `trees` to `end` to raw outputs, `outputBytes` a row. Rows lie row-major from
   * `rows` to `rowsEnd`, a multiple of 8 of them. Nodes lie from byte 0 on, the value of each (float64) from `values`, sets
   * of categories from `sets` on.
   */
  addTrees(
    trees: number,
    end: number,
    rows: number,
    rowsEnd: number,
    raw: number,
    outputBytes: number,
    values: number,
    sets: number,
  ): void
  /** The same, sooner, for rows without a missing value. */
  readonly addTreesToWhole: WalkRoutines['addTrees']
  /** The same for one row and a multiple of 8 trees. */
  addTreesOfRow(trees: number, end: number, row: number, raw: number, values: number, sets: number): void
  /** Writes the address of each row's leaf (int32): of all rows in the first tree, then in the next. */
  findLeaves(trees: number, end: number, rows: number, rowsEnd: number, leaves: number, sets: number): void
}

export interface WalkedTrees {
  readonly columnCount: number
  readonly hasCategories?: boolean
  /** Sums are rounded to float32 after each tree. */
  readonly isFloat32?: boolean
}

/** The bytes of a module for such trees; it imports env.memory. */
export function assembleWalk({
  columnCount,
  hasCategories = false,
  isFloat32 = false,
}: WalkedTrees): Uint8Array<ArrayBuffer> {
  const rowBytes = 8 * columnCount

  const addValue = (w: RoutineWriter, to: Local<I32>, values: Local<I32>, node: Local<I32>): void => {
    const sum = F64.load(to).plus(F64.load(values.plus(node.shiftRight(1))))
    w.store(to, isFloat32 ? sum.rounded() : sum)
  }
  const step = (
    w: RoutineWriter,
    sets: Local<I32>,
    node: Local<I32>,
    row: Local<I32>,
    rowOffset: number,
    isWhole = false,
  ): void => {
    const word = w.keep(I32.load(node, 12))
    const x = w.keep(F64.load(row.plus(word.and(-8)), rowOffset))
    const threshold = w.keep(F64.load(node))
    const isLeft = w.declare(I32)
    // A missing value is neither at most the threshold nor above it.
    const compare = (): void => {
      const isAtMost = x.isAtMost(threshold)
      w.set(isLeft, isWhole ? isAtMost : isAtMost.or(word.and(1).and(x.isAbove(threshold).isZero())))
    }
    if (hasCategories) {
      w.if(word.and(CATEGORIES), () => w.set(isLeft, isInSet(w, { sets, node, x, word })), compare)
    } else compare()
    w.set(node, isLeft.shiftLeft(4).plus(I32.load(node, 8)))
  }
  /** Steps of several walks: some of them at once, then those that follow, until all stand still at their leaves. */
  const walk = (
    w: RoutineWriter,
    nodes: readonly Local<I32>[],
    { sure, rest }: Steps,
    stepOf: (node: Local<I32>, k: number) => void,
  ): void => {
    w.while(sure, () => {
      for (const [k, node] of nodes.entries()) stepOf(node, k)
      w.add(sure, -1)
    })
    const [before, moved] = [w.declare(I32), w.declare(I32)]
    w.while(rest, (out) => {
      w.set(moved, 0)
      for (const [k, node] of nodes.entries()) {
        w.set(before, node)
        stepOf(node, k)
        w.set(moved, moved.or(node.xor(before)))
      }
      w.branch(out, moved.isZero())
      w.add(rest, -1)
    })
  }

  const rowsOfTree = { trees: I32, end: I32, rows: I32, rowsEnd: I32 } as const
  const adding = (name: string, isWhole: boolean) =>
    routine(
      name,
      { ...rowsOfTree, raw: I32, outputBytes: I32, values: I32, sets: I32 },
      (w, { trees, end, rows, rowsEnd, raw, outputBytes, values, sets }) => {
        const nodes = Array.from({ length: ROWS_TOGETHER }, () => w.declare(I32))
        const [row, to] = [w.declare(I32), w.declare(I32)]
        const steps = { sure: w.declare(I32), rest: w.declare(I32) }
        w.each(trees, end, TREE_BYTES, () => {
          w.set(row, rows)
          w.set(to, raw.plus(I32.load(trees, 12)))
          w.each(row, rowsEnd, ROWS_TOGETHER * rowBytes, () => {
            const root = w.keep(I32.load(trees))
            for (const node of nodes) w.set(node, root)
            w.set(steps.sure, I32.load(trees, 4))
            w.set(steps.rest, I32.load(trees, 8))
            walk(w, nodes, steps, (node, k) => step(w, sets, node, row, rowBytes * k, isWhole))
            for (const node of nodes) {
              addValue(w, to, values, node)
              w.add(to, outputBytes)
            }
          })
        })
      },
    )
  const addTreesOfRow = routine(
    'addTreesOfRow',
    { trees: I32, end: I32, row: I32, raw: I32, values: I32, sets: I32 },
    (w, { trees, end, row, raw, values, sets }) => {
      const nodes = Array.from({ length: ROWS_TOGETHER }, () => w.declare(I32))
      const to = w.declare(I32)
      const steps = { sure: w.declare(I32), rest: w.declare(I32) }
      w.each(trees, end, ROWS_TOGETHER * TREE_BYTES, () => {
        w.set(steps.sure, 0)
        w.set(steps.rest, 0)
        nodes.forEach((node, k) => {
          w.set(node, I32.load(trees, TREE_BYTES * k))
          for (const [steppedTo, offset] of [
            [steps.sure, 4],
            [steps.rest, 8],
          ] as const) {
            const own = w.keep(I32.load(trees, TREE_BYTES * k + offset))
            w.set(steppedTo, own.where(own.isAbove(steppedTo), steppedTo))
          }
        })
        walk(w, nodes, steps, (node) => step(w, sets, node, row, 0))
        nodes.forEach((node, k) => {
          w.set(to, raw.plus(I32.load(trees, TREE_BYTES * k + 12)))
          addValue(w, to, values, node)
        })
      })
    },
  )
  const findLeaves = routine(
    'findLeaves',
    { ...rowsOfTree, leaves: I32, sets: I32 },
    (w, { trees, end, rows, rowsEnd, leaves, sets }) => {
      const [row, node] = [w.declare(I32), w.declare(I32)]
      const steps = { sure: w.declare(I32), rest: w.declare(I32) }
      w.each(trees, end, TREE_BYTES, () => {
        w.set(row, rows)
        w.each(row, rowsEnd, rowBytes, () => {
          w.set(node, I32.load(trees))
          w.set(steps.sure, I32.load(trees, 4))
          w.set(steps.rest, I32.load(trees, 8))
          walk(w, [node], steps, () => step(w, sets, node, row, 0))
          w.store(leaves, node)
          w.add(leaves, 4)
        })
      })
    },
  )
  return assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [adding('addTrees', false), adding('addTreesToWhole', true), addTreesOfRow, findLeaves],
  })
}

interface Steps {
  readonly sure: Local<I32>
  readonly rest: Local<I32>
}

interface CategoryNode {
  readonly sets: Local<I32>
  readonly node: Local<I32>
  readonly x: Local<F64>
  readonly word: Local<I32>
}

/** 1 where the value is one of the node's categories, or is missing and missing values go left. */
function isInSet(w: RoutineWriter, { sets, node, x, word }: CategoryNode): I32 {
  const category = w.keep(x.truncated())
  // Negative ones are large as unsigned numbers.
  const isKnown = w.keep(category.isBelowUnsigned(I32.load(node, 4)))
  const offset = category.shiftRight(5).shiftLeft(2).where(isKnown, 0)
  const bits = I32.load(sets.plus(I32.load(node)).plus(offset))
  const isMember = bits.shiftRight(category.and(31)).and(isKnown)
  const isMissing = w.keep(x.differs(x))
  return word.and(1).where(isMissing, isMember)
}

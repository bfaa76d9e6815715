// Rows through trees in WebAssembly: the hot path of every prediction. Written for the layout of WalkableForest.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import { F64, I32 } from '../wasm/instructions.ts'
import { RoutineWriter } from '../wasm/routine-writer.ts'
import { float, int, type Local, loadF32, loadF64, loadI32, type Value } from '../wasm/values.ts'

/** Rows, or trees, that are walked at once, so that the wait for one's node overlaps with the others'. */
export const LANES = 8
const COLUMN_MASK = 0xffff
const MISSING_LEFT_BIT = 16
/** The thread's own memory, which has rows, leaves and sums. */
const OWN = 1

/**
 * Addresses are bytes: words, roots and the arrays of leaves in the forest's memory; x (float64, row-major), leaves
 * (int32) and sums (float64) in the thread's own. Lanes read on to a multiple of LANES rows, and of trees.
 */
export interface WalkRoutines {
  /** The leaf's k of each row, in one tree. */
  walkRows(words: number, root: number, x: number, rowBytes: number, rowCount: number, leaves: number): void
  /** The leaf's k of one row, in each tree from the address of its root in `roots` to `rootsEnd`. */
  walkTrees(words: number, roots: number, rootsEnd: number, x: number, leaves: number): void
  /** Adds the probabilities of each leaf to a row of `classCount` sums, `step` bytes further on each time. */
  addClasses(
    leaves: number,
    leavesEnd: number,
    sums: number,
    step: number,
    classCount: number,
    starts: number,
    classes: number,
    probabilities: number,
  ): void
  /** Adds the value of each leaf to a sum, `step` bytes further on each time. */
  addValues(leaves: number, leavesEnd: number, sums: number, step: number, values: number): void
  divide(sums: number, sumsEnd: number, by: number): void
}

export function assembleWalkModule(): Uint8Array<ArrayBuffer> {
  return assembleModule({
    memory: { name: 'memory', isShared: true },
    ownMemory: 'own',
    routines: [walkRowsRoutine(), walkTreesRoutine(), addClassesRoutine(), addValuesRoutine(), divideRoutine()],
  })
}

function walkRowsRoutine(): Routine {
  const w = new RoutineWriter('walkRows')
  const [words, root, x, rowBytes, rowCount, leaves] = parameters(w, 6)
  const start = w.local(words.plus(root.shiftLeft(2)))
  const row = w.local(int(0))
  const at = w.local(x)
  const to = w.local(leaves)
  const xs = Array.from({ length: LANES }, () => w.local(x))
  const nodes = xs.map(() => w.local(start))
  w.count(
    row,
    0,
    rowCount,
    () => {
      for (const lane of xs) {
        w.set(lane, at)
        w.add(at, rowBytes)
      }
      for (const node of nodes) w.set(node, start)
      walkLanes(w, words, nodes, xs)
      nodes.forEach((node, lane) => {
        w.store(to, leafOf(node), 4 * lane, OWN)
      })
      w.add(to, 4 * LANES)
    },
    LANES,
  )
  return w.finish()
}

function walkTreesRoutine(): Routine {
  const w = new RoutineWriter('walkTrees')
  const [words, roots, rootsEnd, x, leaves] = parameters(w, 5)
  const nodes = Array.from({ length: LANES }, () => w.local(words))
  const last = w.local(rootsEnd.minus(4))
  w.while(roots.isBelow(rootsEnd), () => {
    nodes.forEach((node, lane) => {
      // Past the last tree the lanes walk it once more.
      const root = w.local(roots.plus(4 * lane))
      w.set(node, words.plus(loadI32(last.where(root.isAbove(last), root)).shiftLeft(2)))
    })
    walkLanes(
      w,
      words,
      nodes,
      nodes.map(() => x),
    )
    nodes.forEach((node, lane) => {
      w.store(leaves, leafOf(node), 4 * lane, OWN)
    })
    w.add(roots, 4 * LANES)
    w.add(leaves, 4 * LANES)
  })
  return w.finish()
}

/** Moves each node on to a leaf. Without a branch: a lane that is at its leaf reads on, and stays there. */
function walkLanes(w: RoutineWriter, words: Local, nodes: readonly Local[], xs: readonly Local[]): void {
  const isAnyMoving = w.local(int(1))
  w.while(isAnyMoving, () => {
    w.set(isAnyMoving, 0)
    nodes.forEach((node, lane) => {
      const word = w.local(loadI32(node))
      const isSplit = w.local(word.isAtLeast(0))
      const column = int(0).minus(isSplit).and(word).and(COLUMN_MASK)
      const value = w.local(loadF64((xs[lane] as Local).plus(column.shiftLeft(3)), 0, OWN))
      const isMissingLeft = word.shiftRight(MISSING_LEFT_BIT).and(value.differs(value))
      const isLeft = value.isAtMost(loadF32(node, 8).promoted()).or(isMissingLeft)
      const child = node.plus(12).where(isLeft, words.plus(loadI32(node, 4).shiftLeft(2)))
      w.set(node, child.where(isSplit, node))
      w.set(isAnyMoving, isAnyMoving.or(isSplit))
    })
  })
}

function leafOf(node: Local): Value {
  return loadI32(node).xor(-1)
}

function addClassesRoutine(): Routine {
  const w = new RoutineWriter('addClasses')
  const [leaves, leavesEnd, sums, step, classCount, starts, classes, probabilities] = parameters(w, 8)
  eachLeaf(w, leaves, leavesEnd, sums, step, (leaf) => {
    w.if(
      leaf.isBelow(classCount),
      () => addTo(w, sums.plus(leaf.shiftLeft(3)), float(1)),
      () => {
        const mixed = w.local(starts.plus(leaf.minus(classCount).shiftLeft(2)))
        const i = w.local(loadI32(mixed))
        const end = w.local(loadI32(mixed, 4))
        w.while(i.isBelow(end), () => {
          const k = loadI32(classes.plus(i.shiftLeft(2)))
          addTo(w, sums.plus(k.shiftLeft(3)), loadF64(probabilities.plus(i.shiftLeft(3))))
          w.add(i, 1)
        })
      },
    )
  })
  return w.finish()
}

function addValuesRoutine(): Routine {
  const w = new RoutineWriter('addValues')
  const [leaves, leavesEnd, sums, step, values] = parameters(w, 5)
  eachLeaf(w, leaves, leavesEnd, sums, step, (leaf) => addTo(w, sums, loadF64(values.plus(leaf.shiftLeft(3)))))
  return w.finish()
}

function divideRoutine(): Routine {
  const w = new RoutineWriter('divide')
  const sums = w.parameter(I32)
  const sumsEnd = w.parameter(I32)
  const by = w.parameter(F64)
  w.while(sums.isBelow(sumsEnd), () => {
    w.store(sums, loadF64(sums, 0, OWN).over(by), 0, OWN)
    w.add(sums, 8)
  })
  return w.finish()
}

function eachLeaf(
  w: RoutineWriter,
  leaves: Local,
  leavesEnd: Local,
  sums: Local,
  step: Local,
  body: (leaf: Local) => void,
): void {
  w.while(leaves.isBelow(leavesEnd), () => {
    body(w.local(loadI32(leaves, 0, OWN)))
    w.add(leaves, 4)
    w.add(sums, step)
  })
}

function addTo(w: RoutineWriter, address: Value, value: Value): void {
  const at = w.local(address)
  w.store(at, loadF64(at, 0, OWN).plus(value), 0, OWN)
}

function parameters<const Count extends 5 | 6 | 8>(w: RoutineWriter, count: Count) {
  type Six = [Local, Local, Local, Local, Local, Local]
  return Array.from({ length: count }, () => w.parameter(I32)) as unknown as [...Six, Local, Local]
}

// Rows through trees in WebAssembly: the hot path of every prediction. Written for the layout of WalkableForest.
import { assembleModule } from '../wasm/assemble-module.ts'
import { type LocalsOf, routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F32, F64, I32, type Local } from '../wasm/values.ts'

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
    routines: [walkRows, walkTrees, addClasses, addValues, divide],
  })
}

const walkRows = routine(
  'walkRows',
  { words: I32, root: I32, x: I32, rowBytes: I32, rowCount: I32, leaves: I32 },
  (w, { words, root, x, rowBytes, rowCount, leaves }) => {
    const start = w.keep(words.plus(root.shiftLeft(2)))
    const row = w.declare(I32)
    const at = w.keep(x)
    const to = w.keep(leaves)
    const xs = Array.from({ length: LANES }, () => w.declare(I32))
    const nodes = xs.map(() => w.declare(I32))
    const round = (): void => {
      for (const lane of xs) {
        w.set(lane, at)
        w.add(at, rowBytes)
      }
      for (const node of nodes) w.set(node, start)
      walkLanes(w, words, nodes, xs)
      storeLeaves(w, nodes, to)
      w.add(to, 4 * LANES)
    }
    w.count(row, 0, rowCount, round, LANES)
  },
)

const walkTrees = routine(
  'walkTrees',
  { words: I32, roots: I32, rootsEnd: I32, x: I32, leaves: I32 },
  (w, { words, roots, rootsEnd, x, leaves }) => {
    const nodes = Array.from({ length: LANES }, () => w.declare(I32))
    const last = w.keep(rootsEnd.minus(4))
    w.while(roots.isBelow(rootsEnd), () => {
      nodes.forEach((node, lane) => {
        // Past the last tree the lanes walk it once more.
        const root = w.keep(roots.plus(4 * lane))
        w.set(node, words.plus(I32.load(last.where(root.isAbove(last), root)).shiftLeft(2)))
      })
      walkLanes(
        w,
        words,
        nodes,
        nodes.map(() => x),
      )
      storeLeaves(w, nodes, leaves)
      w.add(roots, 4 * LANES)
      w.add(leaves, 4 * LANES)
    })
  },
)

/** Moves each node on to a leaf. Without a branch: a lane that is at its leaf reads on, and stays there. */
function walkLanes(w: RoutineWriter, words: Local<I32>, nodes: readonly Local<I32>[], xs: readonly Local<I32>[]): void {
  const isAnyMoving = w.keep(I32.of(1))
  w.while(isAnyMoving, () => {
    w.set(isAnyMoving, 0)
    nodes.forEach((node, lane) => {
      const word = w.keep(I32.load(node))
      const isSplit = w.keep(word.isAtLeast(0))
      const column = I32.of(0).minus(isSplit).and(word).and(COLUMN_MASK)
      const value = w.keep(F64.load((xs[lane] as Local<I32>).plus(column.shiftLeft(3)), 0, OWN))
      const isMissingLeft = word.shiftRight(MISSING_LEFT_BIT).and(value.differs(value))
      const isLeft = value.isAtMost(F32.load(node, 8).promoted()).or(isMissingLeft)
      const child = node.plus(12).where(isLeft, words.plus(I32.load(node, 4).shiftLeft(2)))
      w.set(node, child.where(isSplit, node))
      w.set(isAnyMoving, isAnyMoving.or(isSplit))
    })
  })
}

function storeLeaves(w: RoutineWriter, nodes: readonly Local<I32>[], leaves: Local<I32>): void {
  nodes.forEach((node, lane) => {
    w.store(leaves, I32.load(node).xor(-1), 4 * lane, OWN)
  })
}

const ADDING = { leaves: I32, leavesEnd: I32, sums: I32, step: I32 }

const addClasses = routine(
  'addClasses',
  { ...ADDING, classCount: I32, starts: I32, classes: I32, probabilities: I32 },
  (w, given) => {
    const { sums, classCount, starts, classes, probabilities } = given
    eachLeaf(w, given, (leaf) => {
      w.if(
        leaf.isBelow(classCount),
        () => addTo(w, sums.plus(leaf.shiftLeft(3)), F64.of(1)),
        () => {
          const mixed = w.keep(starts.plus(leaf.minus(classCount).shiftLeft(2)))
          const i = w.keep(I32.load(mixed))
          const end = w.keep(I32.load(mixed, 4))
          w.while(i.isBelow(end), () => {
            const k = I32.load(classes.plus(i.shiftLeft(2)))
            addTo(w, sums.plus(k.shiftLeft(3)), F64.load(probabilities.plus(i.shiftLeft(3))))
            w.add(i, 1)
          })
        },
      )
    })
  },
)

const addValues = routine('addValues', { ...ADDING, values: I32 }, (w, given) => {
  const { sums, values } = given
  eachLeaf(w, given, (leaf) => addTo(w, sums, F64.load(values.plus(leaf.shiftLeft(3)))))
})

const divide = routine('divide', { sums: I32, sumsEnd: I32, by: F64 }, (w, { sums, sumsEnd, by }) => {
  w.each(sums, sumsEnd, 8, () => w.store(sums, F64.load(sums, 0, OWN).over(by), 0, OWN))
})

function eachLeaf(
  w: RoutineWriter,
  { leaves, leavesEnd, sums, step }: LocalsOf<typeof ADDING>,
  body: (leaf: Local<I32>) => void,
): void {
  w.each(leaves, leavesEnd, 4, () => {
    body(w.keep(I32.load(leaves, 0, OWN)))
    w.add(sums, step)
  })
}

function addTo(w: RoutineWriter, address: I32, value: F64): void {
  const at = w.keep(address)
  w.store(at, F64.load(at, 0, OWN).plus(value), 0, OWN)
}

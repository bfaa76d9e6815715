// Draws columns and looks at them until a node has its split, and divides the node's rows by it.
import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { int, loadI32, loadU8, type Value } from '../../wasm/values.ts'
import { loadCell, Thread } from './kernel-code.ts'
import { CELL_BYTES, type KernelShape, Place } from './kernel-shape.ts'

/** xoshiro128** (see random.ts), as random(base): 32 bits. */
export function randomRoutine(shape: KernelShape): Routine {
  const w = new RoutineWriter('random', [I32])
  const thread = new Thread(w, shape)
  const [a, b, c, d] = [
    w.local(thread.int('seedA')),
    w.local(thread.int('seedB')),
    w.local(thread.int('seedC')),
    w.local(thread.int('seedD')),
  ] as const
  const result = w.local(b.times(5).rotateLeft(7).times(9))
  const t = w.local(b.shiftLeft(9))
  w.set(c, c.xor(a))
  w.set(d, d.xor(b))
  w.set(b, b.xor(c))
  w.set(a, a.xor(d))
  thread.setField('seedA', a)
  thread.setField('seedB', b)
  thread.setField('seedC', c.xor(t))
  thread.setField('seedD', d.rotateLeft(11))
  w.return(result)
  return w.finish()
}

/**
 * search(base, start, n, budget): looks at one column after another until the split of the loaded node is found, and
 * gives what is left of the budget, which n is taken from for each column; or −1 to be called again, when it was used up
 * before the end or the column is one of categories. Constant columns count as looked at, but at least one that is not
 * is looked at if there is one, as in
 * scikit-learn. Columns come in random order even where all are looked at: of equally good splits the first stays, and
 * so each column of them has the same chance. The search is over with a split into two pure sides: none can be better.
 */
export function searchRoutine(shape: KernelShape): Routine {
  const { columnCount, own } = shape
  const { featureCount } = shape.rules
  const w = new RoutineWriter('search', [I32])
  const thread = new Thread(w, shape)
  const start = w.parameter(I32)
  const n = w.parameter(I32)
  const budget = w.parameter(I32)
  const visited = w.local(thread.int('visited'))
  const feature = w.local(int(0))
  w.while(visited.isBelow(columnCount), (out) => {
    if (featureCount < columnCount) {
      w.branch(out, visited.isAtLeast(featureCount).and(thread.int('useful').isAbove(0)))
    }
    const isPure = thread.float('decrease').isAtLeast(thread.float('decreaseMax'))
    w.branch(out, thread.int('feature').isAtLeast(0).and(isPure))
    w.if(budget.isBelow(0), () => w.return(-1))
    const here = w.local(thread.at4(visited))
    const there = w.local(thread.at4(visited.plus(thread.drawBelow(int(columnCount).minus(visited)))))
    w.set(feature, loadI32(there, own.features))
    w.store(there, loadI32(here, own.features), own.features)
    w.store(here, feature, own.features)
    w.add(visited, 1)
    thread.setField('visited', visited)
    w.set(budget, budget.minus(n))
    w.call(Place.lookAt, thread.base, feature, start, n)
    if (shape.hasCategories) w.if(thread.int('category'), () => w.return(-1))
  })
  w.return(int(0).where(budget.isBelow(0), budget))
  return w.finish()
}

/**
 * divide(base, start, n): puts the rows of the node that go left by its split first, each side in its old order, and
 * gives their number. Completes the split: missing values that the node has not seen follow most of its rows.
 */
export function divideRoutine(shape: KernelShape): Routine {
  const { own, rowCount, cellType, shared } = shape
  const w = new RoutineWriter('divide', [I32])
  const thread = new Thread(w, shape)
  const { base } = thread
  const start = w.parameter(I32)
  const n = w.parameter(I32)
  const feature = w.local(thread.int('feature'))
  const column = w.local(feature.times(rowCount * CELL_BYTES[cellType]))
  const isMissingLeft = w.local(thread.int('hadMissing').and(thread.int('bestMissingLeft')))
  const i = w.local(int(0))
  const first = w.local(thread.at4(start))
  const from = w.local(first)
  const left = w.local(first)
  const right = w.local(base)
  // No branch to guess wrong: every row is written to both sides, and one of them moves on.
  const divideBy = (goesLeft: (cell: Value) => Value): void => {
    w.count(i, 0, n, () => {
      const row = w.local(loadI32(from, own.rows))
      const step = w.local(goesLeft(loadCell(shape, column, row)).shiftLeft(2))
      w.store(left, row, own.rows)
      w.store(right, row, own.order)
      w.add(left, step)
      w.add(right, int(4).minus(step))
      w.add(from, 4)
    })
  }
  const divideByValue = (): void => {
    const threshold = w.local(thread.float('threshold'))
    w.if(
      isMissingLeft,
      () => divideBy((value) => value.isAbove(threshold).isZero()),
      () => divideBy((value) => value.isAtMost(threshold)),
    )
  }

  const divideByRank = (): void => {
    const low = w.local(thread.int('bestLow'))
    const missing = w.local(loadI32(feature.shiftLeft(2), shared.missingCodes).where(isMissingLeft, -1))
    divideBy((cell) => {
      const rank = w.local(cell)
      return rank.isAtMost(low).or(rank.equals(missing))
    })
  }
  const isValue = cellType === 'f32' || cellType === 'f64'
  const divideByNumber = isValue ? divideByValue : divideByRank
  if (shape.hasCategories) {
    const goesLeft = (cell: Value) => loadU8(base.plus(isValue ? cell.truncated() : cell), own.goesLeft)
    w.if(thread.int('isCategorical'), () => divideBy(goesLeft), divideByNumber)
  } else divideByNumber()
  const leftCount = w.local(left.minus(first).shiftRight(2))
  w.set(from, base)
  w.count(i, leftCount, n, () => {
    w.store(left, loadI32(from, own.order), own.rows)
    w.add(left, 4)
    w.add(from, 4)
  })
  // That of a split on categories stands in its set.
  const isOpen = thread.int('hadMissing').isZero()
  const isNumber = shape.hasCategories ? isOpen.and(thread.int('isCategorical').isZero()) : isOpen
  w.if(isNumber, () => thread.setField('bestMissingLeft', leftCount.plus(leftCount).isAbove(n)))
  w.return(leftCount)
  return w.finish()
}

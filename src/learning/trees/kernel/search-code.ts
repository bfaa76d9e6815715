// Draws columns and looks at them until a node has its split, and divides the node's rows by it.
import { routine } from '../../wasm/routine.ts'
import { I32, type Local } from '../../wasm/values.ts'
import { columnAddress, drawBelow, type RandomRoutine, rankAt, Thread, valueAt } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import type { LookAtRoutine } from './look-at-values.ts'

/** xoshiro128** (see random.ts), as random(base): 32 bits. */
export function randomRoutine(shape: KernelShape): RandomRoutine {
  return routine('random', { base: I32 }, I32, (w, { base }) => {
    const thread = new Thread(w, base, shape)
    const [a, b, c, d] = [
      w.keep(thread.get('seedA')),
      w.keep(thread.get('seedB')),
      w.keep(thread.get('seedC')),
      w.keep(thread.get('seedD')),
    ] as const
    const result = w.keep(b.times(5).rotateLeft(7).times(9))
    const t = w.keep(b.shiftLeft(9))
    w.set(c, c.xor(a))
    w.set(d, d.xor(b))
    w.set(b, b.xor(c))
    w.set(a, a.xor(d))
    thread.set('seedA', a)
    thread.set('seedB', b)
    thread.set('seedC', c.xor(t))
    thread.set('seedD', d.rotateLeft(11))
    return result
  })
}

/**
 * search(base, start, n, budget): looks at one column after another until the split of the loaded node is found, and
 * gives what is left of the budget, which n is taken from for each column; or −1 to be called again, when it was used up
 * before the end or the column is one of categories. Constant columns count as looked at, but at least one that is not
 * is looked at if there is one, as in
 * scikit-learn. Columns come in random order even where all are looked at: of equally good splits the first stays, and
 * so each column of them has the same chance. The search is over with a split into two pure sides: none can be better.
 */
export function searchRoutine(shape: KernelShape, random: RandomRoutine, lookAt: LookAtRoutine) {
  const { columnCount, own } = shape
  const { featureCount } = shape.rules
  return routine('search', { base: I32, start: I32, n: I32, budget: I32 }, I32, (w, { base, start, n, budget }) => {
    const thread = new Thread(w, base, shape)
    const visited = w.keep(thread.get('visited'))
    const feature = w.keep(I32.of(0))
    w.while(visited.isBelow(columnCount), (out) => {
      if (featureCount < columnCount) {
        w.branch(out, visited.isAtLeast(featureCount).and(thread.get('useful').isAbove(0)))
      }
      const isPure = thread.get('decrease').isAtLeast(thread.get('decreaseMax'))
      w.branch(out, thread.get('feature').isAtLeast(0).and(isPure))
      w.if(budget.isBelow(0), () => w.return(-1))
      const here = w.keep(own.features.at(visited, base))
      const drawn = visited.plus(drawBelow(random, base, I32.of(columnCount).minus(visited)))
      const there = w.keep(own.features.at(drawn, base))
      w.set(feature, own.features.load(there))
      own.features.store(w, there, own.features.load(here))
      own.features.store(w, here, feature)
      w.add(visited, 1)
      thread.set('visited', visited)
      w.set(budget, budget.minus(n))
      w.call(lookAt, { base, feature, start, n })
      if (shape.hasCategories) w.if(thread.get('category'), () => w.return(-1))
    })
    return I32.of(0).where(budget.isBelow(0), budget)
  })
}

/**
 * divide(base, start, n): puts the rows of the node that go left by its split first, each side in its old order, and
 * gives their number. Completes the split: missing values that the node has not seen follow most of its rows.
 */
export function divideRoutine(shape: KernelShape) {
  const { own, cellType, shared } = shape
  return routine('divide', { base: I32, start: I32, n: I32 }, I32, (w, { base, start, n }) => {
    const thread = new Thread(w, base, shape)
    const feature = w.keep(thread.get('feature'))
    const column = w.keep(columnAddress(shape, feature))
    const isMissingLeft = w.keep(thread.get('hadMissing').and(thread.get('bestMissingLeft')))
    const i = w.keep(I32.of(0))
    const first = w.keep(own.rows.at(start, base))
    const from = w.keep(first)
    const left = w.keep(first)
    const right = w.keep(base)
    // No branch to guess wrong: every row is written to both sides, and one of them moves on.
    const divideBy = (goesLeft: (row: Local<I32>) => I32): void => {
      w.count(i, 0, n, () => {
        const row = w.keep(own.rows.load(from))
        const step = w.keep(goesLeft(row).shiftLeft(2))
        own.rows.store(w, left, row)
        own.order.store(w, right, row)
        w.add(left, step)
        w.add(right, I32.of(4).minus(step))
        w.add(from, 4)
      })
    }
    const divideByValue = (): void => {
      const threshold = w.keep(thread.get('threshold'))
      w.if(
        isMissingLeft,
        () => divideBy((row) => valueAt(shape, column, row).isAbove(threshold).isZero()),
        () => divideBy((row) => valueAt(shape, column, row).isAtMost(threshold)),
      )
    }

    const divideByRank = (): void => {
      const low = w.keep(thread.get('bestLow'))
      const missing = w.keep(shared.missingCodes.get(feature).where(isMissingLeft, -1))
      divideBy((row) => {
        const rank = w.keep(rankAt(shape, column, row))
        return rank.isAtMost(low).or(rank.equals(missing))
      })
    }
    const isValue = cellType === 'f32' || cellType === 'f64'
    const divideByNumber = isValue ? divideByValue : divideByRank
    if (shape.hasCategories) {
      const codeAt = (row: Local<I32>) =>
        isValue ? valueAt(shape, column, row).truncated() : rankAt(shape, column, row)
      w.if(thread.get('isCategorical'), () => divideBy((row) => own.goesLeft.get(codeAt(row), base)), divideByNumber)
    } else divideByNumber()
    const leftCount = w.keep(left.minus(first).shiftRight(2))
    w.set(from, base)
    w.count(i, leftCount, n, () => {
      own.rows.store(w, left, own.order.load(from))
      w.add(left, 4)
      w.add(from, 4)
    })
    // That of a split on categories stands in its set.
    const isOpen = thread.get('hadMissing').isZero()
    const isNumber = shape.hasCategories ? isOpen.and(thread.get('isCategorical').isZero()) : isOpen
    w.if(isNumber, () => thread.set('bestMissingLeft', leftCount.plus(leftCount).isAbove(n)))
    return leftCount
  })
}

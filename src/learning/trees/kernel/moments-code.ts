// Squared error, and the Gini impurity of two classes, which is the same search: sums of weights and of weighted targets.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../../wasm/values.ts'
import { F64x2, type I64x2, sumOfLanes } from '../../wasm/vectors.ts'
import type { CriterionCode, LeftSums } from './criterion-code.ts'
import type { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { raiseAtThreshold } from './raise-split.ts'

const CELL_BYTES = 16

/**
 * With W and T the sums of weights and of weighted targets in the node, w and t those on the left, a cut removes
 * (t·W − T·w)² / (w·(W − w)·W) of the node's sum of squares (Breiman et al. 1984, section 8.4). The score leaves out
 * the last W, which is one for the node. Targets are taken from the node's mean, so that T is about 0 and nothing
 * cancels; with two classes they stay 0 and 1, so that integer weights give exact sums, and equal cuts equal scores.
 */
export function momentsCode(shape: KernelShape): CriterionCode {
  const { shared, own } = shape
  const isTwoClasses = shape.classCount === 2

  function load(w: RoutineWriter, thread: Thread, start: Local<I32>, n: Local<I32>): void {
    const { base } = thread
    const weight = w.keep(F64.of(0))
    const total = w.keep(F64.of(0))
    const least = w.keep(F64x2.of(Number.POSITIVE_INFINITY))
    const most = w.keep(F64x2.of(Number.NEGATIVE_INFINITY))
    const i = w.keep(I32.of(0))
    w.count(i, 0, n, () => {
      const row = w.keep(own.rows.get(start.plus(i), base))
      const v = w.keep(own.rowWeights.get(row, base))
      const y = w.keep(isTwoClasses ? shared.targetClasses.get(row).asF64() : shared.targetNumbers.get(row))
      own.nodeWeights.set(w, i, v, base)
      const weighted = w.keep(v.times(y))
      own.nodeTargets.set(w, i, weighted, base)
      w.add(weight, v)
      w.add(total, weighted)
      w.set(least, least.lower(F64x2.splat(y)))
      w.set(most, most.higher(F64x2.splat(y)))
    })
    const min = w.keep(least.lane(0))
    const max = w.keep(most.lane(0))
    const impurity = w.keep(F64.of(0))
    const mean = w.keep(total.over(weight))
    w.set(mean, max.where(mean.isAbove(max), mean))
    w.set(mean, min.where(mean.isBelow(min), mean))
    w.if(min.differs(max), () => {
      if (isTwoClasses) w.set(impurity, mean.plus(mean).times(F64.of(1).minus(mean)))
      else {
        const squares = w.keep(F64.of(0))
        w.set(total, 0)
        w.count(i, 0, n, () => {
          const v = w.keep(own.nodeWeights.get(i, base))
          const t = w.keep(own.nodeTargets.get(i, base).minus(v.times(mean)))
          own.nodeTargets.set(w, i, t, base)
          w.add(total, t)
          w.add(squares, t.times(t).over(v))
        })
        w.set(impurity, squares.over(weight))
      }
    })
    for (const array of [own.nodeWeights, own.nodeTargets]) array.set(w, n, F64.of(0), base)
    thread.set('weight', weight)
    thread.set('value', mean)
    thread.set('total', total)
    thread.set('impurity', impurity)
    thread.set('tolerance', weight.times(weight).times(impurity).times(1e-12))
  }

  function leftSums(w: RoutineWriter, thread: Thread): LeftSums {
    const { base } = thread
    const whole = w.keep(thread.get('weight'))
    const all = w.keep(thread.get('total'))
    const weight = w.keep(F64.of(0))
    const total = w.keep(F64.of(0))
    return {
      weight,
      clear() {
        w.set(weight, 0)
        w.set(total, 0)
      },
      addRow(i) {
        const at = w.keep(own.nodeWeights.at(i, base))
        w.add(weight, own.nodeWeights.load(at))
        w.add(total, own.nodeTargets.load(at))
      },
      addCell(cell) {
        w.add(weight, own.histogram.load(cell))
        w.add(total, own.histogram.load(cell, 8))
      },
      score(right) {
        const d = w.keep(total.times(whole).minus(all.times(weight)))
        return d.times(d).over(weight.times(right))
      },
    }
  }

  function scoreThreshold(
    w: RoutineWriter,
    thread: Thread,
    n: Local<I32>,
    threshold: Local<F64>,
    missingLeft: Local<I32>,
  ): void {
    const countsRows = shape.rules.leafRowCountMin > 1
    const bound = w.keep(F64x2.splat(threshold))
    const one = w.keep(F64x2.of(1))
    const weights = w.keep(F64x2.of(0))
    const totals = w.keep(F64x2.of(0))
    const counts = w.keep(F64x2.of(0))
    const at = w.keep(thread.base)
    const i = w.keep(I32.of(0))
    // The values are followed by one that is never on the left.
    const addRows = (isLeft: I64x2): void => {
      const mask = w.keep(isLeft)
      w.set(weights, weights.plus(F64x2.load(at, own.nodeWeights.offset).and(mask)))
      w.set(totals, totals.plus(F64x2.load(at, own.nodeTargets.offset).and(mask)))
      if (countsRows) w.set(counts, counts.plus(one.and(mask)))
      w.add(at, 16)
    }
    const cells = (): F64x2 => F64x2.load(at, own.nodeValues.offset)
    w.if(
      missingLeft,
      () => w.count(i, 0, n, () => addRows(cells().isAbove(bound).not()), 2),
      () => w.count(i, 0, n, () => addRows(cells().isAtMost(bound)), 2),
    )
    const weight = w.keep(sumOfLanes(weights))
    const total = w.keep(sumOfLanes(totals))
    const right = w.keep(thread.get('weight').minus(weight))
    const d = w.keep(total.times(thread.get('weight')).minus(thread.get('total').times(weight)))
    const score = w.keep(d.times(d).over(weight.times(right)))
    raiseAtThreshold(w, thread, shape, score, weight, right, sumOfLanes(counts).truncatedInRange(), n)
  }

  return {
    load,
    leftSums,
    scoreThreshold,
    cellBytes: (w) => w.keep(I32.of(CELL_BYTES)),
    histogramPays: (_, n, range) => range.times(2).isAtMost(n),
    addToCell(w, { base }, cell, i) {
      const at = w.keep(own.nodeWeights.at(i, base))
      own.histogram.store(w, cell, own.histogram.load(cell).plus(own.nodeWeights.load(at)))
      own.histogram.store(w, cell, own.histogram.load(cell, 8).plus(own.nodeTargets.load(at)), 8)
    },
    decrease: (thread, score) => score.times(isTwoClasses ? 2 : 1).over(thread.get('weight')),
  }
}

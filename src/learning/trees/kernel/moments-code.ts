// Squared error, and the Gini impurity of two classes, which is the same search: sums of weights and of weighted targets.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { float, int, type Local, loadF64, loadI32, loadV128, type Value } from '../../wasm/values.ts'
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

  function load(w: RoutineWriter, thread: Thread, start: Local, n: Local): void {
    const weight = w.local(float(0))
    const total = w.local(float(0))
    const least = w.local(float(Number.POSITIVE_INFINITY).splat())
    const most = w.local(float(Number.NEGATIVE_INFINITY).splat())
    const i = w.local(int(0))
    w.count(i, 0, n, () => {
      const row = w.local(loadI32(thread.at4(start.plus(i)), own.rows))
      const v = w.local(loadF64(thread.at8(row), own.rowWeights))
      const y = w.local(
        isTwoClasses ? loadI32(row.shiftLeft(2), shared.targets).asF64() : loadF64(row.shiftLeft(3), shared.targets),
      )
      w.store(thread.at8(i), v, own.nodeWeights)
      const weighted = w.local(v.times(y))
      w.store(thread.at8(i), weighted, own.nodeTargets)
      w.add(weight, v)
      w.add(total, weighted)
      w.set(least, least.lower(y.splat()))
      w.set(most, most.higher(y.splat()))
    })
    const min = w.local(least.lane(0))
    const max = w.local(most.lane(0))
    const impurity = w.local(float(0))
    const mean = w.local(total.over(weight))
    w.set(mean, max.where(mean.isAbove(max), mean))
    w.set(mean, min.where(mean.isBelow(min), mean))
    w.if(min.differs(max), () => {
      if (isTwoClasses) w.set(impurity, mean.plus(mean).times(float(1).minus(mean)))
      else {
        const squares = w.local(float(0))
        w.set(total, 0)
        w.count(i, 0, n, () => {
          const v = w.local(loadF64(thread.at8(i), own.nodeWeights))
          const t = w.local(loadF64(thread.at8(i), own.nodeTargets).minus(v.times(mean)))
          w.store(thread.at8(i), t, own.nodeTargets)
          w.add(total, t)
          w.add(squares, t.times(t).over(v))
        })
        w.set(impurity, squares.over(weight))
      }
    })
    for (const array of [own.nodeWeights, own.nodeTargets]) w.store(thread.at8(n), float(0), array)
    thread.setField('weight', weight)
    thread.setField('value', mean)
    thread.setField('total', total)
    thread.setField('impurity', impurity)
    thread.setField('tolerance', weight.times(weight).times(impurity).times(1e-12))
  }

  const scoreOf = (thread: Thread, weight: Value, total: Value, right: Value): Value => {
    const d = total.times(thread.float('weight')).minus(thread.float('total').times(weight))
    return d.times(d).over(weight.times(right))
  }

  function leftSums(w: RoutineWriter, thread: Thread): LeftSums {
    const whole = w.local(thread.float('weight'))
    const all = w.local(thread.float('total'))
    const weight = w.local(float(0))
    const total = w.local(float(0))
    return {
      weight,
      clear() {
        w.set(weight, 0)
        w.set(total, 0)
      },
      addRow(i) {
        const at = w.local(thread.at8(i))
        w.add(weight, loadF64(at, own.nodeWeights))
        w.add(total, loadF64(at, own.nodeTargets))
      },
      addCell(cell) {
        w.add(weight, loadF64(cell, own.histogram))
        w.add(total, loadF64(cell, own.histogram + 8))
      },
      score(right) {
        const d = w.local(total.times(whole).minus(all.times(weight)))
        return d.times(d).over(weight.times(right))
      },
    }
  }

  function scoreThreshold(w: RoutineWriter, thread: Thread, n: Local, threshold: Local, missingLeft: Local): void {
    const { rowCountMin } = { rowCountMin: shape.rules.leafRowCountMin }
    const bound = w.local(threshold.splat())
    const one = w.local(float(1).splat())
    const weights = w.local(float(0).splat())
    const totals = w.local(float(0).splat())
    const counts = w.local(float(0).splat())
    const at = w.local(thread.base)
    const i = w.local(int(0))
    // The values are followed by one that is never on the left.
    const addRows = (isLeft: Value): void => {
      const mask = w.local(isLeft)
      w.set(weights, weights.plus(loadV128(at, own.nodeWeights).and(mask)))
      w.set(totals, totals.plus(loadV128(at, own.nodeTargets).and(mask)))
      if (rowCountMin > 1) w.set(counts, counts.plus(one.and(mask)))
      w.add(at, 16)
    }
    const cells = loadV128(at, own.nodeCells)
    w.if(
      missingLeft,
      () => w.count(i, 0, n, () => addRows(cells.isAbove(bound).not()), 2),
      () => w.count(i, 0, n, () => addRows(cells.isAtMost(bound)), 2),
    )
    const sum = (pair: Local): Value => pair.lane(0).plus(pair.lane(1))
    const weight = w.local(sum(weights))
    const total = w.local(sum(totals))
    const count = w.local(sum(counts))
    const right = w.local(thread.float('weight').minus(weight))
    const score = w.local(scoreOf(thread, weight, total, right))
    raiseAtThreshold(w, thread, shape, score, weight, right, count, n.asF64())
  }

  return {
    load,
    leftSums,
    scoreThreshold,
    cellBytes: (w) => w.local(int(CELL_BYTES)),
    histogramPays: (_, n, range) => range.times(2).isAtMost(n),
    addToCell(w, thread, cell, i) {
      const at = w.local(thread.at8(i))
      w.store(cell, loadF64(cell, own.histogram).plus(loadF64(at, own.nodeWeights)), own.histogram)
      w.store(cell, loadF64(cell, own.histogram + 8).plus(loadF64(at, own.nodeTargets)), own.histogram + 8)
    },
    decrease: (thread, score) => score.times(isTwoClasses ? 2 : 1).over(thread.float('weight')),
  }
}

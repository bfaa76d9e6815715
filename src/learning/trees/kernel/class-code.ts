// Impurities of any number of classes: sums over the weights of classes, kept up row by row.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../../wasm/values.ts'
import { entropy, gini } from './class-measures.ts'
import type { CriterionCode, LeftSums } from './criterion-code.ts'
import type { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { raiseAtThreshold } from './raise-split.ts'
import type { XLogXRoutine } from './x-log-x.ts'

/**
 * Classes are numbered anew in each node, in the order in which its rows show them: what a scan touches is short.
 */
export function classCode(shape: KernelShape, xLogX: XLogXRoutine): CriterionCode {
  const { shared, own } = shape
  const measure = shape.rules.criterion === 'gini' ? gini : entropy(xLogX)

  function load(w: RoutineWriter, thread: Thread, start: Local<I32>, n: Local<I32>): void {
    const { base } = thread
    const weight = w.keep(F64.of(0))
    const classCount = w.keep(I32.of(0))
    const i = w.keep(I32.of(0))
    w.count(i, 0, n, () => {
      const row = w.keep(own.rows.get(start.plus(i), base))
      const k = w.keep(shared.targetClasses.get(row))
      const v = w.keep(own.rowWeights.get(row, base))
      const place = w.keep(own.marks.get(k, base))
      w.if(place.isZero(), () => {
        w.add(classCount, 1)
        w.set(place, classCount.shiftLeft(3))
        own.marks.set(w, k, place, base)
        own.globalOf.set(w, classCount, k, base)
        own.totals.store(w, base.plus(place), F64.of(0))
      })
      const total = w.keep(base.plus(place))
      own.totals.store(w, total, own.totals.load(total).plus(v))
      own.nodeClasses.set(w, i, place, base)
      own.nodeWeights.set(w, i, v, base)
      w.add(weight, v)
    })
    const sum = w.keep(F64.of(0))
    w.count(i, 1, classCount.plus(1), () => {
      w.add(sum, measure.ofWeight(w.keep(own.totals.get(i, base))))
      own.marks.set(w, own.globalOf.get(i, base), I32.of(0), base)
    })
    thread.set('weight', weight)
    thread.set('classCount', classCount)
    thread.set('total', sum)
    thread.set('impurity', F64.of(0).where(classCount.equals(1), measure.impurity(sum, weight)))
    thread.set('tolerance', weight.times(1e-12))
  }

  function leftSums(w: RoutineWriter, thread: Thread): LeftSums {
    const { base } = thread
    const classCount = w.keep(thread.get('classCount'))
    const weight = w.keep(F64.of(0))
    const sums = measure.leftSums(w, thread)
    const k = w.keep(I32.of(0))
    const add = (left: Local<I32>, v: Local<F64>): void => {
      const c = w.keep(own.left.load(left))
      sums.add(c, w.keep(own.totals.load(left)), v)
      w.add(weight, v)
      own.left.store(w, left, c.plus(v))
    }
    return {
      weight,
      clear() {
        w.set(weight, 0)
        sums.clear()
        w.count(k, 1, classCount.plus(1), () => own.left.set(w, k, F64.of(0), base))
      },
      addRow(i) {
        const left = w.keep(base.plus(own.nodeClasses.get(i, base)))
        add(left, w.keep(own.nodeWeights.get(i, base)))
      },
      addCell(cell) {
        w.count(k, 0, classCount, () => {
          const v = w.keep(own.histogram.load(cell.plus(k.shiftLeft(3))))
          w.if(v.differs(0), () => add(w.keep(base.plus(k.plus(1).shiftLeft(3))), v))
        })
      },
      score: (right) => sums.score(weight, right),
    }
  }

  function scoreThreshold(
    w: RoutineWriter,
    thread: Thread,
    n: Local<I32>,
    threshold: Local<F64>,
    missingLeft: Local<I32>,
  ): void {
    const { base } = thread
    const classCount = w.keep(thread.get('classCount'))
    const i = w.keep(I32.of(0))
    w.count(i, 1, classCount.plus(1), () => {
      own.left.set(w, i, F64.of(0), base)
      own.right.set(w, i, F64.of(0), base)
    })
    const count = w.keep(I32.of(0))
    const at4 = w.keep(base)
    const at8 = w.keep(base)
    const toRight = own.right.offset - own.left.offset
    const addRow = (goesRight: I32): void => {
      const isRight = w.keep(goesRight)
      const cell = w.keep(base.plus(own.nodeClasses.load(at4)).plus(isRight.times(toRight)))
      w.add(count, isRight)
      own.left.store(w, cell, own.left.load(cell).plus(own.nodeWeights.load(at8)))
      w.add(at4, 4)
      w.add(at8, 8)
    }
    w.if(
      missingLeft,
      () => w.count(i, 0, n, () => addRow(own.nodeValues.load(at8).isAbove(threshold))),
      () => w.count(i, 0, n, () => addRow(own.nodeValues.load(at8).isAtMost(threshold).isZero())),
    )
    const weight = w.keep(F64.of(0))
    const a = w.keep(F64.of(0))
    const b = w.keep(F64.of(0))
    w.count(i, 1, classCount.plus(1), () => {
      const c = w.keep(own.left.get(i, base))
      const r = w.keep(own.right.get(i, base))
      w.add(weight, c)
      w.add(a, measure.ofWeight(c))
      w.add(b, measure.ofWeight(r))
    })
    const right = w.keep(thread.get('weight').minus(weight))
    const score = w.keep(measure.scoreOfSums(a, b, weight, right))
    raiseAtThreshold(w, thread, shape, score, weight, right, n.minus(count), n)
  }

  return {
    load,
    leftSums,
    scoreThreshold,
    cellBytes: (w, thread) => w.keep(thread.get('classCount').shiftLeft(3)),
    // As floats: the product can be above 2^31.
    histogramPays: (thread, n, range) => {
      const cells = range.asF64().times(thread.get('classCount').asF64())
      return cells.isAtMost(n.asF64().times(3))
    },
    addToCell(w, { base }, cell, i) {
      // Places are multiples of 8 from 8.
      const at = w.keep(cell.plus(own.nodeClasses.get(i, base)))
      own.histogram.store(w, at, own.histogram.load(at, -8).plus(own.nodeWeights.get(i, base)), -8)
    },
    decrease: (thread, score) => score.minus(measure.wholeScore(thread.get('total'), thread.get('weight'))),
  }
}
